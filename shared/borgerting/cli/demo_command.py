"""``borgerting demo``: a rehearsal from charter to report, in the terminal."""

import asyncio
import shutil
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from borgerting.cli.language import language
from borgerting.errors import Refused, Text, in_language
from borgerting.settings import Settings, read

if TYPE_CHECKING:
    from borgerting.demo.watch import Watch

ASSEMBLY = "demo"
WORDS: dict[str, Text] = {
    "title": {
        "da": "Øvelse: opfundne tilmeldte, rigtige befolkningstal",
        "en": "Rehearsal: invented volunteers, real population",
    },
    "panel": {"da": "medlemmer i panelet", "en": "members of the panel"},
    "pool": {"da": "tilmeldte i puljen (af rækker i filen)", "en": "volunteers in the pool (of rows in the file)"},
    "quotas": {"da": "kvoter holdt", "en": "quotas kept"},
    "tickets": {"da": "lodder, forskellige paneler", "en": "tickets, distinct panels"},
    "chances": {"da": "den enkeltes lodder, færrest og flest", "en": "tickets a person, fewest and most"},
    "sessions": {"da": "samlinger", "en": "sessions"},
    "recommendations": {"da": "anbefalinger vedtaget (af stillede)", "en": "recommendations adopted (of proposed)"},
    "events": {"da": "hændelser på bussen", "en": "events on the bus"},
    "seconds": {"da": "sekunder", "en": "seconds"},
    "report": {"da": "Rapporten", "en": "The report"},
    "beside": {"da": "ved siden af", "en": "beside it"},
}


def demo(
    county: Annotated[str, typer.Option(help="Code of one county (län), e.g. 12; empty for all of Sweden.")] = "",
    size: Annotated[int, typer.Option(help="Seats in the panel.", min=1, max=1000)] = 60,
    seed: Annotated[int, typer.Option(help="Seed of the invented volunteers, the votes and the draw.")] = 1,
    data: Annotated[Path, typer.Option(help="Folder for the run and its files; its content is replaced.")] = Path(
        ".borgerting/demo"
    ),
    processes: Annotated[bool, typer.Option(help="Run the four services as four processes.")] = False,
) -> None:
    """Rehearse a whole assembly through the four services and write its report."""
    asyncio.run(_demo(read(data=data / "run", port=0, seed=f"rehearsal-{seed}"), county, size, seed, processes))


async def _demo(settings: Settings, county: str, size: int, seed: int, processes: bool) -> None:
    from borgerting.demo.client import Client
    from borgerting.demo.driver import Rehearsal, population, write_files
    from borgerting.demo.example import read_example
    from borgerting.demo.plan import Plan
    from borgerting.demo.running import four_processes, one_process
    from borgerting.demo.watch import Watch
    from borgerting.suite import alone_in, embedded_broker

    folder, began = settings.data.parent, time.monotonic()
    plan = Plan(read_example(), ASSEMBLY, datetime.now(UTC).date(), county, size, seed)
    await population(plan, plan.quotas("")["query"])
    console = Console()
    async with AsyncExitStack() as stack:
        stack.enter_context(alone_in(folder))
        _start_afresh(folder, settings.data)
        progress = stack.enter_context(_progress(console))
        step = progress.add_task(in_language(WORDS["title"], language()))
        broker = await stack.enter_async_context(embedded_broker(settings.data / "broker"))
        here = settings.model_copy(update={"nats_url": broker.url})
        running = await stack.enter_async_context((four_processes if processes else one_process)(here))
        watch = await stack.enter_async_context(Watch(broker.url, ASSEMBLY))
        client = await stack.enter_async_context(Client(running.addresses, running.token, f"demo-{seed}"))

        def tell(what: Text) -> None:
            progress.update(step, description=in_language(what, language()))

        await Rehearsal(plan, client, watch, tell).run()
        await write_files(plan, client, watch, folder)
    console.print(_summary(watch, time.monotonic() - began))
    beside = f"{in_language(WORDS['beside'], language())}: panel.csv, events.jsonl, draw.json"
    console.print(
        f"[bold]{in_language(WORDS['report'], language())}:[/bold] {folder / 'report.html'}  ({beside})", soft_wrap=True
    )


def _start_afresh(folder: Path, run: Path) -> None:
    """Remove the last run; a folder that holds anything else is not ours to empty."""
    ours = {"run", "lock", "report.html", "panel.csv", "draw.json", "events.jsonl"}
    if strange := sorted(f.name for f in folder.iterdir() if f.name not in ours):
        raise Refused(
            "demo.folder",
            da=f"Mappen {folder} indeholder andet end en øvelse ({strange[0]}). Vælg en anden med --data.",
            en=f"The folder {folder} holds something else than a rehearsal ({strange[0]}). Choose another with --data.",
        )
    for name in ours - {"run", "lock"}:
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(run, ignore_errors=True)


def _progress(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console, transient=True
    )


def _summary(watch: "Watch", seconds: float) -> Table:
    def last(kind: str) -> dict[str, Any]:
        return dict(watch.of(kind)[-1].data)

    opened, sealed, drawn = last("recruitment.pool.opened"), last("lottery.draw.sealed"), last("lottery.panel.drawn")
    intake, report = last("recruitment.pool.received")["intake"], last("reporting.report.published")
    kept, quotas = _quotas_kept(opened, drawn)
    table = Table("", "", title=in_language(WORDS["title"], language()), show_header=False)
    rows = {
        "panel": f"{len(drawn['members'])}",
        "pool": f"{sealed['volunteers']} ({intake['rows']})",
        "quotas": f"{kept} / {quotas}",
        "tickets": f"{sealed['tickets']}, {sealed['panels']}",
        "chances": f"{sealed['smallest']}, {sealed['largest']}",
        "sessions": f"{len(watch.of('sessions.session.held'))}",
        "recommendations": f"{report['adopted']} ({report['recommendations']})",
        "events": f"{len(watch.envelopes)}",
        "seconds": f"{seconds:.1f}",
    }
    for key, value in rows.items():
        table.add_row(in_language(WORDS[key], language()), value)
    return table


def _quotas_kept(opened: dict[str, Any], drawn: dict[str, Any]) -> tuple[int, int]:
    counts = drawn["counts"]
    every = [(f["feature"], quota) for f in opened["features"] for quota in f["quotas"]]
    kept = [q for feature, q in every if q["least"] <= counts[feature].get(q["category"], 0) <= q["most"]]
    return len(kept), len(every)
