"""How fair a draw is, in words."""

from fractions import Fraction

from borgerting.adapters import Fairness, Level
from borgerting.events.recruitment import PoolSnapshot
from services.lottery.files.pool import Wishes, pool_of
from services.lottery.files.proven import proven, summary
from services.lottery.files.quotas import quotas_in
from services.lottery.files.spans import spans
from services.lottery.files.tables import read_csv
from services.lottery.files.volunteers import read_volunteers
from tests.lottery.files.papers import HEADER, QUOTAS, ROWS, text

EIGHTH = Level(9, Fraction(1, 8), Fraction(1, 8))
OPEN = Level(9, Fraction(1, 8), Fraction(1, 4))
SHUT = Level(3, Fraction(0), Fraction(0))


def pool(*inclusion: str) -> PoolSnapshot:
    quotas = quotas_in(read_csv("q.csv", QUOTAS.encode()))
    read = read_volunteers(read_csv("v.csv", text([HEADER, *ROWS]).encode()), quotas.features)
    odds = {row[0]: Fraction(share) for row in ROWS for share in inclusion}
    return pool_of("klima", quotas, read, Wishes(seats=5, inclusion={who: f"{odd}" for who, odd in odds.items()}))


def told(*levels: Level, certified: bool = True, aim: str = "leximin", people: PoolSnapshot | None = None) -> str:
    claim = Fairness(aim, {"p01": Fraction(1, 8)}, levels, certified, {})
    sentences = proven(claim, people or pool(), {"p01": 13}, 100)
    return " ".join(words["en"] for words in sentences).replace("\N{NO-BREAK SPACE}", " ")


def test_a_proof_is_told_with_the_chance_the_bound_and_the_gap() -> None:
    words = told(EIGHTH)
    assert "The smallest chance is 12.50 %; 9 volunteers have it." in words
    assert "can make it larger than 12.50 %; the gap is 0." in words
    assert "This is proven." in words
    assert "Nobody can have a larger chance unless" in words
    assert "nobody is further than 0.50 tickets from their chance" in words
    assert "Nobody can have a larger chance" not in told(EIGHTH, aim="maximin")


def test_an_open_proof_says_how_far_it_is() -> None:
    words = told(OPEN, certified=False)
    assert "the gap is 12.5000 percentage points" in words
    assert "This is not proven to the end" in words
    assert "This is proven." not in words


def test_those_who_fit_no_panel_are_told_apart_from_the_smallest_chance_of_the_others() -> None:
    words = told(SHUT, EIGHTH)
    assert "3 volunteers can be on no panel that keeps the quotas" in words
    assert "For the others: The smallest chance is 12.50 %" in words
    claim = Fairness("leximin", {}, (SHUT, EIGHTH), True, {})
    assert "12,50" in (summary(claim, pool()) or {})["da"]


def test_invitation_and_draw_are_said_to_be_taken_together() -> None:
    assert "Invitation and draw are taken together" in told(EIGHTH, people=pool("1/40"))
    assert "Invitation" not in told(EIGHTH)
    claim = Fairness("leximin", {}, (EIGHTH,), True, {})
    assert (summary(claim, pool("1/40")) or {})["en"].startswith("Fairness (invitation and draw): the smallest")


def test_what_is_not_claimed_is_not_told_as_proven() -> None:
    assert "For this aim there is no proof" in told(aim="nash")
    nothing = [words["en"] for words in proven(None, pool(), {}, 100)]
    assert nothing == ["Nothing is claimed or proven of how even the chances are."]
    assert summary(None, pool()) is None
    assert summary(Fairness("nash", {}, (), False, {}), pool()) is None


def test_spans_cover_every_number_of_tickets_once_and_are_never_more_than_asked_for() -> None:
    for held in ([0, 1, 100_000], [43, 1000], [5], range(200), [0, 7]):
        found = spans(held, 12)
        assert len(found) <= 12
        assert all(sum(low <= n <= high for low, high in found) == 1 for n in held)
