"""What every service's HTTP side does alike: who asks, and the Idempotency-Key."""

from typing import Annotated

from fastapi import Depends, Header, Request

from borgerting.access import Principal
from borgerting.errors import Forbidden

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def _principal(request: Request) -> Principal:
    found: Principal | None = getattr(request.state, "principal", None)
    if found is None:
        raise Forbidden(
            "access.unknown",
            da="Log ind med det link, som programmet skrev, da det startede.",
            en="Sign in with the link that the program printed when it started.",
        )
    return found


def _key(idempotency_key: Annotated[str, Header(min_length=1, max_length=200)]) -> str:
    return idempotency_key


Who = Annotated[Principal, Depends(_principal)]
"""The principal behind a request; 401 when nobody is signed in."""

Key = Annotated[str, Depends(_key)]
"""The Idempotency-Key that every POST of the API must carry."""


def same_site(request: Request) -> bool:
    """Whether a request that changes something comes from a page of ours (or from no page at all)."""
    origin = request.headers.get("origin")
    return request.method in SAFE or origin is None or origin.partition("://")[2] == request.headers.get("host")
