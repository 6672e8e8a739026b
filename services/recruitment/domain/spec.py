"""What an organiser says about features: which codes make which category, and how wide its quota is."""

from fractions import Fraction
from math import ceil, floor
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from borgerting.errors import Text

Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^\S(.*\S)?$")]
Label = Annotated[Text, Field(min_length=1)]


class Wish(BaseModel):
    """A frozen part of a specification; a field that is not known is a mistake in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Exact(Wish):
    """As many seats as the largest remainder gives, no more and no fewer."""

    kind: Literal["exact"] = "exact"

    def around(self, seats: int, share: Fraction) -> tuple[int, int]:
        """The least and the most."""
        return seats, seats


class PlusMinus(Wish):
    """Up to `seats` more or fewer than the largest remainder gives.

    >>> PlusMinus(seats=2).around(1, Fraction(5, 4))
    (0, 3)
    """

    kind: Literal["plus_minus"] = "plus_minus"
    seats: int = Field(ge=0)

    def around(self, seats: int, share: Fraction) -> tuple[int, int]:
        """The least and the most."""
        return max(0, seats - self.seats), seats + self.seats


class FloorCeil(Wish):
    """The exact share, rounded down and up."""

    kind: Literal["floor_ceil"] = "floor_ceil"

    def around(self, seats: int, share: Fraction) -> tuple[int, int]:
        """The least and the most."""
        return floor(share), ceil(share)


Band = Annotated[Exact | PlusMinus | FloorCeil, Field(discriminator="kind")]


class CategorySpec(Wish):
    """One category: the codes of the population's dimension that belong to it."""

    category: Name
    label: Label
    codes: tuple[str, ...] = Field(min_length=1)


class FeatureSpec(Wish):
    """One feature over one `dimension`; people behind the codes in `exclude` are not eligible for the assembly."""

    feature: Name
    label: Label
    dimension: str
    categories: tuple[CategorySpec, ...] = Field(min_length=1)
    exclude: tuple[str, ...] = ()
    band: Band = Exact()


Codes = tuple[str, ...]


class Query(Wish):
    """Which cells of which table: codes for every dimension, ``"*"`` for all of them."""

    source: str = "saved-json-stat"
    table: str
    query: dict[str, Codes]

    @field_validator("query", mode="before")
    @classmethod
    def _one_code_may_stand_alone(cls, value: object) -> object:
        if isinstance(value, dict):
            return {name: (codes,) if isinstance(codes, str) else codes for name, codes in value.items()}
        return value
