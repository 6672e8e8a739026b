"""The shape of the house, and that each of its rules bites."""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SERVICES = ("lottery", "recruitment", "reporting", "sessions")
MODULES = {"app", "domain", "handlers", "http", "plugins", "store"}
CODE = sorted([*ROOT.glob("services/**/*.py"), *ROOT.glob("shared/borgerting/**/*.py")])
PURE = [file for file in CODE if re.search(r"services/\w+/(domain|handlers)[/.]", file.relative_to(ROOT).as_posix())]


def relative(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def modules_of(service: str) -> set[str]:
    folder = ROOT / "services" / service
    packages = {p.parent.name for p in folder.glob("*/__init__.py")}
    return packages | {p.stem for p in folder.glob("*.py") if p.name != "__init__.py"}


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_modules_and_is_a_package(service: str) -> None:
    assert (ROOT / "services" / service / "__init__.py").is_file()
    assert modules_of(service) == MODULES | ({"cli", "files", "solver"} if service == "lottery" else set())
    assert (ROOT / "services" / service / "pages" / "texts.toml").is_file()


def test_there_are_four_services_and_no_folder_of_code_escapes_the_contracts() -> None:
    assert sorted(p.name for p in (ROOT / "services").iterdir() if p.is_dir() and p.name != "__pycache__") == list(
        SERVICES
    )
    for file in CODE:
        assert (file.parent / "__init__.py").is_file(), relative(file)


@dataclass(frozen=True)
class Breach:
    """A line that must not stand in `file` (made where missing), and what else it takes to get there."""

    contract: str
    file: str
    line: str
    besides: tuple[tuple[str, str], ...] = ()


PURITY = "a domain is pure: no technology, no clock, no chance, not even by a detour"
LAYERS = "inside a service: app | cli > http > handlers > store | plugins | files > solver > domain"
BREACHES = {
    "library": Breach("the library knows no service", "shared/borgerting/replay.py", "import services.lottery.app"),
    "neighbours": Breach(
        "services never import one another", "services/reporting/store.py", "import services.lottery.store"
    ),
    "upwards": Breach(LAYERS, "services/reporting/store.py", "import services.reporting.handlers"),
    "beside": Breach(LAYERS, "services/sessions/store.py", "import services.sessions.plugins"),
    "files beside": Breach(LAYERS, "services/lottery/files/extra.py", "import services.lottery.store"),
    "cli beside": Breach(LAYERS, "services/lottery/app.py", "import services.lottery.cli"),
    "new module": Breach(LAYERS, "services/sessions/helpers.py", "x = 1"),
    "new package": Breach(LAYERS, "services/lottery/helpers/__init__.py", "x = 1"),
    "domain": Breach(PURITY, "services/sessions/domain/extra.py", "import random"),
    "domain clock": Breach(PURITY, "services/reporting/domain/extra.py", "from time import monotonic"),
    "domain by a detour": Breach(
        PURITY,
        "services/recruitment/domain/extra.py",
        "import borgerting.detour",
        besides=(("shared/borgerting/detour.py", "import secrets"),),
    ),
    "handlers": Breach(
        "handlers name no technology, no clock and no chance", "services/sessions/handlers.py", "import nats"
    ),
    "handlers' chance": Breach(
        "handlers name no technology, no clock and no chance", "services/lottery/handlers/extra.py", "import random"
    ),
    "ortools": Breach("ortools only in the lottery's solver", "services/lottery/plugins.py", "import ortools"),
    "ortools in the library": Breach(
        "ortools only in the lottery's solver", "shared/borgerting/replay.py", "import ortools"
    ),
    "motor": Breach("motor only behind the store protocol", "services/sessions/app.py", "import motor"),
    "motor in the library": Breach(
        "motor only behind the store protocol", "shared/borgerting/service.py", "import motor"
    ),
}


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("house")
    for folder in ("services", "shared"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def broken_contracts(copy: Path) -> set[str]:
    """The contracts that lint-imports calls broken in `copy`, and not in the original that is installed."""
    told = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": f"{copy}:{copy / 'shared'}", "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    verdicts = dict(re.findall(r"^(.+?) (KEPT|BROKEN)(?: \(.*\))?$", told.stdout, re.MULTILINE))
    assert len(verdicts) == len(contracts()), told.stdout + told.stderr
    return {name for name, verdict in verdicts.items() if verdict == "BROKEN"}


def contracts() -> list[str]:
    return re.findall(
        r'^name = "(.+)"$', (ROOT / "pyproject.toml").read_text("utf-8").partition("importlinter")[2], re.M
    )


def test_the_house_as_it_stands_keeps_every_contract(copied: Path) -> None:
    assert broken_contracts(copied) == set()


def test_every_contract_has_a_breach_to_prove_it() -> None:
    assert {breach.contract for breach in BREACHES.values()} == set(contracts())


@pytest.mark.parametrize("name", BREACHES)
def test_a_contract_bites(name: str, copied: Path) -> None:
    breach = BREACHES[name]
    places = [(breach.file, breach.line), *breach.besides]
    before = {file: (copied / file).read_text("utf-8") if (copied / file).exists() else None for file, _ in places}
    try:
        for file, line in places:
            (copied / file).parent.mkdir(exist_ok=True)
            (copied / file).write_text((before[file] or "") + f"\n{line}\n", "utf-8")
        assert broken_contracts(copied) == {breach.contract}
    finally:
        for file, text in before.items():
            if text is None:
                (copied / file).unlink()
                if not any((copied / file).parent.iterdir()):
                    (copied / file).parent.rmdir()
            else:
                (copied / file).write_text(text, "utf-8")


IMPURE = {"now", "today", "utcnow", "uuid1", "uuid4", "monotonic", "time_ns", "urandom"}


def calls(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            yield name, node.lineno


@pytest.mark.parametrize("file", PURE, ids=relative)
def test_no_domain_and_no_handler_reads_a_clock_or_throws_a_die(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    assert [f"{name}() in line {line}" for name, line in calls(tree) if name in IMPURE] == []
    assert not {a.name for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom) for a in n.names} & IMPURE


def test_the_search_for_clocks_finds_them() -> None:
    found = calls(ast.parse("datetime.now(UTC); date.today(); uuid4(); known = nowhere()"))
    assert [name for name, _ in found if name in IMPURE] == ["now", "today", "uuid4"]


PROBE = """
import asyncio, importlib, os, pkgutil, socket, subprocess, sys, threading

def forbidden(what):
    def stop(*args, **kwargs):
        raise SystemExit(f"{name}: {what} at import time")
    return stop

class Watched(dict):
    def __getitem__(self, key): return self._seen(key, super().__getitem__)
    def get(self, key, default=None): return self._seen(key, lambda k: dict.get(self, k, default))
    def __contains__(self, key): return self._seen(key, super().__contains__)
    def _seen(self, key, look):
        if str(key).upper().startswith("BORGERTING"):
            raise SystemExit(f"{name}: reads {key} at import time")
        return look(key)

name = "the libraries"
import cryptography.hazmat.primitives.ciphers.aead, fastapi.staticfiles, faststream.nats, httpx, jinja2
import nats.aio.client, nats.js, prometheus_client, pydantic_settings, rich.progress, sqlite3, typer, uvicorn

os.environ = Watched(os.environ)
socket.socket.bind = socket.socket.connect = forbidden("a socket")
asyncio.new_event_loop = asyncio.get_event_loop = forbidden("an event loop")
threading.Thread.start = forbidden("a thread")
subprocess.Popen.__init__ = forbidden("a process")
sqlite3.connect = forbidden("a database")

import services, borgerting
count = 0
for package in (services, borgerting):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + ".", onerror=forbidden("a broken package")):
        name = found.name
        importlib.import_module(name)
        count += 1
from faststream.nats import NatsBroker
import gc
kinds = (NatsBroker, nats.aio.client.Client, fastapi.FastAPI, prometheus_client.CollectorRegistry, httpx.AsyncClient)
built = [type(x).__name__ for x in gc.get_objects() if isinstance(x, kinds) and x is not prometheus_client.REGISTRY]
print(count, built)
"""


def test_importing_everything_builds_no_client_and_reads_no_setting() -> None:
    told = subprocess.run(
        [sys.executable, "-W", "error::ImportWarning", "-c", PROBE],
        cwd=ROOT,
        env={**os.environ, "BORGERTING_PORT": "1", "PYTHONPATH": f"{ROOT}:{ROOT / 'shared'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-2000:]
    count, _, built = told.stdout.strip().partition(" ")
    assert int(count) > 80
    assert built == "[]"


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)  # noqa: S607
    if listed.returncode:
        pytest.skip("this is no git repository")
    files = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [file for file in files if file.is_file()]


# spelled in parts, so that this file does not find itself
HOSTS = ("pypi" + ".org", "files.python" + "hosted.org", "registry" + ".npmjs.org", "test.py" + "pi", "/sim" + "ple/")
REGISTRIES = re.compile("|".join(map(re.escape, HOSTS)))
MACHINE = re.compile(r"(?<![\w.~:/-])/" + r"(?:work|home|root|Users|mnt|srv)/[\w.-]+")


def test_no_tracked_file_names_a_registry_or_a_place_on_somebodys_machine() -> None:
    found = []
    for file in tracked():
        try:
            text = file.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{relative(file)}: {m[0]}" for pattern in (REGISTRIES, MACHINE) for m in pattern.finditer(text)]
    assert found == []


def test_the_search_for_registries_and_places_finds_them() -> None:
    assert REGISTRIES.search("https://" + "pypi" + ".org/x")
    assert MACHINE.search("see " + "/home" + "/ane/x")
    assert not MACHINE.search("https://example.org" + "/home" + "/x")
