"""Folding and assembling: the same report for any order, and no figure that the events do not bear out."""

from collections.abc import Callable, Iterable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borgerting.errors import Broken
from borgerting.events import decode
from borgerting.events.base import Envelope, SourceRef
from borgerting.events.lottery import SeatRefilled
from borgerting.events.recruitment import Feature, PoolOpened, Quota
from borgerting.events.sessions import DecisionRule, Ratio
from services.reporting.domain import NOUNS, Folded, Report, assemble, figures, fold, is_complete
from services.reporting.domain.assemble import rule_in_words

Story = Callable[..., list[Envelope]]


def known(envelopes: Iterable[Envelope]) -> dict[str, Folded]:
    rows: dict[str, Folded] = {}
    for envelope in envelopes:
        rows[envelope.source] = fold(rows.get(envelope.source), decode(envelope), envelope)
    return rows


def report_of(envelopes: Iterable[Envelope]) -> Report:
    report = assemble(known(envelopes).values())
    assert report is not None
    return report


def test_the_whole_story_makes_a_complete_report(story: Story) -> None:
    report = report_of(story())
    assert (report.state, report.missing) == ("complete", ())
    assert (report.totals.recommendations, report.totals.adopted) == (2, 1)
    assert report.intake is not None
    assert (report.intake.rows, report.intake.accepted, report.intake.refused) == (42, 40, 2)
    assert report.intake.dropped_columns == ("navn",)
    assert report.sessions[0].present == 5
    assert [r.outcome for r in report.recommendations] == ["adopted", "rejected"]
    assert all(r.counted for r in report.recommendations)


def test_every_stage_has_its_name_and_says_what_is_missing(story: Story) -> None:
    told, states = story(), list[str]()
    for end in range(1, len(told) + 1):
        report = report_of(told[:end])
        if not states or states[-1] != report.state:
            states.append(report.state)
        assert bool(report.missing) == (report.state != "complete")
    assert states == ["chartered", "open", "frozen", "sealed", "drawn", "meeting", "complete"]


def test_nothing_can_be_reported_before_the_charter(story: Story) -> None:
    assert assemble(known(story()[1:5]).values()) is None


def test_a_quota_figure_is_an_exact_fraction_of_the_panel(story: Story) -> None:
    men = report_of(story()).features[0].categories[0]
    assert (men.share, men.exact) == ("49/100", "147/50")
    assert (men.pool, men.panel, men.kept) == (15, 3, True)


def test_a_hidden_count_stays_hidden(story: Story) -> None:
    assert [k.pool for k in report_of(story()).features[1].categories] == [None, None]


def test_the_seed_is_held_against_its_commitment(story: Story) -> None:
    told = story()
    assert (draw := report_of(told).draw) is not None
    assert draw.commitment_kept is True
    forged = [e.model_copy(update={"data": {**e.data, "seed": "other"}}) if "panel" in e.type else e for e in told]
    assert (draw := report_of(forged).draw) is not None
    assert draw.commitment_kept is False


def test_a_tally_that_the_ballots_do_not_give_is_broken_once_everything_is_there(story: Story) -> None:
    def forge(e: Envelope) -> Envelope:
        return (
            e
            if not e.type.endswith("adopted")
            else e.model_copy(update={"data": {**e.data, "tally": {**e.data["tally"], "in_favour": 5}}})
        )

    told = [forge(e) for e in story()]
    assert not report_of(told[:-1]).recommendations[0].counted
    with pytest.raises(Broken, match="recommendation 1"):
        report_of(told)


def test_a_gap_and_a_stranger_are_broken(story: Story) -> None:
    first, *_ = told = story()
    second = next(e for e in told if e.source == first.source and e.version == 2)
    with pytest.raises(Broken, match="version 2 came where 1 was due"):
        fold(None, decode(second), second)
    odd = first.model_copy(update={"source": "/sessions/ballot/klima/x"})
    with pytest.raises(Broken, match="cannot come from a ballot"):
        fold(None, decode(odd), odd)
    unknown = first.model_copy(update={"source": "/sessions/tea/klima"})
    with pytest.raises(Broken, match="knows no tea"):
        fold(None, decode(unknown), unknown)


def test_no_pseudonym_is_kept(story: Story) -> None:
    rows = known(story())
    assert not any('"p0"' in row.model_dump_json() for row in rows.values())
    assert {row.facts.noun for row in rows.values()} == set(NOUNS) - {"seat"}


