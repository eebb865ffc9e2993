"""S3 objects of tests: what is written is read back."""

from __future__ import annotations

import gzip

import pytest

from generator.objects import Format, compression_of, format_of
from generator.rows import LEFT_OUT, RowSet
from generator.testing import files
from generator.testing.values import GivenError

ROWS = RowSet(("carrier", "flights", "mean"), (("UA", 2, 2.5), ("B6", None, LEFT_OUT)))


@pytest.mark.parametrize(
    ("key", "form", "compression"),
    [
        ("raw/a.csv", "csv", None),
        ("raw/a.csv.gz", "csv", "gz"),
        ("a.jsonl.bz2", "json", "bz2"),
        ("a.parquet", "parquet", None),
        ("raw.csv/a", None, None),
        ("a.txt.gz", None, "gz"),
    ],
)
def test_endings(key: str, form: str | None, compression: str | None) -> None:
    assert (format_of(key), compression_of(key)) == (form, compression)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("csv", (("UA", "2", "2.5"), ("B6", None, None))),
        ("json", (("UA", 2, 2.5), ("B6", None, None))),
        ("parquet", (("UA", 2, 2.5), ("B6", None, None))),
    ],
)
def test_rows_come_back(form: Format, expected: tuple[tuple[object, ...], ...]) -> None:
    found, _ = files.read(files.written(ROWS, form, {}), form)
    assert found == RowSet(ROWS.columns, expected)


def test_types_of_parquet() -> None:
    data = files.written(RowSet(("day", "n"), (("2013-01-02", 1),)), "parquet", {"day": "date"})
    found, types = files.read(data, "parquet")
    assert found.rows == (("2013-01-02", 1),)
    assert types == ("date", "bigint")


def test_null_as() -> None:
    assert files.written(ROWS, "csv", {}, "NA").decode().splitlines()[-1] == "B6,NA,NA"


def test_a_json_array_is_read_too() -> None:
    assert files.read(b'[{"a": 1}]', "json")[0].rows == ((1,),)


def test_compressed_objects_are_the_same_each_time() -> None:
    assert files.compressed(b"a", "a.gz") == files.compressed(b"a", "a.gz")
    assert gzip.decompress(files.compressed(b"a", "a.gz")) == b"a"
    assert files.decompressed(files.compressed(b"a", "a.bz2"), "a.bz2") == b"a"
    assert files.compressed(b"a", "a.csv") == b"a"


@pytest.mark.parametrize(
    ("data", "form"),
    [(b"no parquet", "parquet"), (b"{", "json"), (b"1\n", "json"), (b"a,b\n1\n", "csv"), (b"\xff", "csv")],
)
def test_what_can_not_be_read(data: bytes, form: Format) -> None:
    with pytest.raises(GivenError, match=f"not {form}"):
        files.read(data, form)


def test_what_is_not_compressed_as_its_key_says() -> None:
    with pytest.raises(GivenError, match=r"a\.gz can't be decompressed"):
        files.decompressed(b"plain", "a.gz")


def test_values_that_do_not_fit_their_type() -> None:
    with pytest.raises(GivenError, match="soon"):
        files.written(RowSet(("day",), (("soon",),)), "parquet", {"day": "date"})
