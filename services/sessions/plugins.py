"""The charters that come with the program, offered through the same door as a partner's."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CHARTERS = Path(__file__).with_name("charters.toml")


class StandardTemplates:
    """Charters to start from: a municipality, a nation, and one to practise with; it has no settings."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._templates: Mapping[str, Mapping[str, Any]] = tomllib.loads(CHARTERS.read_text("utf-8"))

    def templates(self) -> Mapping[str, Mapping[str, Any]]:
        """Template name -> the fields of a charter; the day of the answer is left to whoever promises it."""
        return self._templates
