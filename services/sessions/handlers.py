"""What happens on a command or an event, step by step; every step may be repeated after a crash.

A session or recommendation is admitted in three writes: its draft, the assembly's counter (here it is decided who
came first, and whether the assembly was still open), then the draft again with its event. A vote is closed in three
writes as well: the gate shuts, the list of ballots is fixed, and the outcome is written once each of those ballots
has told its event. A ballot looks at the gate again after its own write, so it is counted or refused.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from borgerting.desk import Handler
from borgerting.errors import Conflict, Transient
from borgerting.events.base import Envelope, Event
from borgerting.events.lottery import PanelDrawn
from borgerting.events.sessions import AssemblyConcluded, AssemblySeated, BallotCast, DissentRecorded
from borgerting.store import Command, Repository
from services.sessions.domain import charter as chartering
from services.sessions.domain import course, vote
from services.sessions.domain.commands import (
    CastBallot,
    CharterAssembly,
    CloseVote,
    ConcludeAssembly,
    HoldSession,
    ProposeRecommendation,
    RecordDissent,
)
from services.sessions.store import (
    Assembly,
    Ballot,
    Recommendation,
    Session,
    ballots_of,
    numbered,
    recommendations_of,
    sessions_of,
)

D = TypeVar("D", Session, Recommendation)
Reaction = Callable[[Repository, Any, Envelope], Awaitable[None]]


async def charter(repo: Repository, command: CharterAssembly) -> Assembly:
    """Fix the charter of a new assembly."""
    doc = await repo.get(Assembly, command.assembly)
    if doc is not None:
        if repo.already(doc, command):
            return doc
        raise chartering.taken(command.assembly)
    fact = chartering.charter(command, repo.clock().date())
    doc = Assembly(id=command.assembly, assembly=command.assembly, charter=fact)
    return await repo.save(doc, [fact], cause=command)


async def on_panel_drawn(repo: Repository, event: PanelDrawn, envelope: Envelope) -> None:
    """Seat the panel; the charter is this service's own, so it can only be late in a refilled store."""
    if not event.pool.source.startswith("/recruitment/"):
        return  # a lottery of its own, from uploaded files, belongs to no assembly
    doc = await repo.get(Assembly, event.assembly)
    if doc is None:
        raise Transient(f"{event.assembly} has a panel but no charter yet")
    if repo.already(doc, envelope):
        return
    members = course.seat(doc.standing, event.members)
    drawn = {ref.source: ref.version for ref in (event.pool, event.draw)} | {envelope.source: envelope.version}
    seated = AssemblySeated(assembly=event.assembly, members=len(members))
    await repo.save(doc.change(state="seated", members=members, drawn=drawn), [seated], cause=envelope)


async def hold_session(repo: Repository, command: HoldSession) -> Session:
    """Record a session under the next number."""
    name = numbered(command.assembly, command.number)
    # the draft is read before the counter: if it was published by then, the counter says so
    there = await repo.get(Session, name)
    assembly = await _assembly(repo, command)
    if there is not None and command.number <= assembly.sessions and repo.already(there, command):
        return await _published(repo, there, command)
    fact = course.hold(command, assembly.standing, repo.clock().date())
    # a draft the assembly does not count was left by a crash or belongs to a race: writing over it decides that race
    draft = Session(id=name, assembly=assembly.id, revision=there.revision if there else 0, fact=fact)
    return await _admitted(repo, assembly, draft, command, sessions=command.number)


async def propose(repo: Repository, command: ProposeRecommendation) -> Recommendation:
    """Put a recommendation on the table under the next number."""
    name = numbered(command.assembly, command.number)
    # the draft is read before the counter: if it was published by then, the counter says so
    there = await repo.get(Recommendation, name)
    assembly = await _assembly(repo, command)
    if there is not None and command.number <= assembly.recommendations and repo.already(there, command):
        return await _published(repo, there, command)
    fact = course.propose(command, assembly.standing)
    draft = Recommendation(id=name, assembly=assembly.id, revision=there.revision if there else 0, fact=fact)
    return await _admitted(repo, assembly, draft, command, recommendations=command.number)


async def cast_ballot(blind: vote.Blind, repo: Repository, command: CastBallot) -> Ballot:
    """Record one vote; Refused, and not counted, when the vote was closed first."""
    assembly = await _assembly(repo, command)
    recommendation = await _recommendation(repo, assembly, command.number)
    name = vote.ballot_id(blind, assembly.id, command.number, command.member)
    receipt = blind(f"{command.key}/{command.digest()}")
    ballot = await repo.get(Ballot, name)
    if ballot is None:
        course.require_seated(assembly.standing)
        vote.admit(recommendation.gate, command.member, assembly.members)
        ballot = await repo.save(
            Ballot(
                id=name,
                assembly=assembly.id,
                recommendation=recommendation.id,
                number=command.number,
                choice=command.choice,
                receipt=receipt,
            )
        )
    elif ballot.receipt != receipt:
        raise vote.already_voted(command.member, command.number)
    return await _settle(repo, ballot, recommendation.id)


