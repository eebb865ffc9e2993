"""Statements through the sandbox's APIs, against the same statements in plain DuckDB; and a sandbox to ask."""

from __future__ import annotations

import contextlib
import functools
import gzip
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from benchmarks import measure
from benchmarks.measure import Comparison, NotMeasuredError, Report
from generator.sandbox import duck

BUCKET = "benchmark"
_ROWS = 200_000
_OVERHEAD_SECONDS = 0.015
_GOAL = 3.0
_TABLE = """CREATE TABLE {} (
    id INTEGER, carrier VARCHAR(2), flight_date DATE, distance INTEGER, delay DOUBLE PRECISION
)"""
_LAKE = "id int, carrier string, flight_date date, distance int, delay double"
# Each is the same SQL in all three.
_STATEMENTS = {
    "a small lookup": "SELECT carrier, distance FROM {table} WHERE id = 17",
    "an aggregation": """SELECT carrier, count(*) AS flights, sum(distance) AS miles, max(delay) AS worst
        FROM {table} WHERE flight_date >= DATE '2013-03-01' GROUP BY carrier ORDER BY carrier""",
    "a window": """SELECT carrier, flight_date, rank() OVER (PARTITION BY carrier ORDER BY sum(delay) DESC) AS place
        FROM {table} GROUP BY carrier, flight_date ORDER BY carrier, place LIMIT 100""",
}


@dataclass(frozen=True)
class Server:
    """A sandbox in a process of its own."""

    endpoint: str
    pid: int

    def client(self, service: str) -> Any:
        return duck.client(service, self.endpoint)

    @property
    def resident_mib(self) -> float:
        """The memory that the sandbox holds now (proc(5), statm)."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    """A sandbox with an empty bucket, until the context ends. Raises NotMeasuredError where it does not start."""
    command = [sys.executable, "-m", "generator.cli", "sandbox", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        found = next((line for line in lines if "AWS_ENDPOINT_URL" in line), "")
        if not found:
            raise NotMeasuredError("`pipelines sandbox` did not start")
        server = Server(found.strip().partition("=")[2], process.pid)
        server.client("s3").create_bucket(Bucket=BUCKET)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=30)


def redshift(server: Server, sql: str) -> list[dict[str, Any]]:
    """Run a statement in Redshift; its rows, as values by column. Raises NotMeasuredError where it fails."""
    api = server.client("redshift-data")
    started = api.execute_statement(Sql=sql, WorkgroupName="local", Database="dev", WaitTimeSeconds=30)
    while started["Status"] not in ("FINISHED", "FAILED", "ABORTED"):
        started = api.describe_statement(Id=started["Id"], WaitTimeSeconds=30)
    if started["Status"] != "FINISHED":
        raise NotMeasuredError(api.describe_statement(Id=started["Id"])["Error"])
    if not started["HasResultSet"]:
        return []
    rows = []
    for page in api.get_paginator("get_statement_result").paginate(Id=started["Id"]):
        names = [column["name"] for column in page["ColumnMetadata"]]
        rows += [dict(zip(names, map(_value, record), strict=True)) for record in page["Records"]]
    return rows


def _value(field: dict[str, Any]) -> Any:
    return None if field.get("isNull") else next(iter(field.values()))


def athena(server: Server, sql: str) -> list[dict[str, Any]]:
    """Run a statement in Athena; its first 999 rows, as texts by column. Raises NotMeasuredError where it fails."""
    api = server.client("athena")
    started = api.start_query_execution(
        QueryString=sql, ResultConfiguration={"OutputLocation": f"s3://{BUCKET}/results/"}
    )
    identity = {"QueryExecutionId": started["QueryExecutionId"]}
    while (status := api.get_query_execution(**identity)["QueryExecution"]["Status"])["State"] in ("QUEUED", "RUNNING"):
        time.sleep(0.001)
    if status["State"] != "SUCCEEDED":
        raise NotMeasuredError(status["StateChangeReason"])
    found = api.get_query_results(**identity)["ResultSet"]
    names = [column["Name"] for column in found["ResultSetMetadata"]["ColumnInfo"]]
    rows = [[cell.get("VarCharValue") for cell in row["Data"]] for row in found["Rows"][1:]]
    return [dict(zip(names, row, strict=True)) for row in rows]


def load_flights(server: Server, scratch: Path, rows: int) -> Path:
    """Make the same table lake.flights in Redshift and in Athena; returns a local Parquet file of its rows."""
    file, parquet = scratch / "flights.csv", scratch / "flights.parquet"
    _write_csv(file, rows)
    duckdb.connect().execute(f"{_TABLE.format('flights')}; COPY flights FROM '{file}'; COPY flights TO '{parquet}'")
    server.client("s3").upload_file(str(parquet), BUCKET, "flights/flights.parquet")
    server.client("s3").upload_file(str(file), BUCKET, "flights.csv")
    redshift(server, "CREATE SCHEMA lake")
    redshift(server, _TABLE.format("lake.flights"))
    redshift(server, f"COPY lake.flights FROM 's3://{BUCKET}/flights.csv' IAM_ROLE default CSV")
    athena(server, "CREATE DATABASE lake")
    athena(server, f"CREATE EXTERNAL TABLE lake.flights ({_LAKE}) STORED AS PARQUET LOCATION 's3://{BUCKET}/flights/'")
    return parquet


def compare_statements(scratch: Path, repetitions: int) -> Report:
    """Statements from the call of the API to the rows in the client's hands."""
    comparisons, figures = [], []
    plain = duckdb.connect()
    with serving() as server:
        parquet = load_flights(server, scratch, _ROWS)
        plain.execute(f"CREATE TABLE flights AS FROM '{parquet}'")
        engines: dict[str, tuple[Callable[[Server, str], object], str]] = {
            "Redshift": (redshift, "flights"),
            "Athena": (athena, f"'{parquet}'"),
        }
        for engine, (run, same) in engines.items():
            for what, sql in _STATEMENTS.items():
                name = f"{engine}, {what}"
                sandboxed = functools.partial(run, server, sql.format(table="lake.flights"))
                both: dict[str, Callable[[], object]] = {
                    "sandbox": sandboxed,
                    "DuckDB": _query(plain, sql.format(table=same)),
                }
                ours, peer = measure.repeated(both, repetitions, name)
                comparisons.append(Comparison(f"{name}: sandbox / DuckDB", ours, peer, _GOAL, _OVERHEAD_SECONDS))
                figures += [ours, peer]
    return Report(tuple(comparisons), tuple(figures))


