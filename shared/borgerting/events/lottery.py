"""What the lottery tells: the draw's progress, its seal, and the panel."""

from datetime import datetime
from typing import ClassVar, Literal

from borgerting.errors import Text
from borgerting.events.base import Event, SourceRef
from borgerting.events.recruitment import Intake


class DrawStarted(Event):
    """A frozen pool has come in and its portfolio is being computed."""

    type: ClassVar[str] = "lottery.draw.started"
    pool: SourceRef
    volunteers: int
    tickets: int


class DrawProgressed(Event):
    """`done` of `tickets` panels stand, and `percent` of the whole preparation is done.

    `phase` is `distribution`, `tickets`, `alternates` or empty; `gap` is how far the best lottery found is from the
    proven bound, relative to it, as a ratio such as "1/500"; `panels` counts the panels found for it.
    """

    type: ClassVar[str] = "lottery.draw.progressed"
    done: int
    tickets: int
    percent: int | None = None
    phase: str = ""
    gap: str | None = None
    panels: int | None = None


class DrawRefused(Event):
    """The draw cannot be held, or was `cancelled` by the organiser; each reason is a sentence for the organiser."""

    type: ClassVar[str] = "lottery.draw.refused"
    reasons: tuple[Text, ...]
    cancelled: bool = False


class DrawSealed(Event):
    """The portfolio is fixed before the draw.

    `portfolio` is the SHA-256 of its canonical bytes, `commitment` the SHA-256 of the seed that will be revealed;
    `smallest` and `largest` count the tickets of the person who has fewest and most. Where the selector claims how
    fair it is: `objective` is what it made best, `optimum` the smallest chance in the exact lottery and `bound` what no
    lottery can exceed (both ratios such as "1/12"), `certified` whether all of it is proven, and `deviation` the
    largest difference in tickets, a ratio too, between what somebody has and what the exact lottery gives.
    `alternates` is how many were named for each ticket.
    """

    type: ClassVar[str] = "lottery.draw.sealed"
    tickets: int
    panels: int
    portfolio: str
    commitment: str
    smallest: int
    largest: int
    volunteers: int
    draw_at: datetime
    solver: str
    objective: str | None = None
    optimum: str | None = None
    bound: str | None = None
    certified: bool | None = None
    deviation: str | None = None
    alternates: int = 0


class PanelDrawn(Event):
    """One ticket is drawn: `members` are pseudonyms in sorted order, `counts` seats per feature and category.

    `alternates` are called in that order. Where `drawn_by` names a partner, it drew the panel its own way, told in
    `method`, and there is nothing to re-check: no portfolio (`tickets` is 0), no ticket (0) and no `seed` (empty).
    """

    type: ClassVar[str] = "lottery.panel.drawn"
    pool: SourceRef
    draw: SourceRef
    seed: str
    ticket: int
    tickets: int
    members: tuple[str, ...]
    counts: dict[str, dict[str, int]]
    alternates: tuple[str, ...] = ()
    drawn_by: str | None = None
    method: str | None = None


class DrawDelegated(Event):
    """The organiser lets `partner` draw the panel instead; nothing is solved here any more."""

    type: ClassVar[str] = "lottery.draw.delegated"
    pool: SourceRef
    partner: str


class UploadReceived(Event):
    """Quotas and volunteers came in files, for a lottery of its own that belongs to no assembly of the house."""

    type: ClassVar[str] = "lottery.upload.received"
    panel_size: int
    volunteers: int
    intake: Intake


class SeatRefilled(Event):
    """Member `left`, and `came` takes the seat, None where nobody could; `counts` are the seats afterwards.

    `way` is `alternate` for one of those named before the draw, `redraw` for one drawn from the remaining volunteers.
    """

    type: ClassVar[str] = "lottery.seat.refilled"
    panel: SourceRef
    left: str
    came: str | None
    way: Literal["alternate", "redraw", "none"]
    counts: dict[str, dict[str, int]]
