"""The console script ``borgerting``: every command ends in 0, or in one clear sentence and 2."""

import sys

import typer

from borgerting.cli import bus_commands, demo_command, run_commands
from borgerting.cli.language import language
from borgerting.errors import BorgertingError, Refused

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


def main() -> None:
    """Run the command line; a refusal is printed sentence by sentence and ends in exit code 2."""
    try:
        app()
    except Refused as why:
        for sentence in why.sentences(language()):
            print(f"borgerting: {sentence}", file=sys.stderr)  # noqa: T201 - the terminal is where a command speaks
        sys.exit(2)
    except BorgertingError as why:
        print(f"borgerting: {why}", file=sys.stderr)  # noqa: T201 - the terminal is where a command speaks
        sys.exit(2)
