"""What all hostile cases share: a case, and a document of which something was changed."""

from dataclasses import dataclass

from hostile import Draw, words
from hypothesis import strategies as st
from typed_commands import Files

Command = tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """What lies in a folder, and what is typed there.

    Attributes:
        files: content by path relative to the folder; a path that ends in / is an empty folder.
        commands: the words after `glfnet`, one command after another until one fails.
    """

    files: Files
    commands: tuple[Command, ...]


@st.composite
def changed_document(draw: Draw, document: object) -> object:
    """Return a JSON document after one thing that people, programs and versions do to them."""
    scalar = st.one_of(words(), st.none(), st.integers(), st.floats(), st.just([]), st.just({}))
    if isinstance(document, dict) and document:
        key = draw(st.sampled_from(sorted(document)))
        kind = draw(st.sampled_from(("deeper", "deeper", "gone", "other", "only")))
        rest = {name: value for name, value in document.items() if name != key}
        if kind == "deeper":
            return {**document, key: draw(changed_document(document[key]))}
        return {"gone": rest, "other": {**document, key: draw(scalar)}}.get(kind, {key: document[key]})
    if isinstance(document, list) and document and draw(st.booleans()):
        return document[1:]
    return draw(scalar)
