"""What the recruitment service tells: quotas with their sources, the intake, and the frozen pool."""

from datetime import date, datetime
from typing import ClassVar

from pydantic import Field, model_validator

from borgerting.errors import Text
from borgerting.events.base import AssemblyId, Event, Value


class Provenance(Value):
    """Where a population figure comes from; it stands beside every figure built on it."""

    source: str
    """Name of the plug-in that read it."""
    publisher: str
    title: Text
    table: str
    period: str
    updated: datetime | None
    fetched_at: datetime
    licence: str
    sha256: str
    """Hash of the raw bytes that were read."""
    query: dict[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()


class Quota(Value):
    """Between `least` and `most` seats for one category; `population` is None where no source counts it."""

    category: str
    label: Text
    population: int | None = Field(default=None, ge=0)
    least: int = Field(ge=0)
    most: int = Field(ge=0)

    @model_validator(mode="after")
    def _in_order(self) -> "Quota":
        if self.least > self.most:
            raise ValueError(f"{self.category}: the least, {self.least}, is above the most, {self.most}")
        return self


class Feature(Value):
    """A feature with the quotas of its categories; every person has exactly one category of it."""

    feature: str
    label: Text
    quotas: tuple[Quota, ...]


class Volunteer(Value):
    """A pseudonymous row: `id` names nobody, `features` maps each feature to one of its categories."""

    id: str
    features: dict[str, str]


class PoolSnapshot(Value):
    """The document that a frozen pool's hash names: everything a draw needs, in one canonical order."""

    assembly: AssemblyId
    panel_size: int
    features: tuple[Feature, ...]
    people: tuple[Volunteer, ...]
    synthetic: bool = False


class SnapshotRef(Value):
    """An encrypted object: `name` is the SHA-256 of its ciphertext, `digest` an HMAC of its content."""

    bucket: str
    name: str
    size: int
    digest: str


class Intake(Value):
    """Rows of one file: `rows` = `accepted` + `refused`; `dropped_columns` were not kept."""

    rows: int
    accepted: int
    refused: int
    dropped_columns: tuple[str, ...]


class PoolPrepared(Event):
    """Recruitment knows the charter and can take population and quotas."""

    type: ClassVar[str] = "recruitment.pool.prepared"
    panel_size: int


class PoolOpened(Event):
    """Quotas are fixed and volunteers can come."""

    type: ClassVar[str] = "recruitment.pool.opened"
    panel_size: int
    features: tuple[Feature, ...]
    provenance: Provenance | None
    reference_date: date | None = None


class VolunteersReceived(Event):
    """A file of volunteers has been read to its last row."""

    type: ClassVar[str] = "recruitment.pool.received"
    intake: Intake


class PoolFrozen(Event):
    """The pool is final; `counts` per feature and category are None where fewer than five people stand behind."""

    type: ClassVar[str] = "recruitment.pool.frozen"
    panel_size: int
    volunteers: int
    counts: dict[str, dict[str, int | None]]
    snapshot: SnapshotRef
