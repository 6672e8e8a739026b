"""What every address of the lottery needs: the documents of one draw, and who may see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Form, Request, Response

from borgerting.access import authorise
from borgerting.desk import Desk
from borgerting.errors import Refused
from borgerting.events.base import AssemblyId
from borgerting.web import Pages, language
from borgerting.web.answers import Shown, Work, act
from borgerting.web.api import Who
from services.lottery import domain
from services.lottery.domain.advice import thin_words
from services.lottery.handlers import Ports
from services.lottery.http.state import chart_of, state_name
from services.lottery.store import Draw, Panel, Plan, Seats, Upload

FormKey = Annotated[str, Form(alias="idempotency_key", min_length=1, max_length=200)]


class Visit:
    """Who asks for which draw's page."""

    def __init__(self, request: Request, who: Who, assembly: AssemblyId) -> None:
        self.request = request
        self.who = who
        self.assembly = assembly
        self.address = f"/lottery/{assembly}"


Here = Annotated[Visit, Depends()]


@dataclass(frozen=True)
class Known:
    """Everything the lottery has of one assembly, as far as it goes."""

    draw: Draw | None
    panel: Panel | None
    seats: Seats | None
    plan: Plan | None
    upload: Upload | None

    @property
    def state(self) -> str:
        """Where the draw stands, "drawn" at the end."""
        return state_name(self.draw, self.panel)


@dataclass(frozen=True)
class Room:
    """Takes visitors to the documents of a draw."""

    desk: Desk
    pages: Pages
    ports: Ports

    async def known(self, who: Who, assembly: str) -> Known:
        """What there is, for those who may read it."""
        authorise(who, "lottery.read", assembly)
        repo = self.desk.repo
        return Known(
            await repo.get(Draw, assembly),
            await repo.get(Panel, assembly),
            await repo.get(Seats, assembly),
            await repo.get(Plan, assembly),
            await repo.get(Upload, assembly),
        )

    async def drawn(self, who: Who, assembly: str) -> tuple[Draw, Panel]:
        """The draw and its panel; Refused before there is one."""
        known = await self.known(who, assembly)
        if known.draw is None or known.panel is None:
            raise unknown(assembly)
        return known.draw, known.panel

    async def show(self, visit: Visit, shown: Shown, *, follow: bool = False, pool: int = 0) -> Response:
        """The page of a draw; `pool` is the version that the reader waits for."""
        known = await self.known(visit.who, visit.assembly)
        draw, panel = known.draw, known.panel
        if draw and draw.pool.version < pool:
            draw = None  # refused before, and the pool that was frozen after it has not come in yet
        state = "uploaded" if draw is None and known.upload and known.upload.snapshot else state_name(draw, panel)
        running = state in ("started", "sealed") or (state == "waiting" and follow)
        return self.pages.render(
            visit.request,
            "draw.html",
            status=shown.status,
            assembly=visit.assembly,
            draw=draw,
            panel=panel,
            seats=known.seats,
            plan=known.plan,
            upload=known.upload,
            thin=[thin_words(spot) for spot in known.upload.advice.thin]
            if known.upload and known.upload.advice
            else [],
            alone=known.upload is not None,
            state=state,
            running=running,
            follow=follow and running,
            synthetic=draw is not None and draw.synthetic,
            chart=chart_of(draw.sealed) if draw and draw.sealed else None,
            language=language(visit.request),
            now_seated=await self._seated(known),
            sentences=shown.sentences,
            values=shown.values,
        )

    async def _seated(self, known: Known) -> Mapping[str, Mapping[str, int]]:
        """Seats per feature and category after the refills; empty where there were none."""
        if known.draw is None or known.seats is None:
            return {}
        pool = await self.ports.fetch_pool(known.draw.assembly, known.draw.snapshot)
        return domain.seats(pool.features, domain.rows_of(pool), known.seats.members)

    async def act(self, visit: Visit, work: Work, **values: str) -> Response:
        """Do `work`; the form comes back with its `values` when it is refused."""

        async def again(shown: Shown) -> Response:
            return await self.show(visit, shown)

        return await act(visit.request, values, work, again)


def unknown(assembly: str) -> Refused:
    """There is nothing drawn yet."""
    return Refused(
        "lottery.unknown",
        da=f"Der er endnu ikke trukket lod i {assembly}. Luk puljen, og vent på lodtrækningen.",
        en=f"No panel has been drawn in {assembly} yet. Freeze the pool and wait for the draw.",
    )
