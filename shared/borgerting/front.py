"""The front door: sends each request to the service that its first path segment names."""

from collections.abc import Mapping

from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class Front:
    """ASGI: `rooms` maps a service's name to its app, None while it is being restarted; the rest goes to `home`."""

    def __init__(self, rooms: Mapping[str, FastAPI | None], home: ASGIApp) -> None:
        self._rooms = rooms
        self._home = home

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; 503 while its service is not there."""
        name = scope["path"].removeprefix("/").split("/")[0] if scope["type"] == "http" else ""
        room: ASGIApp | None = self._rooms.get(name, self._home)
        if room is None:
            room = PlainTextResponse(f"{name} is starting. Try again in a moment.", 503, {"Retry-After": "1"})
        await room(scope, receive, send)
