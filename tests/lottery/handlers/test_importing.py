"""A partner draws the panel elsewhere."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from borgerting.errors import Refused
from borgerting.events import decode
from borgerting.events.lottery import PanelDrawn
from services.lottery.domain.partner import require_imported
from services.lottery.handlers import ImportPanel, LetPartnerDraw
from services.lottery.handlers.importing import import_panel
from services.lottery.handlers.stopping import let_partner_draw
from tests.lottery.pools import fair
from tests.lottery.worlds import World, world

MEMBERS = ("p004", "p003", "p001", "p002", "p000")
IMPORT = ImportPanel(
    assembly="klima",
    key="k1",
    partner="Statistikkontoret",
    method="Simpelt tilfældigt inden for hver kvote.",
    members=MEMBERS,
    alternates=("p009", "p005"),
)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, fair()) as made:
        await made.freeze()
        yield made


async def left_to_partner(here: World) -> None:
    await let_partner_draw(here.repo, LetPartnerDraw(assembly="klima", key="k0", partner="Statistikkontoret"))


async def test_the_panel_is_told_as_the_partners_with_nothing_to_re_check(here: World) -> None:
    await left_to_partner(here)
    panel = await import_panel(here, here.repo, IMPORT)
    (told,) = [decode(envelope) for envelope in panel.outbox]
    assert isinstance(told, PanelDrawn)
    assert (told.drawn_by, told.seed, told.ticket, told.tickets) == ("Statistikkontoret", "", 0, 0)
    assert told.members == tuple(sorted(MEMBERS))
    assert told.alternates == ("p009", "p005")
    assert told.method == "Simpelt tilfældigt inden for hver kvote."
    assert {sum(seats.values()) for seats in told.counts.values()} == {5}


async def test_importing_twice_with_one_key_is_one_panel_and_another_is_refused(here: World) -> None:
    await left_to_partner(here)
    assert await import_panel(here, here.repo, IMPORT) == await import_panel(here, here.repo, IMPORT)
    with pytest.raises(Refused, match="has been drawn already"):
        await import_panel(here, here.repo, IMPORT.model_copy(update={"key": "k2"}))


async def test_nothing_is_imported_while_the_lottery_draws_itself(here: World) -> None:
    with pytest.raises(Refused, match="has not been left to a partner"):
        await import_panel(here, here.repo, IMPORT)


def test_every_id_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(Refused) as no:
        require_imported(fair(), ["p000", "p000", "x"], ["p000", "y"])
    assert no.value.sentences("en") == [
        "1 members are not in the pool: x. Use the ids of the frozen pool.",
        "These members are there more than once: p000. Remove the repeats.",
        "There are 2 members, but the panel has 5 seats. Send the list as it was drawn.",
        "These alternates are not in the pool, are members or are there twice: p000, y. Correct it.",
    ]


def test_a_panel_that_breaks_a_quota_is_refused_with_need_and_have() -> None:
    women = [person.id for person in fair().people if person.features["sex"] == "f"][:5]
    with pytest.raises(Refused) as no:
        require_imported(fair(), women, ())
    assert no.value.sentences("da")[:2] == [
        "SEX, f: deltagerkredsen har 5, men kvoten er 2 til 3. Lad partneren trække igen, eller ret kvoten og luk "
        "puljen igen.",
        "SEX, m: deltagerkredsen har 0, men kvoten er 2 til 3. Lad partneren trække igen, eller ret kvoten og luk "
        "puljen igen.",
    ]


def test_two_of_a_household_are_refused() -> None:
    pool = fair()
    shared = [p.model_copy(update={"household": "h1" if p.id in ("p000", "p001") else None}) for p in pool.people]
    with pytest.raises(Refused, match="1 households have more than one on the panel: h1"):
        require_imported(pool.model_copy(update={"people": tuple(shared)}), MEMBERS, ())


def test_two_of_a_household_are_refused_though_they_could_sit_on_different_panels() -> None:
    pool = fair()
    shared = [p.model_copy(update={"household": "h1" if p.id in ("p000", "p001") else None}) for p in pool.people]
    both = pool.model_copy(update={"people": tuple(shared), "panels": 2})
    with pytest.raises(Refused, match="1 households have more than one on the panel: h1"):
        require_imported(both, [f"p{n:03}" for n in range(10)], ())
