"""From what is known of each source to one report."""

from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction

from borgerting.canonical import canonical, sha256
from borgerting.errors import Broken, Text
from borgerting.events.recruitment import Feature, Intake, Quota
from borgerting.events.sessions import Choice, DecisionRule, Tally
from services.reporting.domain.facts import (
    AssemblyFacts,
    BallotFacts,
    DrawFacts,
    Folded,
    K,
    PanelFacts,
    PoolFacts,
    RecommendationFacts,
    SeatFacts,
    SessionFacts,
)
from services.reporting.domain.report import (
    CategoryFigures,
    DrawFigures,
    FeatureFigures,
    PartnerFigures,
    RecommendationFigures,
    Report,
    SessionFigures,
    State,
    Totals,
)

Votes = Counter[tuple[int, Choice]]
"""How many ballots of each choice there are for each recommendation's number."""


def is_complete(sources: Mapping[str, int], known: Iterable[Folded]) -> list[str]:
    """The sources that are not yet known at the version listed; none missing means complete.

    >>> is_complete({"/lottery/panel/klima": 1}, [])
    ['/lottery/panel/klima']
    """
    versions = {row.source: row.version for row in known}
    return sorted(source for source, version in sources.items() if versions.get(source, 0) < version)


def figures(report: Report) -> bytes:
    """The canonical bytes of a report; their SHA-256 is what ReportPublished carries."""
    told = report.model_dump(mode="json")
    unused = {"partner": None, "refilled": 0}  # left out, so that a report without them keeps the digest it always had
    return canonical({name: value for name, value in told.items() if name not in unused or value != unused[name]})


def assemble(known: Iterable[Folded]) -> Report | None:
    """The report on the one assembly that `known` tells of; None until it is chartered.

    Broken when everything is there and the ballots do not give a published tally.
    """
    rows = sorted(known, key=lambda row: row.source)
    assembly = _one(rows, AssemblyFacts) or AssemblyFacts()
    if assembly.charter is None:
        return None
    pool, draw = _one(rows, PoolFacts) or PoolFacts(), _one(rows, DrawFacts) or DrawFacts()
    panel = next((row for row in rows if isinstance(row.facts, PanelFacts)), None)
    sessions, recommendations = _sessions(rows), _recommendations(rows)
    complete = assembly.sources is not None and not is_complete(assembly.sources, rows)
    if complete:
        _require_counted(recommendations)
    reached = _reached(assembly, pool, draw, panel, sessions)
    missing = [part for part, there in reached.items() if not there]
    if assembly.sources is not None and not complete:
        missing.append("sources")
    return Report(
        assembly=assembly.charter.assembly,
        state=_state(reached, bool(draw.refused), complete),
        missing=tuple(missing),
        synthetic=assembly.charter.synthetic,
        charter=assembly.charter,
        rule=rule_in_words(assembly.charter.decision_rule),
        features=_features(pool, panel),
        provenance=pool.opened.provenance if pool.opened else None,
        reference_date=pool.opened.reference_date if pool.opened else None,
        intake=_intake(pool),
        volunteers=pool.volunteers,
        draw=_draw(draw, panel),
        partner=_partner(panel),
        refilled=(_one(rows, SeatFacts) or SeatFacts()).refilled,
        refused=draw.refused,
        sessions=sessions,
        recommendations=recommendations,
        totals=Totals(
            recommendations=len(recommendations),
            adopted=sum(r.outcome == "adopted" for r in recommendations),
        ),
    )


def rule_in_words(rule: DecisionRule) -> Text:
    """The charter's decision rule as a sentence.

    >>> half = DecisionRule.model_validate({"threshold": {"numerator": 1, "denominator": 2}, "more_than": True})
    >>> rule_in_words(half)["en"].partition(" are for it")[0]
    'A recommendation is adopted when more than 1/2 of the votes cast for and against'
    """
    share, quorum = f"{rule.threshold}", f"{rule.quorum}"
    of_da = {"votes": "stemmerne for og imod", "ballots": "alle afgivne stemmesedler", "members": "alle medlemmer"}
    of_en = {"votes": "the votes cast for and against", "ballots": "all ballots cast", "members": "all members"}
    need_da, need_en = ("mere end", "more than") if rule.more_than else ("mindst", "at least")
    return {
        "da": f"En anbefaling er vedtaget, når {need_da} {share} af {of_da[rule.of]} er for den, "
        f"og mindst {quorum} af medlemmerne har deltaget i afstemningen.",
        "en": f"A recommendation is adopted when {need_en} {share} of {of_en[rule.of]} are for it, "
        f"and at least {quorum} of the members took part.",
    }


def _one(rows: list[Folded], kind: type[K]) -> K | None:
    return next((row.facts for row in rows if isinstance(row.facts, kind)), None)


def _features(pool: PoolFacts, panel: Folded | None) -> tuple[FeatureFigures, ...]:
    if pool.opened is None:
        return ()
    drawn = panel.facts.counts if panel and isinstance(panel.facts, PanelFacts) else None
    return tuple(
        _feature(feature, pool.opened.panel_size, (pool.counts or {}).get(feature.feature, {}), drawn)
        for feature in pool.opened.features
    )


