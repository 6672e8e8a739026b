"""draw.json read back: the pool, the portfolio and the panel, after its digests have been checked again."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from borgerting.adapters import Portfolio
from borgerting.canonical import canonical
from borgerting.errors import Refused
from borgerting.events.recruitment import PoolSnapshot
from services.lottery import domain
from services.lottery.domain.fairness import portfolio_from
from services.lottery.files.tables import decoded, read_bytes, wrong

SEALED = ("assembly", "tickets", "alternates", "fairness")


@dataclass(frozen=True)
class Record:
    """A draw that was held; `alternates` are those of the ticket that was drawn, in the order of their calls."""

    name: str
    pool: PoolSnapshot
    made: Portfolio
    seed: str
    ticket: int
    members: tuple[str, ...]
    alternates: tuple[str, ...]


def read_record(path: Path) -> Record:
    """Read it; Refused when it is no record of a draw, or when seed, portfolio, ticket and panel do not fit."""
    text, _ = decoded(path.name, read_bytes(path))
    try:
        told = json.loads(text)
        pool = PoolSnapshot.model_validate(told)
        made = portfolio_from(told)
        record = _record(path.name, told, pool, made)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, ValidationError) as why:
        raise wrong(
            "record",
            da=f"{path.name} er ikke en lodtræknings draw.json. Vælg den fil, som lodtrækningen skrev.",
            en=f"{path.name} is not the draw.json of a draw. Choose the file that the draw wrote.",
        ) from why
    _require_whole(told, record)
    domain.require_panel(pool, record.members)
    return record


def _record(name: str, told: dict[str, Any], pool: PoolSnapshot, made: Portfolio) -> Record:
    ticket = int(told["ticket"])
    called = made.alternates[ticket] if made.alternates else ()
    return Record(name, pool, made, str(told["seed"]), ticket, tuple(map(str, told["members"])), called)


def _require_whole(told: dict[str, Any], record: Record) -> None:
    portfolio = domain.digest(canonical({part: told[part] for part in SEALED if part in told}))
    checks = {
        "portfolio": portfolio == told.get("portfolio"),
        "commitment": domain.commitment(record.seed) == told.get("commitment"),
        "ticket": domain.ticket_index(record.seed, portfolio, len(record.made.tickets)) == record.ticket,
        "members": 0 <= record.ticket < len(record.made.tickets)
        and record.made.tickets[record.ticket] == record.members,
    }
    if broken := [name for name, holds in checks.items() if not holds]:
        raise Refused(
            "record.changed",
            da=f"{record.name} er ændret efter lodtrækningen: {', '.join(broken)} passer ikke. Find originalen.",
            en=f"{record.name} was changed after the draw: {', '.join(broken)} do not fit. Find the original file.",
        )
