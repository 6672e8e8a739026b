"""The example's population and features make a panel of sixty."""

import json
from pathlib import Path

from borgerting.events.sessions import Eligibility
from services.recruitment.domain.quotas import build
from services.recruitment.http.uploads import build_body
from services.recruitment.plugins import SavedJsonStat

EXAMPLE = Path(__file__).parents[2] / "examples/assembly"


async def test_the_example_gives_quotas_for_the_panel_of_its_charter() -> None:
    charter = json.loads((EXAMPLE / "charter.json").read_text("utf-8"))
    wish = build_body((EXAMPLE / "features.json").read_bytes(), "features.json").command("klima", "key")
    table = await SavedJsonStat({"folder": str(EXAMPLE)}).fetch(wish.population.table, wish.population.query)
    eligibility = Eligibility.model_validate(charter["eligibility"])
    features = build(table, wish.features, charter["panel_size"], eligibility)
    area, age, sex = features
    assert [len(f.quotas) for f in features] == [8, 6, 2]
    adults = {sum(q.population or 0 for q in f.quotas) for f in features}
    assert len(adults) == 1, "every feature is counted over the same people"
    assert all(q.least == q.most for q in sex.quotas)
    assert sum(q.least for q in sex.quotas) == 60
    assert all(q.most - q.least == 2 for q in (*area.quotas, *age.quotas))
    assert sum(q.least + 1 for q in area.quotas) == 60
    assert table.provenance.licence == "CC0 1.0"
    assert table.provenance.period == "2026M04"
    assert any("CKM" in note for note in table.provenance.notes)
