"""Recompute an assembly's every figure from its published files alone, and compare: the house is not asked.

    python recompute.py FOLDER POPULATION.json FEATURES.json

FOLDER holds events.jsonl, draw.json, panel.csv and report.html. Written from docs/events.md, docs/decisions, the rules
stated in draw.json and the comment at the top of report.html. Standard library only. Prints one line for each mismatch
and exits with 1, or prints how many figures were checked and exits with 0.
"""

import csv
import hashlib
import json
import math
import sys
from collections import Counter, defaultdict
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

Json = dict[str, Any]
FEW = 5  # docs/decisions/0006-small-cells.md
GAP = Fraction(1, 10**9)  # what may lie between a level and its bound in a certified lottery
OUTCOMES = {
    "adopted": {"da": "Vedtaget", "en": "Adopted"},
    "rejected": {"da": "Ikke vedtaget", "en": "Not adopted"},
    "open": {"da": "Afstemningen er åben", "en": "Vote open"},
}


class Audit:
    """What was computed (name -> value), and every sentence about what does not agree."""

    def __init__(self) -> None:
        self.figures: dict[str, str] = {}
        self.problems: list[str] = []

    def same(self, what: str, published: object, computed: object) -> None:
        """Note a published value that is not the computed one."""
        if published != computed:
            self.problems.append(f"{what}: published {_short(published)}, recomputed {_short(computed)}")

    def require(self, condition: bool, sentence: str) -> None:
        """Note `sentence` unless it holds."""
        if not condition:
            self.problems.append(sentence)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 160 else text[:157] + "..."


class Events:
    """The lines of events.jsonl: data by type, in the order of the file."""

    def __init__(self, file: Path) -> None:
        self.all: list[Json] = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        self._by_type: dict[str, list[Json]] = defaultdict(list)
        for event in self.all:
            self._by_type[event["type"]].append(event)

    def of(self, name: str) -> list[Json]:
        """Every event of one type."""
        return self._by_type[f"dk.borgerting.{name}.v1"]

    def only(self, name: str) -> Json:
        """The one event of a type that an assembly has once."""
        found = self.of(name)
        if len(found) != 1:
            raise SystemExit(f"events.jsonl: {name} should be there once, and is there {len(found)} times")
        return found[0]


def check_sequences(audit: Audit, events: Events) -> None:
    """Each source counts its events 1, 2, 3 ...; the conclusion lists the last of every source but reporting's."""
    versions: dict[str, list[int]] = defaultdict(list)
    for event in events.all:
        versions[event["source"]].append(int(event["sequence"]))
        audit.same(f"id of an event of {event['source']}", event["id"], f"{event['source']}@{event['sequence']}")
    for source, found in versions.items():
        audit.same(f"sequence of {source}", found, list(range(1, len(found) + 1)))
    listed: dict[str, int] = events.only("sessions.assembly.concluded")["data"]["sources"]
    known = {source: max(found) for source, found in versions.items() if not source.startswith("/reporting/")}
    for source in sorted(listed.keys() | known.keys()):
        audit.same(f"last version of {source} in the conclusion", listed.get(source), known.get(source))


def read_cells(population: Json, query: dict[str, list[str]]) -> dict[tuple[str, ...], int]:
    """Code of every dimension, in the table's order -> people, for the codes that `query` selects (JSON-stat 2.0)."""
    codes = [_codes(population["dimension"][name]["category"]) for name in population["id"]]
    values = population["value"]
    cells: dict[tuple[str, ...], int] = {}
    wanted = [query[name] for name in population["id"]]
    for at in range(math.prod(population["size"])):
        rest, key = at, []
        for own in reversed(codes):
            rest, place = divmod(rest, len(own))
            key.insert(0, own[place])
        if all(code in chosen for code, chosen in zip(key, wanted, strict=True)):
            cells[tuple(key)] = values[at] if isinstance(values, list) else values[str(at)]
    return cells


