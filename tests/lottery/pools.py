"""Small pools for the lottery's tests."""

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

from borgerting.events.recruitment import Feature, PoolSnapshot, Quota, Volunteer

SEX = {"f": (2, 3), "m": (2, 3)}
AREA = {"north": (1, 3), "south": (2, 4)}


def feature(name: str, quotas: Mapping[str, tuple[int, int]]) -> Feature:
    """A feature with least and most for each category; its label is its name in capitals."""
    return Feature(
        feature=name,
        label={"da": name.upper(), "en": name.upper()},
        quotas=tuple(
            Quota(category=category, label={"da": category, "en": category}, least=least, most=most)
            for category, (least, most) in quotas.items()
        ),
    )


def pool(
    size: int,
    features: Mapping[str, Mapping[str, tuple[int, int]]],
    people: Sequence[Mapping[str, str]],
    *,
    synthetic: bool = False,
) -> PoolSnapshot:
    """A pool of `people` numbered p000, p001, ..."""
    return PoolSnapshot(
        assembly="klima",
        panel_size=size,
        features=tuple(feature(name, quotas) for name, quotas in features.items()),
        people=tuple(Volunteer(id=f"p{n:03}", features=dict(row)) for n, row in enumerate(people)),
        synthetic=synthetic,
    )


def fair(people: int = 20, *, synthetic: bool = False) -> PoolSnapshot:
    """A pool that can fill a panel of five."""
    rows = [{"sex": "fm"[n % 2], "area": ("north", "south", "south")[n % 3]} for n in range(people)]
    return pool(5, {"sex": SEX, "area": AREA}, rows, synthetic=synthetic)


@st.composite
def feasible(draw: st.DrawFn) -> PoolSnapshot:
    """A random pool with quotas around one panel in it, so that there is at least that panel."""
    names = {"sex": ("f", "m"), "area": ("north", "south", "west"), "age": ("18–39", "40+")}
    row = st.fixed_dictionaries({name: st.sampled_from(categories) for name, categories in names.items()})
    people = draw(st.lists(row, min_size=3, max_size=14))
    size = draw(st.integers(1, min(5, len(people))))
    slack = st.integers(0, 1)
    quotas = {
        name: {
            category: (max(0, there - draw(slack)), there + draw(slack))
            for category in categories
            for there in (sum(person[name] == category for person in people[:size]),)
        }
        for name, categories in names.items()
    }
    return pool(size, quotas, people)
