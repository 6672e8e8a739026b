"""``borgerting lottery``: a draw on plain files, without any service running."""

import typer

from services.lottery.cli.draw import draw
from services.lottery.cli.explain import explain
from services.lottery.cli.replace import replace

app = typer.Typer(no_args_is_help=True, help="Draw a panel from plain files. / Træk lod fra almindelige filer.")
app.command("draw")(draw)
app.command("explain")(explain)
app.command("replace")(replace)


@app.callback()
def lottery() -> None:
    """Draw a panel from plain files, with no service running. / Træk lod fra almindelige filer."""
