"""The desk takes commands: it asks the access table, runs the handler, and reruns it when somebody wrote first."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from borgerting.access import Principal, authorise
from borgerting.errors import Conflict
from borgerting.store import Command, Document, Repository

ATTEMPTS = 20

Handler = Callable[[Repository, Any], Awaitable[Document]]
"""``async def charter(repo, command)``: writes the new state with its events and returns the document."""


class Desk:
    """Every way into a service (API, page, message) hands its commands in here."""

    def __init__(self, repo: Repository, handlers: Mapping[type[Command], Handler]) -> None:
        self.repo = repo
        self._handlers = handlers

    async def do(self, principal: Principal, command: Command) -> Document:
        """Carry out `command`; Forbidden unless the table allows it, Conflict after ATTEMPTS lost races."""
        authorise(principal, command.action, command.assembly)
        handler = self._handlers[type(command)]
        for _ in range(ATTEMPTS - 1):
            try:
                return await handler(self.repo, command)
            except Conflict:
                continue
        return await handler(self.repo, command)
