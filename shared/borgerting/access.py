"""Who may do what: deny by default, everything allowed stands in one table."""

from dataclasses import dataclass
from typing import Literal

from borgerting.errors import Forbidden

Role = Literal["organiser", "host", "observer", "service"]

MAY: dict[str, frozenset[Role]] = {
    "sessions.charter": frozenset({"organiser"}),
    "sessions.hold": frozenset({"organiser", "host"}),
    "sessions.propose": frozenset({"organiser", "host"}),
    "sessions.vote": frozenset({"organiser", "host"}),
    "sessions.dissent": frozenset({"organiser", "host"}),
    "sessions.close-vote": frozenset({"organiser", "host"}),
    "sessions.conclude": frozenset({"organiser"}),
    "sessions.read": frozenset({"organiser", "host", "observer"}),
    "recruitment.open": frozenset({"organiser"}),
    "recruitment.register": frozenset({"organiser"}),
    "recruitment.freeze": frozenset({"organiser"}),
    "recruitment.read": frozenset({"organiser"}),
    "recruitment.pool-key": frozenset({"service"}),
    "lottery.read": frozenset({"organiser"}),
    "lottery.start": frozenset({"organiser"}),
    "lottery.cancel": frozenset({"organiser"}),
    "lottery.partner": frozenset({"organiser"}),
    "lottery.import": frozenset({"organiser"}),
    "lottery.refill": frozenset({"organiser"}),
    "reporting.read": frozenset({"organiser", "host", "observer"}),
    "example.run": frozenset({"organiser"}),
}
"""action -> the roles that may take it; an action that is not here is nobody's."""


@dataclass(frozen=True)
class Principal:
    """Somebody who acts; `assemblies` limits them to those named, None means every assembly."""

    name: str
    roles: frozenset[Role]
    assemblies: frozenset[str] | None = None


def authorise(principal: Principal, action: str, assembly: str) -> None:
    """Return if `principal` may do `action` to `assembly`; raise Forbidden otherwise.

    >>> authorise(Principal("ane", frozenset({"observer"})), "sessions.read", "klima")
    >>> authorise(Principal("ane", frozenset({"observer"})), "sessions.charter", "klima")
    Traceback (most recent call last):
    borgerting.errors.Forbidden: ane may not sessions.charter in klima: it takes the role organiser.
    """
    allowed = MAY.get(action, frozenset())
    here = principal.assemblies is None or assembly in principal.assemblies
    if here and principal.roles & allowed:
        return
    roles = ", ".join(sorted(allowed)) or "–"
    where = "" if here else f" (only in {', '.join(sorted(principal.assemblies or ())) or '–'})"
    raise Forbidden(
        "access.denied",
        da=f"{principal.name} må ikke {action} i {assembly}: det kræver rollen {roles}{where}.",
        en=f"{principal.name} may not {action} in {assembly}: it takes the role {roles}{where}.",
    )