def _codes(category: Json) -> list[str]:
    index = category.get("index", list(category["label"]))
    return list(index) if isinstance(index, list) else sorted(index, key=index.__getitem__)


def apportion(population: dict[str, int], seats: int) -> dict[str, int]:
    """Largest remainder: the share rounded down, the rest by remainder, then the larger population, then the code."""
    total = sum(population.values())
    exact = {category: Fraction(people * seats, total) for category, people in population.items()}
    given = {category: math.floor(share) for category, share in exact.items()}
    order = sorted(exact, key=lambda c: (given[c] - exact[c], -population[c], c))
    for category in order[: seats - sum(given.values())]:
        given[category] += 1
    return given


def band(kind: Json, seats: int, exact: Fraction, size: int) -> tuple[int, int]:
    """Least and most seats."""
    least, most = {
        "exact": (seats, seats),
        "plus_minus": (seats - kind.get("seats", 0), seats + kind.get("seats", 0)),
        "floor_ceil": (math.floor(exact), math.ceil(exact)),
    }[kind["kind"]]
    return max(0, least), min(most, size)


Quotas = dict[str, dict[str, tuple[int, int]]]


def compute_quotas(audit: Audit, population: Json, wish: Json, charter: Json) -> Quotas:
    """Quotas and shares over the eligible cells; one whole area has no areas to divide seats between."""
    dimensions = {name: _codes(population["dimension"][name]["category"]) for name in population["id"]}
    query = {d: _selected(wish["query"][d], codes) for d, codes in dimensions.items()}
    areas = charter["eligibility"]["areas"]
    for name, codes in dimensions.items():
        if areas and set(areas) <= set(codes):
            query[name] = list(areas)
    features = [f for f in wish["features"] if len(query[f["dimension"]]) > 1]
    left_out = {(f["dimension"], code) for f in features for code in f.get("exclude", [])}
    cells = {
        key: people
        for key, people in read_cells(population, query).items()
        if not any(pair in left_out for pair in zip(population["id"], key, strict=True))
    }
    size, quotas = charter["panel_size"], {}
    for f in features:
        at = population["id"].index(f["dimension"])
        people = {c["category"]: sum(n for k, n in cells.items() if k[at] in c["codes"]) for c in f["categories"]}
        total, seats = sum(cells.values()), apportion(people, size)
        audit.require(sum(people.values()) == total, f"{f['feature']}: its categories do not hold everybody once")
        quotas[f["feature"]] = {}
        for category, count in people.items():
            exact = Fraction(count * size, total)
            least, most = band(f.get("band", {"kind": "exact"}), seats[category], exact, size)
            quotas[f["feature"]][category] = least, most
            values = {"population": count, "share": Fraction(count, total), "exact": exact, "least": least}
            for part, value in (values | {"most": most}).items():
                audit.figures[f"quota.{f['feature']}.{category}.{part}"] = str(value)
    return quotas


def _selected(chosen: str | list[str], codes: list[str]) -> list[str]:
    return codes if chosen == "*" else [chosen] if isinstance(chosen, str) else chosen


def check_quotas(audit: Audit, where: str, published: list[Json], quotas: Quotas) -> None:
    """Compare a published list of features with the recomputed quotas."""
    audit.same(f"features in {where}", [f["feature"] for f in published], list(quotas))
    for f in published:
        for q in f["quotas"]:
            name = f"{f['feature']}.{q['category']}"
            own = quotas.get(f["feature"], {}).get(q["category"])
            audit.same(f"quota {name} in {where}", (q["least"], q["most"]), own)
            people = audit.figures.get(f"quota.{name}.population")
            audit.same(f"population of {name} in {where}", str(q["population"]), people)


def suppress(counts: dict[str, int]) -> dict[str, int | None]:
    """Hide counts below FEW, and the next smallest while what is hidden could be told from the rest."""
    order = sorted(counts, key=lambda c: (counts[c], c))
    hide = sum(1 for n in counts.values() if n < FEW)
    while 0 < hide < len(order) and (hide == 1 or 0 < sum(counts[c] for c in order[:hide]) < FEW):
        hide += 1
    return {category: None if category in order[:hide] else n for category, n in counts.items()}


