"""What happens on a command or an event, step by step; every step may be repeated after a crash.

A file of volunteers comes in whole or not at all: its rows are written first, and they are in the pool once the pool
names the file. That last write fails if the pool has moved on since it was read, so a late file is told it is late.
A pool is frozen in three writes: the gate shuts, the sealed snapshot is named, and the outcome is told. When no panel
can be drawn from it, it opens again, and the next freeze is a new one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from borgerting.adapters import PopulationSource
from borgerting.canonical import keyed_digest, sha256
from borgerting.desk import Handler
from borgerting.errors import Broken
from borgerting.events.base import Envelope, Event
from borgerting.events.lottery import DrawRefused
from borgerting.events.recruitment import PoolFrozen, PoolOpened, PoolPrepared, SnapshotRef, VolunteersReceived
from borgerting.events.sessions import AssemblyChartered
from borgerting.plugins import Plugins
from borgerting.snapshots import SnapshotFolder
from borgerting.store import Command, Repository
from services.recruitment.domain import pool, quotas
from services.recruitment.domain.commands import BuildQuotas, FreezePool, ImportQuotas, ReceiveVolunteers
from services.recruitment.domain.quota_file import read_quotas
from services.recruitment.domain.sheet import read_sheet
from services.recruitment.domain.volunteers import Mapped, Reading, Traits, read_volunteers
from services.recruitment.store import AssemblyKey, Pool, Sealed, VolunteerRow, confirmed, rows_of

SLICE = 500
"""Rows written at once: they share the store's commits."""

Reaction = Callable[[Repository, Any, Envelope], Awaitable[None]]


class PublishSnapshot(Protocol):
    """Puts a sealed snapshot where the lottery can fetch it; a repeat changes nothing."""

    async def __call__(self, assembly: str, name: str, sealed: bytes) -> str:
        """Return the bucket it is in."""
        ...


@dataclass(frozen=True)
class Ports:
    """What the handlers need of the world: sources of figures, a place for snapshots, keys and chance."""

    sources: Plugins[PopulationSource]
    snapshots: SnapshotFolder
    new_key: Callable[[], bytes]
    seal: Callable[[bytes, bytes, str], bytes]
    publish: PublishSnapshot


async def on_chartered(repo: Repository, event: AssemblyChartered, envelope: Envelope) -> None:
    """Prepare the pool of a new assembly."""
    doc = await repo.get(Pool, event.assembly)
    if doc is not None:
        return  # an assembly is chartered once, so this is a repeat
    doc = Pool(
        id=event.assembly,
        assembly=event.assembly,
        title=event.title,
        panel_size=event.panel_size,
        eligibility=event.eligibility,
        synthetic=event.synthetic,
    )
    fact = PoolPrepared(assembly=event.assembly, panel_size=event.panel_size)
    await repo.save(doc, [fact], cause=envelope)


async def on_draw_refused(repo: Repository, event: DrawRefused, envelope: Envelope) -> None:
    """Open the pool again, with the reasons, so that volunteers or quotas can be changed."""
    doc = await repo.get(Pool, event.assembly)
    if doc is None or repo.already(doc, envelope):
        return
    if doc.state == "frozen":
        doc = doc.change(state="open", sealed=None, snapshot=None, refused=event.reasons)
    await repo.save(doc, cause=envelope)


async def build_quotas(ports: Ports, repo: Repository, command: BuildQuotas) -> Pool:
    """Compute the quotas from a population table and open the pool."""
    doc = await pool_of(repo, command.assembly)
    if repo.already(doc, command):
        return doc
    pool.require_quotas_free(doc.state)
    wish = command.population
    table = await ports.sources[wish.source].fetch(wish.table, wish.query)
    features = quotas.build(table, command.features, doc.panel_size, doc.eligibility)
    if doc.filled:
        pool.require_same_categories(doc.features, features)
    fact = PoolOpened(
        assembly=doc.assembly,
        panel_size=doc.panel_size,
        features=features,
        provenance=table.provenance,
        reference_date=command.reference_date,
    )
    changed = doc.change(state="open", features=features, provenance=table.provenance)
    return await repo.save(changed, [fact], cause=command)


