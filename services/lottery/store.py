"""What the lottery keeps: the draw, its job, the panel, and the sealed portfolio beside them."""

import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from borgerting.errors import Broken, Text
from borgerting.events.base import SourceRef, Value
from borgerting.events.recruitment import Feature, SnapshotRef
from borgerting.snapshots import SnapshotFolder, canonical, seal, unseal
from borgerting.store import EventSource
from borgerting.store.leases import Leased


class Sealed(Value):
    """A fixed portfolio: `name` is its sealed file, `portfolio` the SHA-256 of its content.

    `shares` maps a number of tickets to how many people are on that many.
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


class Draw(EventSource):
    """The draw of one assembly; `job` and `fence` say whose results may be written here."""

    collection: ClassVar[str] = "draw"

    state: Literal["started", "sealed", "refused"]
    pool: SourceRef
    snapshot: SnapshotRef
    panel_size: int
    volunteers: int
    tickets: int
    job: str
    fence: int = 0
    done: int = 0
    reasons: tuple[Text, ...] = ()
    synthetic: bool = False
    features: tuple[Feature, ...] = ()
    sealed: Sealed | None = None


class Panel(EventSource):
    """The panel drawn, with the seed that is no longer secret."""

    collection: ClassVar[str] = "panel"

    draw: SourceRef
    seed: str
    ticket: int
    members: tuple[str, ...]
    counts: dict[str, dict[str, int]]


class Job(Leased):
    """A portfolio to be made from version `pool` of the pool; `seed` is secret until the draw."""

    collection: ClassVar[str] = "job"
    indexes: ClassVar[tuple[str, ...]] = ("state",)

    state: Literal["queued", "done"] = "queued"
    pool: int
    tickets: int
    seed: str = Field(repr=False)


KINDS = (Draw, Panel, Job)


def portfolio_bytes(assembly: str, tickets: Sequence[Sequence[str]]) -> bytes:
    """The canonical bytes of a portfolio, the ones that are hashed and sealed.

    >>> portfolio_bytes("klima", [("a", "b"), ("a", "c")])
    b'{"assembly":"klima","tickets":[["a","b"],["a","c"]]}'
    """
    return canonical({"assembly": assembly, "tickets": tickets})


def tickets_in(content: bytes) -> tuple[tuple[str, ...], ...]:
    """Read the tickets back from `portfolio_bytes`."""
    return tuple(tuple(ticket) for ticket in json.loads(content)["tickets"])


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
