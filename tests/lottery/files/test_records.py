"""A record is read back, and whoever changed it is found out."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from borgerting.adapters import Portfolio
from borgerting.errors import Refused
from services.lottery import domain
from services.lottery.domain.record import Drawn, record
from services.lottery.files.records import read_record
from services.lottery.store import PORTFOLIO_RULE, portfolio_bytes, sealed_parts
from tests.lottery.files.papers import written
from tests.lottery.pools import fair

TICKETS = (("p000", "p001", "p002", "p003", "p004"), ("p000", "p001", "p003", "p004", "p005"))


@pytest.fixture
def told() -> bytes:
    """A record of two tickets for the panel of five."""
    made = Portfolio(TICKETS, "by hand", alternates=(("p006",), ("p007", "p008")))
    content = portfolio_bytes("klima", made)
    portfolio = domain.digest(content)
    ticket = domain.ticket_index("2026", portfolio, 2)
    drawn = Drawn(
        sealed_parts(content), portfolio, PORTFOLIO_RULE, "2026", domain.commitment("2026"), ticket,
        TICKETS[ticket], "by hand", {},
    )  # fmt: skip
    return record(fair(), drawn)


def test_a_record_comes_back_as_it_was(told: bytes, tmp_path: Path) -> None:
    (tmp_path / "draw.json").write_bytes(told)
    found = read_record(tmp_path / "draw.json")
    assert found.pool == fair().model_copy(
        update={"people": tuple(sorted(fair().people, key=lambda person: person.id))}
    )
    assert found.members == TICKETS[found.ticket]
    assert found.alternates == found.made.alternates[found.ticket]


def another_panel(told: dict[str, Any]) -> None:
    told["members"] = told["tickets"][1 - told["ticket"]]


def another_ticket(told: dict[str, Any]) -> None:
    told["ticket"] = 1 - told["ticket"]
    told["members"] = told["tickets"][told["ticket"]]


def another_seed(told: dict[str, Any]) -> None:
    told["seed"] = "2027"


def another_portfolio(told: dict[str, Any]) -> None:
    told["tickets"][1 - told["ticket"]][0] = "p009"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (another_panel, "members do not fit"),
        (another_ticket, "ticket do not fit"),
        (another_seed, "commitment"),
        (another_portfolio, "portfolio"),
    ],
)
def test_a_changed_record_is_refused(
    change: Callable[[dict[str, Any]], None], named: str, told: bytes, tmp_path: Path
) -> None:
    content = json.loads(told)
    change(content)
    path = written(tmp_path, "draw.json", json.dumps(content))
    with pytest.raises(Refused, match=f"was changed after the draw: .*{named}"):
        read_record(path)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"assembly": "x"}', "id,name"])
def test_what_is_no_record_is_refused(content: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"is not the draw\.json of a draw"):
        read_record(written(tmp_path, "draw.json", content))
