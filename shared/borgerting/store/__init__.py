"""State and events in one write: documents with an embedded outbox, on any store of single documents."""

from borgerting.store.document import Command, Document, EventSource, Repository
from borgerting.store.protocol import Collection, Record, Store

__all__ = ["Collection", "Command", "Document", "EventSource", "Record", "Repository", "Store"]
