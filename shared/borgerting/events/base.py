"""An event is a past-tense fact of one aggregate; an envelope is that fact on its way (CloudEvents 1.0)."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

AssemblyId = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
"""The slug that names an assembly in addresses, subjects and file names."""

STREAM_PREFIX = "borgerting"


class Value(BaseModel):
    """A frozen value on the bus; a reader drops the fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Event(Value):
    """A fact; `type` is ``service.noun.verb`` and the noun names the aggregate that publishes it."""

    type: ClassVar[str]
    v: ClassVar[int] = 1
    assembly: AssemblyId


class Envelope(Value):
    """One event with its place in the gap-free history of its source.

    `source` is ``/service/noun/assembly[/id]``, `version` counts that source's events from 1, `cause` is the
    id of the event or command that led here.
    """

    id: str
    source: str = Field(pattern=r"^/[^/]")
    version: int = Field(ge=1)
    type: str = Field(pattern=r"^[a-z-]+\.[a-z-]+\.[a-z-]+$")
    v: int = Field(ge=1)
    time: AwareDatetime
    assembly: AssemblyId
    cause: str | None = None
    data: Mapping[str, Any]

    @property
    def subject(self) -> str:
        """``borgerting.<service>.<noun>.<verb>.v<v>.<assembly>``."""
        return f"{STREAM_PREFIX}.{self.type}.v{self.v}.{self.assembly}"


class SourceRef(Value):
    """A version of one source: everything up to it has happened."""

    source: str
    version: int = Field(ge=1)
