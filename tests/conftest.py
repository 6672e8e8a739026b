"""What the tests need beside Python, and what happens when it is missing."""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORPUS = ROOT.parent / "shared" / "corpus"

collect_ignore = ["peer.py"]
"""Runs in an environment of its own, where the peer is installed."""

TOOLS = {
    "chromium": lambda: shutil.which("chromium") is not None,
    "axe-core": lambda: Path(os.environ.get("BORGERTING_AXE", "")).is_file(),
    "corpus": CORPUS.is_dir,
}


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose tool is missing, saying which; fail it where BORGERTING_REQUIRE names the tool."""
    required = os.environ.get("BORGERTING_REQUIRE", "").split(",")
    for tool in (name for marker in item.iter_markers("needs") for name in marker.args):
        if not TOOLS[tool]():
            missing = f"{tool} is not installed here"
            if tool in required:
                pytest.fail(f"{missing}, and BORGERTING_REQUIRE demands it", pytrace=False)
            pytest.skip(missing)
