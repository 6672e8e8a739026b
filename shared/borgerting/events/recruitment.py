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
    """Between `least` and `most` seats for one category; `population` is None where no source counts it.

    Where the pool cannot meet all quotas, this one may give way down to `flex_least` and up to `flex_most`; None means
    that it may not.
    """

    category: str
    label: Text
    population: int | None = Field(default=None, ge=0)
    least: int = Field(ge=0)
    most: int = Field(ge=0)
    flex_least: int | None = Field(default=None, ge=0)
    flex_most: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _in_order(self) -> "Quota":
        if self.least > self.most:
            raise ValueError(f"{self.category}: the least, {self.least}, is above the most, {self.most}")
        if self.flex_least is not None and self.flex_least > self.least:
            raise ValueError(f"{self.category}: the flexible least {self.flex_least} is above the least, {self.least}")
        if self.flex_most is not None and self.flex_most < self.most:
            raise ValueError(f"{self.category}: the flexible most {self.flex_most} is below the most, {self.most}")
        return self


class Feature(Value):
    """A feature with the quotas of its categories; every person has exactly one category of it."""

    feature: str
    label: Text
    quotas: tuple[Quota, ...]


class JointQuota(Value):
    """Between `least` and `most` seats for those who have every category in `categories` (feature -> category)."""

    categories: dict[str, str] = Field(min_length=1)
    label: Text
    least: int = Field(ge=0)
    most: int = Field(ge=0)

    @model_validator(mode="after")
    def _in_order(self) -> "JointQuota":
        if self.least > self.most:
            raise ValueError(f"{self.categories}: the least, {self.least}, is above the most, {self.most}")
        return self


class Volunteer(Value):
    """A pseudonymous row: `id` names nobody, `features` maps each feature to one of its categories.

    At most one of those with the same `household` is on a panel. `inclusion` is the probability of having been
    invited, as a ratio such as "1/40"; None stands for the same as everybody. `call_until` is the last day on which
    they have agreed to be called for a free seat; None sets no day.
    """

    id: str
    features: dict[str, str]
    household: str | None = None
    inclusion: str | None = Field(default=None, pattern=r"^[1-9][0-9]{0,17}/[1-9][0-9]{0,17}$")
    call_until: date | None = None


class PoolSnapshot(Value):
    """The document that a frozen pool's hash names: everything a draw needs, in one canonical order.

    Those in `include` are on every panel, by rule, and so are those in `seated`, who hold their seat already;
    those in `exclude` are on none. `panels` panels of `panel_size` are drawn from the pool without overlap.
    """

    assembly: AssemblyId
    panel_size: int
    features: tuple[Feature, ...]
    people: tuple[Volunteer, ...]
    synthetic: bool = False
    joint: tuple[JointQuota, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    seated: tuple[str, ...] = ()
    panels: int = Field(default=1, ge=1)


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