def composition(quotas: Quotas, people: list[dict[str, str]]) -> dict[str, dict[str, int]]:
    """People per feature and category."""
    return {f: {c: sum(p.get(f) == c for p in people) for c in categories} for f, categories in quotas.items()}


def check_pool(audit: Audit, events: Events, draw: Json, quotas: Quotas) -> None:
    """Intake and pool: the counts that may be told of the people in draw.json."""
    intakes = [e["data"]["intake"] for e in events.of("recruitment.pool.received")]
    for part in ("rows", "accepted", "refused"):
        audit.figures[f"intake.{part}"] = str(sum(i[part] for i in intakes))
    for i in intakes:
        audit.same("rows of an intake", i["rows"], i["accepted"] + i["refused"])
    frozen, people = events.only("recruitment.pool.frozen")["data"], [p["features"] for p in draw["people"]]
    audit.same("accepted volunteers", sum(i["accepted"] for i in intakes), len(people))
    audit.same("volunteers in the frozen pool", frozen["volunteers"], len(people))
    audit.same("people in draw.json by id", len({p["id"] for p in draw["people"]}), len(people))
    counts = {feature: suppress(cells) for feature, cells in composition(quotas, people).items()}
    audit.same("counts in the frozen pool", frozen["counts"], counts)
    for feature, cells in counts.items():
        for category, n in cells.items():
            audit.figures[f"quota.{feature}.{category}.pool"] = "suppressed" if n is None else str(n)


def ticket_index(seed: str, portfolio: str, tickets: int) -> int:
    """The rule that draw.json states: the first hash below the largest multiple of `tickets`, modulo `tickets`."""
    limit, c = 2**256 - 2**256 % tickets, 0
    while (n := int(hashlib.sha256(f"{seed}|{portfolio}|{c}".encode()).hexdigest(), 16)) >= limit:
        c += 1
    return n % tickets


def check_draw(audit: Audit, events: Events, draw: Json, quotas: Quotas, size: int) -> list[str]:
    """Every ticket against every quota, the seal, the ticket drawn, the chances; returns the members recomputed."""
    rows, tickets = {p["id"]: p["features"] for p in draw["people"]}, draw["tickets"]
    for number, ticket in enumerate(tickets):
        name = f"ticket {number}"
        audit.require(ticket == sorted(set(ticket)), f"{name}: its people are not each there once, in order of id")
        audit.require(set(ticket) <= rows.keys(), f"{name}: {sorted(set(ticket) - rows.keys())} are not in the pool")
        check_ticket(audit, name, [rows.get(person, {}) for person in ticket], quotas, size)
        check_also(audit, name, ticket, draw, size)
    check_fairness(audit, draw, quotas, size)
    content = {part: draw[part] for part in ("assembly", "tickets", "alternates", "fairness") if part in draw}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    portfolio = hashlib.sha256(text.encode()).hexdigest()
    commitment = hashlib.sha256(draw["seed"].encode()).hexdigest()
    index = ticket_index(draw["seed"], portfolio, len(tickets))
    chances = dict.fromkeys(rows, 0) | Counter(person for ticket in tickets for person in ticket)
    members = list(tickets[index])
    counts = composition(quotas, [rows.get(m, {}) for m in members])
    own = {
        "portfolio": portfolio,
        "commitment": commitment,
        "ticket": index,
        "members": members,
        "chances": chances,
        "counts": counts,
        "panel_size": size,
    }
    for key, value in own.items():
        audit.same(f"{key} in draw.json", draw[key], value)
    facts = {
        "volunteers": len(rows),
        "tickets": len(tickets),
        "panels": len({tuple(ticket) for ticket in tickets}),
        "smallest": min(chances.values()),
        "largest": max(chances.values()),
    }
    sealed, drawn = events.only("lottery.draw.sealed"), events.only("lottery.panel.drawn")
    for key, value in (facts | {"portfolio": portfolio, "commitment": commitment}).items():
        audit.same(f"{key} in lottery.draw.sealed", sealed["data"][key], value)
    told = {"seed": draw["seed"], "ticket": index, "tickets": len(tickets), "members": members, "counts": counts}
    for key, value in told.items():
        audit.same(f"{key} in lottery.panel.drawn", drawn["data"][key], value)
    before = {"source": sealed["source"], "version": int(sealed["sequence"])}
    audit.same("seal that the panel was drawn from", drawn["data"]["draw"], before)
    audit.figures |= {f"draw.{key}": str(value) for key, value in (facts | {"ticket": index}).items()}
    for feature, cells in counts.items():
        audit.figures |= {f"quota.{feature}.{category}.panel": str(n) for category, n in cells.items()}
    return members


