"""Who takes the seats that members gave up: the alternates that keep the quotas best, by whole numbers alone."""

from collections.abc import Collection, Iterable, Sequence
from itertools import combinations

from borgerting.errors import Refused
from borgerting.events.recruitment import PoolSnapshot
from services.lottery.domain.rules import rows_of, seats

MOST_CHOICES = 20_000
"""So many combinations of alternates are compared; where there are more, only the first alternates are."""


def loss(pool: PoolSnapshot, members: Collection[str]) -> int:
    """Seats by which `members` are below a quota's least or above its most, over all quotas and joint quotas."""
    rows = rows_of(pool)
    taken, missing = seats(pool.features, rows, members), 0
    for feature in pool.features:
        for quota in feature.quotas:
            have = taken[feature.feature][quota.category]
            missing += max(0, quota.least * pool.panels - have, have - quota.most * pool.panels)
    for joint in pool.joint:
        have = sum(joint.categories.items() <= rows[person].items() for person in members)
        missing += max(0, joint.least * pool.panels - have, have - joint.most * pool.panels)
    return missing


def best_alternates(
    pool: PoolSnapshot, staying: Collection[str], called: Sequence[str], vacant: int
) -> tuple[tuple[str, ...], int]:
    """The alternates, in their order, who with `staying` lose least, and that loss; the first combination wins ties.

    Those of a household that has a seat are passed over.
    """
    homes = {person.id: person.household for person in pool.people}
    taken = {homes[person] for person in staying} - {None}
    free = [person for person in called if homes.get(person) not in taken]
    wanted = min(vacant, len(free))
    best: tuple[str, ...] = ()
    least: int | None = None
    for chosen in _choices(free, wanted):
        own = [homes[person] for person in chosen if homes[person] is not None]
        if len(set(own)) < len(own):
            continue
        lost = loss(pool, [*staying, *chosen])
        if least is None or lost < least:
            best, least = chosen, lost
        if least == 0:
            break
    return best, loss(pool, staying) if least is None else least


def _choices(free: Sequence[str], wanted: int) -> Iterable[tuple[str, ...]]:
    for count, chosen in enumerate(combinations(free, wanted)):
        if count == MOST_CHOICES:
            return
        yield chosen


def remaining(pool: PoolSnapshot, staying: Collection[str], gone: Collection[str]) -> PoolSnapshot:
    """The pool of a redraw: those staying keep their seats, and nobody who is gone can be drawn."""
    barred = {*pool.exclude, *gone}
    return pool.model_copy(
        update={"seated": tuple(sorted(staying)), "include": (), "exclude": tuple(sorted(barred - set(staying)))}
    )


def require_leaving(members: Collection[str], left: Sequence[str]) -> None:
    """Refuse a vacancy of somebody who has no seat, or who is named twice."""
    strangers = sorted(set(left) - set(members))
    if strangers:
        raise Refused(
            "vacancy.stranger",
            da=f"{', '.join(strangers)} er ikke medlem og kan ikke opgive en plads. Brug id'er fra deltagerkredsen.",
            en=f"{', '.join(strangers)} is no member and cannot give up a seat. Use ids from the panel.",
        )
    if not left or len(set(left)) < len(left):
        raise Refused(
            "vacancy.twice",
            da="Skriv id'et på hvert medlem, der har opgivet sin plads, én gang.",
            en="Write the id of each member who gave up their seat once.",
        )
