"""Documents that grow with people: encrypted once, named by the hash of their ciphertext, kept beside the store."""

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from borgerting.canonical import canonical, keyed_digest, sha256
from borgerting.errors import Broken
from borgerting.keys import sync_folder

__all__ = ["SnapshotFolder", "canonical", "keyed_digest", "name_of", "new_key", "seal", "unseal"]

NONCE_BYTES = 12


def new_key() -> bytes:
    """A fresh 256-bit key for one assembly."""
    return secrets.token_bytes(32)


def seal(key: bytes, content: bytes, assembly: str) -> bytes:
    """Encrypt with AES-256-GCM bound to `assembly`; the nonce stands first. Two calls give two ciphertexts."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, assembly.encode())


def unseal(key: bytes, sealed: bytes, assembly: str) -> bytes:
    """Return the content; Broken if key, assembly or a single bit differs."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], assembly.encode())
    except (InvalidTag, ValueError) as wrong:  # ValueError: cut off before its nonce ends
        raise Broken(f"a snapshot of {assembly} does not open: wrong key or changed bytes") from wrong


def name_of(sealed: bytes) -> str:
    """The SHA-256 of the ciphertext, in hex."""
    return sha256(sealed)


class SnapshotFolder:
    """Sealed snapshots as files named by their hash; written once, durable when `put` returns."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, sealed: bytes) -> str:
        """Write `sealed` (a repeat changes nothing) and return its name."""
        name = name_of(sealed)
        target = self.folder / name
        if not target.exists():
            partial = self.folder / f"{secrets.token_hex(8)}.part"
            with partial.open("wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
            sync_folder(self.folder)
        return name

    def get(self, name: str) -> bytes | None:
        """The sealed bytes, or None; Broken if they no longer match their name."""
        target = self.folder / name
        if not target.exists():
            return None
        sealed = target.read_bytes()
        if name_of(sealed) != name:
            raise Broken(f"snapshot {name[:12]}… has changed on disk")
        return sealed

    def names(self) -> list[str]:
        """Every snapshot there is."""
        return sorted(p.name for p in self.folder.iterdir() if p.suffix != ".part")
