"""Whether a selector's portfolio is what it says it is: every panel within the quotas, every chance adding up."""

from collections.abc import Sequence
from fractions import Fraction

from borgerting.adapters import Fairness, Portfolio
from borgerting.errors import Refused
from borgerting.events.recruitment import PoolSnapshot
from services.lottery.domain.certificate import check
from services.lottery.domain.rules import require_portfolio


def require_sound(pool: PoolSnapshot, made: Portfolio, tickets: int) -> None:
    """Refuse a portfolio with a panel that breaks a quota, alternates who cannot be, or chances that do not add up."""
    require_portfolio(pool, made.tickets, tickets)
    if made.alternates:
        _require_alternates(pool, made)
    if made.fairness:
        _require_sums(pool, made.fairness)
        _require_proof(pool, made.fairness)


def _require_alternates(pool: PoolSnapshot, made: Portfolio) -> None:
    if len(made.alternates) != len(made.tickets):
        raise Refused(
            "alternates.size",
            da=f"Der er suppleanter til {len(made.alternates)} af {len(made.tickets)} lodder. "
            "Vælg en anden lodtrækningsmotor.",
            en=f"There are alternates for {len(made.alternates)} of {len(made.tickets)} tickets. "
            "Choose another selector.",
        )
    callable_ = {person.id for person in pool.people} - set(pool.exclude)
    for number, (members, called) in enumerate(zip(made.tickets, made.alternates, strict=True)):
        if wrong := wrong_alternates(callable_, members, called):
            raise Refused(
                "alternates.wrong",
                da=f"Lod {number}: {', '.join(wrong)} kan ikke være suppleant. Vælg en anden lodtrækningsmotor.",
                en=f"Ticket {number}: {', '.join(wrong)} cannot be an alternate. Choose another selector.",
            )


def wrong_alternates(known: set[str], members: Sequence[str], called: Sequence[str]) -> list[str]:
    """Those in `called` who are strangers, members already, or named twice, in order of id.

    >>> wrong_alternates({"a", "b", "c"}, ["a"], ["b", "a", "b", "x"])
    ['a', 'b', 'x']
    """
    seated = set(members)
    return sorted({person for person in called if person not in known or person in seated or called.count(person) > 1})


def _require_sums(pool: PoolSnapshot, fairness: Fairness) -> None:
    """Everybody has one chance between 0 and 1, and the chances together fill the seats exactly.

    Of those who are on every panel or on none by rule, a selector need not say so.
    """
    people, seats = {person.id for person in pool.people}, pool.panel_size * pool.panels
    settled = dict.fromkeys((*pool.include, *pool.seated), Fraction(1)) | dict.fromkeys(pool.exclude, Fraction(0))
    target = {**settled, **fairness.target}
    if strange := sorted(set(target) ^ people):
        raise Refused(
            "fairness.people",
            da=f"Fordelingen giver ikke hver tilmeldt netop én chance ({len(strange)} afviger, den første er "
            f"{strange[0]}). Vælg en anden lodtrækningsmotor.",
            en=f"The distribution does not give every volunteer exactly one chance ({len(strange)} differ, the first "
            f"is {strange[0]}). Choose another selector.",
        )
    total = sum(target.values(), Fraction())
    if total != seats or not all(0 <= chance <= 1 for chance in target.values()):
        raise Refused(
            "fairness.sum",
            da=f"Chancerne giver {float(total):.6f} pladser i alt, men der er {seats}, og hver skal ligge mellem 0 "
            "og 1. Vælg en anden lodtrækningsmotor.",
            en=f"The chances make {float(total):.6f} seats in all, but there are {seats}, and each must be between 0 "
            "and 1. Choose another selector.",
        )


def _require_proof(pool: PoolSnapshot, fairness: Fairness) -> None:
    """A proof must prove what is claimed; without one nothing may be called certified."""
    if not fairness.proof:
        if fairness.certified:
            raise _unproven("der er intet bevis", "there is no proof")
        return
    checked = check(pool, fairness.proof)
    if any(checked.chances[person] != chance for person, chance in fairness.target.items()):
        raise _unproven("bevisets lodtrækning giver andre chancer", "the lottery of the proof gives other chances")
    if fairness.certified and not checked.certified:
        raise _unproven("beviset viser en større afstand", "the proof shows a larger gap")
    for claimed, proven in zip(fairness.levels, checked.levels, strict=False):
        if claimed.chance > proven.chance or claimed.bound < proven.bound:
            raise _unproven("et trin lover mere end beviset", "a level promises more than the proof")


def _unproven(da: str, en: str) -> Refused:
    return Refused(
        "fairness.unproven",
        da=f"Det, der hævdes om chancerne, er ikke bevist: {da}. Vælg en anden lodtrækningsmotor.",
        en=f"What is claimed of the chances is not proven: {en}. Choose another selector.",
    )
