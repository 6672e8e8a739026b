"""A real broker with its topology, and a repository whose documents publish."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from borgerting.broker import Broker
from borgerting.suite import embedded_broker


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    async with embedded_broker(tmp_path / "broker") as broker:
        yield broker