def _feature(
    feature: Feature, size: int, pool: Mapping[str, int | None], drawn: Mapping[str, Mapping[str, int]] | None
) -> FeatureFigures:
    counted = [quota.population for quota in feature.quotas if quota.population is not None]
    total = sum(counted) if len(counted) == len(feature.quotas) else None
    seats = None if drawn is None else drawn.get(feature.feature, {})
    return FeatureFigures(
        feature=feature.feature,
        label=feature.label,
        total=total,
        categories=tuple(_category(quota, size, total, pool, seats) for quota in feature.quotas),
    )


def _category(
    quota: Quota, size: int, total: int | None, pool: Mapping[str, int | None], seats: Mapping[str, int] | None
) -> CategoryFigures:
    share = Fraction(quota.population, total) if quota.population is not None and total else None
    panel = None if seats is None else seats.get(quota.category, 0)
    return CategoryFigures(
        category=quota.category,
        label=quota.label,
        population=quota.population,
        share=None if share is None else str(share),
        exact=None if share is None else str(share * size),
        least=quota.least,
        most=quota.most,
        pool=pool.get(quota.category),
        panel=panel,
        kept=None if panel is None else quota.least <= panel <= quota.most,
    )


def _intake(pool: PoolFacts) -> Intake | None:
    """All files together; a column dropped from any of them is named once."""
    if not pool.intakes:
        return None
    dropped = dict.fromkeys(column for intake in pool.intakes for column in intake.dropped_columns)
    return Intake(
        rows=sum(i.rows for i in pool.intakes),
        accepted=sum(i.accepted for i in pool.intakes),
        refused=sum(i.refused for i in pool.intakes),
        dropped_columns=tuple(dropped),
    )


def _draw(draw: DrawFacts, panel: Folded | None) -> DrawFigures | None:
    if draw.sealed is None:
        return None
    sealed = DrawFigures.model_validate(draw.sealed.model_dump())
    if panel is None or not isinstance(panel.facts, PanelFacts):
        return sealed
    drawn = panel.facts
    return sealed.model_copy(
        update={
            "seed": drawn.seed,
            "ticket": drawn.ticket,
            "members": drawn.members,
            "drawn_at": panel.at,
            "commitment_kept": sha256(drawn.seed.encode()) == sealed.commitment,
        }
    )


def _partner(panel: Folded | None) -> PartnerFigures | None:
    if panel is None or not isinstance(panel.facts, PanelFacts) or panel.facts.drawn_by is None:
        return None
    drawn = panel.facts
    return PartnerFigures(
        partner=panel.facts.drawn_by,
        method=drawn.method or "",
        members=drawn.members,
        alternates=drawn.alternates,
        drawn_at=panel.at,
    )


def _sessions(rows: list[Folded]) -> tuple[SessionFigures, ...]:
    found = (row.facts for row in rows if isinstance(row.facts, SessionFacts))
    held = [
        SessionFigures(**{**facts.held.model_dump(exclude={"assembly"}), "present": facts.present})
        for facts in found
        if facts.held
    ]
    return tuple(sorted(held, key=lambda session: session.number))


def _recommendations(rows: list[Folded]) -> tuple[RecommendationFigures, ...]:
    ballots: Votes = Counter((b.number, b.choice) for row in rows if isinstance(b := row.facts, BallotFacts))
    found = (row.facts for row in rows if isinstance(row.facts, RecommendationFacts))
    figures = [
        RecommendationFigures(
            number=facts.proposed.number,
            title=facts.proposed.title,
            text=facts.proposed.text,
            outcome=facts.outcome,
            tally=facts.tally,
            reason=facts.reason,
            counted=facts.tally is not None and _agrees(facts.tally, facts.proposed.number, ballots),
            dissents=facts.dissents,
        )
        for facts in found
        if facts.proposed
    ]
    return tuple(sorted(figures, key=lambda recommendation: recommendation.number))


def _agrees(tally: Tally, number: int, ballots: Votes) -> bool:
    counted = (ballots[number, "for"], ballots[number, "against"], ballots[number, "abstain"])
    return counted == (tally.in_favour, tally.against, tally.abstained)


def _require_counted(recommendations: Iterable[RecommendationFigures]) -> None:
    wrong = [str(r.number) for r in recommendations if r.tally is not None and not r.counted]
    if wrong:
        raise Broken(f"the ballots do not give the published tally of recommendation {', '.join(wrong)}")


def _reached(
    assembly: AssemblyFacts,
    pool: PoolFacts,
    draw: DrawFacts,
    panel: Folded | None,
    sessions: tuple[SessionFigures, ...],
) -> Mapping[str, bool]:
    """Which parts are there, in the order in which they come."""
    return {
        "quotas": pool.opened is not None,
        "pool": pool.volunteers is not None,
        "seal": draw.sealed is not None or _partner(panel) is not None,
        "panel": panel is not None,
        "sessions": bool(sessions),
        "conclusion": assembly.sources is not None,
    }


STATES: Mapping[str, State] = {
    "conclusion": "concluded",
    "sessions": "meeting",
    "panel": "drawn",
    "seal": "sealed",
    "pool": "frozen",
    "quotas": "open",
}


def _state(reached: Mapping[str, bool], refused: bool, complete: bool) -> State:
    """The furthest stage; a refused draw is one until a later one is sealed."""
    if complete:
        return "complete"
    furthest: State = next((state for part, state in STATES.items() if reached[part]), "chartered")
    return "refused" if refused and furthest == "frozen" else furthest
