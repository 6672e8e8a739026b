"""The built-in exporters: one page that opens offline, and the canonical figures."""

from services.reporting.plugins.html import HtmlReport, body_of
from services.reporting.plugins.json import JsonReport

__all__ = ["HtmlReport", "JsonReport", "body_of"]
