from __future__ import annotations

import jinja2
import pytest

from generator import sql_comment

COMMENT = "/* pipeline: flights, task: load.stage, run: manual */"


@pytest.mark.parametrize(
    ("run_id", "shown"),
    [
        ("manual__2013-01-01T00:00:00+00:00", "manual__2013-01-01T00:00:00+00:00"),
        ("x*/; DROP TABLE t", "x/; DROP TABLE t"),
        ("**//", "//"),
        ("/* nested", "/ nested"),
    ],
)
def test_no_run_id_ends_the_comment(run_id: str, shown: str) -> None:
    template = jinja2.Environment(autoescape=False).from_string(sql_comment.of("flights", "load.stage"))
    assert template.render(run_id=run_id) == f"/* pipeline: flights, task: load.stage, run: {shown} */"


@pytest.mark.parametrize(
    ("sql", "is_signed"),
    [
        ("SELECT 1", True),
        ("with a AS (SELECT 1) SELECT * FROM a", True),
        ("-- why\n/* and how */ INSERT INTO t SELECT 1", True),
        ("{% set a = 1 %}\nSELECT {{ a }}", True),
        ("(SELECT 1) UNION (SELECT 2)", True),
        ("UNLOAD (SELECT 1) TO 's3://b/k/'", True),
        ("CREATE EXTERNAL TABLE t (k int) LOCATION 's3://b/k/'", False),
        ("ALTER TABLE t ADD PARTITION (d = '1')", False),
        ("MSCK REPAIR TABLE t", False),
        ("DROP TABLE t", False),
        ("{{ anything }}", False),
        ("", False),
    ],
)
def test_athena_takes_no_comment_before_its_ddl(sql: str, is_signed: bool) -> None:
    assert sql_comment.signed_for_athena(COMMENT, sql) == (f"{COMMENT}\n{sql}" if is_signed else sql)


def test_the_comment_can_be_taken_off() -> None:
    assert sql_comment.without(sql_comment.signed(COMMENT, "SELECT 1 /* one */")) == "SELECT 1 /* one */"
    assert sql_comment.signed("", "SELECT 1") == "SELECT 1"
