"""Write the reference pages of the site, read from the code: every command, every setting, every public name.

python scripts/write_reference.py docs/reference
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

import glfnet
from glfnet.cli.main import app
from glfnet.files import write_whole
from glfnet.settings_page import option_sources, read_settings, recipe_names

COMMANDS = """
`glfnet COMMAND --help` says the same. Exit status: 0 if all went well; 1 with one sentence that says what was found,
what was expected and the remedy, or if `glfnet check`, `doctor` or one of several videos found a fault; 2 if the
command was not understood; 130, 143 or 129 if it was ended by Ctrl-C, SIGTERM or SIGHUP: what was finished is kept.

Output that is no terminal is plain; `NO_COLOR=1` makes it plain in one. For completion in your shell:
`glfnet --install-completion`.
"""
SETTINGS = """
Every option of a `.toml` page, or of `--set section.option=value`, with its default and where that comes from. The
model's are those of the recipe `glfnet`; other recipes are {others}.
"""


def write_reference(folder: Path) -> None:
    """Write commands.md, settings.md and python.md into a folder; what is the same already is left alone."""
    for name, lines in (("commands", command_lines()), ("settings", setting_lines()), ("python", python_lines())):
        file, text = folder / f"{name}.md", "\n".join(lines) + "\n"
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            write_whole(file, text)


def command_lines() -> Iterator[str]:
    """Yield the page of commands: what each does, its arguments and its options."""
    group: Any = typer.main.get_command(app)  # typer brings its own click, whose classes have no public names
    yield "# Commands"
    yield COMMANDS
    for name, command in sorted(group.commands.items()):
        context = command.context_class(command, info_name=f"glfnet {name}")
        yield f"## {name}\n"
        yield f"    {' '.join([context.command_path, *command.collect_usage_pieces(context)])}\n"
        yield f"{plain(command.help or '')}\n"
        yield "| | |\n|---|---|"
        for parameter in command.params:
            yield f"| {shown_name(parameter)} | {parameter_help(parameter, context)} |"
        yield ""


def setting_lines() -> Iterator[str]:
    """Yield the page of settings: every option of every section with its default and where that comes from."""
    yield "# Settings"
    yield SETTINGS.format(others=", ".join(f"`{name}`" for name in recipe_names() if name != "glfnet"))
    section = None
    for name, option, value, source, words in option_sources(read_settings("glfnet")):
        if name != section:
            section = name
            yield f"\n## {name}\n\n| option | default | what it does | source |\n|---|---|---|---|"
        yield f"| `{option}` | `{value}` | {plain(words)} | {plain(source)} |"


def python_lines() -> Iterator[str]:
    """Yield the page of public names, whose text Sphinx takes from their docstrings."""
    yield "# In Python\n"
    yield "What `import glfnet` offers. Whatever you can correct is a `GlfnetError`.\n"
    for name in sorted(glfnet.__all__, key=str.lower):
        if name.startswith("__"):
            continue
        found = getattr(glfnet, name)
        kind = "autoclass" if isinstance(found, type) else "autofunction"
        yield f"## {name}\n"
        yield f"```{{eval-rst}}\n.. {kind}:: {found.__module__}.{found.__qualname__}\n```\n"


def shown_name(parameter: Any) -> str:
    """Return how a parameter is written."""
    if parameter.param_type_name == "option":
        return ", ".join(f"`{word}`" for word in (*parameter.opts, *parameter.secondary_opts))
    return f"`{parameter.name.upper()}`"


def parameter_help(parameter: Any, context: Any) -> str:
    """Return what a parameter is, and its default."""
    words = plain(getattr(parameter, "help", None) or "")
    default = parameter.get_default(context)
    if parameter.required:
        return f"{words} Required."
    return words if default in (None, False, "", ()) or callable(default) else f"{words} Default: {default}."


def plain(text: str) -> str:
    """Return a text as one line of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


if __name__ == "__main__":
    write_reference(Path(sys.argv[1]))
