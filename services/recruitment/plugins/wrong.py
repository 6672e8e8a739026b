"""How a table that cannot be trusted is refused."""

from borgerting.errors import Refused


def wrong(rule: str, *, da: str, en: str) -> Refused:
    """Refuse a table for breaking `rule`."""
    return Refused(f"population.{rule}", da=da, en=en)


def shape(what: str) -> Refused:
    """The file is JSON but lacks `what`, which JSON-stat needs."""
    return wrong(
        "shape",
        da=f"Tabellen mangler {what}, som JSON-stat kræver. Hent filen igen som JSON-stat 2.0 hos udgiveren.",
        en=f"The table lacks {what}, which JSON-stat requires. Download it again as JSON-stat 2.0 from its publisher.",
    )
