"""Settings are read once; each wrong one is said in a sentence that names its variable."""

import pytest
from pydantic import ValidationError

from borgerting.errors import Refused
from borgerting.settings import Settings, read

HOSTS = ["0.0.0.0", "::", "192.168.1.4", "example.org", "localhost.example.org", "", "127.0.0.1.example.org"]  # noqa: S104


@pytest.mark.parametrize("host", HOSTS)
def test_an_address_that_others_can_reach_is_refused_in_one_sentence(host: str) -> None:
    with pytest.raises(Refused, match=r"BORGERTING_HOST: .*loopback") as refused:
        read(host=host)
    assert len(refused.value.sentences("en")) == len(refused.value.sentences("da")) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_a_loopback_address_is_taken(host: str) -> None:
    assert read(host=host).host == host


def test_several_wrong_settings_are_several_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BORGERTING_HOST", "0.0.0.0")  # noqa: S104
    monkeypatch.setenv("BORGERTING_PORT", "many")
    monkeypatch.setenv("BORGERTING_STORE", "paper")
    monkeypatch.setenv("BORGERTING_TICKETS", "0")
    with pytest.raises(Refused) as refused:
        read()
    said = refused.value.sentences("en")
    named = {sentence.split(":")[0] for sentence in said}
    assert len(said) == 4
    assert named == {f"The setting BORGERTING_{name}" for name in ("HOST", "PORT", "STORE", "TICKETS")}


@pytest.mark.parametrize("plugins", ["{not json", "[1]", '{"a": "b"}', '"x"'])
def test_settings_of_plugins_that_are_no_json_object_are_a_sentence(
    monkeypatch: pytest.MonkeyPatch, plugins: str
) -> None:
    monkeypatch.setenv("BORGERTING_PLUGINS", plugins)
    with pytest.raises(Refused, match="BORGERTING_PLUGINS"):
        read()


def test_settings_of_a_plugin_come_as_json_or_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BORGERTING_PLUGINS", '{"my-office": {"url": "https://x"}}')
    monkeypatch.setenv("BORGERTING_PLUGINS__other__key", "k")
    assert read().plugins == {"my-office": {"url": "https://x"}, "other": {"key": "k"}}


def test_what_is_given_wins_over_the_environment_and_what_others_set_is_not_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BORGERTING_PORT", "9000")
    monkeypatch.setenv("BORGERTING_UNKNOWN", "x")
    monkeypatch.setenv("PORT", "1")
    assert read().port == 9000
    assert read(port=0).port == 0


def test_settings_do_not_change_once_they_are_read() -> None:
    with pytest.raises(ValidationError):
        read().port = 1  # type: ignore[misc]


def test_every_setting_explains_itself() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
