"""Real payloads of statistics offices; the collection is not part of the repository."""

from pathlib import Path

import pytest

from borgerting.errors import Refused
from services.recruitment.plugins import SavedJsonStat
from services.recruitment.plugins.jsonstat import parse, read

CORPUS = Path(__file__).parents[3] / "../shared/corpus/census"

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of census payloads is not here")

READABLE = {
    "dst/HISB3.json": (3, 2, 6),
    "dst/data_straf42_all.json": (2, 1, 1),
    "dst/data_straf42_json.json": (3, 1, 1),
    "eurostat/demo_gind.json": (4, 1, 73),
    "eurostat/nama_10_gdp.json": (5, 1, 64),
    "eurostat/v1_gdp_IT.json": (4, 69, 24),
    "json-stat.org/canada.json": (5, 3, 120),
    "json-stat.org/oecd.json": (3, 12, 432),
    "json-stat.org/us-gsp.json": (3, 4, 204),
    "pxweb/cantabria.json": (4, 6, 4205),
    "scb/TAB6471_data.json": (5, 4, 2772),
    "scb/statswe_v1.json": (6, 28, 1120),
    "ssb/13861_data.json": (3, 7, 56),
}
"""File -> dimensions, codes of the last one, cells with a figure."""

REFUSED = {
    "ons/QS104EW.json": "population.sizes",
    "json-stat.org/collection.json": "population.class",
    "json-stat.org/order.json": "population.number",
    "scb/TAB6471_metadata.json": "population.values",
    "dst/table_info_straf42.json": "population.shape",
    "insee/get_data_popref_nantes.json": "population.shape",
}


@pytest.mark.parametrize("name", READABLE)
def test_a_real_table_is_read(name: str) -> None:
    data = read(parse((CORPUS / name).read_bytes()))
    assert (len(data.dimensions), len(data.dimensions[-1].categories), len(data.values)) == READABLE[name]


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_table_of_figures_is_refused(name: str) -> None:
    with pytest.raises(Refused) as refused:
        read(parse((CORPUS / name).read_bytes()))
    assert refused.value.code == REFUSED[name]


def test_every_file_of_the_corpus_is_read_or_refused() -> None:
    outcomes = set()
    for file in CORPUS.rglob("*.json"):
        try:
            read(parse(file.read_bytes()))
            outcomes.add("read")
        except Refused:
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}


async def test_the_example_carries_the_offices_figures_unchanged() -> None:
    query = {"Region": ["*"], "Alder": ["*"], "Kon": ["1", "2"], "Tid": ["2026M04"]}
    ours = await SavedJsonStat({"folder": str(Path(__file__).parents[3] / "examples/assembly")}).fetch(
        "population.json", query
    )
    theirs = await SavedJsonStat({"folder": str(CORPUS / "scb")}).fetch(
        "TAB6471_data.json", {**query, "ContentsCode": ["000007SF"]}
    )
    assert ours.cells == {(r, a, k, t): count for (r, a, k, _, t), count in theirs.cells.items()}
    assert ours.provenance.updated == theirs.provenance.updated
