from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from generator.operators.redshift import (
    RedshiftEncodingReportOperator,
    RedshiftTableOperator,
    encoding_changes,
    in_batches,
)

TARGET: dict[str, Any] = {"database": "dev", "workgroup_name": "local", "region_name": "us-east-1", "poll_interval": 1}

Run = Callable[[Any], Any]
Sql = Callable[..., list[tuple[Any, ...]]]


# RedshiftTableOperator


def table(name: str, *columns: dict[str, Any], comments: tuple[str, ...] = ()) -> RedshiftTableOperator:
    body = ", ".join(column["definition"] for column in columns)
    return RedshiftTableOperator(
        task_id="create",
        table=f"public.{name}",
        columns=list(columns),
        create=[f'CREATE TABLE IF NOT EXISTS "public"."{name}" ({body})'],
        comments=comments,
        **TARGET,
    )


def column(name: str, kind: str, not_null: bool = False) -> dict[str, Any]:
    definition = f'"{name}" {kind.upper()}' + (" NOT NULL" if not_null else "")
    return {"name": name, "type": kind, "not_null": not_null, "definition": definition}


ID, NOTE = column("id", "bigint", not_null=True), column("note", "varchar(20)")


def columns_of(sql: Sql, name: str) -> list[str]:
    query = "SELECT column_name FROM svv_columns WHERE table_name = '{}' ORDER BY ordinal_position"
    return [row[0] for row in sql(query.format(name))]


def test_a_missing_table_is_made(run: Run, sql: Sql) -> None:
    run(table("made", ID, NOTE, comments=("COMMENT ON TABLE public.made IS 'Made.'",)))
    assert columns_of(sql, "made") == ["id", "note"]
    assert sql("SELECT remarks FROM svv_tables WHERE table_name = 'made'") == [("Made.",)]


def test_a_second_run_changes_nothing_but_comments(run: Run, sql: Sql) -> None:
    run(table("twice", ID, comments=("COMMENT ON TABLE public.twice IS 'First.'",)))
    sql("INSERT INTO public.twice VALUES (1)")
    run(table("twice", ID, comments=("COMMENT ON TABLE public.twice IS 'Second.'",)))
    assert sql("SELECT id FROM public.twice") == [(1,)]
    assert sql("SELECT remarks FROM svv_tables WHERE table_name = 'twice'") == [("Second.",)]


def test_a_table_that_is_as_declared_needs_no_statement(run: Run) -> None:
    run(table("same", ID))
    run(table("same", ID))


def test_new_columns_are_added(run: Run, sql: Sql) -> None:
    run(table("grows", ID))
    sql("INSERT INTO public.grows VALUES (1)")
    run(table("grows", ID, NOTE, column("size", "smallint")))
    assert columns_of(sql, "grows") == ["id", "note", "size"]
    assert sql("SELECT * FROM public.grows") == [(1, None, None)]


def test_other_differences_are_refused_together(run: Run, sql: Sql) -> None:
    run(table("drifts", ID, column("gone", "date"), column("note", "varchar(10)"), column("kind", "char(2)")))
    with pytest.raises(AirflowFailException) as raised:
        run(
            table(
                "drifts",
                ID,
                NOTE,
                column("kind", "char(2)", not_null=True),
                column("new", "int", not_null=True),
            )
        )
    copy = "or create a new table from the declaration, copy the rows and rename it"
    assert str(raised.value).split("\n") == [
        "public.drifts is not as its YAML file declares it:",
        (
            "- column note is varchar(10) in Redshift, and varchar(20) in the YAML file: widen it with ALTER TABLE"
            ' "public"."drifts" ALTER COLUMN "note" TYPE varchar(20), or change the YAML file'
        ),
        f"- column kind may be NULL in Redshift, and not in the YAML file: remove not_null, {copy}",
        f"- column new is new and may not be NULL, so it can't be added to public.drifts: drop that, {copy}",
        (
            "- column gone is in Redshift, and not in the YAML file: declare it there, or remove it with"
            ' ALTER TABLE "public"."drifts" DROP COLUMN "gone"'
        ),
    ]
    assert columns_of(sql, "drifts") == ["id", "gone", "note", "kind"]


def test_many_comments_go_in_several_batches() -> None:
    batches = in_batches([str(number) for number in range(95)])
    assert [len(batch) for batch in batches] == [40, 40, 15]
    assert in_batches([]) == []


# RedshiftEncodingReportOperator


def test_encodings_are_compared_in_the_warehouse(run: Run, sql: Sql) -> None:
    sql(
        "CREATE TABLE public.encoded (a integer ENCODE raw, b integer ENCODE az64)",
        "INSERT INTO public.encoded VALUES (1, 1)",
    )
    changes = run(RedshiftEncodingReportOperator(task_id="encodings", table="public.encoded", **TARGET))
    assert [(change["column"], change["present"], change["suggested"]) for change in changes] == [("a", "raw", "az64")]


def test_encodings_that_would_change() -> None:
    present = [
        {"column_name": "id", "encoding": "az64"},
        {"column_name": "day", "encoding": "none"},
        {"column_name": "note", "encoding": "lzo"},
        {"column_name": "kind", "encoding": "none"},
    ]
    suggested = [
        {"column": "id", "encoding": "az64", "est_reduction_pct": "0.00"},
        {"column": "day", "encoding": "raw", "est_reduction_pct": "0.00"},
        {"column": "note ", "encoding": "zstd", "est_reduction_pct": "12.50"},
        {"column": "kind", "encoding": "bytedict", "est_reduction_pct": "70.00"},
    ]
    assert encoding_changes(present, suggested) == [
        {"column": "kind", "present": "raw", "suggested": "bytedict", "reduction": 70.0},
        {"column": "note", "present": "lzo", "suggested": "zstd", "reduction": 12.5},
    ]
