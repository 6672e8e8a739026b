"""How events become rows, rows a published report, and an archive a new generation of rows."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterable, Iterable, Mapping
from dataclasses import dataclass

from borgerting.canonical import sha256
from borgerting.errors import BorgertingError, Broken, Conflict, Refused, Transient
from borgerting.events import decode
from borgerting.events.base import Envelope
from borgerting.events.reporting import ReportPublished
from borgerting.store import Repository
from borgerting.store.inbox import Parked, park
from services.reporting.domain import NOUNS, Folded, Report, assemble, figures, fold, is_complete, noun_of
from services.reporting.domain.facts import AssemblyFacts
from services.reporting.store import POINTER, Pointer, Published, Row, new_row, row_id

ATTEMPTS = 20
AT_ONCE = 200


@dataclass(frozen=True)
class Failed:
    """An event that could not be folded, and why: Broken is for the dead letters, Transient comes again."""

    envelope: Envelope
    why: BorgertingError


async def fold_batch(repo: Repository, envelopes: Iterable[Envelope]) -> list[Failed]:
    """Fold a batch in any order, sources side by side so that their writes share a commit; return what failed.

    Everything not in the answer may be acknowledged: it is in a row, was there before, or is parked.
    """
    by_source: dict[str, list[Envelope]] = defaultdict(list)
    for envelope in envelopes:
        if noun_of(envelope.source) != Published.collection:
            by_source[envelope.source].append(envelope)
    failed = await asyncio.gather(*(_fold_source(repo, batch) for batch in by_source.values()))
    return [one for some in failed for one in some]


async def _fold_source(repo: Repository, envelopes: list[Envelope]) -> list[Failed]:
    for _ in range(ATTEMPTS):
        try:
            generation = await live(repo)
            failed = await _fold_into(repo, generation, envelopes)
        except Conflict:
            continue
        # a rebuild may have swapped the generations while we wrote: then the new one must hear of it too
        if await live(repo) == generation:
            return failed
    lost = Transient(f"{envelopes[0].source}: lost {ATTEMPTS} races")
    return [Failed(envelope, lost) for envelope in envelopes]


async def _fold_into(repo: Repository, generation: int, envelopes: list[Envelope]) -> list[Failed]:
    """Park what is early first and read the row afterwards, so that one of two racing batches sees the other's."""
    source, assembly = envelopes[0].source, envelopes[0].assembly
    waiting = {e.version: e for e in envelopes}
    row = await repo.get(Row, row_id(generation, source))
    if early := _early(row.source_version if row else 0, waiting):
        await asyncio.gather(*(park(repo, envelope) for envelope in early))
        row = await repo.get(Row, row_id(generation, source))
    while True:
        known, failed = _fold_run(row.folded if row else None, waiting)
        if known is not None and (row is None or known.version > row.source_version):
            row = await repo.save(row.holding(known) if row else new_row(generation, assembly, known))
        if failed:
            await _park_after(repo, failed[0].envelope, waiting)
            return failed
        last = row.source_version if row else 0
        waiting = await _still_parked(repo, source, last)
        if last + 1 not in waiting:
            return []


def _early(last: int, waiting: Mapping[int, Envelope]) -> list[Envelope]:
    while last + 1 in waiting:
        last += 1
    return [waiting[version] for version in sorted(waiting) if version > last]


def _fold_run(known: Folded | None, waiting: Mapping[int, Envelope]) -> tuple[Folded | None, list[Failed]]:
    """Fold the gap-free run that follows `known`; stop at the first event that cannot be read."""
    while (envelope := waiting.get((known.version if known else 0) + 1)) is not None:
        try:
            known = fold(known, decode(envelope), envelope)
        except Broken as why:
            return known, [Failed(envelope, why)]
    return known, []


async def _park_after(repo: Repository, broken: Envelope, waiting: Mapping[int, Envelope]) -> None:
    """Keep what follows an event that could not be read: it is acknowledged, and must not be lost."""
    await asyncio.gather(*(park(repo, e) for version, e in waiting.items() if version > broken.version))