def check_ticket(audit: Audit, name: str, people: list[Json], quotas: Quotas, size: int) -> None:
    """One panel: as many people as there are seats, every quota kept."""
    audit.same(f"size of {name}", len(people), size)
    for feature, cells in composition(quotas, people).items():
        for category, n in cells.items():
            least, most = quotas[feature][category]
            audit.require(least <= n <= most, f"{name}: {feature}.{category} has {n} seats, quota {least}-{most}")


def check_also(audit: Audit, name: str, members: list[str], draw: Json, size: int) -> None:
    """What a pool may ask for beside its quotas: joint quotas a panel, fixed, excluded and homes a ticket."""
    rows, ticket = {p["id"]: p for p in draw["people"]}, set(members)
    homes = Counter(home for who in members if (home := rows.get(who, {}).get("household")) is not None)
    fixed = {*draw.get("include", []), *draw.get("seated", [])}
    audit.require(all(n == 1 for n in homes.values()), f"{name}: several people of one household")
    audit.require(fixed <= ticket, f"{name}: lacks {sorted(fixed - ticket)}")
    barred = ticket & set(draw.get("exclude", []))
    audit.require(not barred, f"{name}: {sorted(barred)} are excluded")
    for at, joint in enumerate(draw.get("joint", [])):
        for start in range(0, len(members), size):
            part = [rows.get(who, {"features": {}}) for who in members[start : start + size]]
            n = sum(joint["categories"].items() <= p["features"].items() for p in part)
            kept = joint["least"] <= n <= joint["most"]
            audit.require(kept, f"{name}: joint quota {at} has {n} seats, {joint['least']}-{joint['most']}")


