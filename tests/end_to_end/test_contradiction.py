"""Quotas that can each be filled, but not together, end a rehearsal in a sentence that an organiser understands."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from borgerting.demo.client import Client
from borgerting.demo.driver import Rehearsal
from borgerting.demo.example import read_example
from borgerting.demo.plan import Plan
from borgerting.demo.running import one_process
from borgerting.demo.watch import Watch
from borgerting.errors import Refused
from borgerting.settings import read
from borgerting.suite import alone_in, embedded_broker

LIFE = {
    "young": ["20-29", "30-39"],
    "middle": ["40-49", "50-59"],
    "old": ["60-69", "70-79", "80-89", "90-99", "100+10"],
}


def contradictory(features: Any) -> dict[str, Any]:
    """Ages cut twice, both exact: in Värmland the largest remainders give 20-39 18 of 60 seats, or 17 if cut once."""
    age = {**next(f for f in features["features"] if f["feature"] == "age"), "band": {"kind": "exact"}}
    stages = [{"category": name, "label": {"da": name, "en": name}, "codes": codes} for name, codes in LIFE.items()]
    life = {**age, "feature": "life", "label": {"da": "Livsfase", "en": "Stage of life"}, "categories": stages}
    sex = next(f for f in features["features"] if f["feature"] == "sex")
    return {**features, "features": [age, life, sex]}


async def test_quotas_that_contradict_jointly_end_the_rehearsal_with_the_clash_and_ways_out(tmp_path: Path) -> None:
    example = read_example()
    example = replace(example, features=contradictory(example.features))
    plan = Plan(example, "demo", datetime.now(UTC).date(), county="17", size=60, seed=1)
    with alone_in(tmp_path):
        async with embedded_broker(tmp_path / "broker") as broker:
            settings = read(data=tmp_path, port=0, seed="rehearsal-1", nats_url=broker.url)
            async with (
                one_process(settings) as running,
                Watch(broker.url, "demo") as watch,
                Client(running.addresses, running.token, "contradiction") as client,
            ):
                with pytest.raises(Refused) as refused:
                    await Rehearsal(plan, client, watch, lambda _: None).run()
    danish, english = refused.value.sentences("da"), refused.value.sentences("en")
    assert len(danish) == len(english) >= 3
    assert "Livsfase" in danish[0] and "Alder" in danish[0]
    assert "Stage of life" in english[0] and "Age" in english[0]
    assert not watch.of("lottery.panel.drawn")
    assert len(watch.of("lottery.draw.refused")) == 1
