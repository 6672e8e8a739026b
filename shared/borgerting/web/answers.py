"""Every no is a sentence: a page for people (who accept HTML), problem+json (RFC 9457) for programs."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from borgerting.errors import Forbidden, Refused, Transient
from borgerting.web import HERE, Pages, language


def wants_page(request: Request) -> bool:
    """Whether a browser asks, for itself and not for a script."""
    return "text/html" in request.headers.get("accept", "")


class Answers:
    """Says no in the language of the request."""

    def __init__(self) -> None:
        self._pages = Pages(HERE / "pages")

    def no(self, request: Request, status: int, refusal: Refused) -> Response:
        """The sentences of `refusal`, on a page or as JSON."""
        lang = language(request)
        first, *_ = sentences = refusal.sentences(lang)
        if wants_page(request):
            return self._pages.render(request, "refused.html", status=status, code=status, sentences=sentences)
        body = {"type": "about:blank", "status": status, "title": first, "code": refusal.code, "problems": sentences}
        return JSONResponse(body, status, {"Content-Language": lang}, media_type="application/problem+json")

    def install(self, app: FastAPI) -> None:
        """Answer for `app`: every Refused, Transient, malformed request, unknown address and failure."""

        async def refused(request: Request, why: Exception) -> Response:
            assert isinstance(why, Refused)  # noqa: S101 - registered for Refused only
            return self.no(request, status_of(why), why)

        async def not_now(request: Request, why: Exception) -> Response:
            assert isinstance(why, Transient)  # noqa: S101 - registered for Transient only
            answer = self.no(request, 503, busy(why))
            answer.headers["Retry-After"] = str(max(1, round(why.retry_after)))
            return answer

        async def malformed(request: Request, why: Exception) -> Response:
            assert isinstance(why, RequestValidationError)  # noqa: S101 - registered for it only
            if wants_page(request) and any(e["loc"][0] == "path" for e in why.errors()):
                return self.no(request, 404, nowhere(request.url.path))
            return self.no(request, 422, fields_wrong(why.errors()))

        async def by_status(request: Request, why: Exception) -> Response:
            assert isinstance(why, HTTPException)  # noqa: S101 - registered for it only
            if why.status_code == 405 and request.method == "GET" and wants_page(request):
                return _to_the_form(request)
            return self.no(request, why.status_code, _standard(request, why))

        async def failed(request: Request, why: Exception) -> Response:
            return self.no(request, 500, _failed())

        app.add_exception_handler(Refused, refused)
        app.add_exception_handler(Transient, not_now)
        app.add_exception_handler(RequestValidationError, malformed)
        app.add_exception_handler(HTTPException, by_status)
        app.add_exception_handler(Exception, failed)


def answer_refusals(app: FastAPI) -> None:
    """Turn everything that stops a request of `app` into a sentence with the right status."""
    Answers().install(app)


def status_of(refusal: Refused) -> int:
    """401 for a stranger, 403 for the wrong role, 404 for what is not there, else 422."""
    if refusal.code == "access.unknown":
        return 401
    if isinstance(refusal, Forbidden):
        return 403
    return 404 if refusal.code.endswith(".unknown") else 422


@dataclass(frozen=True)
class Shown:
    """How a page with a form comes up: filled with `values`, under the `sentences` that refused it."""

    values: Mapping[str, str] = field(default_factory=dict)
    sentences: tuple[str, ...] = ()
    status: int = 200


Work = Callable[[], Awaitable[str | Response]]
"""Does what a form asks; returns the address to go to, or the page that tells of it."""

Again = Callable[[Shown], Awaitable[Response]]
"""Shows the form again, filled in and with the reasons."""


async def act(request: Request, values: Mapping[str, str], work: Work, again: Again) -> Response:
    """Do `work` and go on from there; show the form with `values` again when it is refused or must wait."""
    try:
        done = await work()
    except Refused as no:
        return await _again(request, values, no, status_of(no), again)
    except Transient as why:
        return await _again(request, values, busy(why), 503, again)
    except ValidationError as wrong:
        return await _again(request, values, fields_wrong(wrong.errors()), 422, again)
    return done if isinstance(done, Response) else RedirectResponse(done, status_code=303)


async def _again(request: Request, values: Mapping[str, str], refusal: Refused, status: int, again: Again) -> Response:
    if refusal.code == "idempotency.reused":  # the back button brought an old form; what is sent next is new
        values = {name: value for name, value in values.items() if name != "idempotency_key"}
        refusal = _sent_before()
    return await again(Shown(values, tuple(refusal.sentences(language(request))), status))


def busy(why: Transient) -> Refused:
    """Not now, in words."""
    return Refused(
        "busy",
        da="Det kan ikke lade sig gøre lige nu, og intet er ændret. Prøv igen om et øjeblik.",
        en="That cannot be done just now, and nothing has changed. Try again in a moment.",
    )


def nowhere(path: str) -> Refused:
    """There is no such address."""
    return Refused(
        "address.unknown",
        da=f"Der er ingen side på adressen {path}. Gå til forsiden, og find den derfra.",
        en=f"There is no page at the address {path}. Go to the start page and find it from there.",
    )


def fields_wrong(errors: Iterable[ErrorDetails]) -> Refused:
    """One sentence for each field."""
    first, *rest = (_field(e) for e in errors)
    return Refused(first.code, da=first.text["da"], en=first.text["en"], also=tuple(rest))


def _field(error: ErrorDetails) -> Refused:
    at = " › ".join(str(part) for part in error["loc"] if part not in ("body", "header", "query"))
    if error["type"] == "missing":
        return Refused(
            "request.field",
            da=f"Feltet «{at}» mangler. Udfyld det, og send igen.",
            en=f"The field “{at}” is missing. Fill it in and send again.",
        )
    what = error["msg"]
    return Refused(
        "request.field",
        da=f"Feltet «{at}» kan ikke bruges ({what}). Ret det, og send igen.",
        en=f"The field “{at}” cannot be used ({what}). Correct it and send again.",
    )


def _to_the_form(request: Request) -> Response:
    """The address of a form's action was opened (a reload, the other language): its page is one step up."""
    up = request.url.path.rstrip("/").rpartition("/")[0] or "/"
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse("/" + up.lstrip("/") + query, 303)


def _standard(request: Request, why: HTTPException) -> Refused:
    if why.status_code == 404:
        return nowhere(request.url.path)
    if why.status_code == 405:
        return Refused(
            "address.method",
            da=f"Adressen {request.url.path} tager ikke imod {request.method}. Gå tilbage, og brug siden.",
            en=f"The address {request.url.path} does not take {request.method}. Go back and use the page.",
        )
    phrase = HTTPStatus(why.status_code).phrase
    return Refused(
        "request.unreadable",
        da=f"Det sendte kunne ikke læses ({phrase}). Hent siden igen, og send det derfra.",
        en=f"What was sent could not be read ({phrase}). Load the page again and send it from there.",
    )


def _failed() -> Refused:
    return Refused(
        "failed",
        da="Der skete en fejl i programmet; den står i loggen. Prøv igen, eller bed den, der driver det, om hjælp.",
        en="Something failed in the program; it is written in the log. Try again, or ask whoever runs it for help.",
    )


def _sent_before() -> Refused:
    return Refused(
        "form.sent-before",
        da="Formularen er allerede sendt én gang med andet indhold, og det gælder. Send igen, hvis dette er noget nyt.",
        en="This form has been sent once with other content, and that stands. Send again if this is something new.",
    )
