"""The composition root of recruitment."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from borgerting.access import Principal, authorise
from borgerting.adapters import PopulationSource
from borgerting.desk import Desk
from borgerting.plugins import load
from borgerting.service import Clock, Service, utc_now
from borgerting.settings import Settings
from borgerting.snapshots import SnapshotFolder, new_key, seal
from borgerting.web import Pages
from services.recruitment import handlers, http, store
from services.recruitment.plugins import SavedJsonStat

PAGES = Path(__file__).parent / "pages"
LOTTERY = Principal("lottery", frozenset({"service"}))


def build(settings: Settings, clock: Clock = utc_now) -> Service:
    """Recruitment on the bus and the store that `settings` name."""
    service = Service("recruitment", settings, store.KINDS, clock=clock)
    saved = {"saved-json-stat": {"folder": str(settings.data / "population")}}
    sources = load("borgerting.population_sources", PopulationSource, {**saved, **settings.plugins})  # type: ignore[type-abstract]
    snapshots = SnapshotFolder(settings.data / "recruitment-snapshots")
    ports = handlers.Ports(sources, snapshots, new_key, seal, service.bus.put_snapshot)
    tables = SavedJsonStat({**saved, **settings.plugins}["saved-json-stat"])
    service.first(partial(put_back, service, ports))
    service.react(handlers.REACTIONS)
    service.bus.answer("pool-key", partial(answer_key, service))
    service.serve(http.router(Desk(service.repo, handlers.commands(ports)), Pages(PAGES), tables))
    return service


async def put_back(service: Service, ports: handlers.Ports) -> None:
    """Put every sealed pool on the bus again if it is gone there: the broker's directory may have been wiped."""
    async for pool in service.repo.find(store.Pool):
        if pool.sealed is not None and (content := ports.snapshots.get(pool.sealed.name)) is not None:
            await ports.publish(pool.assembly, pool.sealed.name, content)


async def answer_key(service: Service, question: Mapping[str, Any]) -> Mapping[str, Any]:
    """Hand the key of one assembly's pool to the lottery."""
    assembly = str(question.get("assembly", ""))
    authorise(LOTTERY, "recruitment.pool-key", assembly)
    return {"key": (await handlers.pool_key(service.repo, assembly)).hex()}
