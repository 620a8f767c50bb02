"""Coders' files with bytes changed, cut, doubled or moved are read, or refused with a sentence."""

import json
import random

import pytest
from test_merged import FOUND, WORK, as_elan, as_table

from glfnet.coding.agreement import agreement, agreement_document
from glfnet.coding.coded import FrameTimes
from glfnet.coding.merged import merged
from glfnet.coding.read import read_coding
from glfnet.errors import GlfnetError

TIMES = FrameTimes(fps=50)
JSON = json.dumps({"machine": {"recording": {"source": "a.mp4", "fps": 50}}, "annotation": WORK.model_dump()}).encode()
PIECES = (
    b"",
    b"<",
    b">",
    b'"',
    b",",
    b"\n",
    b"\x00",
    b"\xff",
    b"-1",
    b"1e999",
    b"null",
    b"{",
    b"[]",
    b"&x;",
    b"\xe2\x82",
)


def spoilt(content: bytes, draw: random.Random) -> bytes:
    for _ in range(draw.choice((1, 1, 2, 5))):
        begin = draw.randrange(len(content) + 1)
        end = min(len(content), begin + draw.choice((0, 1, 1, 3, 40)))
        other = draw.randrange(len(content) + 1)
        piece = draw.choice((*PIECES, content[other : other + 40], str(draw.randrange(-5, 10**12)).encode()))
        content = content[:begin] + piece + content[end:]
    return content


def refusal(hurt: bytes, name: str) -> str:
    """Return the sentence with which a file is refused; empty if it is read."""
    try:
        for said in read_coding(hurt, name, TIMES):
            agreement_document(agreement([said], [said]))
            merged(said, FOUND, 100, name)
    except GlfnetError as error:
        return str(error)
    return ""


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "content"), [("csv", as_table(WORK)), ("eaf", as_elan(WORK)), ("json", JSON)])
def test_a_spoilt_file_is_read_or_refused_with_a_sentence(kind: str, content: bytes) -> None:
    draw = random.Random(0)
    said = [refusal(spoilt(content, draw), f"a.{kind}") for _ in range(1000)]
    refused = [sentence for sentence in said if sentence]
    assert all(sentence.startswith(f"a.{kind}") for sentence in refused)
    assert 50 < len(refused) < 1000
