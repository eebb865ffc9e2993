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

from benchmarks.measure import Comparison, Figure, NotMeasuredError, Report, Run
from generator.sandbox import duck

BUCKET = "benchmark"
_ROWS = 200_000
_OVERHEAD_SECONDS = 0.015
_GOAL = 3.0
_COLUMNS = "id INTEGER, carrier VARCHAR(2), flight_date DATE, distance INTEGER, delay DOUBLE PRECISION"
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


def redshift(server: Server, sql: str) -> list[list[dict[str, Any]]]:
    """Run a statement in Redshift; its rows. Raises NotMeasuredError where it fails."""
    api = server.client("redshift-data")
    started = api.execute_statement(Sql=sql, WorkgroupName="local", Database="dev", WaitTimeSeconds=30)
    while started["Status"] not in ("FINISHED", "FAILED", "ABORTED"):
        started = api.describe_statement(Id=started["Id"], WaitTimeSeconds=30)
    if started["Status"] != "FINISHED":
        raise NotMeasuredError(api.describe_statement(Id=started["Id"])["Error"])
    if not started["HasResultSet"]:
        return []
    pages = api.get_paginator("get_statement_result").paginate(Id=started["Id"])
    return [record for page in pages for record in page["Records"]]


def athena(server: Server, sql: str) -> list[Any]:
    """Run a statement in Athena; its rows. Raises NotMeasuredError where it fails."""
    api = server.client("athena")
    started = api.start_query_execution(
        QueryString=sql, ResultConfiguration={"OutputLocation": f"s3://{BUCKET}/results/"}
    )
    identity = {"QueryExecutionId": started["QueryExecutionId"]}
    while (status := api.get_query_execution(**identity)["QueryExecution"]["Status"])["State"] in ("QUEUED", "RUNNING"):
        time.sleep(0.001)
    if status["State"] != "SUCCEEDED":
        raise NotMeasuredError(status["StateChangeReason"])
    rows: list[Any] = api.get_query_results(**identity)["ResultSet"]["Rows"]
    return rows[1:]


def compare_statements(scratch: Path, repetitions: int) -> Report:
    """Statements from the call of the API to the rows in the client's hands."""
    plain = duckdb.connect()
    plain.execute(f"CREATE TABLE flights ({_COLUMNS})")
    file = scratch / "flights.csv"
    _write_csv(file, _ROWS)
    plain.execute(f"COPY flights FROM '{file}' (FORMAT csv)")
    plain.execute(f"COPY flights TO '{scratch}/flights.parquet'")
    comparisons, figures = [], []
    with serving() as server:
        server.client("s3").upload_file(f"{scratch}/flights.parquet", BUCKET, "flights/flights.parquet")
        server.client("s3").upload_file(str(file), BUCKET, "flights.csv")
        redshift(server, f"CREATE TABLE flights ({_COLUMNS})")
        redshift(server, f"COPY flights FROM 's3://{BUCKET}/flights.csv' IAM_ROLE default CSV")
        athena(server, "CREATE DATABASE lake")
        athena(
            server,
            f"CREATE EXTERNAL TABLE lake.flights ({_LAKE}) STORED AS PARQUET LOCATION 's3://{BUCKET}/flights/'",
        )
        engines: dict[str, tuple[Callable[[Server, str], object], str, str]] = {
            "Redshift": (redshift, "flights", "flights"),
            "Athena": (athena, "lake.flights", f"'{scratch}/flights.parquet'"),
        }
        for engine, (run, table, same) in engines.items():
            for what, sql in _STATEMENTS.items():
                name = f"{engine}, {what}"
                sandboxed = functools.partial(run, server, sql.format(table=table))
                ours, peer = _in_turns(sandboxed, _query(plain, sql.format(table=same)), name, repetitions)
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
    plain.execute(f"CREATE TABLE flights ({_COLUMNS})")
    with serving() as server:
        server.client("s3").upload_file(str(file), BUCKET, file.name)
        redshift(server, f"CREATE TABLE flights ({_COLUMNS})")

        def copy() -> None:
            redshift(server, f"COPY flights FROM 's3://{BUCKET}/{file.name}' IAM_ROLE default CSV GZIP")

        what = f"{rows:,} rows of gzipped CSV"
        ours, peer = _in_turns(copy, lambda: plain.execute(f"COPY flights FROM '{file}' (FORMAT csv)"), what, rounds)
    return Report((Comparison(f"{what}: COPY / DuckDB's own", ours, peer, _GOAL),), (ours, peer))


def _in_turns(
    ours: Callable[[], object], peer: Callable[[], object], what: str, repetitions: int
) -> tuple[Figure, Figure]:
    runs: tuple[list[Run], list[Run]] = ([], [])
    ours()
    peer()
    for number in range(repetitions):
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            begun = time.perf_counter()
            (ours, peer)[side]()
            runs[side].append(Run(time.perf_counter() - begun))
    return Figure(f"{what}, sandbox", tuple(runs[0])), Figure(f"{what}, DuckDB", tuple(runs[1]))


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
