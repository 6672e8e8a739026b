"""The example's files: charter, population, features, programme and the recipe for volunteers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from borgerting.errors import Refused

INSTALLED = Path(__file__).parent / "assembly"
CHECKED_OUT = Path(__file__).parents[3] / "examples" / "assembly"


@dataclass(frozen=True)
class Example:
    """The content of the example folder; `population` is the path of the JSON-stat file."""

    charter: Mapping[str, Any]
    features: Mapping[str, Any]
    programme: Mapping[str, Any]
    volunteers: Mapping[str, Any]
    population: Path


def read_example(folder: Path | None = None) -> Example:
    """Read `folder`, or the example that came with the program; Refused when a file is missing or no JSON."""
    place = folder or (INSTALLED if INSTALLED.is_dir() else CHECKED_OUT)
    names = ("charter", "features", "programme", "volunteers")
    return Example(**{name: _json(place / f"{name}.json") for name in names}, population=place / "population.json")


def _json(file: Path) -> Mapping[str, Any]:
    try:
        content: Mapping[str, Any] = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as why:
        raise Refused(
            "example.unreadable",
            da=f"Eksemplets fil {file} kan ikke læses: {why}.",
            en=f"The example's file {file} cannot be read: {why}.",
        ) from why
    return content
