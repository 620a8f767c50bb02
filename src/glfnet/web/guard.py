"""Who may ask: this machine's own page and scripts, or who knows the token; and what every answer says to a browser.

A page of a stranger that is open in the same browser can send requests to this machine, too, and by DNS rebinding can
even pretend that its own name means this machine. So the names `Host` and `Origin` are checked, and nothing else.
"""

import hmac
import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_COOKIE = "glfnet_token"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
READ_ONLY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"
"""For a report: its style is within it; it may run no script, load nothing, and counts as a page from elsewhere."""

HEADERS = {
    "content-security-policy": _POLICY,
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""What every answer says to a browser: nothing from elsewhere, nothing kept, in nobody's frame."""


def is_loopback(host: str) -> bool:
    """Return whether a name or address means this machine and is reached from it alone.

    >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0")
    (True, False)
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Guard:
    """An application that asks another one only for those who may.

    Attributes:
        app: the other one.
        host: that the server listens on.
        token: which every request must have, as a cookie, as `Authorization: Bearer`, or once as `?token=`; None: none.
    """

    app: Asgi
    host: str
    token: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        answer = self._with_headers(send)
        refusal = self._refusal(headers, scope["method"])
        if refusal is not None:
            await _say(answer, *refusal)
        elif self.token is None or self._is_known(headers):
            await self.app(scope, receive, answer)
        elif scope["path"] == "/" and _same(_asked_token(scope), self.token):
            cookie = f"{_COOKIE}={self.token}; HttpOnly; SameSite=Strict; Path=/"
            await _say(answer, 303, "", {"location": "/", "set-cookie": cookie})
        else:
            await _say(answer, 401, "Open the address with ?token=... that `glfnet serve` has printed.")

    def _refusal(self, headers: dict[str, str], method: str) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if not self._is_ours(_name_of(host)):
            return 421, "This is not the address of this page; open the one that `glfnet serve` has printed."
        origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
        own = origin is None or origin.partition("://")[2].lower() == host.lower()
        reading = method in ("GET", "HEAD") and headers.get("sec-fetch-mode") == "navigate"
        if not own or (site not in ("same-origin", "none") and not reading):
            return 403, "Requests of other pages are refused."
        return None

    def _is_ours(self, name: str) -> bool:
        if is_loopback(self.host):
            return name in _LOOPBACK or name == self.host
        # A server that others may reach has any name; there the token, which no other page has, is what protects it.
        return bool(name)

    def _is_known(self, headers: dict[str, str]) -> bool:
        cookies = (part.strip().partition("=") for part in headers.get("cookie", "").split(";"))
        given = [value for name, _, value in cookies if name == _COOKIE]
        given.append(headers.get("authorization", "").removeprefix("Bearer "))
        return any(_same(one, self.token or "") for one in given)

    def _with_headers(self, send: Send) -> Send:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                stricter = [value for name, value in given if value == READ_ONLY_POLICY.encode()]
                ours = [
                    (name.encode(), value.encode())
                    for name, value in HEADERS.items()
                    if not (stricter and name == "content-security-policy")
                ]
                message["headers"] = [*given, *ours]
            await send(message)

        return answer


def _name_of(host: str) -> str:
    """Return a Host header without its port: `[::1]:8000` is `::1`."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()


def _asked_token(scope: Scope) -> str:
    return str(parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0])


def _same(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), token.encode())


async def _say(send: Send, status: int, sentence: str, more: dict[str, str] | None = None) -> None:
    headers = {"content-type": "text/plain; charset=utf-8", **(more or {})}
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": sentence.encode()})
