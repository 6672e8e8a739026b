"""The front door: sends each request to the service that its first path segment names."""

from collections.abc import Mapping

from fastapi import FastAPI
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from borgerting.errors import Refused
from borgerting.web.answers import Answers


class Front:
    """ASGI: `rooms` maps a service's name to its app, None while it is being restarted; the rest goes to `home`."""

    def __init__(self, rooms: Mapping[str, FastAPI | None], home: ASGIApp) -> None:
        self._rooms = rooms
        self._home = home
        self._answers = Answers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; 503 while its service is not there."""
        name = scope["path"].removeprefix("/").split("/")[0] if scope["type"] == "http" else ""
        room: ASGIApp | None = self._rooms.get(name, self._home)
        if room is None:
            room = self._answers.no(Request(scope), 503, _starting(name))
            room.headers["Retry-After"] = "1"
        await room(scope, receive, send)


def _starting(name: str) -> Refused:
    return Refused(
        "service.starting",
        da=f"Tjenesten {name} er ved at starte. Prøv igen om et øjeblik.",
        en=f"The service {name} is starting. Try again in a moment.",
    )
