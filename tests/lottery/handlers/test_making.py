"""What a selector claims is checked, sealed and told."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from borgerting.adapters import Fairness, Level, Portfolio
from borgerting.events.lottery import DrawProgressed, DrawRefused, DrawSealed
from borgerting.events.recruitment import PoolSnapshot
from services.lottery import domain
from services.lottery.handlers import Told
from services.lottery.plugins import PortfolioSelector
from services.lottery.store import Panel, portfolio_bytes, portfolio_in
from tests.lottery.pools import fair
from tests.lottery.worlds import World, world

QUARTER = Fraction(1, 4)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, fair()) as made:
        yield made


def claiming(pool: PoolSnapshot, **other: object) -> Portfolio:
    """Eight tickets with two alternates each, and everybody at a quarter."""
    made = PortfolioSelector({}).select(pool, 8, 1, lambda done, of, **facts: None)
    ids = [person.id for person in pool.people]
    alternates = tuple(tuple(p for p in ids if p not in ticket)[:2] for ticket in made.tickets)
    fairness = Fairness("leximin", dict.fromkeys(ids, QUARTER), (Level(20, QUARTER, QUARTER),), False, {})
    return replace(made, alternates=alternates, fairness=fairness, **other)  # type: ignore[arg-type]


def makes(here: World, made: Portfolio, monkeypatch: pytest.MonkeyPatch) -> None:
    async def solve(pool: PoolSnapshot, tickets: int, seed: int, told: Told, options: Mapping[str, str]) -> Portfolio:
        await told(1, 2, phase="distribution", gap=Fraction(1, 500), panels=212)
        return made

    monkeypatch.setattr(here, "solve", solve)


async def test_progress_tells_phase_gap_and_panels(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    makes(here, claiming(here.pool), monkeypatch)
    await here.run(await here.freeze())
    (told,) = await here.told(DrawProgressed)
    assert told == DrawProgressed(
        assembly="klima", done=0, tickets=8, percent=30, phase="distribution", gap="1/500", panels=212
    )


async def test_the_claim_is_sealed_with_the_tickets_and_told(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = claiming(here.pool)
    makes(here, made, monkeypatch)
    await here.run(await here.freeze())
    draw = await here.draw()
    assert draw.sealed and draw.sealed.claimed
    content = await here.open("klima", draw.sealed.name)
    assert content == portfolio_bytes("klima", made)
    assert portfolio_in(content, made.solver) == made
    held = domain.chances(here.pool, made.tickets)
    assert draw.sealed.claimed.deviation == f"{max(abs(n - 2) for n in held.values())}/1"
    (told,) = await here.told(DrawSealed)
    assert isinstance(told, DrawSealed)
    assert (told.objective, told.optimum, told.bound, told.certified) == ("leximin", "1/4", "1/4", False)
    assert told.alternates == 2


async def test_the_drawn_tickets_alternates_are_the_panels(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = claiming(here.pool)
    makes(here, made, monkeypatch)
    panel = await here.whole()
    assert panel.ticket is not None
    assert panel.alternates == made.alternates[panel.ticket]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("few", "There are alternates for 1 of 8 tickets"),
        ("member", "cannot be an alternate"),
        ("sum", r"make 4\.750000 seats in all, but there are 5"),
        ("people", "does not give every volunteer exactly one chance"),
        ("ticket", "the quota is 2 to 3"),
        ("proof", "there is no proof"),
        ("weights", "Choose another selector"),
    ],
)
async def test_a_claim_that_does_not_add_up_is_refused(
    here: World, monkeypatch: pytest.MonkeyPatch, wrong: str, sentence: str
) -> None:
    whole = claiming(here.pool)
    assert whole.fairness
    target = dict(whole.fairness.target)
    women = tuple(p.id for p in here.pool.people if p.features["sex"] == "f")[:5]
    lies = {
        "few": replace(whole, alternates=whole.alternates[:1]),
        "member": replace(whole, alternates=(whole.tickets[0][:1], *whole.alternates[1:])),
        "sum": replace(whole, fairness=replace(whole.fairness, target=target | {"p000": Fraction(0)})),
        "people": replace(whole, fairness=replace(whole.fairness, target={"p000": Fraction(1)})),
        "proof": replace(whole, fairness=replace(whole.fairness, certified=True)),
        "weights": replace(whole, fairness=replace(whole.fairness, proof={"panels": [["x"]], "weights": [1]})),
        "ticket": replace(whole, tickets=(women, *whole.tickets[1:])),
    }
    makes(here, lies[wrong], monkeypatch)
    await here.run(await here.freeze())
    (refused,) = await here.told(DrawRefused)
    assert isinstance(refused, DrawRefused)
    assert re.search(sentence, refused.reasons[0]["en"])
    assert await here.repo.get(Panel, "klima") is None
