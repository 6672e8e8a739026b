"""The built-in source of population figures: saved JSON-stat files."""

from services.recruitment.plugins.saved import SavedJsonStat

__all__ = ["SavedJsonStat"]
