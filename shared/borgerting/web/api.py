"""What every service's HTTP side does alike: who asks, the Idempotency-Key, and refusals as problem+json."""

from typing import Annotated

from fastapi import Depends, FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import JSONResponse, Response

from borgerting.access import Principal
from borgerting.errors import Forbidden, Refused, Transient
from borgerting.web import language

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


def problem(request: Request, status: int, refusal: Refused) -> Response:
    """RFC 9457: the refusal in the language of the request, `problems` one sentence each."""
    lang = language(request)
    first, *_ = sentences = refusal.sentences(lang)
    body = {
        "type": "about:blank",
        "status": status,
        "title": first,
        "code": refusal.code,
        "problems": sentences,
    }
    headers = {"Content-Language": lang}
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def status_of(refusal: Refused) -> int:
    """401 for a stranger, 403 for the wrong role, 404 for what is not there, else 422."""
    if refusal.code == "access.unknown":
        return 401
    if isinstance(refusal, Forbidden):
        return 403
    return 404 if refusal.code.endswith(".unknown") else 422


def answer_refusals(app: FastAPI) -> None:
    """Turn every Refused, Transient and malformed request of `app` into a sentence with the right status."""

    async def refused(request: Request, why: Exception) -> Response:
        assert isinstance(why, Refused)  # noqa: S101 - registered for Refused only
        return problem(request, status_of(why), why)

    async def not_now(request: Request, why: Exception) -> Response:
        assert isinstance(why, Transient)  # noqa: S101 - registered for Transient only
        refusal = Refused("busy", da=f"Prøv igen om lidt ({why}).", en=f"Try again in a moment ({why}).")
        answer = problem(request, 503, refusal)
        answer.headers["Retry-After"] = str(max(1, round(why.retry_after)))
        return answer

    async def malformed(request: Request, why: Exception) -> Response:
        assert isinstance(why, RequestValidationError)  # noqa: S101 - registered for it only
        return problem(request, 422, _malformed(why))

    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(Transient, not_now)
    app.add_exception_handler(RequestValidationError, malformed)


def _malformed(why: RequestValidationError) -> Refused:
    first, *rest = (_field(" › ".join(str(part) for part in e["loc"]), e["msg"]) for e in why.errors())
    return Refused(first.code, da=first.text["da"], en=first.text["en"], also=tuple(rest))


def _field(at: str, what: str) -> Refused:
    return Refused("request.field", da=f"Feltet {at}: {what}.", en=f"The field {at}: {what}.")


def same_site(request: Request) -> bool:
    """Whether a request that changes something comes from a page of ours (or from no page at all)."""
    origin = request.headers.get("origin")
    return request.method in SAFE or origin is None or origin.partition("://")[2] == request.headers.get("host")
