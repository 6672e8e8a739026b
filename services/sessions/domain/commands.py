"""What can be asked of this service; a `...Form` is a command before it knows its assembly and key."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from borgerting.errors import Text
from borgerting.events.sessions import Choice, DecisionRule, Eligibility
from borgerting.store import Command


class Form(BaseModel):
    """The part of a command that people fill in; a field it does not know is refused, not dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CharterForm(Form):
    """Everything a charter says."""

    title: Text
    label: Literal["borgersamling", "borgerting"]
    core_question: Text
    mandate: Text
    commissioner: str
    controller: str
    panel_size: int
    eligibility: Eligibility
    decision_rule: DecisionRule
    answer_due: date
    synthetic: bool = False


class SessionForm(Form):
    """One session as it went; `present` are pseudonyms."""

    number: int
    title: Text
    held_on: date
    present: tuple[str, ...]
    minutes: Text


class RecommendationForm(Form):
    """A text to vote on."""

    number: int
    title: Text
    text: Text


class BallotForm(Form):
    """One member's vote."""

    member: str
    choice: Choice


class DissentForm(Form):
    """A minority's words; `members` are the pseudonyms of those behind them."""

    text: Text
    members: tuple[str, ...]


class CharterAssembly(CharterForm, Command):
    """Fix the mandate and the rules of a new assembly."""

    action: ClassVar[str] = "sessions.charter"


class HoldSession(SessionForm, Command):
    """Record a session that took place."""

    action: ClassVar[str] = "sessions.hold"


class ProposeRecommendation(RecommendationForm, Command):
    """Put a text on the table and open the vote on it."""

    action: ClassVar[str] = "sessions.propose"


class CastBallot(BallotForm, Command):
    """Record one member's vote on recommendation `number`."""

    action: ClassVar[str] = "sessions.vote"
    number: int


class RecordDissent(DissentForm, Command):
    """Put a minority's statement on record beside recommendation `number`."""

    action: ClassVar[str] = "sessions.dissent"
    number: int


class CloseVote(Command):
    """Count the ballots on recommendation `number` and apply the charter's rule."""

    action: ClassVar[str] = "sessions.close-vote"
    number: int


class ConcludeAssembly(Command):
    """End the assembly: nothing is added to its sessions after this."""

    action: ClassVar[str] = "sessions.conclude"
