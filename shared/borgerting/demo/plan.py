"""What a rehearsal does: the example's content fitted to one region, one panel size and one seed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from borgerting.demo.example import Example
from borgerting.errors import Refused, Text

AREA = "Region"


@dataclass(frozen=True)
class Plan:
    """One rehearsal: `county` is a code of the table's regions, empty for the country; `start` is the charter's day."""

    example: Example
    assembly: str
    start: date
    county: str = ""
    size: int = 60
    seed: int = 1

    def charter(self) -> dict[str, Any]:
        """The charter's fields."""
        answer_due = self.start + timedelta(days=self.example.programme["answer_after_days"])
        charter = {**self.example.charter, "panel_size": self.size, "answer_due": answer_due.isoformat()}
        if self.county:
            where: Text = {"da": f"Amt (län) {self.county} alene.", "en": f"County (län) {self.county} alone."}
            eligibility = charter["eligibility"]
            wording = {lang: f"{text} {where[lang]}" for lang, text in eligibility["wording"].items()}
            charter["eligibility"] = {**eligibility, "areas": [self.county], "wording": wording}
        return charter

    def quotas(self, table: str) -> dict[str, Any]:
        """The query and features; one county has no areas to divide seats between."""
        wish = {**self.example.features, "table": table}
        if self.county:
            wish["query"] = {**wish["query"], AREA: [self.county]}
            wish["features"] = [f for f in wish["features"] if f["dimension"] != AREA]
        return wish

    def sessions(self, members: list[str]) -> Iterator[dict[str, Any]]:
        """Each session with who came; the absent are drawn by the seed."""
        for session in self.example.programme["sessions"]:
            chance = Random(f"{self.seed}/session/{session['number']}")  # noqa: S311 - a rehearsal that must repeat
            absent = set(chance.sample(members, _share(len(members), session["absent"])))
            yield {
                "number": session["number"],
                "title": session["title"],
                "minutes": session["minutes"],
                "held_on": (self.start + timedelta(days=session["after_days"])).isoformat(),
                "present": [member for member in members if member not in absent],
            }

    def votes(self, recommendation: Mapping[str, Any], members: list[str]) -> dict[str, str]:
        """Member -> choice; whoever is left over does not vote."""
        order = sorted(members)
        Random(f"{self.seed}/vote/{recommendation['number']}").shuffle(order)  # noqa: S311 - as above
        choices = [c for c in ("for", "against", "abstain") for _ in range(_share(len(order), recommendation[c]))]
        return dict(zip(order, choices, strict=False))

    def dissents(self, recommendation: Mapping[str, Any], votes: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Each dissent with the members behind it, at least one; none where nobody voted against."""
        against = [member for member, choice in votes.items() if choice == "against"]
        for dissent in recommendation["dissents"]:
            behind = against[: max(1, _share(len(against), dissent["behind"]))]
            if behind:
                yield {"text": dissent["text"], "members": behind}


def require_county(plan: Plan, counties: Mapping[str, Text]) -> None:
    """Refuse a county that the table does not have."""
    if plan.county and plan.county not in counties:
        there = ", ".join(f"{code} {next(iter(label.values()))}" for code, label in counties.items())
        raise Refused(
            "example.county",
            da=f"Tabellen har intet amt med koden {plan.county}. Vælg et af: {there}.",
            en=f"The table has no county with the code {plan.county}. Choose one of: {there}.",
        )


def _share(whole: int, per_cent: int) -> int:
    return (whole * per_cent + 50) // 100
