"""What the lottery keeps: the draw, its job, the panel, and the sealed portfolio beside them."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import Field

from borgerting.adapters import Portfolio
from borgerting.errors import Broken, Text
from borgerting.events.base import SourceRef, Value
from borgerting.events.recruitment import Feature, Intake, SnapshotRef
from borgerting.snapshots import SnapshotFolder, canonical, seal, unseal
from borgerting.store import Document, EventSource
from borgerting.store.leases import Leased
from services.lottery.domain.advice import Advice
from services.lottery.domain.fairness import portfolio_from, portfolio_json


class LevelTold(Value):
    """One step of the proven fairness, as ratios such as "1/12"; see `borgerting.adapters.Level`."""

    people: int
    chance: str
    bound: str


class Claimed(Value):
    """What the selector claims, and how near the tickets come.

    `targets` maps a chance to how many people should have it; `deviation` is in tickets; `smallest` is the smallest
    share of tickets of anybody who should have one, `bound` what it cannot exceed.
    """

    objective: str
    certified: bool
    levels: tuple[LevelTold, ...]
    targets: dict[str, int]
    deviation: str
    smallest: str
    bound: str


class Sealed(Value):
    """A fixed portfolio: `name` is its sealed file, `portfolio` the SHA-256 of its content.

    `shares` maps a number of tickets to how many people are on that many; `alternates` are named for each ticket.
    """

    name: str
    portfolio: str
    commitment: str
    tickets: int
    panels: int
    shares: dict[int, int]
    draw_at: datetime
    solver: str
    versions: dict[str, str]
    claimed: Claimed | None = None
    alternates: int = 0


class Progress(Value):
    """The last that was told of a preparation on its way; see DrawProgressed."""

    percent: int = 0
    phase: str = ""
    gap: str | None = None
    panels: int | None = None


class Draw(EventSource):
    """The draw of one assembly; `job` and `fence` say whose results may be written here."""

    collection: ClassVar[str] = "draw"

    state: Literal["started", "sealed", "refused", "partner"]
    pool: SourceRef
    snapshot: SnapshotRef
    panel_size: int
    volunteers: int
    tickets: int
    job: str
    fence: int = 0
    done: int = 0
    progress: Progress = Progress()
    reasons: tuple[Text, ...] = ()
    synthetic: bool = False
    features: tuple[Feature, ...] = ()
    sealed: Sealed | None = None
    partner: str | None = None


Way = Literal["alternate", "redraw", "none"]


class Refill(Value):
    """`left` gave up the seat and `came` took it, None where nobody could."""

    left: str
    came: str | None
    way: Way


class Panel(EventSource):
    """The panel drawn, with the seed that is no longer secret; a partner's draw has neither seed nor ticket."""

    collection: ClassVar[str] = "panel"

    draw: SourceRef
    seed: str | None = None
    ticket: int | None = None
    members: tuple[str, ...]
    counts: dict[str, dict[str, int]]
    alternates: tuple[str, ...] = ()
    drawn_by: str | None = None
    method: str | None = None


OWN = "lottery"
"""The bucket of pools that never were on the bus: they lie in the lottery's own folder."""


class RefusedRow(Value):
    """A row of an uploaded file that cannot be drawn, and why."""

    row: int
    reason: Text


class Upload(EventSource):
    """A pool from uploaded files; `secret` is its key in hex, and `snapshot` is None until the pool is sealed."""

    collection: ClassVar[str] = "upload"

    secret: str = Field(repr=False)
    snapshot: SnapshotRef | None = None
    title: str = ""
    panel_size: int = 0
    volunteers: int = 0
    intake: Intake | None = None
    refused: tuple[RefusedRow, ...] = ()
    notes: tuple[Text, ...] = ()
    advice: Advice | None = None
    objective: str = "leximin"
    tickets: int = 1
    draw_at: datetime | None = None


class Plan(Document):
    """What the organiser chose before the pool came: `partner` draws, empty for the lottery itself."""

    collection: ClassVar[str] = "plan"

    partner: str = ""


class Seats(EventSource):
    """Who sits now: the panel's members after every refill; `unavailable` cannot be called any more."""

    collection: ClassVar[str] = "seat"

    panel: SourceRef
    members: tuple[str, ...]
    refills: tuple[Refill, ...] = ()
    unavailable: tuple[str, ...] = ()


class Job(Leased):
    """A portfolio to be made from version `pool` of the pool; `seed` is secret until the draw.

    `options` are the selector's; `draw_at` is the earliest moment of the draw, None for the installation's delay.
    """

    collection: ClassVar[str] = "job"
    indexes: ClassVar[tuple[str, ...]] = ("state",)

    state: Literal["queued", "done"] = "queued"
    pool: int
    tickets: int
    seed: str = Field(repr=False)
    options: dict[str, str] = Field(default_factory=dict)
    draw_at: datetime | None = None


KINDS = (Draw, Panel, Job, Plan, Seats, Upload)


PORTFOLIO_RULE = (
    "SHA-256 of the UTF-8 JSON object of assembly, tickets and, where they are here, alternates and fairness; "
    "keys sorted, no white space."
)
SEALED_PARTS = ("tickets", "alternates", "fairness")


def portfolio_bytes(assembly: str, made: Portfolio) -> bytes:
    """The canonical bytes of a portfolio by PORTFOLIO_RULE, the ones that are hashed and sealed.

    >>> portfolio_bytes("klima", Portfolio((("a", "b"), ("a", "c")), "by hand", alternates=(("c",), ("b",))))
    b'{"alternates":[["c"],["b"]],"assembly":"klima","tickets":[["a","b"],["a","c"]]}'
    """
    told = portfolio_json(made)
    return canonical({"assembly": assembly} | {part: told[part] for part in SEALED_PARTS if part in told})


def portfolio_in(content: bytes, solver: str) -> Portfolio:
    """Read the portfolio that `solver` made back from `portfolio_bytes`."""
    return portfolio_from({**json.loads(content), "solver": solver})


def sealed_parts(content: bytes) -> dict[str, Any]:
    """What of a portfolio is published beside the pool, as it was sealed."""
    return {part: value for part, value in json.loads(content).items() if part in SEALED_PARTS}


class Portfolios:
    """Sealed portfolios in `folder`, under the key that `key_of` finds for an assembly."""

    def __init__(self, folder: SnapshotFolder, key_of: Callable[[str], Awaitable[bytes]]) -> None:
        self._folder = folder
        self._key_of = key_of

    async def keep(self, assembly: str, content: bytes) -> str:
        """Seal `content`, durable on return; the name differs from call to call."""
        return self._folder.put(seal(await self._key_of(assembly), content, assembly))

    async def open(self, assembly: str, name: str) -> bytes:
        """The content kept under `name`; Broken if it is gone or changed."""
        sealed = self._folder.get(name)
        if sealed is None:
            raise Broken(f"the portfolio of {assembly}, {name[:12]}…, is gone from {self._folder.folder.name}")
        return unseal(await self._key_of(assembly), sealed, assembly)
