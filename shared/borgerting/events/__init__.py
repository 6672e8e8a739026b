"""The language on the bus: every event of every service, and how an envelope becomes one again."""

from pydantic import ValidationError

from borgerting.errors import Broken
from borgerting.events import lottery, recruitment, reporting, sessions
from borgerting.events.base import Envelope, Event

MODULES = (sessions, recruitment, lottery, reporting)

EVENTS: dict[tuple[str, int], type[Event]] = {
    (found.type, found.v): found
    for module in MODULES
    for found in vars(module).values()
    if isinstance(found, type) and issubclass(found, Event) and found is not Event
}


def decode(envelope: Envelope) -> Event:
    """Return the event inside; Broken when type, version or fields are not what this release knows."""
    known = EVENTS.get((envelope.type, envelope.v))
    if known is None:
        raise Broken(f"{envelope.type} v{envelope.v} is not an event this release knows")
    try:
        return known.model_validate({**envelope.data, "assembly": envelope.assembly})
    except ValidationError as wrong:
        raise Broken(f"{envelope.type} v{envelope.v} from {envelope.source}: {wrong}") from wrong
