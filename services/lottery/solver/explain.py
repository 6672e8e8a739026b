"""Why a pool has no panel and what would help: the clash, and ways out with their effect on everybody's chance."""

from collections.abc import Iterable, Mapping
from math import ceil, floor

from borgerting.errors import Refused, Text, in_language
from borgerting.events.recruitment import PoolSnapshot
from services.lottery.domain.advice import Advice, Change, Clash, Recruits, Repair, Side, in_order
from services.lottery.domain.thin import both, thin_spots
from services.lottery.solver.clash import core
from services.lottery.solver.cp import Status
from services.lottery.solver.elastic import SMALL, Fractional, Given
from services.lottery.solver.elastic import Side as Place
from services.lottery.solver.problem import problem_of
from services.lottery.solver.recruit import newcomers, with_newcomers
from services.lottery.solver.repairs import Option, Setting, options, widened
from services.lottery.solver.target import smallest_chance

NONE: Mapping[str, int] = {}


def explain(pool: PoolSnapshot, priorities: Mapping[str, int] = NONE, seed: int = 1) -> Advice:
    """Everything to say before a draw of `pool`, whose rows passed `require_pool` but for the counts of its quotas.

    Features with a lower number in `priorities` give way first; those without have 0.
    """
    if wrong := tuple(_fixed_wrong(pool)):
        return Advice(possible=False, panels=pool.panels, wrong=wrong)
    setting = _setting(pool, seed)
    if _possible(setting):
        return Advice(possible=True, panels=pool.panels, thin=thin_spots(pool))
    found = core(setting.problem, pool.panels, setting.fractional, seed)
    if not found.sides:
        short = _too_few(pool, found.seats + len(setting.problem.fixed))
        return Advice(possible=False, panels=pool.panels, wrong=(short,))
    labels = _labels(pool)
    return Advice(
        possible=False,
        panels=pool.panels,
        conflict=tuple(
            _clash(setting, labels[setting.problem.rows[place[0]].name], place, reach)
            for place, reach in zip(found.sides, found.reach, strict=True)
        ),
        minimal=found.minimal,
        repairs=tuple(in_order((*_changes(setting, priorities, labels), *_recruiting(setting)))),
        thin=thin_spots(pool),
    )


def flexed(pool: PoolSnapshot, seed: int = 1) -> tuple[PoolSnapshot, tuple[Change, ...]]:
    """`pool` with the smallest use of its flexible bands that makes a panel possible, and what was used.

    Refused, with the advice in words, where the bands are not wide enough.
    """
    if wrong := tuple(_fixed_wrong(pool)):
        raise Advice(possible=False, wrong=wrong).refusal()
    setting = _setting(pool, seed)
    if _possible(setting):
        return pool, ()
    given = setting.fewest(setting.bands())
    if not isinstance(given, Given):
        raise explain(pool, seed=seed).refusal()
    return widened(pool, given), _change(setting, given, _labels(pool))


def contradiction(pool: PoolSnapshot, seed: int = 1) -> Refused:
    """The refusal of a pool for which no panel was found."""
    advice = explain(pool, seed=seed)
    if not advice.possible:
        return advice.refusal()
    apart = (f" fordelt på {pool.panels} deltagerkredse", f" on {pool.panels} panels") if pool.panels > 1 else ("", "")
    return Refused(
        "solver.limit",
        da=f"Det lykkedes ikke inden for regnegrænsen at finde en lodtrækning, der holder alle kvoter{apart[0]}, og "
        "heller ikke at vise, at der ingen er. Gør kvoterne lidt bredere.",
        en=f"Within the limit of work no draw was found that keeps all quotas{apart[1]}, nor was it shown that there "
        "is none. Widen the quotas a little.",
    )


def _setting(pool: PoolSnapshot, seed: int) -> Setting:
    problem = problem_of(pool)
    return Setting(pool, problem, Fractional(problem), seed)


def _possible(setting: Setting) -> bool:
    """Whether a panel keeps every quota; where the work limit leaves it open, it is taken to be possible."""
    if setting.problem.size < 0 or setting.fractional.clash():
        return False
    return setting.fewest(setting.tight()) is not Status.INFEASIBLE


def _changes(setting: Setting, priorities: Mapping[str, int], labels: Mapping[str, Text]) -> Iterable[Repair]:
    features = {feature.feature: feature.label for feature in setting.pool.features}
    for option in options(setting, priorities):
        chance = setting.chance(option.given)
        changes = _change(setting, option.given, labels)
        yield Repair(
            ways=(option.way,),
            changes=changes,
            seats=sum(abs(change.then - change.now) for change in changes),
            chance=_thousandths(chance),
            one_in=_one_in(chance),
            proven=option.given.best,
            feature=_only(option, features),
        )


def _only(option: Option, features: Mapping[str, Text]) -> Text | None:
    if option.way != "feature":
        return None
    joint = {"da": "kombinerede kvoter", "en": "joint quotas"}
    return features[option.feature] if option.feature else joint


