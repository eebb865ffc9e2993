"""Clients of one sandbox at once: reads, writes, batches, failures and cancellations, and whether all stayed right."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from benchmarks import sandbox
from benchmarks.measure import Figure, NotMeasuredError, Report, Run
from benchmarks.sandbox import Server

_PATIENCE_SECONDS = 120
_CONFLICT = "1023"
_SETUP = (
    "CREATE TABLE ledger (client INTEGER, entry INTEGER)",
    "CREATE TABLE counter (total BIGINT)",
    "INSERT INTO counter VALUES (0)",
    "CREATE TABLE numbers (n INTEGER)",
    "INSERT INTO numbers WITH RECURSIVE count_up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count_up WHERE n < 500) "
    "SELECT n FROM count_up",
)
_SLOW = "SELECT sum(a.n * b.n + c.n) FROM numbers AS a CROSS JOIN numbers AS b CROSS JOIN numbers AS c"


@dataclass
class _Client:
    """A client and what it knows to be true: the entries that it wrote, and how often it counted up."""

    server: Server
    number: int
    entries: Counter[int] = field(default_factory=Counter)
    counted: int = 0
    conflicts: int = 0
    statements: int = 0

    def run(self, statements: int) -> None:
        self._finish(f"CREATE TABLE own_{self.number} (entry INTEGER)")
        kinds = itertools.cycle((self._read, self._write, self._batch, self._write, self._count_up, self._read,
                                 self._fail, self._write, self._cancel, self._lake))  # fmt: skip
        for number, kind in zip(range(statements), kinds, strict=False):
            kind(number)

    def _start(self, *sql: str) -> str:
        api, target = self.server.client("redshift-data"), {"WorkgroupName": "local", "Database": "dev"}
        self.statements += len(sql)
        if len(sql) == 1:
            return str(api.execute_statement(Sql=sql[0], **target)["Id"])
        return str(api.batch_execute_statement(Sqls=list(sql), **target)["Id"])

    def _wait(self, statement_id: str) -> dict[str, Any]:
        api, limit = self.server.client("redshift-data"), time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < limit:
            described: dict[str, Any] = api.describe_statement(Id=statement_id, WaitTimeSeconds=10)
            if described["Status"] in ("FINISHED", "FAILED", "ABORTED"):
                return described
        raise NotMeasuredError(f"a statement hangs: {described['QueryString'][:100]}")

    def _finish(self, *sql: str) -> str:
        """Run to the end, again after conflicts, as a careful client does; the statement's id."""
        while True:
            described = self._wait(self._start(*sql))
            if described["Status"] == "FINISHED":
                return str(described["Id"])
            if _CONFLICT not in described.get("Error", ""):
                raise NotMeasuredError(f"{sql}: {described}")
            self.conflicts += 1

    def _rows(self, sql: str) -> list[list[int]]:
        records = self.server.client("redshift-data").get_statement_result(Id=self._finish(sql))["Records"]
        return [[value for cell in row for value in cell.values()] for row in records]

    def _read(self, _: int) -> None:
        found = self._rows(f"SELECT count(*) FROM ledger WHERE client = {self.number}")
        if found != [[self.entries.total()]]:
            raise NotMeasuredError(f"client {self.number} wrote {self.entries.total()} rows and reads {found}")

    def _write(self, number: int) -> None:
        self._finish(f"INSERT INTO ledger VALUES ({self.number}, {number})")
        self.entries[number] += 1

    def _batch(self, number: int) -> None:
        table = f"own_{self.number}"
        self._finish(f"DELETE FROM {table}", f"INSERT INTO {table} VALUES ({number}), ({number + 1})",
                     f"UPDATE {table} SET entry = entry + 1")  # fmt: skip
        found = self._rows(f"SELECT entry FROM {table} ORDER BY entry")
        if found != [[number + 1], [number + 2]]:
            raise NotMeasuredError(f"client {self.number} reads {found} after its batch {number}")

    def _count_up(self, _: int) -> None:
        self._finish("LOCK counter", "UPDATE counter SET total = total + 1")
        self.counted += 1

    def _fail(self, _: int) -> None:
        described = self._wait(self._start(f"INSERT INTO ledger VALUES ({self.number}, -1)", "SELECT 1 / 0"))
        if described["Status"] != "FAILED":
            raise NotMeasuredError(f"a division by zero ends as {described['Status']}")

    def _cancel(self, number: int) -> None:
        started = self._start(f"INSERT INTO ledger VALUES ({self.number}, {number})", _SLOW)
        api = self.server.client("redshift-data")
        with contextlib.suppress(api.exceptions.ValidationException):  # it is over already
            api.cancel_statement(Id=started)
        if self._wait(started)["Status"] == "FINISHED":
            self.entries[number] += 1

    def _lake(self, number: int) -> None:
        rows = sandbox.athena(self.server, f"SELECT {self.number}, {number}")
        self.statements += 1
        if [*rows[0].values()] != [str(self.number), str(number)]:
            raise NotMeasuredError(f"client {self.number} asked Athena for {number} and got {rows}")


def load(clients: int, statements: int) -> Report:
    """Let `clients` run `statements` steps each at once. Raises NotMeasuredError where anything went wrong."""
    with sandbox.serving() as server:
        for sql in _SETUP:
            sandbox.redshift(server, sql)
        made = [_Client(server, number) for number in range(clients)]
        begun = time.perf_counter()
        _together(made, statements // 4)
        early = server.resident_mib
        for client in made:
            sandbox.redshift(server, f"DROP TABLE own_{client.number}")
        _together(made, statements - statements // 4)
        seconds = time.perf_counter() - begun
        _check(server, made)
        late = server.resident_mib
    total = sum(client.statements for client in made)
    conflicts = sum(client.conflicts for client in made)
    what = f"{clients} clients, {total:,} statements, {conflicts} conflicts"
    return Report(
        figures=(
            Figure(f"{what}: a quarter of them", (Run(seconds / 4, peak_mib=early),)),
            Figure(f"{what}: all", (Run(seconds, peak_mib=late),)),
        )
    )


def _together(clients: Sequence[_Client], statements: int) -> None:
    with ThreadPoolExecutor(len(clients)) as pool:
        list(pool.map(lambda client: client.run(statements), clients))


def _check(server: Server, clients: Sequence[_Client]) -> None:
    found: Counter[tuple[int, int]] = Counter()
    rows = sandbox.redshift(server, "SELECT client, entry, count(*) FROM ledger GROUP BY client, entry")
    for row in rows:
        client, entry, count = row.values()
        found[client, entry] = count
    expected = Counter({(client.number, entry): n for client in clients for entry, n in client.entries.items()})
    if found != expected:
        lost, wrong = (expected - found), (found - expected)
        raise NotMeasuredError(
            f"{lost.total()} rows are lost, {wrong.total()} wrong: {list(lost)[:3]}, {list(wrong)[:3]}"
        )
    total = sandbox.redshift(server, "SELECT total FROM counter")[0]["total"]
    if total != sum(client.counted for client in clients):
        raise NotMeasuredError(f"counted up to {total}, not {sum(client.counted for client in clients)}")
