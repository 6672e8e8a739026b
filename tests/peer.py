"""Draws with `sortition-algorithms`, in an environment of its own: an order on stdin, one line of JSON out.

The steps are those of its `find_random_sample`, taken one by one because that function keeps the panels' weights to
itself. Nothing of Borgerting is imported.
"""

import json
import sys
from pathlib import Path
from typing import Any

from sortition_algorithms import errors
from sortition_algorithms.committee_generation import (
    GUROBI_AVAILABLE,
    find_distribution_leximin,
    find_distribution_maximin,
    find_distribution_nash,
    standardize_distribution,
)
from sortition_algorithms.core import lottery_rounding
from sortition_algorithms.features import read_in_features
from sortition_algorithms.people import read_in_people
from sortition_algorithms.settings import Settings
from sortition_algorithms.utils import set_random_provider

FIND = {
    "maximin": find_distribution_maximin,
    "leximin": find_distribution_leximin if GUROBI_AVAILABLE else find_distribution_maximin,
    "nash": find_distribution_nash,
}
HOME = "household"


def answer(order: dict[str, Any]) -> dict[str, Any]:
    """Panels with their weights, and the tickets that they are rounded to."""
    pool = order["pool"]
    homes = [HOME] if any(person["household"] for person in pool["people"]) else []
    features, people = _read(pool, homes)
    set_random_provider(order["seed"])
    find, backend = FIND[order["objective"]], order["backend"]
    try:
        panels, weights, _ = find(features, people, pool["panel_size"], homes, backend)
    except errors.SortitionBaseError as no:
        return {"refused": str(no)}
    panels, weights = standardize_distribution(panels, weights)
    tickets = lottery_rounding(panels, weights, order["tickets"])
    return {
        "did": "maximin" if find is find_distribution_maximin else order["objective"],
        "panels": [sorted(panel) for panel in panels],
        "weights": weights,
        "tickets": [sorted(ticket) for ticket in tickets],
    }


def _read(pool: dict[str, Any], homes: list[str]) -> tuple[Any, Any]:
    rows = [
        {"feature": feature["feature"], "value": q["category"], "min": str(q["least"]), "max": str(q["most"])}
        for feature in pool["features"]
        for q in feature["quotas"]
    ]
    features, _, _ = read_in_features(["feature", "value", "min", "max"], rows)
    settings = Settings(
        id_column="id", columns_to_keep=[], check_same_address=bool(homes), check_same_address_columns=homes
    )
    body = [
        {"id": person["id"], **person["features"], **({HOME: person["household"] or person["id"]} if homes else {})}
        for person in pool["people"]
    ]
    people, _ = read_in_people(list(body[0]), body, features, settings)
    return features, people


if __name__ == "__main__":
    print(json.dumps(answer(json.loads(sys.stdin.readline()))))  # noqa: T201 - the protocol
    sys.stderr.write("\n" + Path("/proc/self/status").read_text())
