"""The composition root of sessions."""

from pathlib import Path

from borgerting.adapters import CharterTemplates
from borgerting.desk import Desk
from borgerting.keys import kept_key
from borgerting.plugins import load
from borgerting.service import Clock, Service, utc_now
from borgerting.settings import Settings
from borgerting.web import Pages
from services.sessions import handlers, http, store
from services.sessions.domain.vote import blind_with

PAGES = Path(__file__).parent / "pages"


def build(settings: Settings, clock: Clock = utc_now) -> Service:
    """Sessions on the bus and the store that `settings` name."""
    service = Service("sessions", settings, store.KINDS, clock=clock)
    # a lost key would let members vote twice, so it is kept with the store
    blind = blind_with(kept_key(settings.data / "keys", "ballots"))
    plugins = load("borgerting.charter_templates", CharterTemplates, settings.plugins)  # type: ignore[type-abstract]
    templates = {name: fields for plugin in plugins.loaded.values() for name, fields in plugin.templates().items()}
    service.react(handlers.REACTIONS)
    service.serve(http.router(Desk(service.repo, handlers.commands(blind)), Pages(PAGES), templates, blind))
    return service
