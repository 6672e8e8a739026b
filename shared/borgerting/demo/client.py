"""The services as a client sees them: one address a service, a token, and an Idempotency-Key on every change."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx

from borgerting.canonical import sha256
from borgerting.errors import Refused, Transient


class Client:
    """Talks to the services at `addresses` (name -> base address); `run` makes the keys of one run its own."""

    def __init__(self, addresses: Mapping[str, str], token: str, run: str) -> None:
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        limits = httpx.Limits(max_connections=20)
        self._http = httpx.AsyncClient(headers=headers, timeout=60, limits=limits, trust_env=False)
        self._addresses = addresses
        self._run = run

    async def __aenter__(self) -> Self:
        """Open the connections."""
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None
    ) -> None:
        """Close them."""
        await self._http.__aexit__(kind, why, at)

    async def post(self, service: str, path: str, content: Mapping[str, Any] | None = None) -> Any:
        """Send JSON to ``/<service>/api/<path>``; Refused with the service's own sentences."""
        return (await self._send("POST", service, path, json=content or {})).json()

    async def upload(self, service: str, path: str, name: str, content: bytes) -> Any:
        """Send a file."""
        return (await self._send("POST", service, path, files={"file": (name, content)})).json()

    async def download(self, service: str, path: str) -> bytes:
        """Fetch a file."""
        return (await self._send("GET", service, path)).content

    async def _send(self, method: str, service: str, path: str, **content: Any) -> httpx.Response:
        address = f"{self._addresses[service]}/{service}/api/{path}"
        headers = {"Idempotency-Key": f"{self._run}:{path}:{_fingerprint(content)}"}
        try:
            answer = await self._http.request(method, address, headers=headers, **content)
        except httpx.TransportError as why:
            raise Transient(f"{service} does not answer: {why!r}") from why
        if answer.is_error:
            raise _refusal(service, answer)
        return answer


def _fingerprint(content: Mapping[str, Any]) -> str:
    return sha256(repr(content).encode())[:12]


def _refusal(service: str, answer: httpx.Response) -> Exception:
    if "problem+json" not in answer.headers.get("content-type", ""):
        return Transient(f"{service} answered {answer.status_code}: {answer.text[:200]}")
    told = answer.json()
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        return Transient(told["title"])
    first, *rest = (Refused(told["code"], da=sentence, en=sentence) for sentence in told["problems"])
    return Refused(first.code, da=first.text["da"], en=first.text["en"], also=tuple(rest))
