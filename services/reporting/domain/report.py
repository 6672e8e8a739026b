"""The report as one frozen value: every figure that a page, a file or a re-check shows."""

from datetime import date, datetime
from typing import Literal

from borgerting.errors import Text
from borgerting.events.base import Value
from borgerting.events.recruitment import Intake, Provenance
from borgerting.events.sessions import AssemblyChartered, Dissent, Tally

State = Literal["chartered", "open", "frozen", "refused", "sealed", "drawn", "meeting", "concluded", "complete"]


class CategoryFigures(Value):
    """One category from population to panel.

    `share` and `exact` (its part of the panel size) are exact fractions as text. `pool` is None before the pool
    is frozen, and where its count is hidden; `kept` is None before the draw.
    """

    category: str
    label: Text
    population: int | None
    share: str | None
    exact: str | None
    least: int
    most: int
    pool: int | None
    panel: int | None
    kept: bool | None


class FeatureFigures(Value):
    """One feature; `total` is the population over its categories, None where one is not counted."""

    feature: str
    label: Text
    total: int | None
    categories: tuple[CategoryFigures, ...]


class DrawFigures(Value):
    """The draw's key facts; what comes with the drawn panel is None until then.

    A person's chance is their tickets out of `tickets`. `commitment_kept`: the SHA-256 of the revealed seed is
    the commitment published before the draw.
    """

    volunteers: int
    tickets: int
    panels: int
    smallest: int
    largest: int
    commitment: str
    portfolio: str
    solver: str
    draw_at: datetime
    seed: str | None = None
    ticket: int | None = None
    members: int | None = None
    drawn_at: datetime | None = None
    commitment_kept: bool | None = None


class PartnerFigures(Value):
    """A draw that `partner` held by the stated `method`; nothing of it can be checked again, but for the quotas."""

    partner: str
    method: str
    members: int
    alternates: int
    drawn_at: datetime


class SessionFigures(Value):
    """One session as it was held."""

    number: int
    title: Text
    held_on: date
    present: int
    members: int
    minutes: Text


class RecommendationFigures(Value):
    """One recommendation; `counted` says that the ballots read here give the same tally."""

    number: int
    title: Text
    text: Text
    outcome: Literal["open", "adopted", "rejected"]
    tally: Tally | None
    reason: Text | None
    counted: bool
    dissents: tuple[Dissent, ...]


class Totals(Value):
    """How many recommendations were put to the vote and how many were adopted."""

    recommendations: int
    adopted: int


class Report(Value):
    """Everything the report says, at any stage; `missing` names the parts that are not there yet."""

    assembly: str
    state: State
    missing: tuple[str, ...]
    synthetic: bool
    charter: AssemblyChartered
    rule: Text
    features: tuple[FeatureFigures, ...] = ()
    provenance: Provenance | None = None
    reference_date: date | None = None
    intake: Intake | None = None
    volunteers: int | None = None
    draw: DrawFigures | None = None
    partner: PartnerFigures | None = None
    refilled: int = 0
    refused: tuple[Text, ...] = ()
    sessions: tuple[SessionFigures, ...] = ()
    recommendations: tuple[RecommendationFigures, ...] = ()
    totals: Totals
