"""The record of a draw: everything needed to check it again, in canonical bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from borgerting.canonical import canonical
from borgerting.events.recruitment import PoolSnapshot
from services.lottery.domain.rules import rows_of, seats
from services.lottery.domain.tickets import TICKET_RULE, chances

SYNTHETIC = {"da": "Opdigtede tilmeldte: ingen virkelige personer.", "en": "Synthetic volunteers: no real people."}
PERSONAL = {
    "da": "Personoplysninger: rækkerne er pseudonyme, men ikke anonyme. Må ikke offentliggøres.",
    "en": "Personal data: the rows are pseudonymous, not anonymous. Not for publication.",
}
CHANCES_RULE = "Tickets each person is on; the chance is that number over the number of tickets."
COMMITMENT_RULE = "SHA-256 of the UTF-8 seed, told before the draw."
MORE = ("joint", "include", "exclude", "seated")


@dataclass(frozen=True)
class Drawn:
    """A draw that has been held; `sealed` are the parts of the portfolio that its digest names, tickets among them."""

    sealed: Mapping[str, Any]
    portfolio: str
    portfolio_rule: str
    seed: str
    commitment: str
    ticket: int
    members: Sequence[str]
    solver: str
    versions: Mapping[str, str]


def record(pool: PoolSnapshot, drawn: Drawn) -> bytes:
    """The file draw.json; what a pool does not use (joint quotas, fixed people, several panels) is left out."""
    people = sorted(pool.people, key=lambda person: person.id)
    told = pool.model_dump(mode="json", include={*MORE, "panels"})
    more = {name: told[name] for name in MORE if told[name]} | ({"panels": pool.panels} if pool.panels > 1 else {})
    return canonical(
        {
            "assembly": pool.assembly,
            "synthetic": pool.synthetic,
            "notice": SYNTHETIC if pool.synthetic else PERSONAL,
            "panel_size": pool.panel_size,
            "features": [feature.model_dump(mode="json") for feature in pool.features],
            "people": [person.model_dump(mode="json") for person in people],
            **more,
            **drawn.sealed,
            "portfolio": drawn.portfolio,
            "portfolio_rule": drawn.portfolio_rule,
            "seed": drawn.seed,
            "commitment": drawn.commitment,
            "commitment_rule": COMMITMENT_RULE,
            "ticket": drawn.ticket,
            "ticket_rule": TICKET_RULE,
            "members": drawn.members,
            "counts": seats(pool.features, rows_of(pool), drawn.members),
            "chances": chances(pool, drawn.sealed["tickets"]),
            "chances_rule": CHANCES_RULE,
            "solver": drawn.solver,
            "versions": drawn.versions,
        }
    )
