"""The figures as JSON: exactly the bytes whose SHA-256 the published event carries."""

from collections.abc import Mapping
from typing import Any

from borgerting.adapters import ExportedFile
from services.reporting.domain import Report, figures


class JsonReport:
    """Writes the canonical figures; the language makes no difference, every text is there in all its languages."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._settings = settings

    def export(self, report: Mapping[str, Any], language: str) -> ExportedFile:
        """The figures of `report` as one line of JSON with sorted keys."""
        found = Report.model_validate(report)
        return ExportedFile(f"{found.assembly}-report.json", "application/json", figures(found))
