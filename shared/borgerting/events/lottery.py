"""What the lottery tells: the draw's progress, its seal, and the panel."""

from datetime import datetime
from typing import ClassVar

from borgerting.errors import Text
from borgerting.events.base import Event, SourceRef


class DrawStarted(Event):
    """A frozen pool has come in and its portfolio is being computed."""

    type: ClassVar[str] = "lottery.draw.started"
    pool: SourceRef
    volunteers: int
    tickets: int


class DrawProgressed(Event):
    """`done` of `tickets` panels stand."""

    type: ClassVar[str] = "lottery.draw.progressed"
    done: int
    tickets: int


class DrawRefused(Event):
    """No panel can meet the quotas; each reason is a sentence for the organiser."""

    type: ClassVar[str] = "lottery.draw.refused"
    reasons: tuple[Text, ...]


class DrawSealed(Event):
    """The portfolio is fixed before the draw.

    `portfolio` is the SHA-256 of its canonical bytes, `commitment` the SHA-256 of the seed that will be revealed;
    `smallest` and `largest` count the tickets of the person who has fewest and most.
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


class PanelDrawn(Event):
    """One ticket is drawn: `members` are pseudonyms in sorted order, `counts` seats per feature and category."""

    type: ClassVar[str] = "lottery.panel.drawn"
    pool: SourceRef
    draw: SourceRef
    seed: str
    ticket: int
    tickets: int
    members: tuple[str, ...]
    counts: dict[str, dict[str, int]]
