"""What the reporting service tells: a report is out."""

from typing import ClassVar

from borgerting.events.base import Event


class ReportPublished(Event):
    """Every source that the conclusion lists is in the report; `figures` is the SHA-256 of its canonical figures."""

    type: ClassVar[str] = "reporting.report.published"
    figures: str
    recommendations: int
    adopted: int