def _query(plain: duckdb.DuckDBPyConnection, sql: str) -> Callable[[], object]:
    return lambda: plain.execute(sql).fetchall()


def compare_copy(scratch: Path, rows: int, rounds: int) -> Report:
    """COPY of a gzipped CSV file from S3, against DuckDB's own read of the file from disk into a table."""
    file = scratch / "flights.csv.gz"
    _write_csv(file, rows)
    plain = duckdb.connect()
    plain.execute(_TABLE.format("flights"))
    with serving() as server:
        server.client("s3").upload_file(str(file), BUCKET, file.name)
        redshift(server, _TABLE.format("flights"))

        def copy() -> None:
            redshift(server, f"COPY flights FROM 's3://{BUCKET}/{file.name}' IAM_ROLE default CSV GZIP")

        what = f"{rows:,} rows of gzipped CSV"
        both: dict[str, Callable[[], object]] = {
            "sandbox": copy,
            "DuckDB": lambda: plain.execute(f"COPY flights FROM '{file}' (FORMAT csv)"),
        }
        ours, peer = measure.repeated(both, rounds, what)
    return Report((Comparison(f"{what}: COPY / DuckDB's own", ours, peer, _GOAL),), (ours, peer))


def _write_csv(path: Path, rows: int) -> None:
    """Rows of made-up flights, the same each time; gzipped where the name says so."""
    chance = random.Random(2013)
    carriers: Sequence[str] = ("UA", "B6", "EV", "DL", "AA", "MQ", "US", "9E", "WN", "VX")
    lines = (
        f"{number},{chance.choice(carriers)},2013-{chance.randint(1, 12):02}-{chance.randint(1, 28):02},"
        f"{chance.randint(80, 4983)},{chance.uniform(-60, 600):.2f}\n"
        for number in range(rows)
    )
    with gzip.open(path, "wt", compresslevel=1) if path.suffix == ".gz" else path.open("w") as file:
        file.writelines(lines)
