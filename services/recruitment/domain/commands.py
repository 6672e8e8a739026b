"""What an organiser can ask of recruitment."""

from datetime import date
from typing import ClassVar

from pydantic import Field

from borgerting.store import Command
from services.recruitment.domain.spec import FeatureSpec, Query


class BuildQuotas(Command):
    """Compute quotas from a population table and open the pool."""

    action: ClassVar[str] = "recruitment.open"

    population: Query
    features: tuple[FeatureSpec, ...]
    reference_date: date | None = None


class ImportQuotas(Command):
    """Take quotas as they stand in a CSV text and open the pool."""

    action: ClassVar[str] = "recruitment.open"

    content: str


class ReceiveVolunteers(Command):
    """Take in the rows of a CSV text; `columns` is column -> feature, `values` feature -> value -> category."""

    action: ClassVar[str] = "recruitment.register"

    content: str
    id_column: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)


class FreezePool(Command):
    """Close the pool and hand it to the lottery; it opens again only if no panel can be drawn from it."""

    action: ClassVar[str] = "recruitment.freeze"
