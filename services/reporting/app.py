"""The composition root of reporting."""

from collections.abc import Sequence
from functools import partial

from borgerting.adapters import Exporter
from borgerting.desk import Desk
from borgerting.events.base import Envelope
from borgerting.plugins import load
from borgerting.service import Clock, Service, utc_now
from borgerting.settings import Settings
from borgerting.web import Pages
from services.reporting import handlers, http, store
from services.reporting.plugins.html import PAGES


def build(settings: Settings, clock: Clock = utc_now) -> Service:
    """Reporting on the bus and the store that `settings` name."""
    service = Service("reporting", settings, store.KINDS, clock=clock)
    exporters = load("borgerting.exporters", Exporter, settings.plugins)  # type: ignore[type-abstract]
    service.bus.consume(partial(receive, service), batch=True)
    service.rebuild = partial(handlers.rebuild, service.repo)
    service.serve(http.router(Desk(service.repo, {}), Pages(PAGES), exporters))
    return service


async def receive(service: Service, envelopes: Sequence[Envelope]) -> None:
    """Fold a batch and publish what has become complete; raise the first failure, so that each is tried alone."""
    failed = await handlers.fold_batch(service.repo, envelopes)
    for assembly in sorted({envelope.assembly for envelope in envelopes}):
        await handlers.publish_if_complete(service.repo, assembly)
    if failed:
        raise failed[0].why
