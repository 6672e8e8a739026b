"""The shared pages and every catalogue: no text without its translation, no key without its text."""

import re
from fractions import Fraction
from pathlib import Path
from string import Formatter
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from borgerting.events.recruitment import Quota
from borgerting.web import HERE, STATIC, Pages, language, read_texts
from borgerting.web.charts import Group, Heading, Part, Words, shares, swatch, votes

SHARED = HERE / "pages"
FOLDERS = [SHARED, *sorted(Path(__file__).parents[2].glob("services/*/pages"))]
LEGEND_ENDS = 22
SVG = "{http://www.w3.org/2000/svg}"
WORDS = Words(population="Befolkning", pool="Tilmeldte", panel="Deltagerkreds", band="Kvote", mark="Øvelse")
KEY = re.compile(r"""\bt\(\s*(["'])(?P<key>[^"']+)\1\s*(?P<open>~)?""")


def named(folder: Path) -> str:
    return folder.parent.name


def templates(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.html"))


@pytest.mark.parametrize("folder", FOLDERS, ids=named)
def test_every_text_has_danish_and_english_with_the_same_places_to_fill(folder: Path) -> None:
    for key, text in read_texts(folder).items():
        assert set(text) == {"da", "en"}, key
        assert text["da"].strip(), key
        assert text["en"].strip(), key
        places = [{name for _, name, _, _ in Formatter().parse(said) if name} for said in text.values()]
        assert places[0] == places[1], key


@pytest.mark.parametrize("folder", FOLDERS, ids=named)
def test_every_key_that_a_template_uses_has_a_text(folder: Path) -> None:
    texts = {**read_texts(SHARED), **read_texts(folder)}
    for template in templates(folder):
        for found in KEY.finditer(template.read_text("utf-8")):
            key = found["key"]
            there = any(k.startswith(key) for k in texts) if found["open"] else key in texts
            assert there, f"{template.name}: {key}"


def test_the_search_for_keys_finds_them() -> None:
    found = [(m["key"], bool(m["open"])) for m in KEY.finditer("""{{ t("a.b", n=1) }} {{ t('c.' ~ x) }} sort("d")""")]
    assert found == [("a.b", False), ("c.", True)]


@pytest.mark.parametrize("folder", FOLDERS, ids=named)
def test_no_page_asks_another_site_or_runs_a_script(folder: Path) -> None:
    for template in templates(folder):
        source = template.read_text("utf-8")
        assert not re.search(r"""(src|href|action)=["'](https?:)?//""", source), template.name
        assert "<script" not in source, template.name
        assert not re.search(r"\son[a-z]+=", source), template.name


def test_the_stylesheet_is_local_and_stands_alone() -> None:
    css = (STATIC / "borgerting.css").read_text("utf-8")
    assert "@import" not in css
    assert "url(" not in css


@pytest.mark.parametrize("lang", ["da", "en"])
@pytest.mark.parametrize("state", ["none", "running", "done", "failed"])
def test_the_start_page_shows_how_the_example_stands(lang: str, state: str) -> None:
    example = {"state": state, "step": {"da": "Lodtrækning", "en": "Draw"}, "assembly": "eksempel"}
    listed = [{"assembly": "klima", "title": {"da": "Klima", "en": "Climate"}, "state": "drawn"}]
    page = Pages(SHARED).html(
        "start.html", "en" if lang == "en" else "da", assemblies=listed, example=example, follow=True
    )
    assert 'href="/sessions/klima"' in page
    assert (("Stop opdateringen" if lang == "da" else "Stop refreshing") in page) == (state == "running")
    assert ('href="/reporting/eksempel"' in page) == (state == "done")
    assert ('role="alert"' in page) == (state == "failed")
    assert ("Kun til øvelse" if lang == "da" else "Practice only") in page


@pytest.mark.parametrize(
    ("query", "cookie", "accept", "spoken"),
    [
        (b"lang=en", b"borgerting_language=da", b"da", "en"),
        (b"", b"borgerting_language=en", b"da", "en"),
        (b"", b"", b"en-GB,en", "en"),
        (b"", b"", b"sv", "da"),
        (b"lang=xx", b"", b"en", "da"),
    ],
)
def test_the_language_is_the_one_asked_for_then_remembered_then_the_browsers(
    query: bytes, cookie: bytes, accept: bytes, spoken: str
) -> None:
    headers = [(b"cookie", cookie), (b"accept-language", accept)]
    assert language(Request({"type": "http", "query_string": query, "headers": headers})) == spoken


def test_switching_language_keeps_the_rest_of_the_address() -> None:
    scope = {"type": "http", "path": "/a", "query_string": b"template=x&lang=da", "headers": [(b"host", b"h")]}
    page = bytes(Pages(SHARED).render(Request(scope), "layout.html").body).decode()
    assert 'href="/a?template=x&amp;lang=en"' in page


def group(**changes: Fraction | None) -> Group:
    found: dict[str, Fraction | None] = {"population": Fraction(1, 4), "pool": Fraction(1, 3), "panel": Fraction(1, 5)}
    known = {**found, **changes}
    return Group("A & B", "3 (2–4)", known["population"], known["pool"], known["panel"], Fraction(1, 6), Fraction(1, 3))


def test_a_chart_has_a_title_a_description_and_is_an_image() -> None:
    svg = ElementTree.fromstring(shares(Heading("x", "Alder <år>", "Søjler"), [group()], WORDS))  # noqa: S314 - ours
    assert svg.attrib["role"] == "img"
    assert svg.attrib["aria-labelledby"] == "x-title x-desc"
    assert svg.findtext(f"{SVG}title") == "Alder <år>"
    assert svg.findtext(f"{SVG}desc") == "Søjler"
    said = [text.text for text in svg.iter(f"{SVG}text")]
    assert {"A & B", "3 (2–4)", "Befolkning", "Kvote", "Øvelse"} <= set(said)


def test_a_chart_before_the_draw_has_no_bar_and_no_word_for_the_panel() -> None:
    svg = shares(Heading("x", "t", "d"), [group(panel=None, pool=None)], WORDS)
    assert "Deltagerkreds" not in svg
    assert 'class="panel"' not in svg
    assert 'class="population"' in svg


part = st.one_of(st.none(), st.fractions(0, 1))


@given(groups=st.lists(st.tuples(part, st.fractions(0, 1), st.fractions(0, 1)), max_size=8))
def test_every_bar_is_as_long_as_its_share_and_stays_inside(
    groups: list[tuple[Fraction | None, Fraction, Fraction]],
) -> None:
    drawn = [Group("a", "", p, p, p, min(s, t), max(s, t)) for p, s, t in groups]
    svg = ElementTree.fromstring(shares(Heading("x", "t", "d"), drawn, WORDS))  # noqa: S314 - ours
    bars = [e.attrib for e in svg.iter(f"{SVG}rect") if int(e.attrib["y"]) > LEGEND_ENDS]
    assert all(float(bar["x"]) + float(bar["width"]) <= 340 for bar in bars)
    shown = [p for p, _, _ in groups if p is not None]
    lengths = [float(bar["width"]) for bar in bars if bar["class"] == "panel"]
    assert len(lengths) == len(shown)
    assert all((lengths[i] <= lengths[j]) for i, p in enumerate(shown) for j, q in enumerate(shown) if p <= q)


@pytest.mark.parametrize("lang", ["da", "en"])
def test_the_components_draw_forms_and_tables_that_can_be_read_aloud(tmp_path: Path, lang: str) -> None:
    template = """{% import "components.html" as c with context %}
    {{ c.errors(["Nej <b>"]) }}{{ c.key() }}{{ c.button("Luk", "grave") }}{{ c.notice("Husk") }}
    {{ c.field("n", "Navn", hint="Kort") }}{{ c.area("m", "Mandat", required=false) }}{{ c.file_field("f", "Fil") }}
    {{ c.quota_table("Køn", quotas, 60, pool={"1": none}, panel={"1": 3}) }}
    {% call c.figure(svg, "Under") %}tal{% endcall %}"""
    (tmp_path / "all.html").write_text(template, "utf-8")
    quota = Quota(category="1", label={"da": "Mænd", "en": "Men"}, population=1200, least=2, most=4)
    html = Pages(tmp_path).html("all.html", "en" if lang == "en" else "da", quotas=[quota], svg=swatch("v", "for"))
    assert "Nej &lt;b&gt;" in html
    assert '<svg class="swatch"' in html
    assert {f'for="{name}"' in html and f'id="{name}"' in html for name in "nmf"} == {True}
    assert 'aria-describedby="n-hint"' in html
    assert ("1.200" in html, "skjult" in html) == (lang == "da", lang == "da")


def test_a_vote_bar_is_shared_out_and_leaves_out_nobody_and_nothing() -> None:
    parts = [Part("for", 3), Part("against", 1), Part("abstained", 0)]
    svg = ElementTree.fromstring(votes(Heading("v", "t", "d"), parts, "Øvelse"))  # noqa: S314 - ours
    widths = [float(e.attrib["width"]) for e in svg.iter(f"{SVG}rect")]
    assert widths == [253.5, 84.5]


def test_a_swatch_is_hidden_from_screen_readers() -> None:
    assert 'aria-hidden="true"' in swatch("v", "for")
