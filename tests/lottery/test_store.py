"""What the lottery keeps."""

from pathlib import Path

import pytest

from borgerting.errors import Broken
from borgerting.snapshots import SnapshotFolder, new_key
from services.lottery.store import Job, Portfolios, portfolio_bytes, tickets_in

TICKETS = (("a", "b"), ("a", "c"))


def test_tickets_come_back_from_their_bytes() -> None:
    assert tickets_in(portfolio_bytes("klima", TICKETS)) == TICKETS


async def test_a_portfolio_is_kept_sealed_and_opens_for_its_own_assembly_only(tmp_path: Path) -> None:
    key = new_key()

    async def key_of(assembly: str) -> bytes:
        return key

    kept = Portfolios(SnapshotFolder(tmp_path), key_of)
    content = portfolio_bytes("klima", TICKETS)
    name = await kept.keep("klima", content)
    assert content not in (tmp_path / name).read_bytes()
    assert await kept.open("klima", name) == content
    with pytest.raises(Broken, match="does not open"):
        await kept.open("trafik", name)
    with pytest.raises(Broken, match="is gone"):
        await kept.open("klima", "0" * 64)


def test_the_seed_does_not_show_when_a_job_is_printed() -> None:
    assert "hemmeligt" not in repr(Job(id="klima/4", assembly="klima", pool=4, tickets=3, seed="hemmeligt"))
