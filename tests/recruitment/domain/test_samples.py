"""The example files are files that the service itself accepts."""

import pytest

from services.recruitment.domain.quota_file import read_quotas, written
from services.recruitment.domain.samples import PER_SEAT, quotas, volunteers
from services.recruitment.domain.sheet import read_sheet
from services.recruitment.domain.volunteers import Mapped, read_volunteers


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("size", [1, 12, 36, 1000])
def test_the_example_quotas_are_read_back_for_a_panel_of_any_size(size: int, language: str) -> None:
    features = quotas(size, language)
    read, dropped = read_quotas(written(features, ";"), size)
    assert (read, dropped) == (features, ())


@pytest.mark.parametrize("separator", [",", ";"])
def test_everybody_in_the_example_is_accepted_and_every_quota_has_enough(separator: str) -> None:
    features = quotas(12, "da")
    sheet = read_sheet("\ufeff" + volunteers(features, 12, separator))
    reading = read_volunteers(sheet, features, Mapped(None, {}, {}), {})
    assert (len(reading.accepted), reading.refused, reading.dropped) == (12 * PER_SEAT, (), ())
    for feature in features:
        for quota in feature.quotas:
            supply = sum(traits[feature.feature] == quota.category for traits in reading.accepted.values())
            assert supply >= quota.most