def check_fairness(audit: Audit, draw: Json, quotas: Quotas, size: int) -> None:
    """The exact lottery behind the tickets, everybody's chance in it, and every level's bound from its multipliers.

    A level says: whatever the lottery, when those settled before have at least what they have here, the smallest
    stake-weighted chance of the rest is at most the bound. Any panel c keeps every row r: least_r <= (A c)_r <= most_r.
    So for weights w >= 0: sum w s c <= sum_r y_r x (most_r if y_r > 0 else least_r) + sum_p max(0, w_p s_p - (A'y)_p).
    """
    claim = draw.get("fairness")
    if not claim or not claim["proof"]:
        return
    proof, panels = claim["proof"], draw.get("panels", 1)
    total, held = sum(proof["weights"]), defaultdict[str, Fraction](Fraction)
    audit.same("panels and weights of the proof", len(proof["panels"]), len(proof["weights"]))
    audit.require(all(weight > 0 for weight in proof["weights"]), "proof: a panel's weight is not above 0")
    rows = {p["id"]: p["features"] for p in draw["people"]}
    for number, told in enumerate(proof["panels"]):
        name = f"panel {number} of the proof"
        members = seated(audit, name, draw, told) if isinstance(told, dict) else told
        audit.require(len(set(members)) == len(members) == size * panels, f"{name}: not {size * panels} people")
        audit.require(set(members) <= rows.keys(), f"{name}: {sorted(set(members) - rows.keys())} are not in the pool")
        for start in range(0, size * panels, size):
            part = [rows.get(who, {}) for who in members[start : start + size]]
            check_ticket(audit, name, part, quotas, size)
        check_also(audit, name, members, draw, size)
        for who, share in shares(draw, told).items():
            held[who] += share * proof["weights"][number]
    sure = {*draw.get("include", []), *draw.get("seated", []), *draw.get("exclude", [])}
    told = {who: Fraction(chance) for who, chance in claim["target"].items()}
    audit.require(rows.keys() - sure <= told.keys(), "fairness: the target leaves somebody out")
    audit.same("target of the fairness", told, {who: held[who] / total for who in told})
    published = [(level["people"], Fraction(level["chance"]), Fraction(level["bound"])) for level in claim["levels"]]
    bounds = Bounds(audit, draw, quotas, size, {who: held[who] / total for who in rows})
    levels = bounds.levels()
    audit.same("levels of the fairness", published, levels)
    if claim["certified"]:
        closed = bool(levels) and all(bound - chance <= GAP for _, chance, bound in levels)
        audit.require(closed, f"fairness: certified, and a level's gap is above {GAP}")
    if claim["certified"] and claim["objective"] == "leximin":
        settled = sum(people for people, _, _ in levels) == len(bounds.free) and not bounds.too_early
        audit.require(settled, "fairness: a leximin settles everybody, each at a level that gives them weight")


def shares(draw: Json, told: list[str] | dict[str, int]) -> dict[str, Fraction]:
    """How much of a seat each person has on a panel: all of it, or where seats are shared by lot, an even part."""
    if isinstance(told, list):
        return dict.fromkeys(told, Fraction(1))
    found = dict.fromkeys([*draw.get("include", []), *draw.get("seated", [])], Fraction(1))
    groups = draw["fairness"]["proof"]["groups"]
    for group, seats in told.items():
        found |= dict.fromkeys(groups[int(group)], Fraction(seats, len(groups[int(group)])))
    return found


def seated(audit: Audit, name: str, draw: Json, told: dict[str, int]) -> list[str]:
    """One way to seat a panel told as seats per group; the people of a group must be alike, so any way is as good."""
    people, groups = {p["id"]: p for p in draw["people"]}, draw["fairness"]["proof"]["groups"]
    members = sorted({*draw.get("include", []), *draw.get("seated", [])})
    mates: dict[str, list[int]] = defaultdict(list)
    for at, group in enumerate(groups):
        for who in group:
            mates[people[who].get("household") or f"alone {who}"].append(at)
    taken: set[str] = set()
    for group, seats in sorted(told.items(), key=lambda item: int(item[0])):
        alike = set()
        one_a_home: dict[str, str] = {}
        for who in groups[int(group)]:
            home = people[who].get("household") or f"alone {who}"
            alike.add(
                json.dumps([people[who]["features"], mates[home] if len(mates[home]) > 1 else []], sort_keys=True)
            )
            one_a_home.setdefault(home, who)
        audit.require(len(alike) <= 1, f"{name}: the people of group {group} are not alike")
        free = [home for home in sorted(one_a_home) if home not in taken][: max(0, seats)]
        audit.require(len(free) == seats, f"{name}: group {group} cannot have {seats} seats")
        taken.update(free)
        members += [one_a_home[home] for home in free]
    return members


