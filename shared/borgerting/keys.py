"""Secrets that an installation makes once and keeps: files that only their owner can read."""

import os
import secrets
from pathlib import Path


def kept_key(folder: Path, name: str) -> bytes:
    """Return the 32-byte key `name` in `folder`, made at the first call; two callers at once get the same one."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / name
    if not file.exists():
        _make(folder, file)
    return file.read_bytes()


def _make(folder: Path, file: Path) -> None:
    fresh = folder / f"{file.name}.{secrets.token_hex(8)}"
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(secrets.token_bytes(32))
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(fresh, file)
    except FileExistsError:
        pass  # the other caller was first, and its key counts
    finally:
        fresh.unlink()
