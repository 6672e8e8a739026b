"""Work that one replica at a time may do: a lease on the document of the work, with a fence."""

from datetime import datetime, timedelta
from typing import TypeVar

from borgerting.errors import Conflict
from borgerting.store.document import Document, Repository


class Leased(Document):
    """Held by `holder` until `until`; `fence` counts the holders, so that a late one can be told from the present."""

    holder: str = ""
    until: datetime | None = None
    fence: int = 0


L = TypeVar("L", bound=Leased)


async def claim(repo: Repository, doc: L, holder: str, ttl: float) -> L | None:
    """Take the lease on `doc` for `ttl` seconds; None when somebody holds it or took it first."""
    now = repo.clock()
    if doc.until is not None and doc.until > now:
        return None
    taken = doc.model_copy(update={"holder": holder, "until": now + timedelta(seconds=ttl), "fence": doc.fence + 1})
    try:
        return await repo.save(taken)
    except Conflict:
        return None


async def renew(repo: Repository, doc: L, ttl: float) -> L:
    """Hold the lease for `ttl` seconds from now; Conflict when it is somebody else's by now."""
    return await repo.save((await _mine(repo, doc)).model_copy(update=_until(repo, ttl)))


async def release(repo: Repository, doc: L) -> L:
    """Let the next holder in at once; Conflict when the lease was lost."""
    return await repo.save((await _mine(repo, doc)).model_copy(update=_until(repo, 0)))


async def _mine(repo: Repository, doc: L) -> L:
    found = await repo.get(type(doc), doc.id)
    if found is None or found.fence != doc.fence:
        raise Conflict(f"{doc.collection} {doc.id}: the lease of {doc.holder} is lost")
    return found


def _until(repo: Repository, ttl: float) -> dict[str, datetime]:
    return {"until": repo.clock() + timedelta(seconds=ttl)}
