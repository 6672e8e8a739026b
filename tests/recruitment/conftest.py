"""The handlers on a store of their own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from borgerting.testing import repository
from services.recruitment.store import KINDS
from tests.recruitment.support import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with repository("recruitment", tmp_path, *KINDS) as repo:
        yield World(repo, tmp_path)
