"""Sealed once, named by its hash, and opened only as it was sealed."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borgerting.errors import Broken
from borgerting.snapshots import SnapshotFolder, name_of, new_key, seal, unseal

KEY = new_key()


@given(content=st.binary(max_size=2000))
def test_what_is_sealed_opens_and_never_looks_the_same_twice(content: bytes) -> None:
    sealed = seal(KEY, content, "klima")
    assert unseal(KEY, sealed, "klima") == content
    assert seal(KEY, content, "klima") != sealed


def test_another_key_another_assembly_or_one_bit_opens_nothing() -> None:
    sealed = seal(KEY, b"names", "klima")
    flipped = [sealed[:at] + bytes([sealed[at] ^ bit]) + sealed[at + 1 :] for at, bit in [(0, 1), (15, 8), (20, 128)]]
    for key, bytes_, assembly in [
        (new_key(), sealed, "klima"),
        (KEY, sealed, "skole"),
        *((KEY, changed, "klima") for changed in flipped),
    ]:
        with pytest.raises(Broken, match=assembly):
            unseal(key, bytes_, assembly)


@pytest.mark.parametrize("length", range(0, 33, 4))
def test_a_snapshot_that_is_cut_off_is_broken(length: int) -> None:
    with pytest.raises(Broken):
        unseal(KEY, seal(KEY, b"names", "klima")[:length], "klima")


def test_a_folder_gives_back_what_it_was_given_and_takes_it_twice(tmp_path: Path) -> None:
    folder = SnapshotFolder(tmp_path / "snapshots")
    assert [folder.put(b"one"), folder.put(b"one"), folder.put(b"two")] == [
        name_of(b) for b in (b"one", b"one", b"two")
    ]
    assert SnapshotFolder(tmp_path / "snapshots").get(name_of(b"one")) == b"one"
    assert folder.names() == sorted([name_of(b"one"), name_of(b"two")])
    assert folder.get("0" * 64) is None
    assert stat.S_IMODE((tmp_path / "snapshots").stat().st_mode) == 0o700


@pytest.mark.parametrize("on_disk", [b"oNe", b"on", b""])
def test_a_snapshot_that_has_changed_on_disk_is_broken(tmp_path: Path, on_disk: bytes) -> None:
    folder = SnapshotFolder(tmp_path)
    name = folder.put(b"one")
    (tmp_path / name).write_bytes(on_disk)
    with pytest.raises(Broken, match="changed on disk"):
        folder.get(name)


def test_a_write_that_was_cut_off_is_no_snapshot_and_is_written_again(tmp_path: Path) -> None:
    folder = SnapshotFolder(tmp_path)
    (tmp_path / f"{name_of(b'one')}.part").write_bytes(b"o")
    assert folder.names() == []
    assert folder.get(name_of(b"one")) is None
    assert folder.get(folder.put(b"one")) == b"one"
    assert folder.names() == [name_of(b"one")]