class Bounds:
    """The levels of a proof, by its multipliers alone."""

    def __init__(self, audit: Audit, draw: Json, quotas: Quotas, size: int, chances: dict[str, Fraction]) -> None:
        self.audit, self.proof, self.chances, self.too_early = audit, draw["fairness"]["proof"], chances, False
        people, panels = {p["id"]: p for p in draw["people"]}, draw.get("panels", 1)
        fixed = sorted({*draw.get("include", []), *draw.get("seated", [])})
        homes = {people[who].get("household") for who in fixed} - {None}
        gone = {*fixed, *draw.get("exclude", []), *(who for who, p in people.items() if p.get("household") in homes)}
        self.free = sorted(people.keys() - gone)
        odds = {who: Fraction(people[who].get("inclusion") or 1) for who in self.free}
        self.stake = {who: odds[who] / max(odds.values()) for who in self.free}
        # name -> least, most, coefficient by person; the fixed have their seats already
        self.rows: dict[str, tuple[int | None, int, dict[str, int]]] = {}
        left = panels * size - len(fixed)
        self.rows["size"] = (left, left, dict.fromkeys(self.free, 1))
        wanted = [
            (f"quota|{feature}|{category}", {feature: category}, least, most)
            for feature, cells in quotas.items()
            for category, (least, most) in cells.items()
        ]
        for at, j in enumerate(draw.get("joint", [])):
            wanted.append((f"joint|{at}", j["categories"], j["least"], j["most"]))
        for name, traits, least, most in wanted:
            inside = {who for who, p in people.items() if traits.items() <= p["features"].items()}
            own = len(inside & set(fixed))
            coefficients = {who: 1 for who in self.free if who in inside}
            self.rows[name] = (panels * least - own, panels * most - own, coefficients)
        for home in sorted({people[who].get("household") for who in self.free} - {None}):
            inside = {who for who in self.free if people[who].get("household") == home}
            self.rows[f"household|{home}"] = (0, 1, dict.fromkeys(inside, 1))
        for at, cut in enumerate(self.proof["cuts"]):
            weighed = {who: n for group, n in cut["weights"].items() for who in self.proof["groups"][int(group)]}
            self.rows[f"cut|{at}"] = (None, cut["most"], weighed)
            most = max(sum(weighed.get(who, 0) for who in members) for members in self.proof["panels"])
            audit.require(most <= cut["most"], f"proof: a panel breaks cut {at}")

    def levels(self) -> list[tuple[int, Fraction, Fraction]]:
        """People settled, the smallest chance among all not settled before, and the bound on it."""
        groups = self.proof["groups"]
        self.audit.same("people in the groups of the proof", sorted(who for g in groups for who in g), self.free)
        rest, found = set(self.free), []
        for number, level in enumerate(self.proof["levels"]):
            weight = {who: n for group, n in level["weights"].items() for who in groups[int(group)]}
            fair = all(n >= 0 for n in weight.values()) and any(weight.get(who) for who in rest)
            known = all(
                name in self.rows and (y > 0 or self.rows[name][0] is not None) for name, y in level["rows"].items()
            )
            own = {who for group in level["groups"] for who in groups[group]}
            self.audit.require(fair and known and own <= rest, f"level {number} of the proof: multipliers or groups")
            if not (fair and known and own <= rest and own):
                break
            self.too_early |= any(not weight.get(who) for who in own)
            sums = self.largest(weight, level["rows"])
            sums -= sum((n * self.value(who) for who, n in weight.items() if who not in rest), Fraction())
            smallest = min(self.value(who) for who in rest)
            found.append((len(own), smallest, sums / sum(weight.get(who, 0) for who in rest)))
            rest -= own
        return found

    def value(self, who: str) -> Fraction:
        """The chance that counts."""
        return self.stake[who] * self.chances[who]

    def largest(self, weight: dict[str, int], rows: dict[str, int]) -> Fraction:
        """What sum w s c can be at most on any panel."""
        total, covered = Fraction(), Counter[str]()
        for name, y in rows.items():
            least, most, coefficients = self.rows[name]
            total += y * (most if y > 0 or least is None else least)
            for who, n in coefficients.items():
                covered[who] += y * n
        over = (weight.get(who, 0) * self.stake[who] - covered[who] for who in self.free)
        return total + sum((n for n in over if n > 0), Fraction())


