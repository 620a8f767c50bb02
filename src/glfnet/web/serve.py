"""Starts the server, on this machine alone unless there is a token, and leaves nothing behind."""

import os
import re
import shutil
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

import uvicorn

from glfnet.errors import SettingsError, reason
from glfnet.files import is_alive
from glfnet.web.app import create_app
from glfnet.web.guard import Guard, is_loopback
from glfnet.web.jobs import Jobs
from glfnet.web.limits import Limits
from glfnet.web.runs import Runs

_OURS = re.compile(r"glfnet-web-(?P<process>\d{1,9})-\w+")
_SHORTEST_TOKEN = 16
_CONNECTIONS = 200


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 8377,
    token: str | None = None,
    limits: Limits | None = None,
    weights: Path | None = None,
    runs: Path | None = None,
    on_start: Callable[[str], None] = lambda address: None,
) -> None:
    """Show the page until Ctrl-C.

    Args:
        host: address to listen on.
        port: 0 for any that is free.
        token: which every request must have; needed for a host that others can reach.
        limits: the defaults if None.
        weights: as for `predict`.
        runs: a folder; the run folders below it may be browsed.
        on_start: is told the address to open.

    Raises:
        InputError: if `runs` is no folder.
        SettingsError: if others could reach it without a token, the token is short, or the address is taken.
    """
    if token is None and not is_loopback(host):
        raise SettingsError(
            f"--host {host}: others could reach this page, and see the videos that are shown to it; expected --token "
            f"with {_SHORTEST_TOKEN} characters or more, or the default host 127.0.0.1."
        )
    if token is not None and not re.fullmatch(rf"[\w.~-]{{{_SHORTEST_TOKEN},200}}", token, re.ASCII):
        raise SettingsError(
            f"--token: found {len(token)} characters; expected {_SHORTEST_TOKEN} to 200 letters, digits, -, ., _ or ~."
        )
    browsed = None if runs is None else Runs(runs)
    take_leftovers_away(Path(tempfile.gettempdir()))
    with (
        _listening(host, port) as listener,
        tempfile.TemporaryDirectory(prefix=f"glfnet-web-{os.getpid()}-", ignore_cleanup_errors=True) as root,
        Jobs(Path(root), limits or Limits(), weights) as jobs,
    ):
        shown = f"[{host}]" if ":" in host else host
        on_start(f"http://{shown}:{listener.getsockname()[1]}/" + (f"?token={token}" if token else ""))
        config = uvicorn.Config(
            Guard(create_app(jobs, browsed), host, token), log_level="warning", access_log=False, server_header=False,
            limit_concurrency=_CONNECTIONS, timeout_graceful_shutdown=2, proxy_headers=False,
        )  # fmt: skip
        uvicorn.Server(config).run(sockets=[listener])


def take_leftovers_away(folder: Path) -> None:
    """Delete what a server that was killed has left: there may be faces in it."""
    for left in folder.iterdir():
        ours = _OURS.fullmatch(left.name)
        if ours and left.is_dir() and not left.is_symlink() and not is_alive(int(ours["process"])):
            shutil.rmtree(left, ignore_errors=True)


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        found = reason(error) if isinstance(error, OSError) else str(error)
        raise SettingsError(
            f"--host {host} --port {port}: cannot be listened on ({found}); expected a free port of this machine. "
            "Name another one, or --port 0 for any."
        ) from error
