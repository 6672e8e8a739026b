"""The kit for tests, ours and partners': a clock that stands still, a repository on a real store, plug-in checks."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

from borgerting.access import Principal
from borgerting.adapters import Portfolio, Selector
from borgerting.errors import Refused
from borgerting.events.recruitment import Feature, PoolSnapshot, Quota, Volunteer
from borgerting.store import Collection, Document, Repository
from borgerting.stores.sqlite import SqliteStore

SELECTOR_TICKETS = 12
ORGANISER = Principal("test organiser", frozenset({"organiser"}))


class FixedClock:
    """Tells the same time until `forward` moves it."""

    def __init__(self, now: datetime = datetime(2026, 1, 15, 9, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, by: timedelta) -> None:
        """Move the clock."""
        self.now += by


@asynccontextmanager
async def repository(
    service: str, folder: Path, *kinds: type[Document], clock: FixedClock | None = None
) -> AsyncIterator[Repository]:
    """A repository for `kinds` on a SQLite file in `folder`, closed at the end."""
    collections = [Collection(kind.collection, kind.indexes) for kind in kinds]
    store = SqliteStore(folder / f"{service}.sqlite", collections)
    try:
        yield Repository(service, store, clock or FixedClock())
    finally:
        await store.close()


def small_pool(least_women: int = 2, most_women: int = 2) -> PoolSnapshot:
    """Twelve volunteers, eight of them women, for a panel of four."""
    sex = {"f": (least_women, most_women), "m": (max(0, 4 - most_women), max(0, 4 - least_women))}
    age = {"18-49": (1, 3), "50+": (1, 3)}
    return PoolSnapshot(
        assembly="selector-check",
        panel_size=4,
        features=(_feature("sex", sex), _feature("age", age)),
        people=tuple(
            Volunteer(id=f"p{n:02}", features={"sex": "ffm"[n % 3], "age": ("18-49", "50+")[n // 3 % 2]})
            for n in range(12)
        ),
    )


def check_selector(selector: Selector) -> None:
    """The published contract of a selector: AssertionError with a sentence where it is not kept.

    The same arguments give the same tickets, whatever order the pool is in; every ticket is a sorted panel that keeps
    every quota; a pool without a panel is Refused in Danish and English; the chances claimed fill the seats exactly.
    """
    pool = small_pool()
    made = selector.select(pool, SELECTOR_TICKETS, 7, _unheard)
    _check(len(made.tickets) == SELECTOR_TICKETS, f"{SELECTOR_TICKETS} tickets were asked for: {len(made.tickets)}")
    for number, ticket in enumerate(made.tickets):
        _check_ticket(pool, number, ticket)
    _check(made == selector.select(pool, SELECTOR_TICKETS, 7, _unheard), "the same arguments gave other tickets")
    turned = pool.model_copy(update={"people": pool.people[::-1], "features": pool.features[::-1]})
    again = selector.select(turned, SELECTOR_TICKETS, 7, _unheard)
    _check(made.tickets == again.tickets, "the order of people or features changed the tickets")
    _check_claim(pool, made)
    _check_refusal(selector)


def _check(kept: bool, sentence: str) -> None:
    if not kept:
        raise AssertionError(sentence)


def _check_ticket(pool: PoolSnapshot, number: int, ticket: tuple[str, ...]) -> None:
    rows = {person.id: person.features for person in pool.people}
    _check(ticket == tuple(sorted(set(ticket))), f"ticket {number} is not sorted, or holds somebody twice: {ticket}")
    _check(set(ticket) <= rows.keys(), f"ticket {number} holds strangers: {sorted(set(ticket) - rows.keys())}")
    _check(len(ticket) == pool.panel_size, f"ticket {number} has {len(ticket)} people for {pool.panel_size} seats")
    for feature in pool.features:
        for quota in feature.quotas:
            have = sum(rows[person][feature.feature] == quota.category for person in ticket)
            sentence = f"ticket {number}: {have} in {feature.feature}={quota.category}, {quota.least} to {quota.most}"
            _check(quota.least <= have <= quota.most, sentence)


def _check_claim(pool: PoolSnapshot, made: Portfolio) -> None:
    if made.alternates:
        _check(len(made.alternates) == len(made.tickets), "alternates are not named for every ticket")
    if made.fairness is None:
        return
    target = made.fairness.target
    _check(set(target) == {person.id for person in pool.people}, "the claim does not give everybody one chance")
    _check(all(0 <= chance <= 1 for chance in target.values()), "a chance is below 0 or above 1")
    _check(sum(target.values(), Fraction()) == pool.panel_size, "the chances do not fill the seats exactly")
    for level in made.fairness.levels:
        _check(level.chance <= level.bound, f"a level claims {level.chance}, above its bound {level.bound}")


def _check_refusal(selector: Selector) -> None:
    try:
        selector.select(small_pool(5, 5), SELECTOR_TICKETS, 7, _unheard)
    except Refused as no:
        _check(all(no.text.get(language) for language in ("da", "en")), "a refusal is said in Danish and English")
    else:
        raise AssertionError("quotas that ask for more seats than there are were not refused")


def _feature(name: str, quotas: Mapping[str, tuple[int, int]]) -> Feature:
    return Feature(
        feature=name,
        label={"da": name, "en": name},
        quotas=tuple(
            Quota(category=category, label={"da": category, "en": category}, least=least, most=most)
            for category, (least, most) in quotas.items()
        ),
    )


def _unheard(done: int, of: int, *, phase: str = "", gap: Fraction | None = None, panels: int | None = None) -> None:
    """Progress is not part of the contract."""