async def close_vote(repo: Repository, command: CloseVote) -> Recommendation:
    """Shut the gate, fix the list of ballots, then write the outcome."""
    assembly = await _assembly(repo, command)
    doc = await _recommendation(repo, assembly, command.number)
    if repo.already(doc, command):
        return doc
    vote.require_closable(doc.gate)
    if doc.state == "open":
        doc = await repo.save(doc.change(state="closing"))
    if doc.state == "closing":
        counted = tuple(ballot.id for ballot in await ballots_of(repo, doc))
        doc = await repo.save(doc.change(state="counting", counted=counted))
    ballots = await asyncio.gather(*(_confirmed(repo, b) for b in await ballots_of(repo, doc) if b.id in doc.counted))
    tally = vote.count((ballot.choice for ballot in ballots), len(assembly.members))
    outcome = vote.outcome(assembly.id, command.number, assembly.charter.decision_rule, tally)
    reason = getattr(outcome, "reason", None)
    closed = doc.change(state="closed", tally=tally, adopted=reason is None, reason=reason)
    return await repo.save(closed, [outcome], cause=command)


async def record_dissent(blind: vote.Blind, repo: Repository, command: RecordDissent) -> Recommendation:
    """Put a minority's statement beside a recommendation whose vote is over."""
    assembly = await _assembly(repo, command)
    doc = await _recommendation(repo, assembly, command.number)
    if repo.already(doc, command):
        return doc
    course.require_seated(assembly.standing)
    in_favour = {ballot.id for ballot in await ballots_of(repo, doc) if ballot.choice == "for"}
    for_it = [m for m in command.members if vote.ballot_id(blind, assembly.id, command.number, m) in in_favour]
    statement = vote.dissent(command, doc.gate, assembly.members, for_it)
    fact = DissentRecorded(assembly=assembly.id, number=command.number, dissent=statement)
    return await repo.save(doc.change(dissents=(*doc.dissents, statement)), [fact], cause=command)


async def conclude(repo: Repository, command: ConcludeAssembly) -> Assembly:
    """Shut the assembly, seal what it holds, and tell which versions a complete report must have read."""
    assembly = await _assembly(repo, command)
    if repo.already(assembly, command):
        return assembly
    if assembly.state != "concluding":
        votes = [doc.fact.number for doc in await recommendations_of(repo, assembly) if doc.state != "closed"]
        course.require_concludable(assembly.standing, votes)
        # a proposal that came in since we looked has moved the counter, and this write fails
        assembly = await repo.save(assembly.change(state="concluding"))
    sources = await _sealed(repo, assembly) | assembly.drawn | {repo.source(assembly): assembly.version + 1}
    fact = AssemblyConcluded(assembly=assembly.id, sources=sources)
    return await repo.save(assembly.change(state="concluded"), [fact], cause=command)


def commands(blind: vote.Blind) -> Mapping[type[Command], Handler]:
    """The handler of every command; `blind` hides who cast a ballot."""
    return {
        CharterAssembly: charter,
        HoldSession: hold_session,
        ProposeRecommendation: propose,
        CastBallot: partial(cast_ballot, blind),
        CloseVote: close_vote,
        RecordDissent: partial(record_dissent, blind),
        ConcludeAssembly: conclude,
    }


REACTIONS: Mapping[type[Event], Reaction] = {PanelDrawn: on_panel_drawn}


async def _assembly(repo: Repository, command: Command) -> Assembly:
    doc = await repo.get(Assembly, command.assembly)
    if doc is None:
        raise chartering.unknown(command.assembly)
    return doc


async def _recommendation(repo: Repository, assembly: Assembly, number: int) -> Recommendation:
    doc = await repo.get(Recommendation, numbered(assembly.id, number))
    if doc is None or number > assembly.recommendations:
        raise vote.unknown(number, assembly.recommendations)
    return await _published(repo, doc)


async def _admitted(repo: Repository, assembly: Assembly, draft: D, command: Command, **counter: int) -> D:
    """Write the draft, let the assembly count it, tell it."""
    written = await repo.save(draft, cause=command)
    await repo.save(assembly.change(**counter))
    return await _published(repo, written, command)


async def _published(repo: Repository, doc: D, cause: Command | None = None) -> D:
    """The document after its first event; it has none yet when a crash came between counting and telling."""
    return doc if doc.version else await repo.save(doc, [doc.fact], cause=cause)


async def _settle(repo: Repository, ballot: Ballot, recommendation: str) -> Ballot:
    """Look at the gate after the ballot is written: open means that every later count will see it."""
    gate = await repo.get(Recommendation, recommendation)
    if gate is None or gate.state == "closing":
        raise Conflict(f"recommendation {recommendation} is being closed; whether the ballot counts is not decided")
    if gate.state == "open" or ballot.id in gate.counted:
        return await _confirmed(repo, ballot)
    await repo.delete(ballot)
    raise vote.too_late(ballot.number)


async def _confirmed(repo: Repository, ballot: Ballot) -> Ballot:
    """The ballot after its event, whether its caster or the count gets there first."""
    if ballot.version:
        return ballot
    try:
        cast = BallotCast(assembly=ballot.assembly, number=ballot.number, choice=ballot.choice)
        return await repo.save(ballot, [cast])
    except Conflict:
        now = await repo.get(Ballot, ballot.id)
        if now is None or not now.version:
            raise
        return now


async def _sealed(repo: Repository, assembly: Assembly) -> dict[str, int]:
    """Seal every recommendation against late dissents; the versions of all that the sessions hold."""
    docs: list[Session | Recommendation | Ballot] = []
    for session in await sessions_of(repo, assembly):
        docs.append(await _published(repo, session))
    for found in await recommendations_of(repo, assembly):
        recommendation = await _published(repo, found)
        if not recommendation.sealed:
            recommendation = await repo.save(recommendation.change(sealed=True))
        docs += [recommendation, *(b for b in await ballots_of(repo, found) if b.id in recommendation.counted)]
    return {repo.source(doc): doc.version for doc in docs}
