"""The options that the commands share, with their help."""

from pathlib import Path
from typing import Annotated

import typer

QuotaFile = Annotated[
    Path, typer.Option("--quotas", help="Quotas: CSV, XLSX or criteria.json; the format is recognised. / Kvotefil.")
]
VolunteerFile = Annotated[
    Path, typer.Option("--volunteers", help="Volunteers: CSV or XLSX, one row each. / De tilmeldte, en række til hver.")
]
Seats = Annotated[int, typer.Option(min=0, max=10_000, help="Seats on a panel; 0 takes them from criteria.json.")]
Panels = Annotated[int, typer.Option(min=1, max=100, help="Panels drawn from one pool, without overlap.")]
Tickets = Annotated[int, typer.Option(min=1, max=100_000, help="Tickets: whole panels fixed before the draw.")]
IdColumn = Annotated[str, typer.Option("--id", help="Column of ids; else one that is known, else row numbers.")]
Household = Annotated[
    list[str], typer.Option(help="Address column, once for each: at most one of a home on a panel. / Adressekolonne.")
]
Fuzzy = Annotated[bool, typer.Option("--fuzzy", help="Take addresses that are spelled nearly alike for one home.")]
Include = Annotated[list[str], typer.Option(help="Id, or a file of ids, always on the panel.")]
Exclude = Annotated[list[str], typer.Option(help="Id, or a file of ids, never on the panel.")]
Seated = Annotated[list[str], typer.Option(help="Id, or a file of ids, who have a seat already; it counts.")]
Joint = Annotated[Path | None, typer.Option(help="Quotas on two features: feature,value,feature2,value2,min,max.")]
Inclusion = Annotated[str, typer.Option(help="Column with the probability of having been invited, e.g. 1/40.")]
Flex = Annotated[bool, typer.Option("--flex", help="Let quotas give way within min_flex and max_flex, if they must.")]
SkipRefused = Annotated[bool, typer.Option("--skip-refused", help="Go on without the rows that cannot be used.")]
Name = Annotated[str, typer.Option(help="Name of the draw: a–z, digits and -.")]
