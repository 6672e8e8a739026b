"""What reporting knows of each source, and the report that follows from it: the same for any order of arrival."""

from services.reporting.domain.assemble import assemble, figures, is_complete
from services.reporting.domain.facts import NOUNS, Facts, Folded, Known, fold, noun_of
from services.reporting.domain.report import (
    CategoryFigures,
    DrawFigures,
    FeatureFigures,
    RecommendationFigures,
    Report,
    SessionFigures,
    Totals,
)

__all__ = [
    "NOUNS",
    "CategoryFigures",
    "DrawFigures",
    "Facts",
    "FeatureFigures",
    "Folded",
    "Known",
    "RecommendationFigures",
    "Report",
    "SessionFigures",
    "Totals",
    "assemble",
    "figures",
    "fold",
    "is_complete",
    "noun_of",
]
