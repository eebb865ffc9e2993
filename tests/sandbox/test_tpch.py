"""The queries of the TPC-H benchmark at scale 0.01: both sandboxes give the answers of plain DuckDB.

https://www.tpc.org/tpch/ has the specification. The tables reach each sandbox through S3.
"""

from __future__ import annotations

import datetime
import subprocess
import sysconfig
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import jinja2
import pytest
import yaml

from tests.sandbox.conftest import BUCKET, ROLE, Redshift

_TEXT = yaml.safe_load((Path(__file__).parent / "tpch.yaml").read_text())
TABLES: dict[str, str] = _TEXT["tables"]
QUERIES: dict[str, str] = _TEXT["queries"]
Rows = list[tuple[Any, ...]]
# A date and a number of units later, as each dialect says it.
_AFTER = {
    "duckdb": "date '{date}' + interval ({number}) {unit}",
    "redshift": "dateadd({unit}, {number}, date '{date}')",
    "athena": "date '{date}' + interval '{number}' {unit}",
}
_PART = {
    "duckdb": "{text}[{first}:{last}]",
    "redshift": "substring({text}, {first}, {length})",
    "athena": "substr({text}, {first}, {length})",
}


def written(query: str, dialect: str) -> str:
    """A query of tpch.yaml in a dialect's words."""

    def after(date: str, number: int, unit: str) -> str:
        return _AFTER[dialect].format(date=date, number=number, unit=unit)

    def part(text: str, first: int, length: int) -> str:
        return _PART[dialect].format(text=text, first=first, length=length, last=first + length - 1)

    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
    return environment.from_string(QUERIES[query]).render(after=after, part=part)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables as CSV and Parquet files."""
    folder = tmp_path_factory.mktemp("tpch")
    tool = Path(sysconfig.get_path("scripts")) / "tpchgen-cli"
    for kind in ("csv", "parquet"):
        subprocess.run([tool, kind, "--scale-factor", "0.01", "--output-dir", folder], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def plain(files: Path) -> Callable[[str], Rows]:
    """Runs a query on DuckDB alone."""
    connection = duckdb.connect()
    for table in TABLES:
        connection.execute(f"CREATE VIEW {table} AS FROM '{files / table}.parquet'")
    return lambda query: connection.execute(written(query, "duckdb")).fetchall()


@pytest.fixture(scope="module")
def redshift_loaded(api: Any, s3: Any, files: Path) -> Redshift:
    redshift = Redshift(api, "tpch")
    for table, columns in TABLES.items():
        s3.put_object(Bucket=BUCKET, Key=f"tpch/{table}.csv", Body=(files / f"{table}.csv").read_bytes())
        redshift.run(
            f"create table {table} ({columns})",
            f"copy {table} from 's3://{BUCKET}/tpch/{table}.csv' {ROLE} format csv ignoreheader 1",
        )
    return redshift


@pytest.fixture(scope="module")
def athena_loaded(athena: Callable[..., SimpleNamespace], s3: Any, files: Path) -> Callable[[str], SimpleNamespace]:
    athena("create database tpch")
    for table, columns in TABLES.items():
        body = (files / f"{table}.parquet").read_bytes()
        s3.put_object(Bucket=BUCKET, Key=f"lake/{table}/data.parquet", Body=body)
        # The files hold plain strings, which Athena reads as such.
        typed = ", ".join(_as_string(column) for column in columns.split(", "))
        made = athena(
            f"create external table {table} ({typed}) stored as parquet location 's3://{BUCKET}/lake/{table}/'", "tpch"
        )
        assert not made.reason
    return lambda sql: athena(sql, "tpch")


def _as_string(column: str) -> str:
    name, kind = column.split(" ", 1)
    return f"{name} string" if "char" in kind else column


@pytest.mark.parametrize("query", QUERIES)
def test_redshift(query: str, redshift_loaded: Redshift, plain: Callable[[str], Rows]) -> None:
    _check(redshift_loaded.run(written(query, "redshift")), plain(query))


@pytest.mark.parametrize("query", QUERIES)
def test_athena(query: str, athena_loaded: Callable[[str], SimpleNamespace], plain: Callable[[str], Rows]) -> None:
    answer = athena_loaded(written(query, "athena"))
    assert not answer.reason
    _check(answer.rows, plain(query))


def _check(found: Any, expected: Rows) -> None:
    assert expected, "an answer without rows shows nothing"
    assert len(found) == len(expected)
    for row, wanted in zip(found, expected, strict=True):
        assert len(row) == len(wanted)
        assert all(map(_same, row, wanted)), f"{row} is not {wanted}"


def _same(found: Any, wanted: Any) -> bool:
    """Whether two values are the same, numbers to the last digit that the sandbox's type has."""
    if isinstance(wanted, str | datetime.date):
        return str(found).rstrip(" ") == str(wanted).rstrip(" ")  # CHAR is padded on Redshift
    if wanted is None or found is None:
        return found is wanted
    number = Decimal(str(found))
    exponent = number.as_tuple().exponent
    digit = Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
    if isinstance(wanted, int):
        return number == wanted
    return abs(number - Decimal(str(wanted))) <= max(digit, abs(number) * Decimal("1e-12"))
