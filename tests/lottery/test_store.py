"""What the lottery keeps."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from borgerting.adapters import Fairness, Level, Portfolio
from borgerting.errors import Broken
from borgerting.snapshots import SnapshotFolder, new_key
from services.lottery.store import Job, Portfolios, portfolio_bytes, portfolio_in

MADE = Portfolio((("a", "b"), ("a", "c")), "by hand")


def test_a_portfolio_comes_back_from_its_bytes_with_alternates_and_claims() -> None:
    third = Fraction(1, 3)
    claim = Fairness("leximin", {"a": third * 2, "b": third}, (Level(1, third, third),), True, {"weights": [1, 2]})
    whole = replace(MADE, alternates=(("c",), ("b",)), fairness=claim)
    for made in (MADE, whole):
        assert portfolio_in(portfolio_bytes("klima", made), "by hand") == made


def test_a_portfolio_that_claims_nothing_has_the_bytes_it_always_had() -> None:
    assert portfolio_bytes("klima", MADE) == b'{"assembly":"klima","tickets":[["a","b"],["a","c"]]}'


async def test_a_portfolio_is_kept_sealed_and_opens_for_its_own_assembly_only(tmp_path: Path) -> None:
    key = new_key()

    async def key_of(assembly: str) -> bytes:
        return key

    kept = Portfolios(SnapshotFolder(tmp_path), key_of)
    content = portfolio_bytes("klima", MADE)
    name = await kept.keep("klima", content)
    assert content not in (tmp_path / name).read_bytes()
    assert await kept.open("klima", name) == content
    with pytest.raises(Broken, match="does not open"):
        await kept.open("trafik", name)
    with pytest.raises(Broken, match="is gone"):
        await kept.open("klima", "0" * 64)


def test_the_seed_does_not_show_when_a_job_is_printed() -> None:
    assert "hemmeligt" not in repr(Job(id="klima/4", assembly="klima", pool=4, tickets=3, seed="hemmeligt"))
