"""Who is at the door of an installation without accounts: whoever holds the printed token is the organiser."""

import hmac
import secrets
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from borgerting.access import Principal
from borgerting.errors import Forbidden
from borgerting.web.answers import Answers
from borgerting.web.api import same_site

COOKIE = "borgerting"
ORGANISER = Principal("organiser", frozenset({"organiser", "host"}))


def token_of(folder: Path) -> str:
    """Read the token kept in `folder`, or make one that only its owner can read."""
    file = folder / "token"
    token = file.read_text("utf-8").strip() if file.exists() else ""
    if not token:  # also where a crash came between making the file and filling it
        token = secrets.token_urlsafe(24)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
        file.write_text(token, "utf-8")
    return token


class SignIn:
    """ASGI middleware: takes the token from a header, a cookie or the printed link, and refuses strange origins."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self.app = app
        self._token = token
        self._answers = Answers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what must not come in; let the rest through with ``request.state.principal`` where known."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        answer = self._at_the_door(request)
        if answer is not None:
            await answer(scope, receive, _guarded(send))
            return
        if self._holds_token(request):
            scope.setdefault("state", {})["principal"] = ORGANISER
        await self.app(scope, receive, _guarded(send))

    def _at_the_door(self, request: Request) -> Response | None:
        if not _is_here(request.headers.get("host", "")):
            return self._answers.no(request, 421, _elsewhere())
        if not same_site(request):
            return self._answers.no(request, 403, _foreign())
        if request.method == "GET" and "token" in request.query_params:
            return self._remember(request)
        return None

    def _remember(self, request: Request) -> Response:
        """Move the token from the address to a cookie, so that it is not left in the history; drop a wrong one."""
        rest = [(k, v) for k, v in parse_qsl(request.url.query, keep_blank_values=True) if k != "token"]
        here = "/" + request.url.path.lstrip("/")  # "//elsewhere/" would be another site
        answer = RedirectResponse(here + ("?" + urlencode(rest) if rest else ""), 303)
        token = request.query_params["token"]
        if self._is_token(token):
            answer.set_cookie(COOKIE, token, httponly=True, samesite="strict", max_age=30 * 86400)
        return answer

    def _holds_token(self, request: Request) -> bool:
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        shown = bearer if scheme.lower() == "bearer" else request.cookies.get(COOKIE, "")
        return self._is_token(shown)

    def _is_token(self, shown: str) -> bool:
        return bool(self._token) and hmac.compare_digest(shown.encode(), self._token.encode())


def _elsewhere() -> Forbidden:
    return Forbidden(
        "access.host",
        da="Her svares kun på adressen 127.0.0.1. Brug det link, som programmet skrev, da det startede.",
        en="This address serves 127.0.0.1 only. Use the link that the program printed when it started.",
    )


def _foreign() -> Forbidden:
    return Forbidden(
        "access.origin",
        da="Det sendte kommer fra et andet websted og er afvist. Send det fra Borgertings egne sider.",
        en="What was sent comes from another site and is refused. Send it from Borgerting's own pages.",
    )


def _is_here(host: str) -> bool:
    """Whether a Host header names a loopback address: a name of somebody else's may point here too."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


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
