"""From what was read to the pool that the solver sees: ids, features and keys of homes, in one order, nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from borgerting.errors import Refused
from borgerting.events.recruitment import JointQuota, PoolSnapshot, Volunteer
from services.lottery.domain import raise_all
from services.lottery.files.quotas import Quotas
from services.lottery.files.volunteers import Volunteers


@dataclass(frozen=True)
class Wishes:
    """What the organiser wants beside the quotas; ids are sorted."""

    seats: int
    panels: int = 1
    joint: tuple[JointQuota, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    seated: tuple[str, ...] = ()
    household: Mapping[str, str] = field(default_factory=dict)
    inclusion: Mapping[str, str] = field(default_factory=dict)


def pool_of(name: str, quotas: Quotas, volunteers: Volunteers, wishes: Wishes) -> PoolSnapshot:
    """The pool; the same bytes whatever order rows, columns and quotas come in."""
    _require_sense(wishes)
    people = tuple(
        Volunteer(
            id=who,
            features=dict(volunteers.people[who].features),
            household=wishes.household.get(who),
            inclusion=wishes.inclusion.get(who),
        )
        for who in sorted(volunteers.people)
    )
    return PoolSnapshot(
        assembly=name,
        panel_size=wishes.seats,
        features=quotas.canonical(),
        people=people,
        joint=wishes.joint,
        include=wishes.include,
        exclude=wishes.exclude,
        seated=wishes.seated,
        panels=wishes.panels,
    )


def require_accepted(volunteers: Volunteers) -> None:
    """Refuse the file when a row of it is refused, with every reason, both counts and the way round."""
    if volunteers.refused:
        have, of = len(volunteers.refused), volunteers.rows
        first = Refused(
            "file.rows-refused",
            da=f"{volunteers.table.name}: {have} af {of} rækker kan ikke bruges. Ret dem, eller træk lod blandt de "
            f"{volunteers.accepted} andre med --skip-refused.",
            en=f"{volunteers.table.name}: {have} of {of} rows cannot be used. Correct them, or draw from the other "
            f"{volunteers.accepted} with --skip-refused.",
        )
        raise_all(
            [first, *(Refused("file.row", da=row.reason["da"], en=row.reason["en"]) for row in volunteers.refused)]
        )


def _require_sense(wishes: Wishes) -> None:
    both = sorted({*wishes.include, *wishes.seated} & {*wishes.exclude})
    raise_all(
        [
            Refused(
                "choice.both",
                da=f"{who} skal både med og udelukkes. Fjern id'et fra --exclude, eller fra --include og --seated.",
                en=f"{who} is to be on the panel and off it. Take it out of --exclude, or of --include and --seated.",
            )
            for who in both
        ]
    )