def test_a_refused_draw_says_why_until_another_is_sealed(story: Story) -> None:
    told = story()
    started = next(i for i, e in enumerate(told) if e.type == "lottery.draw.started")
    why = {"reasons": [{"da": "For få mænd.", "en": "Too few men."}]}
    refusal = told[started + 1].model_copy(update={"type": "lottery.draw.refused", "data": why})
    report = report_of([*told[: started + 1], refusal])
    assert (report.state, report.refused) == ("refused", ({"da": "For få mænd.", "en": "Too few men."},))


@given(seed=st.randoms(use_true_random=False))
def test_sources_may_tell_their_events_in_any_interleaving(seed: object, story_told: list[Envelope]) -> None:
    by_source: dict[str, list[Envelope]] = {}
    for envelope in story_told:
        by_source.setdefault(envelope.source, []).append(envelope)
    order = [e.source for e in story_told]
    seed.shuffle(order)  # type: ignore[attr-defined]
    waiting = {source: iter(told) for source, told in by_source.items()}
    assert figures(report_of(next(waiting[source]) for source in order)) == figures(report_of(story_told))


@given(populations=st.lists(st.integers(0, 10**7), min_size=1, max_size=12), size=st.integers(1, 500))
def test_exact_quotas_sum_to_the_panel(populations: list[int], size: int, story_told: list[Envelope]) -> None:
    quotas = tuple(
        Quota(category=str(n), label={"en": str(n)}, population=p, least=0, most=size)
        for n, p in enumerate(populations)
    )
    feature = Feature(feature="f", label={"en": "f"}, quotas=quotas)
    opened = PoolOpened(assembly="klima", panel_size=size, features=(feature,), provenance=None)
    told = [
        e.model_copy(update={"data": opened.model_dump(mode="json", exclude={"assembly"})}) if e.version == 2 else e
        for e in story_told[:3]
    ]
    (found,) = report_of(told).features
    if sum(populations):
        assert sum(Fraction(k.exact or 0) for k in found.categories) == size
    else:
        assert all(k.exact is None for k in found.categories)


@given(data=st.data())
def test_completeness_names_exactly_what_lags(data: st.DataObject, story_told: list[Envelope]) -> None:
    end = data.draw(st.integers(0, len(story_told)))
    rows = known(story_told[:end])
    sources = story_told[-1].data["sources"]
    lagging = {s for s, v in sources.items() if s not in rows or rows[s].version < v}
    assert set(is_complete(sources, rows.values())) == lagging


@pytest.mark.parametrize("of", ["votes", "ballots", "members"])
@pytest.mark.parametrize("more_than", [True, False])
def test_every_rule_has_words_in_both_languages(of: str, more_than: bool) -> None:
    ratio = Ratio(numerator=3, denominator=5)
    rule = DecisionRule.model_validate({"threshold": ratio, "more_than": more_than, "of": of})
    words = rule_in_words(rule)
    assert "3/5" in words["da"] and "3/5" in words["en"]
    assert ("mere end" in words["da"]) == ("more than" in words["en"]) == more_than


def test_a_partners_draw_is_marked_and_asks_for_no_seal(story: Story) -> None:
    told = [envelope for envelope in story() if not envelope.type.startswith("lottery.")]
    panel = next(envelope for envelope in story() if envelope.type == "lottery.panel.drawn")
    theirs = {"seed": "", "ticket": 0, "tickets": 0, "drawn_by": "Kontoret", "method": "Lod.", "alternates": ["p9"]}
    data = {**panel.data, **theirs}
    report = report_of([*told, panel.model_copy(update={"data": data})])
    assert report.partner
    assert (report.draw, report.partner.partner, report.partner.members, report.partner.alternates) == (
        None,
        "Kontoret",
        6,
        1,
    )
    assert "seal" not in report.missing
    assert b'"partner"' in figures(report)


def test_a_draw_of_our_own_keeps_the_digest_it_had_before_partners_could_draw(story: Story) -> None:
    report = report_of(story())
    assert b'"partner"' not in figures(report)
    assert b'"refilled"' not in figures(report)


def test_a_refilled_seat_is_counted_and_nobody_named(story: Story) -> None:
    panel = next(envelope for envelope in story() if envelope.type == "lottery.panel.drawn")
    event = SeatRefilled(
        assembly=panel.assembly,
        panel=SourceRef(source=panel.source, version=1),
        left="p0",
        came="p7",
        way="alternate",
        counts={},
    )
    refill = panel.model_copy(
        update={
            "type": event.type,
            "source": f"/lottery/seat/{panel.assembly}",
            "version": 1,
            "data": event.model_dump(mode="json", exclude={"assembly"}),
        }
    )
    rows = known([*story(), refill])
    report = assemble(rows.values())
    assert report and report.refilled == 1
    assert not any('"p7"' in row.model_dump_json() for row in rows.values())
