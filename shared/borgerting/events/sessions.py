"""What the sessions service tells: the charter, each session, the votes and the conclusion."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from borgerting.errors import Text
from borgerting.events.base import Event, Value

Choice = Literal["for", "against", "abstain"]


class Eligibility(Value):
    """Who may be drawn: whole years of age, and the areas (codes of the population table; empty = all)."""

    min_age: int = Field(ge=0, le=120)
    max_age: int | None = Field(default=None, ge=0, le=120)
    areas: tuple[str, ...] = ()
    wording: Text

    @model_validator(mode="after")
    def _ages_in_order(self) -> "Eligibility":
        if self.max_age is not None and self.max_age < self.min_age:
            raise ValueError(f"the highest age {self.max_age} is below the lowest, {self.min_age}")
        return self


class Ratio(Value):
    """A share as whole numbers, so that every reader computes the same: two thirds is 2/3."""

    numerator: int = Field(ge=0)
    denominator: int = Field(ge=1)

    @model_validator(mode="after")
    def _at_most_one(self) -> "Ratio":
        if self.numerator > self.denominator:
            raise ValueError(f"{self.numerator}/{self.denominator} is more than the whole")
        return self

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"


class DecisionRule(Value):
    """Adopted when votes for reach `threshold` of `of` (more than it when `more_than`), and the quorum voted.

    `of`: `votes` = for and against, `ballots` = abstentions too, `members` = everybody seated.
    `quorum` is the share of members whose ballots must be in.
    """

    threshold: Ratio
    more_than: bool = False
    of: Literal["votes", "ballots", "members"] = "votes"
    quorum: Ratio = Ratio(numerator=1, denominator=2)


class Tally(Value):
    """Ballots counted, of `members` seated."""

    in_favour: int = Field(ge=0)
    against: int = Field(ge=0)
    abstained: int = Field(ge=0)
    members: int = Field(ge=0)


class Dissent(Value):
    """What a minority wants on record, and how many members stand behind it."""

    text: Text
    supporters: int = Field(ge=1)


class AssemblyChartered(Event):
    """The commissioner's mandate is fixed: the question, the rules, and when an answer is owed."""

    type: ClassVar[str] = "sessions.assembly.chartered"
    title: Text
    label: Literal["borgersamling", "borgerting"]
    core_question: Text
    mandate: Text
    commissioner: str
    controller: str
    panel_size: int = Field(ge=1)
    eligibility: Eligibility
    decision_rule: DecisionRule
    answer_due: date
    synthetic: bool = False


class AssemblySeated(Event):
    """The drawn panel has taken its seats in the sessions."""

    type: ClassVar[str] = "sessions.assembly.seated"
    members: int


class AssemblyConcluded(Event):
    """The last session is over; `sources` lists the versions that a complete report must have read."""

    type: ClassVar[str] = "sessions.assembly.concluded"
    sources: dict[str, int]


class SessionHeld(Event):
    """One session took place; `present` are pseudonyms, of `members` seated."""

    type: ClassVar[str] = "sessions.session.held"
    number: int = Field(ge=1)
    title: Text
    held_on: date
    present: tuple[str, ...]
    members: int
    minutes: Text


class RecommendationProposed(Event):
    """A text is on the table and can be voted on."""

    type: ClassVar[str] = "sessions.recommendation.proposed"
    number: int = Field(ge=1)
    title: Text
    text: Text


class DissentRecorded(Event):
    """A minority's statement on one recommendation."""

    type: ClassVar[str] = "sessions.recommendation.dissented"
    number: int
    dissent: Dissent


class BallotCast(Event):
    """One member's vote; the ballot's id is blind: it does not tell who cast it."""

    type: ClassVar[str] = "sessions.ballot.cast"
    number: int
    choice: Choice


class RecommendationAdopted(Event):
    """The vote is closed and the rule is met."""

    type: ClassVar[str] = "sessions.recommendation.adopted"
    number: int
    tally: Tally


class RecommendationRejected(Event):
    """The vote is closed and the rule is not met; `reason` says which part."""

    type: ClassVar[str] = "sessions.recommendation.rejected"
    number: int
    tally: Tally
    reason: Text
