"""The language of the terminal."""

import os


def language() -> str:
    """Danish where the terminal is Danish, else English."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "da" if spoken.startswith("da") else "en"