async def import_quotas(repo: Repository, command: ImportQuotas) -> Pool:
    """Take the quotas as they stand in a file and open the pool."""
    doc = await pool_of(repo, command.assembly)
    if repo.already(doc, command):
        return doc
    pool.require_quotas_free(doc.state)
    features, _ = read_quotas(command.content, doc.panel_size)
    provenance = None
    if doc.filled:
        pool.require_same_categories(doc.features, features)
        features, provenance = pool.with_seats(doc.features, features), doc.provenance
    fact = PoolOpened(assembly=doc.assembly, panel_size=doc.panel_size, features=features, provenance=provenance)
    changed = doc.change(state="open", features=features, provenance=provenance)
    return await repo.save(changed, [fact], cause=command)


async def receive_volunteers(repo: Repository, command: ReceiveVolunteers) -> Pool:
    """Write the rows of a file, then let the pool name the file."""
    doc = await pool_of(repo, command.assembly)
    if repo.already(doc, command):
        return doc
    own = intake_id(command)
    if doc.state in ("closing", "frozen"):
        await _withdraw(repo, doc, own)
    pool.require_open(doc.state)
    there = await rows_of(repo, doc.assembly)
    reading = _read(doc, command, there)
    # an interrupted attempt under other quotas may have taken a row that is refused now
    await _in_slices(
        partial(repo.delete, row) for who, row in there.items() if row.intakes == (own,) and who not in reading.accepted
    )
    await _in_slices(
        partial(repo.save, row)
        for who, traits in reading.accepted.items()
        if (row := _row(doc, who, traits, there.get(who), own)) is not None
    )
    fact = VolunteersReceived(assembly=doc.assembly, intake=reading.intake)
    changed = doc.change(intakes={**doc.intakes, own: reading.intake})
    return await repo.save(changed, [fact], cause=command)


async def freeze(ports: Ports, repo: Repository, command: FreezePool) -> Pool:
    """Shut the gate, keep the sealed snapshot, hand it over, and tell."""
    doc = await pool_of(repo, command.assembly)
    if repo.already(doc, command):
        return doc
    pool.require_freezable(doc.state)
    if doc.state == "open":
        people = [row.features async for row in confirmed(repo, doc)]
        supply = pool.count(doc.features, people)
        pool.require_enough(doc.features, supply, len(people), doc.panel_size)
        doc = await repo.save(doc.change(state="closing"))
    sealed = doc.sealed
    if sealed is None:
        sealed = await _sealed(ports, repo, doc)
        doc = await repo.save(doc.change(sealed=sealed))
    snapshot = await _handed_over(ports, doc.assembly, sealed)
    await _clear(repo, doc)
    fact = PoolFrozen(
        assembly=doc.assembly,
        panel_size=doc.panel_size,
        volunteers=sealed.volunteers,
        counts=sealed.counts,
        snapshot=snapshot,
    )
    return await repo.save(doc.change(state="frozen", snapshot=snapshot, refused=()), [fact], cause=command)


def commands(ports: Ports) -> Mapping[type[Command], Handler]:
    """The handler of every command."""
    return {
        BuildQuotas: partial(build_quotas, ports),
        ImportQuotas: import_quotas,
        ReceiveVolunteers: receive_volunteers,
        FreezePool: partial(freeze, ports),
    }


REACTIONS: Mapping[type[Event], Reaction] = {
    AssemblyChartered: on_chartered,
    DrawRefused: on_draw_refused,
}


async def pool_of(repo: Repository, assembly: str) -> Pool:
    """The pool, or a refusal that says why there is none."""
    doc = await repo.get(Pool, assembly)
    if doc is None:
        raise pool.unknown(assembly)
    return doc


async def pool_key(repo: Repository, assembly: str) -> bytes:
    """The key that opens the assembly's snapshots; Refused before there is one."""
    found = await repo.get(AssemblyKey, assembly)
    if found is None:
        raise pool.unknown(assembly)
    return bytes.fromhex(found.key)


async def reconcile(repo: Repository, command: ReceiveVolunteers) -> Reading:
    """What became of each row of a file that has been received; the same however often it is asked."""
    doc = await pool_of(repo, command.assembly)
    return _read(doc, command, await rows_of(repo, doc.assembly))


