"""The command `serve`: the page on which videos are looked at and corrected. `main` registers it."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from glfnet.cli.terminal import ERR, OUT
from glfnet.errors import SettingsError


def serve_command(
    host: Annotated[str, typer.Option(help="Address to listen on; another than this machine's own needs --token.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(help="Port; 0 takes any that is free.", min=0, max=65_535)] = 8377,
    token: Annotated[str | None, typer.Option(help="What everybody who asks must know; 16 characters or more.")] = None,
    weights: Annotated[Path | None, typer.Option(help="As for predict: free, research, or a file of your own.")] = None,
    runs: Annotated[
        Path | None, typer.Option(help="Folder; the finished runs below it can be browsed and compared.")
    ] = None,
    upload_mb: Annotated[float, typer.Option(help="Largest video, in MB.", min=0.001)] = 500,
    length: Annotated[float, typer.Option(help="Longest video, in seconds.", min=0.1)] = 300,
    jobs: Annotated[int, typer.Option(help="Videos that are looked at at a time; others wait.", min=1, max=64)] = 1,
    memory: Annotated[int, typer.Option(help="Most memory for one video, in MiB.", min=512)] = 4096,
) -> None:
    """Open a page on this machine: look at a video, correct what was found, take it along. Ctrl-C ends it.

    No video leaves this machine, and all of them are deleted when the page is left.
    """
    if any(find_spec(name) is None for name in ("fastapi", "uvicorn")):
        raise SettingsError(
            "serve needs FastAPI and uvicorn, which are not installed; install the extra `web`: "
            '`pip install -c constraints.txt ".[web]"`.'
        )
    from glfnet.web.limits import Limits
    from glfnet.web.serve import serve

    if weights is not None:
        from glfnet.recognition.weights import read_trained

        read_trained(weights)

    def say(address: str) -> None:
        OUT.print(address)
        ERR.print("Open this address in a browser. Ctrl-C ends it and deletes all videos.")

    limits = Limits(upload_mb=upload_mb, length_s=length, at_once=jobs, memory_mb=memory)
    serve(host=host, port=port, token=token, limits=limits, weights=weights, runs=runs, on_start=say)
