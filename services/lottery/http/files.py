"""The files of a draw: the panel for a spreadsheet, and everything needed to check the draw again."""

from collections.abc import Sequence

from fastapi import Response

from borgerting.canonical import canonical
from borgerting.events.recruitment import PoolSnapshot
from services.lottery import domain
from services.lottery.domain.record import PERSONAL, SYNTHETIC, Drawn, record
from services.lottery.store import PORTFOLIO_RULE, Panel, Sealed, sealed_parts

NOT_CHECKABLE = {
    "da": "Trukket af {partner}. Lodtrækningen kan ikke efterprøves ud fra denne fil.",
    "en": "Drawn by {partner}. The draw is not re-checkable from this file.",
}


def panel_csv(pool: PoolSnapshot, members: Sequence[str]) -> bytes:
    """The members with their features in the pool's order; the last column says when nobody in it is real."""
    names, rows = [feature.feature for feature in pool.features], domain.rows_of(pool)
    note = "synthetic" if pool.synthetic else ""
    lines = [["id", *names, "note"], *([who, *(rows[who][name] for name in names), note] for who in members)]
    return "".join(",".join(map(_cell, line)) + "\r\n" for line in lines).encode()


def draw_json(pool: PoolSnapshot, sealed: Sealed, panel: Panel, content: bytes) -> bytes:
    """Everything needed to check the draw again; `content` is the portfolio as it was sealed."""
    return record(
        pool,
        Drawn(
            sealed=sealed_parts(content),
            portfolio=sealed.portfolio,
            portfolio_rule=PORTFOLIO_RULE,
            seed=panel.seed or "",
            commitment=sealed.commitment,
            ticket=panel.ticket or 0,
            members=panel.members,
            solver=sealed.solver,
            versions=sealed.versions,
        ),
    )


def partner_json(pool: PoolSnapshot, panel: Panel) -> bytes:
    """What a partner's draw leaves behind: the panel and the method as stated, and that there is nothing to check."""
    people = sorted(pool.people, key=lambda person: person.id)
    partner = panel.drawn_by or ""
    return canonical(
        {
            "assembly": pool.assembly,
            "synthetic": pool.synthetic,
            "notice": SYNTHETIC if pool.synthetic else PERSONAL,
            "drawn_by": partner,
            "re_checkable": False,
            "drawn_by_notice": {lang: text.format(partner=partner) for lang, text in NOT_CHECKABLE.items()},
            "method": panel.method,
            "panel_size": pool.panel_size,
            "features": [feature.model_dump(mode="json") for feature in pool.features],
            "people": [person.model_dump(mode="json") for person in people],
            "members": panel.members,
            "alternates": panel.alternates,
            "counts": panel.counts,
        }
    )


def as_file(content: bytes, name: str, media_type: str) -> Response:
    """A download that no cache keeps."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=media_type, headers=headers)


def _cell(text: str) -> str:
    """A spreadsheet must not take a cell for a formula."""
    safe = f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
    return '"' + safe.replace('"', '""') + '"' if set(safe) & set(',"\r\n') else safe
