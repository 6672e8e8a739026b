"""Pages that all services share: one layout, one catalogue form, Danish and English."""

import tomllib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse

from borgerting.errors import in_language
from borgerting.web import phrases
from borgerting.web.phrases import Language

HERE = Path(__file__).parent
STATIC = HERE / "static"
"""The stylesheet and the icon, served at ``/static``."""
LANGUAGE_COOKIE = "borgerting_language"
FOLLOW_SECONDS = 3


def language(request: Request) -> Language:
    """The language asked for by ``?lang=``, else by cookie, else by the browser, else Danish."""
    accepted = request.headers.get("accept-language", "da")[:2]
    wish = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE) or accepted
    return "en" if wish == "en" else "da"


class Pages:
    """The templates in `folder`, over the shared ones, with the texts of both ``texts.toml``."""

    def __init__(self, folder: Path) -> None:
        self._texts = {**read_texts(HERE / "pages"), **read_texts(folder)}
        self._jinja = jinja2.Environment(
            loader=jinja2.FileSystemLoader([folder, HERE / "pages"]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._jinja.globals |= {"new_key": lambda: uuid4().hex, "exact": phrases.exact}

    def html(self, template: str, lang: Language, **context: Any) -> str:
        """Fill `template`, in which ``t("key", n=3)`` is a text of the catalogue and ``say(text)`` picks one.

        ``number``, ``decimal``, ``percent`` and ``day`` write figures and dates in the page's language.
        """
        spoken = {name: partial(getattr(phrases, name), lang) for name in ("number", "decimal", "percent", "day")}
        return self._jinja.get_template(template).render(
            lang=lang, t=partial(self._translate, lang), say=lambda text: in_language(text, lang), **spoken, **context
        )

    def render(
        self, request: Request, template: str, *, status: int = 200, follow: bool = False, **context: Any
    ) -> HTMLResponse:
        """Answer `request` in its language, and remember a language that it asked for.

        `follow` reloads the page by itself: only where the reader asked for it and the page says how to stop it.
        """
        lang = language(request)
        answer = HTMLResponse(self.html(template, lang, request=request, follow=follow, **context), status_code=status)
        if request.query_params.get("lang") in ("da", "en"):
            answer.set_cookie(LANGUAGE_COOKIE, lang, samesite="strict", httponly=True)
        if follow:
            answer.headers["Refresh"] = str(FOLLOW_SECONDS)
        return answer

    def _translate(self, lang: Language, key: str, /, **values: Any) -> str:
        return self._texts[key][lang].format(**values)


def read_texts(folder: Path) -> Mapping[str, dict[str, str]]:
    """Read ``texts.toml``: one table a text, with its Danish and its English."""
    file = folder / "texts.toml"
    return tomllib.loads(file.read_text("utf-8")) if file.exists() else {}
