"""The page that charters an assembly: pick a template, edit it, sign it."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from borgerting.access import authorise
from borgerting.errors import Refused
from borgerting.events.sessions import DecisionRule, Eligibility
from borgerting.web.answers import Shown, act
from borgerting.web.api import Who
from services.sessions.domain import commands as do
from services.sessions.domain.charter import slug
from services.sessions.domain.vote import describe
from services.sessions.http import forms
from services.sessions.http.page import Room

PLAIN = ("label", "commissioner", "controller", "panel_size")
BILINGUAL = ("title", "core_question", "mandate")


def add(routes: APIRouter, room: Room) -> None:
    """``/new``."""

    @routes.get("/new")
    async def blank(request: Request, who: Who, template: str = "") -> Response:
        authorise(who, "sessions.charter", "new")
        chosen = room.templates.get(template, {})
        return _page(room, request, Shown(as_fields(chosen)), template)

    @routes.post("/new")
    async def charter(request: Request, who: Who) -> Response:
        form = await forms.fields(request)

        async def work() -> str:
            command = read(form)
            await room.desk.do(who, command)
            return f"/sessions/{command.assembly}"

        async def again(shown: Shown) -> Response:
            return _page(room, request, shown)

        return await act(request, form, work, again)


def _page(room: Room, request: Request, shown: Shown, template: str = "") -> Response:
    return room.pages.render(
        request,
        "new.html",
        status=shown.status,
        values=shown.values,
        sentences=shown.sentences,
        chosen=template,
        templates=room.templates,
        rules={name: describe(rule) for name, rule in forms.RULES.items()},
    )


def as_fields(template: Mapping[str, Any]) -> dict[str, str]:
    """A template as the fields of the page."""
    eligibility = template.get("eligibility", {})
    texts = {name: template.get(name, {}) for name in BILINGUAL} | {"eligibility": eligibility.get("wording", {})}
    written = {f"{name}_{language}": words for name, text in texts.items() for language, words in text.items()}
    plain = {name: str(template[name]) for name in PLAIN if name in template}
    ages = {name: str(eligibility[name]) for name in ("min_age", "max_age") if eligibility.get(name) is not None}
    rule = DecisionRule.model_validate(template["decision_rule"]) if "decision_rule" in template else None
    named = next((name for name, offered in forms.RULES.items() if offered == rule), "majority")
    return written | plain | ages | {"rule": named, "synthetic": "yes" if template.get("synthetic") else ""}


def read(form: Mapping[str, str]) -> do.CharterAssembly:
    """The command in a submitted page; its slug is made from the title unless a short name is given."""
    title = forms.text(form, "title")
    return do.CharterAssembly(
        assembly=_slug(form.get("slug", ""), title.get("da") or title.get("en") or ""),
        key=forms.key(form),
        title=title,
        label="borgerting" if form.get("label") == "borgerting" else "borgersamling",
        core_question=forms.text(form, "core_question"),
        mandate=forms.text(form, "mandate"),
        commissioner=form.get("commissioner", ""),
        controller=form.get("controller", ""),
        panel_size=forms.whole(form, "panel_size", da="Antal medlemmer", en="The number of members"),
        eligibility=_eligibility(form),
        decision_rule=forms.rule(form),
        answer_due=forms.day(form, "answer_due", da="Svardatoen", en="The day of the answer"),
        synthetic=bool(form.get("synthetic")),
    )


def _slug(wish: str, title: str) -> str:
    made = slug(wish or title)
    if not made:
        raise Refused(
            "charter.slug",
            da="Titlen har hverken bogstaver eller tal, som en adresse kan laves af. Skriv en titel.",
            en="The title has no letters or digits to make an address from. Write a title.",
        )
    return made


def _eligibility(form: Mapping[str, str]) -> Eligibility:
    lowest = forms.whole(form, "min_age", da="Den laveste alder", en="The lowest age")
    highest = None
    if form.get("max_age"):
        highest = forms.whole(form, "max_age", da="Den højeste alder", en="The highest age")
    _check_ages(lowest, highest)
    return Eligibility(min_age=lowest, max_age=highest, wording=forms.text(form, "eligibility"))


def _check_ages(lowest: int, highest: int | None) -> None:
    if not 0 <= lowest <= (120 if highest is None else highest) <= 120:
        to = "–" if highest is None else highest
        raise Refused(
            "charter.ages",
            da=f"Alderen går fra {lowest} til {to}; den skal ligge mellem 0 og 120, den laveste først.",
            en=f"The ages run from {lowest} to {to}; they must lie between 0 and 120, the lowest first.",
        )