def check_panel_file(audit: Audit, file: Path, draw: Json, members: list[str]) -> None:
    """panel.csv lists the members with their features."""
    rows = {p["id"]: p["features"] for p in draw["people"]}
    with file.open(encoding="utf-8", newline="") as lines:
        listed = [{k: v for k, v in row.items() if k != "note"} for row in csv.DictReader(lines)]
    audit.same("members in panel.csv", listed, [{"id": m} | rows.get(m, {}) for m in members])


def check_sessions(audit: Audit, events: Events, members: list[str]) -> None:
    """Attendance: distinct members of the panel."""
    audit.same("members seated", events.only("sessions.assembly.seated")["data"]["members"], len(members))
    held = sorted((e["data"] for e in events.of("sessions.session.held")), key=lambda data: data["number"])
    audit.same("numbers of the sessions", [s["number"] for s in held], list(range(1, len(held) + 1)))
    for s in held:
        name, present = f"session.{s['number']}", set(s["present"])
        audit.require(present <= set(members), f"{name}: {sorted(present - set(members))} are not members")
        audit.same(f"{name}.members in the event", s["members"], len(members))
        audit.same(f"{name}.present, each once", len(s["present"]), len(present))
        audit.figures |= {f"{name}.present": str(len(present)), f"{name}.members": str(len(members))}


def is_adopted(rule: Json, votes: Counter[str], members: int) -> bool:
    """The charter's rule: the quorum of members has voted, and enough of those that count are in favour."""
    threshold, quorum = (Fraction(r["numerator"], r["denominator"]) for r in (rule["threshold"], rule["quorum"]))
    whole = {"votes": votes["for"] + votes["against"], "ballots": votes.total(), "members": members}[rule["of"]]
    if votes.total() < quorum * members or not whole:
        return False
    return votes["for"] > threshold * whole if rule["more_than"] else votes["for"] >= threshold * whole


def check_votes(audit: Audit, events: Events, rule: Json, members: int) -> None:
    """Count every ballot again, and decide again."""
    ballots: dict[int, Counter[str]] = defaultdict(Counter)
    for e in events.of("sessions.ballot.cast"):
        ballots[e["data"]["number"]][e["data"]["choice"]] += 1
    proposed = sorted(e["data"]["number"] for e in events.of("sessions.recommendation.proposed"))
    audit.same("recommendations with ballots", sorted(ballots), [n for n in proposed if n in ballots])
    closed = {
        e["data"]["number"]: (outcome, e["data"]["tally"])
        for outcome in ("adopted", "rejected")
        for e in events.of(f"sessions.recommendation.{outcome}")
    }
    adopted = 0
    for n in proposed:
        name, votes = f"recommendation.{n}", ballots[n]
        outcome = ("adopted" if is_adopted(rule, votes, members) else "rejected") if n in closed else "open"
        adopted += outcome == "adopted"
        audit.figures[f"{name}.outcome"] = outcome
        if n not in closed:
            continue
        tally = {"in_favour": votes["for"], "against": votes["against"], "abstained": votes["abstain"]}
        audit.same(f"{name}.outcome in the event", closed[n][0], outcome)
        audit.same(f"{name}, tally in the event", closed[n][1], tally | {"members": members})
        audit.require(votes.total() <= members, f"{name}: {votes.total()} ballots from {members} members")
        for key, value in (tally | {"members": members}).items():
            audit.figures[f"{name}.{'for' if key == 'in_favour' else key}"] = str(value)
    for e in events.of("sessions.recommendation.dissented"):
        n, behind = e["data"]["number"], e["data"]["dissent"]["supporters"]
        most = members - ballots[n]["for"]
        audit.require(1 <= behind <= most, f"recommendation.{n}: {behind} stand behind a dissent, {most} can")
    totals = {"recommendations": len(proposed), "adopted": adopted}
    published = events.only("reporting.report.published")["data"]
    for key, value in totals.items():
        audit.same(f"{key} in reporting.report.published", published[key], value)
        audit.figures[f"total.{key}"] = str(value)


