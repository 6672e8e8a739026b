"""Who is at the door of an installation without accounts: whoever holds the printed token is the organiser."""

import hmac
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from borgerting.access import Principal
from borgerting.web.api import same_site

COOKIE = "borgerting"
HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
ORGANISER = Principal("organiser", frozenset({"organiser", "host"}))


def token_of(folder: Path) -> str:
    """Read the token kept in `folder`, or make one that only its owner can read."""
    file = folder / "token"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(24), "utf-8")
    return file.read_text("utf-8").strip()


class SignIn:
    """ASGI middleware: takes the token from a header, a cookie or the printed link, and refuses strange origins."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self.app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what must not come in; let the rest through with ``request.state.principal`` where known."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        answer = self._at_the_door(request)
        if answer is not None:
            await answer(scope, receive, send)
            return
        if self._holds_token(request):
            scope.setdefault("state", {})["principal"] = ORGANISER
        await self.app(scope, receive, _guarded(send))

    def _at_the_door(self, request: Request) -> Response | None:
        if request.headers.get("host", "").rsplit(":", 1)[0] not in HOSTS:
            return PlainTextResponse("This address serves 127.0.0.1 only.", 421)
        if not same_site(request):
            return PlainTextResponse("The request comes from another site.", 403)
        if request.method == "GET" and "token" in request.query_params:
            return self._remember(request)
        return None

    def _remember(self, request: Request) -> Response:
        """Move the token from the address to a cookie, so that it is not left in the history."""
        rest = [(k, v) for k, v in parse_qsl(request.url.query) if k != "token"]
        answer = RedirectResponse(request.url.path + ("?" + urlencode(rest) if rest else ""), 303)
        answer.set_cookie(COOKIE, request.query_params["token"], httponly=True, samesite="strict", max_age=30 * 86400)
        return answer

    def _holds_token(self, request: Request) -> bool:
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        shown = bearer if scheme.lower() == "bearer" else request.cookies.get(COOKIE, "")
        return hmac.compare_digest(shown.encode(), self._token.encode())


def _guarded(send: Send) -> Send:
    """Pages run no foreign code and are framed by nobody."""

    async def with_headers(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Content-Security-Policy"] = (
                "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
            )
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Referrer-Policy"] = "same-origin"
        await send(message)

    return with_headers  # type: ignore[return-value]  # starlette types a message as a mutable mapping
