"""The tree of RFC 6962, against its own recursive definition."""

from hashlib import sha256

import pytest

from xero_mcp.audit.merkle import Peaks, path_beyond, path_to, root_by_path

SIZES = [*range(1, 40), 63, 64, 65, 127, 128, 500]


def record_hashes(count: int) -> list[str]:
    return [sha256(str(number).encode()).hexdigest() for number in range(count)]


def by_definition(hashes: list[str]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return sha256(b"\x00" + bytes.fromhex(hashes[0])).digest()
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return sha256(b"\x01" + by_definition(hashes[:half]) + by_definition(hashes[half:])).digest()


@pytest.mark.parametrize("size", [0, *SIZES])
def test_the_root_is_that_of_rfc_6962(size: int):
    peaks = Peaks()
    for each in record_hashes(size):
        peaks.add(each)
    assert peaks.root() == by_definition(record_hashes(size)).hex()


@pytest.mark.parametrize("cut", [0, 1, 7, 64, 99])
def test_a_tree_goes_on_from_its_written_peaks(cut: int):
    hashes = record_hashes(100)
    before = Peaks()
    for each in hashes[:cut]:
        before.add(each)
    after = Peaks.from_text(cut, before.to_text())
    for each in hashes[cut:]:
        after.add(each)
    assert after.root() == by_definition(hashes).hex()


@pytest.mark.parametrize(("size", "text"), [(3, "00" * 32), (1, "zz" * 32), (0, "00" * 32)])
def test_peaks_of_another_size_are_refused(size: int, text: str):
    with pytest.raises(ValueError, match=r"peaks|hexadecimal"):
        Peaks.from_text(size, text)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 21, 64, 65])
def test_every_record_has_a_path_to_the_root_and_no_other_record_fits_it(size: int):
    hashes = record_hashes(size)
    root = by_definition(hashes).hex()
    for index, each in enumerate(hashes):
        path = path_to(index, hashes)
        assert root_by_path(each, index=index, size=size, path=path) == root
        assert root_by_path("0" * 64, index=index, size=size, path=path) != root
        if size > 1:
            moved = root_by_path_or_none(each, index=(index + 1) % size, size=size, path=path)
            assert moved != root


def root_by_path_or_none(each: str, *, index: int, size: int, path: list[str]) -> str | None:
    try:
        return root_by_path(each, index=index, size=size, path=path)
    except ValueError:
        return None


def test_a_path_that_is_too_long_or_too_short_is_refused():
    hashes = record_hashes(9)
    path = path_to(4, hashes)
    for wrong in (path[:-1], [*path, "0" * 64]):
        with pytest.raises(ValueError, match="path is too"):
            root_by_path(hashes[4], index=4, size=9, path=wrong)
    with pytest.raises(ValueError, match="no leaf"):
        root_by_path(hashes[4], index=9, size=9, path=path)


@pytest.mark.parametrize("size", [2, 3, 5, 8, 13, 33, 64, 100])
def test_a_path_is_the_same_where_of_the_beginning_only_the_peaks_are_known(size: int):
    hashes = record_hashes(size)
    for cut in range(1, size):
        start = Peaks()
        for each in hashes[:cut]:
            start.add(each)
        for index in range(cut, size):
            beyond = path_beyond(index, start=start, record_hashes=hashes[cut:])
            assert beyond == path_to(index, hashes)
