"""A plug-in that fails is named with its reason and takes nobody down with it."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, runtime_checkable

import pytest

from borgerting.errors import Refused
from borgerting.plugins import load

GROUP = "borgerting_tests.greeters"

GOOD = """
class Made:
    def __init__(self, settings):
        self.settings = settings

    def greet(self):
        return self.settings.get("word", "hej")
"""
CODE = {
    "good": GOOD,
    "importless": "import a_module_that_is_nowhere",
    "syntax": "def (:",
    "exits": "import sys; sys.exit('no licence')",
    "fussy": "def Made(settings): raise ValueError('the setting url is missing')",
    "unbuildable": "Made = 3",
    "stranger": "class Made: __init__ = lambda self, settings: None",
    "text": "def Made(settings): return 'I am text'",
    "nothing": "def Made(settings): return None",
    "nameless": "Other = 1",
}
REASONS = {
    "importless": "a_module_that_is_nowhere",
    "syntax": "SyntaxError",
    "exits": "no licence",
    "fussy": "the setting url is missing",
    "unbuildable": "not callable",
    "stranger": "no Greeter",
    "text": "no Greeter",
    "nothing": "no Greeter",
    "nameless": "has no attribute 'Made'",
}


@runtime_checkable
class Greeter(Protocol):
    def greet(self) -> str: ...


Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a distribution with one plug-in for each name."""

    def installed(*names: str, distribution: str = "office") -> None:
        site = tmp_path / distribution
        info = site / f"{distribution}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        module = {name: f"{distribution}_{name}_plugin" for name in names}
        points = "".join(f"{name} = {module[name]}:Made\n" for name in names)
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{points}")
        for name in names:
            (site / f"{module[name]}.py").write_text(CODE[name])
            monkeypatch.delitem(sys.modules, module[name], raising=False)
        monkeypatch.syspath_prepend(site)

    return installed


def test_a_plugin_is_built_with_its_own_settings(install: Install) -> None:
    install("good")
    plugins = load(GROUP, Greeter, {"good": {"word": "goddag"}, "other": {"word": "farvel"}})
    assert plugins["good"].greet() == "goddag"
    assert load(GROUP, Greeter)["good"].greet() == "hej"
    assert plugins.failed == {}


@pytest.mark.parametrize("name", REASONS)
def test_one_that_fails_is_listed_with_its_reason_beside_one_that_works(install: Install, name: str) -> None:
    install("good", name)
    plugins = load(GROUP, Greeter)
    assert list(plugins.loaded) == ["good"]
    assert list(plugins.failed) == [name]
    assert REASONS[name] in plugins.failed[name]
    assert f"office_{name}_plugin" in plugins.failed[name]
    with pytest.raises(Refused, match="Installed: good") as refused:
        plugins[name]
    assert REASONS[name] in refused.value.text["da"]


def test_a_name_that_nobody_installed_is_refused_with_what_there_is(install: Install) -> None:
    with pytest.raises(Refused, match="Installed: –"):
        load(GROUP, Greeter)["good"]


def test_every_plugin_of_our_own_loads_and_keeps_its_protocol(tmp_path: Path) -> None:
    from borgerting import adapters

    groups = {
        "borgerting.population_sources": adapters.PopulationSource,
        "borgerting.selectors": adapters.Selector,
        "borgerting.charter_templates": adapters.CharterTemplates,
        "borgerting.exporters": adapters.Exporter,
    }
    for group, protocol in groups.items():
        plugins = load(group, protocol, {"saved-json-stat": {"folder": str(tmp_path)}})
        assert plugins.loaded, group
        assert plugins.failed == {}, group