def _recruiting(setting: Setting) -> Iterable[Repair]:
    if (found := newcomers(setting.pool, setting.problem, setting.seed)) is None:
        return
    people, proven = found
    chance = smallest_chance(problem_of(with_newcomers(setting.pool, people))) or 0.0
    yield Repair(
        ways=("recruit",),
        recruits=tuple(
            Recruits(people=count, categories=dict(categories), label=_described(setting.pool, categories))
            for categories, count in people
        ),
        chance=_thousandths(chance),
        one_in=_one_in(chance),
        proven=proven,
    )


def _described(pool: PoolSnapshot, categories: Mapping[str, str]) -> Text:
    """ "Kvinde, 18–29, Nord": the categories' labels in the features' order."""
    labels = [q.label for f in pool.features for q in f.quotas if categories[f.feature] == q.category]
    return {language: ", ".join(in_language(label, language) for label in labels) for language in ("da", "en")}


def _change(setting: Setting, given: Given, labels: Mapping[str, Text]) -> tuple[Change, ...]:
    pool, changes = setting.pool, []
    bounds = _bounds(pool)
    for at, row in enumerate(setting.problem.rows):
        least, most = bounds[row.name]
        sides: tuple[tuple[Side, int, int], ...] = (
            ("least", least, least - int(given.below[at])),
            ("most", most, most + int(given.above[at])),
        )
        for side, now, then in sides:
            if now != then:
                changes.append(Change(quota=row.name, label=labels[row.name], side=side, now=now, then=then))
    return tuple(changes)


def _clash(setting: Setting, label: Text, place: Place, reach: int | None) -> Clash:
    problem, (row, side) = setting.problem, place
    name = problem.rows[row].name
    least, most = _bounds(setting.pool)[name]
    bound = setting.panels * (least if side == "least" else most)
    held = bound - (problem.rows[row].least if side == "least" else problem.rows[row].most)
    return Clash(
        quota=name,
        label=label,
        side="least" if side == "least" else "most",
        bound=bound,
        reach=None if reach is None else reach + held,
        volunteers=int(problem.count[problem.member[row] == 1].sum()) + held,
    )


def _bounds(pool: PoolSnapshot) -> Mapping[str, tuple[int, int]]:
    quotas = {f"quota|{f.feature}|{q.category}": (q.least, q.most) for f in pool.features for q in f.quotas}
    return quotas | {f"joint|{at}": (joint.least, joint.most) for at, joint in enumerate(pool.joint)}


def _labels(pool: PoolSnapshot) -> Mapping[str, Text]:
    quotas = {f"quota|{f.feature}|{q.category}": both(f, q.label) for f in pool.features for q in f.quotas}
    return quotas | {f"joint|{at}": joint.label for at, joint in enumerate(pool.joint)}


def _thousandths(chance: float) -> int:
    return floor(1000 * chance + SMALL)


def _one_in(chance: float) -> int | None:
    return ceil(1 / chance - SMALL) if chance > SMALL else None


def _too_few(pool: PoolSnapshot, have: int) -> Text:
    need = pool.panels * pool.panel_size
    return {
        "da": f"Der skal trækkes {need}, men kun {have} kan komme med, når højst én fra hver husstand trækkes og de "
        f"udelukkede ikke regnes med. Find mindst {need - have} flere tilmeldte.",
        "en": f"{need} are to be drawn, but only {have} can be seated, since at most one of each household is drawn "
        f"and the excluded do not count. Find at least {need - have} more volunteers.",
    }


def _fixed_wrong(pool: PoolSnapshot) -> Iterable[Text]:
    """What no quota can mend: people who must and must not be drawn, two of one household, more than the seats."""
    fixed = sorted({*pool.include, *pool.seated})
    home = {person.id: person.household for person in pool.people}
    for who in sorted(set(fixed) & set(pool.exclude)):
        yield {
            "da": f"{who} skal både med og må ikke komme med. Vælg én af delene.",
            "en": f"{who} must both be drawn and not be drawn. Choose one of the two.",
        }
    first: dict[str, str] = {}
    for who in fixed:
        if (household := home.get(who)) is None:
            continue
        if (other := first.setdefault(household, who)) != who:
            yield {
                "da": f"{other} og {who} skal begge med, men hører til samme husstand, og højst én derfra kan komme "
                "med. Tag den ene af listen.",
                "en": f"{other} and {who} must both be drawn, but belong to one household, of which at most one can be "
                "seated. Take one of them off the list.",
            }
    if (need := len(fixed)) > (have := pool.panels * pool.panel_size):
        yield {
            "da": f"{need} skal med, men der er kun {have} pladser. Tag {need - have} af listen.",
            "en": f"{need} must be drawn, but there are only {have} seats. Take {need - have} off the list.",
        }
