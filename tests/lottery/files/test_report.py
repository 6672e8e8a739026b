"""The report sheet."""

from fractions import Fraction
from html.parser import HTMLParser

import pytest

from borgerting.adapters import Fairness, Level
from services.lottery import domain
from services.lottery.domain.record import Drawn
from services.lottery.files.figures import certain, percent, skew
from services.lottery.files.pool import Wishes, pool_of
from services.lottery.files.quotas import quotas_in
from services.lottery.files.report import Facts, sections
from services.lottery.files.results import Outcome
from services.lottery.files.sheets import as_html, as_text
from services.lottery.files.tables import read_csv
from services.lottery.files.volunteers import read_volunteers
from tests.lottery.files.papers import HEADER, QUOTAS, ROWS, text

FOUND = quotas_in(read_csv("q.csv", QUOTAS.encode()))
PANELS = (("p00", "p01", "p02", "p03", "p05"), ("p00", "p01", "p04", "p07", "p08"))


def facts(fairness: Fairness | None = None) -> Facts:
    rows = [*ROWS, ("x", "x", "<b>", "Nord", "", "")]
    volunteers = read_volunteers(read_csv("v.csv", text([HEADER, *rows]).encode()), FOUND.features)
    pool = pool_of("klima", FOUND, volunteers, Wishes(seats=5, seated=("p00",)))
    sealed = {"tickets": [list(panel) for panel in PANELS]}
    drawn = Drawn(sealed, "d" * 64, "rule", "2026", "c" * 64, 1, PANELS[1], "by hand", {"python": "3"})
    outcome = Outcome(pool, FOUND, volunteers, (PANELS[1],), ("p11",))
    held = domain.chances(pool, PANELS)
    return Facts(outcome, drawn, held, fairness, (), certain(outcome, held, 2))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            (
                "at least 0.0 % and at most 100.0 %",
                "Refused",
                "<b>",
                "What a lottery cannot mend",
                "No category has so few",
            ),
        ),
        (
            "da",
            ("mindst 0,0 % og højst 100,0 %", "Afvist", "<b>", "Hvad en lodtrækning ikke kan rette", "så få tilmeldte"),
        ),
    ],
)
def test_the_sheet_says_who_came_in_what_the_chances_are_and_what_cannot_be_mended(
    language: str, words: tuple[str, ...]
) -> None:
    told = " ".join(as_text("Klima", sections(facts(), language)).split())
    for word in words:
        assert word in told
    assert "p06, p09, p10, p11" in told


def test_the_page_holds_all_the_text_escaped_and_needs_nothing_else() -> None:
    page = as_html("A & B", sections(facts(), "da"), "da")
    assert "<title>A &amp; B</title>" in page
    assert "Række" in page
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
    assert "http" not in page
    assert "<script" not in page
    HTMLParser().feed(page)


def test_a_proven_claim_is_told_with_its_bound() -> None:
    level = Level(12, Fraction(1, 8), Fraction(1, 8))
    claim = Fairness("leximin", {"p01": Fraction(1, 8)}, (level,), True, {})
    told = as_text("x", sections(facts(claim), "en"))
    assert "12.50\N{NO-BREAK SPACE}%" in told
    assert "This is proven" in told
    assert "further than 1.75 tickets from" in " ".join(told.split())  # 2 of 2 tickets for a chance of 1/8
    assert "step by step" not in told
    steps = [Level(1, Fraction(n, 20), Fraction(n, 20)) for n in range(2, 18)]
    table = as_text("x", sections(facts(Fairness("leximin", {}, tuple(steps), True, {})), "en"))
    assert "step by step" in table
    assert "12–16" in table  # the last of many are one row
    open_claim = Fairness("leximin", {}, (level,), False, {})
    assert "This is not proven to the end" in as_text("x", sections(facts(open_claim), "en"))


def test_a_category_whose_volunteers_are_on_every_ticket_is_a_thin_spot() -> None:
    outcome = facts().outcome
    held = {who: 2 if who in ("p03", "p06", "p09", "p00") else 1 for who in outcome.volunteers.people}
    assert [spot["en"] for spot in certain(outcome, held, 2)] == [
        "Område, Nord: all 3 volunteers are on every ticket, so their seats are certain; nobody could replace them."
    ]


def test_skew_is_the_share_that_would_have_to_be_others() -> None:
    feature = FOUND.features[0]
    traits = {f"p{n}": {"Køn": "Kvinde" if n < 8 else "Mand"} for n in range(10)}
    assert skew(feature, traits, traits, 5) == Fraction(2, 10)  # 8 of 10 are women, at most 3 of 5 may be
    assert skew(feature, traits, ["p0", "p1", "p2", "p8", "p9"], 5) == 0


def test_shares_are_rounded_by_whole_numbers() -> None:
    assert [percent(n, 2000).replace("\N{NO-BREAK SPACE}", " ") for n in (0, 1, 999, 2000)] == [
        "0.0 %",
        "0.1 %",
        "50.0 %",
        "100.0 %",
    ]
