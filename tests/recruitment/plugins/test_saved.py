"""The built-in population source on files."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from borgerting.adapters import PopulationSource
from borgerting.canonical import sha256
from borgerting.errors import Refused
from borgerting.plugins import load
from services.recruitment.plugins import SavedJsonStat
from tests.recruitment.plugins.test_jsonstat import TABLE, changed

QUERY = {"area": ["*"], "sex": ["m"], "year": ["2026"]}


@pytest.fixture
def source(tmp_path: Path) -> SavedJsonStat:
    extension = {"language": "en", "licence": "CC0", "publisher": "Office", "table": "T1"}
    table = changed(extension=extension, updated="2026-06-08T06:00:00Z", note=["Perturbed."], value=[1, 2, 3, None])
    (tmp_path / "people.json").write_text(json.dumps(table), "utf-8")
    return SavedJsonStat({"folder": str(tmp_path)})


def test_it_comes_in_by_its_entry_point(tmp_path: Path) -> None:
    found = load("borgerting.population_sources", PopulationSource, {"saved-json-stat": {"folder": str(tmp_path)}})
    assert isinstance(found["saved-json-stat"], SavedJsonStat)
    assert "folder" in load("borgerting.population_sources", PopulationSource).failed["saved-json-stat"]


async def test_the_cells_of_the_chosen_codes_are_fetched_and_nulls_are_none(source: SavedJsonStat) -> None:
    table = await source.fetch("people.json", QUERY)
    assert table.cells == {("n", "m", "2026"): 2, ("s", "m", "2026"): None}
    assert [list(d.categories) for d in table.dimensions] == [["n", "s"], ["m"], ["2026"]]


async def test_all_dimensions_are_described_with_all_codes(source: SavedJsonStat) -> None:
    assert [(d.code, len(d.categories)) for d in await source.describe("people.json")] == [
        ("area", 2),
        ("sex", 2),
        ("year", 1),
    ]


async def test_the_provenance_says_where_every_figure_comes_from(source: SavedJsonStat) -> None:
    told = (await source.fetch("people.json", QUERY)).provenance
    raw = (source.folder / "people.json").read_bytes()
    assert told.sha256 == sha256(raw)
    assert told.updated == datetime(2026, 6, 8, 6, tzinfo=UTC)
    assert (told.publisher, told.licence, told.table, told.period) == ("Office", "CC0", "T1", "2026")
    assert (told.title, told.notes) == ({"en": "People"}, ("Perturbed.",))
    assert told.query == {"area": ("n", "s"), "sex": ("m",), "year": ("2026",)}


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"area": ["*"], "sex": ["m"]}, "The query does not name the dimension year. Choose codes (2026)"),
        ({**QUERY, "sex": []}, "The query does not name the dimension sex."),
        ({**QUERY, "sex": ["x"]}, "The dimension sex has no code x; it has f, m."),
        ({**QUERY, "age": ["*"]}, "The table has no dimension age; it has area, sex, year."),
    ],
)
async def test_a_query_that_does_not_fit_is_refused(
    source: SavedJsonStat, query: dict[str, list[str]], sentence: str
) -> None:
    with pytest.raises(Refused) as refused:
        await source.fetch("people.json", query)
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize("name", ["../people.json", "/etc/passwd", "a/b.json", "a\\b.json", "", "..", ".hidden"])
async def test_a_table_is_a_file_of_the_folder_and_no_path(source: SavedJsonStat, name: str) -> None:
    with pytest.raises(Refused) as refused:
        await source.describe(name)
    assert refused.value.code == "population.name"


async def test_a_missing_table_is_said_out_loud(source: SavedJsonStat) -> None:
    with pytest.raises(Refused) as refused:
        await source.describe("other.json")
    assert refused.value.code == "population.table.unknown"


@pytest.mark.parametrize("value", [1.5, -1, 1e999])
async def test_what_cannot_count_people_is_refused(source: SavedJsonStat, value: float) -> None:
    (source.folder / "people.json").write_text(json.dumps({**TABLE, "value": [1, 2, 3, 9.0]}), "utf-8")
    assert (await source.fetch("people.json", QUERY)).cells["s", "m", "2026"] == 9
    text = json.dumps({**TABLE, "value": [1, 2, 3, "VALUE"]}).replace('"VALUE"', "1e999" if value > 2 else str(value))
    (source.folder / "people.json").write_text(text, "utf-8")
    with pytest.raises(Refused) as refused:
        await source.fetch("people.json", QUERY)
    assert refused.value.code == "population.count"


async def test_a_saved_upload_is_named_by_its_content_and_saved_once(source: SavedJsonStat) -> None:
    raw = json.dumps(TABLE).encode()
    name, dimensions = await source.save("../Folke tal (1).JSON", raw)
    assert name == f"folke-tal-1-{sha256(raw)[:12]}.json"
    assert await source.save("../Folke tal (1).JSON", raw) == (name, dimensions)
    assert await source.describe(name) == dimensions


async def test_an_upload_that_cannot_be_read_is_refused_and_not_kept(source: SavedJsonStat) -> None:
    with pytest.raises(Refused):
        await source.save("x.json", b"{}")
    assert [p.name for p in source.folder.iterdir()] == ["people.json"]
