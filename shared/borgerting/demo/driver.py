"""Runs a plan: commands over HTTP, and after each the event that says it has had its effect."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from borgerting.adapters import PopulationSource, PopulationTable
from borgerting.demo.client import Client
from borgerting.demo.plan import AREA, Plan, require_county
from borgerting.demo.volunteers import volunteers_csv
from borgerting.demo.watch import Watch
from borgerting.errors import Text
from borgerting.events.base import Envelope
from borgerting.events.lottery import DrawProgressed, DrawSealed, PanelDrawn
from borgerting.events.recruitment import PoolFrozen, PoolPrepared
from borgerting.events.reporting import ReportPublished
from borgerting.events.sessions import AssemblySeated
from borgerting.plugins import load

Tell = Callable[[Text], None]


@dataclass(frozen=True)
class Rehearsal:
    """One run of `plan` against services that are already up."""

    plan: Plan
    client: Client
    watch: Watch
    tell: Tell

    async def run(self) -> None:
        """From charter to published report; Refused or Broken as soon as a service says so."""
        await self._charter()
        await self._recruit()
        members = await self._draw()
        await self._meet(members)
        await self._vote(members)
        self.tell({"da": "Samler rapporten", "en": "Writing the report"})
        await self._post("sessions", "conclude")
        await self.watch.wait_for(ReportPublished.type)

    async def _charter(self) -> None:
        self.tell({"da": "Opdragsgiveren fastlægger kommissoriet", "en": "The commissioner fixes the charter"})
        await self._post("sessions", "charter", self.plan.charter())
        await self.watch.wait_for(PoolPrepared.type)

    async def _recruit(self) -> None:
        self.tell({"da": "Læser befolkningen og bygger kvoterne", "en": "Reading the population, building quotas"})
        file = self.plan.example.population
        stored = await self._upload("population", file.name, await asyncio.to_thread(file.read_bytes))
        wish = self.plan.quotas(stored["table"])
        await self._post("recruitment", "quotas/build", wish)
        self.tell({"da": "Tager imod tilmeldte", "en": "Taking volunteers"})
        table = await population(self.plan, wish["query"])
        rows = volunteers_csv(table, wish["features"], self.plan.example.volunteers, self.plan.size, self.plan.seed)
        await self._upload("volunteers", "volunteers.csv", rows.encode())
        self.tell({"da": "Lukker og forsegler puljen", "en": "Freezing the pool"})
        await self._post("recruitment", "freeze")
        await self.watch.wait_for(PoolFrozen.type)

    async def _draw(self) -> list[str]:
        self.watch.on_event = self._told_progress
        await self.watch.wait_for(DrawSealed.type)
        self.tell({"da": "Trækker lod", "en": "Drawing a ticket"})
        drawn = await self.watch.wait_for(PanelDrawn.type)
        await self.watch.wait_for(AssemblySeated.type)
        return list(drawn.data["members"])

    def _told_progress(self, envelope: Envelope) -> None:
        if envelope.type == DrawProgressed.type:
            done, tickets = envelope.data["done"], envelope.data["tickets"]
            da = f"Laver lodder, der alle holder kvoterne: {done} af {tickets}"
            self.tell({"da": da, "en": f"Making tickets that all keep the quotas: {done} of {tickets}"})

    async def _meet(self, members: list[str]) -> None:
        for session in self.plan.sessions(members):
            number = session["number"]
            self.tell({"da": f"Samling {number}", "en": f"Session {number}"})
            await self._post("sessions", "sessions", session)

    async def _vote(self, members: list[str]) -> None:
        for recommendation in self.plan.example.programme["recommendations"]:
            number = recommendation["number"]
            self.tell({"da": f"Stemmer om anbefaling {number}", "en": f"Voting on recommendation {number}"})
            text = {key: recommendation[key] for key in ("number", "title", "text")}
            await self._post("sessions", "recommendations", text)
            votes = self.plan.votes(recommendation, members)
            ballots = ({"member": member, "choice": choice} for member, choice in votes.items())
            at = f"recommendations/{number}"
            await asyncio.gather(*(self._post("sessions", f"{at}/ballots", ballot) for ballot in ballots))
            await self._post("sessions", f"{at}/close")
            for dissent in self.plan.dissents(recommendation, votes):
                await self._post("sessions", f"{at}/dissents", dissent)

    async def _post(self, service: str, path: str, content: Mapping[str, Any] | None = None) -> Any:
        return await self.client.post(service, f"{self.plan.assembly}/{path}", content)

    async def _upload(self, path: str, name: str, content: bytes) -> Any:
        return await self.client.upload("recruitment", f"{self.plan.assembly}/{path}", name, content)


async def population(plan: Plan, query: Mapping[str, Any]) -> PopulationTable:
    """The example's table, read by the same plug-in that the service uses; Refused for a county it does not have."""
    file = plan.example.population
    settings = {"saved-json-stat": {"folder": str(file.parent)}}
    source = load("borgerting.population_sources", PopulationSource, settings)["saved-json-stat"]  # type: ignore[type-abstract]
    dimensions = await source.describe(file.name)
    require_county(plan, next(d.categories for d in dimensions if d.code == AREA))
    return await source.fetch(file.name, {name: _listed(codes) for name, codes in query.items()})


def _listed(codes: str | Sequence[str]) -> Sequence[str]:
    return [codes] if isinstance(codes, str) else codes


async def write_files(plan: Plan, client: Client, watch: Watch, folder: Path) -> None:
    """Write report.html, panel.csv, draw.json and events.jsonl to `folder`, for their owner's eyes."""
    from_services = {
        "report.html": ("reporting", f"{plan.assembly}/report.html?lang=da"),
        "panel.csv": ("lottery", f"{plan.assembly}/panel.csv"),
        "draw.json": ("lottery", f"{plan.assembly}/draw.json"),
    }
    for name, (service, path) in from_services.items():
        _write(folder / name, await client.download(service, path))
    _write(folder / "events.jsonl", watch.lines().encode())


def _write(file: Path, content: bytes) -> None:
    file.touch(mode=0o600)
    file.write_bytes(content)
