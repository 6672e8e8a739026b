"""A course of an assembly on a store of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from borgerting.testing import repository
from services.sessions.store import KINDS
from tests.sessions.support import Course


@pytest.fixture
async def course(tmp_path: Path) -> AsyncIterator[Course]:
    async with repository("sessions", tmp_path, *KINDS) as repo:
        yield Course(repo)