async def _still_parked(repo: Repository, source: str, last: int) -> dict[int, Envelope]:
    """What is parked of `source` by version; what has been folded meanwhile, by whatever way, is let go."""
    parked = [p async for p in repo.find(Parked, {"source": source})]
    await asyncio.gather(*(repo.delete(p) for p in parked if p.envelope.version <= last))
    return {p.envelope.version: p.envelope for p in parked if p.envelope.version > last}


async def live(repo: Repository) -> int:
    """The generation of rows that readers see."""
    pointer = await repo.get(Pointer, POINTER)
    return pointer.live if pointer else 1


async def known_of(repo: Repository, assembly: str) -> list[Folded]:
    """Everything known of one assembly."""
    where: dict[str, str | int] = {"assembly": assembly, "generation": await live(repo)}
    return [row.folded async for row in repo.find(Row, where)]


async def read_report(repo: Repository, assembly: str) -> Report:
    """The report as far as it goes; Refused when nobody has chartered such an assembly."""
    report = assemble(await known_of(repo, assembly))
    if report is None:
        raise Refused(
            "reporting.assembly.unknown",
            da=f"Der er ingen borgersamling «{assembly}» at rapportere om. Opret den under «Kommissorium» først.",
            en=f"There is no assembly “{assembly}” to report on. Create it under “Charter” first.",
        )
    return report


async def list_reports(repo: Repository) -> list[Report]:
    """One report, as far as it goes, for every chartered assembly, in order of slug."""
    where: dict[str, str | int] = {"noun": "assembly", "generation": await live(repo)}
    rows = [row async for row in repo.find(Row, where)]
    found = await asyncio.gather(*(read_report(repo, row.assembly) for row in rows))
    return sorted(found, key=lambda report: report.assembly)


async def publish_if_complete(repo: Repository, assembly: str) -> Published | None:
    """Publish the report once the conclusion's sources are all folded; None before that, the same one after."""
    row = await repo.get(Row, row_id(await live(repo), f"/sessions/assembly/{assembly}"))
    if row is None or not isinstance(row.facts, AssemblyFacts) or row.facts.sources is None:
        return None
    if done := await repo.get(Published, assembly):
        return done
    known = await known_of(repo, assembly)
    if is_complete(row.facts.sources, known):
        return None
    report = await read_report(repo, assembly)
    digest = sha256(figures(report))
    event = ReportPublished(assembly=assembly, figures=digest, **report.totals.model_dump())
    try:
        return await repo.save(Published(id=assembly, assembly=assembly, figures=digest), [event])
    except Conflict:
        return await repo.get(Published, assembly)


async def rebuild(repo: Repository, envelopes: AsyncIterable[Envelope]) -> int:
    """Fold archives, each source's events in order, into a new generation, make it live, drop the old; count rows.

    Published reports are records and stay. Transient when the live rows know more than the archives.
    """
    pointer = await repo.get(Pointer, POINTER) or Pointer(id=POINTER, assembly="all")
    await _drop_all_but(repo, pointer.live)
    generation, known = pointer.live + 1, dict[str, tuple[str, Folded]]()
    async for envelope in envelopes:
        if noun_of(envelope.source) in NOUNS:
            _, before = known.get(envelope.source, ("", None))
            known[envelope.source] = envelope.assembly, fold(before, decode(envelope), envelope)
    await _require_all_of(repo, pointer.live, known)
    rows = [new_row(generation, assembly, folded) for assembly, folded in known.values()]
    for start in range(0, len(rows), AT_ONCE):
        await asyncio.gather(*(repo.save(row) for row in rows[start : start + AT_ONCE]))
    await repo.save(pointer.model_copy(update={"live": generation}))
    await _drop_all_but(repo, generation)
    return len(rows)


async def _require_all_of(repo: Repository, generation: int, known: Mapping[str, tuple[str, Folded]]) -> None:
    async for row in repo.find(Row, {"generation": generation}):
        have = known[row.source][1].version if row.source in known else 0
        if row.source_version > have:
            raise Transient(f"the archive has {row.source} up to {have}, the live row {row.source_version}")


async def _drop_all_but(repo: Repository, generation: int) -> None:
    old = [row async for row in repo.find(Row) if row.generation != generation]
    for start in range(0, len(old), AT_ONCE):
        await asyncio.gather(*(repo.delete(row) for row in old[start : start + AT_ONCE]))
