"""Secrets that an installation makes once and keeps: files that only their owner can read."""

import os
import secrets
from pathlib import Path

from borgerting.errors import Broken

KEY_BYTES = 32


def kept_key(folder: Path, name: str) -> bytes:
    """Return the 32-byte key `name` in `folder`, made at the first call; two callers at once get the same one.

    Broken when the file holds anything but a key: a new one would open nothing that the old one closed.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / name
    if not file.exists():
        _make(folder, file)
    key = file.read_bytes()
    if len(key) != KEY_BYTES:
        raise Broken(f"{file} holds {len(key)} bytes and a key has {KEY_BYTES}: put it back from the backup")
    return key


def _make(folder: Path, file: Path) -> None:
    fresh = folder / f"{file.name}.{secrets.token_hex(8)}"
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(secrets.token_bytes(KEY_BYTES))
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(fresh, file)
    except FileExistsError:
        pass  # the other caller was first, and its key counts
    finally:
        fresh.unlink()
    sync_folder(folder)  # or a power failure leaves what the key has closed, and no key


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable: syncing a file does not sync that it is there."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
