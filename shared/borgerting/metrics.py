"""What a service counts, with labels bounded by the code: service, noun, verb and kind of failure."""

from prometheus_client import CollectorRegistry, Counter

EVENT = ("service", "noun", "verb")


class Metrics:
    """The metrics of one service in a registry of its own, so that four of them fit in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.published = Counter("borgerting_events_published", "Events published", EVENT, registry=self.registry)
        self.handled = Counter("borgerting_events_handled", "Events handled", EVENT, registry=self.registry)
        self.dead_letters = Counter("borgerting_dead_letters", "Messages given up", ("kind",), registry=self.registry)