async def counts_of(repo: Repository, doc: Pool) -> tuple[int, Mapping[str, Mapping[str, int | None]]]:
    """How many are in the pool, and per category as far as it may be told."""
    if doc.sealed is not None:
        return doc.sealed.volunteers, doc.sealed.counts
    people = [row.features async for row in confirmed(repo, doc)]
    return len(people), pool.suppressed(pool.count(doc.features, people))


def intake_id(command: ReceiveVolunteers) -> str:
    """Names a file by its content and the key it came under."""
    return sha256(f"{command.key}/{command.digest()}".encode())[:16]


def _read(doc: Pool, command: ReceiveVolunteers, there: Mapping[str, VolunteerRow]) -> Reading:
    own = (intake_id(command),)
    mapped = Mapped(command.id_column, command.columns, command.values)
    # rows that only this file has brought are its own to write again, after an interruption or with other quotas
    registered = {who: row.features for who, row in there.items() if row.intakes != own}
    return read_volunteers(read_sheet(command.content), doc.features, mapped, registered)


def _row(doc: Pool, who: str, traits: Traits, there: VolunteerRow | None, own: str) -> VolunteerRow | None:
    """The row to write; None where it stands already."""
    if there is None:
        return VolunteerRow(id=f"{doc.id}/{who}", assembly=doc.assembly, features=dict(traits), intakes=(own,))
    if own not in there.intakes and any(intake in doc.intakes for intake in there.intakes):
        return None
    wanted = there.change(features=dict(traits), intakes=tuple(dict.fromkeys((*there.intakes, own))))
    return None if wanted == there else wanted


async def _withdraw(repo: Repository, doc: Pool, own: str) -> None:
    """Take back the rows of a file that came too late."""
    if own not in doc.intakes:
        rows = await rows_of(repo, doc.assembly)
        await _in_slices(partial(repo.delete, row) for row in rows.values() if row.intakes == (own,))


async def _clear(repo: Repository, doc: Pool) -> None:
    """Delete rows of files that were never read to their end: the gate is shut, so nobody can confirm them."""
    rows = await rows_of(repo, doc.assembly)
    await _in_slices(partial(repo.delete, row) for row in rows.values() if not set(row.intakes) & set(doc.intakes))


async def _sealed(ports: Ports, repo: Repository, doc: Pool) -> Sealed:
    """Seal everybody in the pool; the ciphertext is on disk when this returns."""
    people = {row.row_id: row.features async for row in confirmed(repo, doc)}
    content = pool.snapshot(doc.assembly, doc.panel_size, doc.features, people.items(), doc.synthetic)
    key = await _key(ports, repo, doc.assembly)
    sealed = ports.seal(key, content, doc.assembly)
    name = await asyncio.to_thread(ports.snapshots.put, sealed)
    counts = pool.suppressed(pool.count(doc.features, people.values()))
    digest = keyed_digest(key, content)
    return Sealed(name=name, size=len(sealed), digest=digest, volunteers=len(people), counts=counts)


async def _key(ports: Ports, repo: Repository, assembly: str) -> bytes:
    """The assembly's key, made when it is first needed; a lost race shows as Conflict and the desk tries again."""
    found = await repo.get(AssemblyKey, assembly)
    if found is None:
        found = await repo.save(AssemblyKey(id=assembly, assembly=assembly, key=ports.new_key().hex()))
    return bytes.fromhex(found.key)


async def _handed_over(ports: Ports, assembly: str, sealed: Sealed) -> SnapshotRef:
    content = await asyncio.to_thread(ports.snapshots.get, sealed.name)
    if content is None:
        raise Broken(f"the sealed pool of {assembly}, {sealed.name[:12]}…, is gone from its folder")
    bucket = await ports.publish(assembly, sealed.name, content)
    return SnapshotRef(bucket=bucket, name=sealed.name, size=sealed.size, digest=sealed.digest)


async def _in_slices(work: Iterable[Callable[[], Awaitable[Any]]]) -> None:
    """Do everything, some at once; a failure is raised when nothing of its slice is under way any more."""
    waiting = list(work)
    for start in range(0, len(waiting), SLICE):
        done = await asyncio.gather(*(do() for do in waiting[start : start + SLICE]), return_exceptions=True)
        for outcome in done:
            if isinstance(outcome, BaseException):
                raise outcome
