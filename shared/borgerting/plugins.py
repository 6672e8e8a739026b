"""From an entry point to an object: one broken plug-in is named and never takes a service down."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Generic, TypeVar

from borgerting.errors import Refused

T = TypeVar("T")
Settings = Mapping[str, str]
NO_SETTINGS: Mapping[str, Settings] = MappingProxyType({})


@dataclass(frozen=True)
class Plugins(Generic[T]):
    """What is installed in one group, and what failed to load and why."""

    group: str
    loaded: Mapping[str, T]
    failed: Mapping[str, str]

    def __getitem__(self, name: str) -> T:
        if name in self.loaded:
            return self.loaded[name]
        there = ", ".join(sorted(self.loaded)) or "–"
        why = f" ({self.failed[name]})" if name in self.failed else ""
        raise Refused(
            "plugin.missing",
            da=f"Der er ikke noget plug-in «{name}» i {self.group}{why}. Installeret: {there}.",
            en=f"There is no plug-in “{name}” in {self.group}{why}. Installed: {there}.",
        )


def load(group: str, protocol: type[T], settings: Mapping[str, Settings] = NO_SETTINGS) -> Plugins[T]:
    """Load every plug-in of `group` and build it with its own `settings` (by plug-in name, empty where absent).

    One that fails, or is not a `protocol`, is reported in `failed`.
    """
    loaded: dict[str, T] = {}
    failed: dict[str, str] = {}
    for point in sorted(entry_points(group=group), key=lambda p: (p.name, p.value)):
        if point.name in loaded:
            failed[point.name] = f"{point.value}: another distribution offers this name too"
            continue
        try:
            loaded[point.name] = _build(point, protocol, settings.get(point.name, {}))
        except Exception as why:  # noqa: BLE001 - a partner's code may fail in any way; the reason is shown
            failed[point.name] = f"{point.value}: {why!r}"
        except SystemExit as why:
            failed[point.name] = f"{point.value} ended with {why.code!r}"
    return Plugins(group, loaded, failed)


def _build(point: EntryPoint, protocol: type[T], settings: Settings) -> T:
    built = point.load()(settings)
    if not isinstance(built, protocol):
        raise TypeError(f"{type(built).__name__} is no {protocol.__name__}")
    return built