class Report(HTMLParser):
    """Reads (language, name, value, text) of every element with data-figure, and the languages there are."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str, str]] = []
        self.languages: list[str] = []
        self._open: tuple[str, str, str] | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a language or a figure."""
        own = dict(attrs)
        if tag == "div" and own.get("id") and own.get("id") == own.get("lang"):
            self.languages.append(own["lang"] or "")
        if "data-figure" in own:
            self._open, self._text = (tag, own["data-figure"] or "", own.get("value") or ""), ""

    def handle_data(self, data: str) -> None:
        """Gather a figure's text."""
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        """End a figure."""
        if self._open and tag == self._open[0]:
            language = self.languages[-1] if self.languages else ""
            self.found.append((language, self._open[1], self._open[2], self._text.strip()))
            self._open = None


def check_report(audit: Audit, html: str) -> None:
    """Each figure once in each language, no more and no fewer, its value and its text as recomputed."""
    report = Report()
    report.feed(html)
    audit.same("languages of report.html", report.languages, ["da", "en"])
    times = Counter((language, name) for language, name, _, _ in report.found)
    for language, name, value, text in report.found:
        if name not in audit.figures:
            audit.problems.append(f"{name} ({language}): stands in report.html with {value}, and nothing gives it")
            continue
        audit.same(f"{name} ({language}) in report.html", value, audit.figures[name])
        audit.require(says(language, name, value, text), f"{name} ({language}): the text {text!r} is not {value}")
    for language in report.languages:
        for name in audit.figures:
            count = times[language, name]
            audit.require(count == 1, f"{name} ({language}): should stand once in report.html, stands {count} times")


def says(language: str, name: str, value: str, text: str) -> bool:
    """Whether the text for people is the value for programs, to the decimals it shows."""
    if name.endswith(".outcome"):
        return text == OUTCOMES.get(value, {}).get(language)
    if value == "suppressed":
        return bool(text) and not any(sign.isdigit() for sign in text)
    thousands, point = (".", ",") if language == "da" else (",", ".")
    whole, _, decimals = text.replace(thousands, "").replace(point, ".").removesuffix("%").strip().partition(".")
    if not (whole + decimals).isdigit():
        return False
    wanted = Fraction(value) * (100 if name.endswith(".share") else 1)
    return abs(Fraction(int(whole + decimals), 10 ** len(decimals)) - wanted) * 2 <= Fraction(1, 10 ** len(decimals))


def recompute(folder: Path, population: Path, features: Path) -> Audit:
    """Everything; the audit tells."""
    audit, events = Audit(), Events(folder / "events.jsonl")
    draw = json.loads((folder / "draw.json").read_text("utf-8"))
    check_sequences(audit, events)
    charter = events.only("sessions.assembly.chartered")["data"]
    table, wish = (json.loads(file.read_text("utf-8")) for file in (population, features))
    quotas = compute_quotas(audit, table, wish, charter)
    opened = events.only("recruitment.pool.opened")["data"]
    check_quotas(audit, "recruitment.pool.opened", opened["features"], quotas)
    check_quotas(audit, "draw.json", draw["features"], quotas)
    source = hashlib.sha256(population.read_bytes()).hexdigest()
    audit.same("SHA-256 of the population file", opened["provenance"]["sha256"], source)
    check_pool(audit, events, draw, quotas)
    members = check_draw(audit, events, draw, quotas, charter["panel_size"])
    check_panel_file(audit, folder / "panel.csv", draw, members)
    check_sessions(audit, events, members)
    check_votes(audit, events, charter["decision_rule"], len(members))
    check_report(audit, (folder / "report.html").read_text("utf-8"))
    return audit


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: python recompute.py FOLDER POPULATION.json FEATURES.json")
    outcome = recompute(*(Path(argument) for argument in sys.argv[1:]))
    for problem in outcome.problems:
        sys.stdout.write(problem + "\n")
    if outcome.problems:
        sys.exit(1)
    sys.stdout.write(f"{len(outcome.figures)} figures recomputed from the published files; report.html has the same\n")
