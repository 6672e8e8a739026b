"""The console script ``borgerting``: every command ends in 0, or in one clear sentence and 2."""

import sys
from collections.abc import Callable
from importlib.metadata import entry_points

import typer

from borgerting.cli import bus_commands, demo_command, run_commands
from borgerting.cli.language import language
from borgerting.errors import BorgertingError, Refused

SERVICES = "borgerting.commands"
"""Entry-point group of the commands that services and partners bring: a typer app, by the name it is called by."""


def commands() -> typer.Typer:
    """Our own commands and those that are installed; one that cannot be loaded says so when it is called."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Runs a citizens' assembly from the mandate to the answered recommendation. / Kør et borgerting.",
    )
    app.command("demo")(demo_command.demo)
    app.command("up")(run_commands.up)
    app.command("run")(run_commands.run)
    app.command("topology")(bus_commands.topology)
    app.command("replay")(bus_commands.replay)
    app.add_typer(bus_commands.dead_letters, name="dead-letters")
    for point in sorted(entry_points(group=SERVICES), key=lambda p: (p.name, p.value)):
        try:
            app.add_typer(point.load(), name=point.name)
        except Exception as why:  # noqa: BLE001 - a partner's code may fail in any way; the reason is shown
            app.command(point.name, help=f"({why!r})", context_settings=ANYTHING)(_broken(point.name, repr(why)))
    return app


ANYTHING = {"allow_extra_args": True, "ignore_unknown_options": True}


def main() -> None:
    """Run the command line; a refusal is printed sentence by sentence and ends in exit code 2."""
    try:
        commands()()
    except Refused as why:
        for sentence in why.sentences(language()):
            print(f"borgerting: {sentence}", file=sys.stderr)  # noqa: T201 - the terminal is where a command speaks
        sys.exit(2)
    except BorgertingError as why:
        print(f"borgerting: {why}", file=sys.stderr)  # noqa: T201 - the terminal is where a command speaks
        sys.exit(2)


def _broken(name: str, why: str) -> Callable[[], None]:
    def refuse() -> None:
        raise Refused(
            "command.broken",
            da=f"Kommandoen «{name}» kan ikke indlæses: {why}. Installér det, der mangler, eller bed ejeren rette den.",
            en=f"The command “{name}” cannot be loaded: {why}. Install what it lacks or ask its owner to correct it.",
        )

    return refuse
