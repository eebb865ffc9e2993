"""DROP, views, schemas, comments and ALTER TABLE."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Redshift, StatementError


@pytest.fixture
def table(redshift: Redshift) -> Redshift:
    redshift.run(
        "create table t (id int not null, name varchar(3), code char(2), primary key (id)) distkey (id) sortkey (id)",
        "insert into t values (1, 'a', 'x'), (2, 'b', 'y')",
    )
    return redshift


COLUMNS = "select \"column\", type from pg_table_def where tablename = 't'"

ALTERATIONS: list[tuple[str, list[Any]]] = [
    ("add column n int", [(1, "a", "x ", None), (2, "b", "y ", None)]),
    ("add n int default 7", [(1, "a", "x ", 7), (2, "b", "y ", 7)]),
    ("add column n varchar(4) not null default 'z' encode zstd", [(1, "a", "x ", "z"), (2, "b", "y ", "z")]),
    ("drop column name", [(1, "x "), (2, "y ")]),
    ("rename column name to label", [(1, "a", "x "), (2, "b", "y ")]),
    ("alter column name type varchar(30)", [(1, "a", "x "), (2, "b", "y ")]),
    ("alter column name encode bytedict", [(1, "a", "x "), (2, "b", "y ")]),
    ("alter sortkey (name)", [(1, "a", "x "), (2, "b", "y ")]),
    ("alter diststyle all", [(1, "a", "x "), (2, "b", "y ")]),
    ("owner to somebody", [(1, "a", "x "), (2, "b", "y ")]),
    ("add constraint u unique (name)", [(1, "a", "x "), (2, "b", "y ")]),
]


@pytest.mark.parametrize(("alteration", "rows"), ALTERATIONS)
def test_alter_keeps_the_rows(table: Redshift, alteration: str, rows: list[Any]) -> None:
    table.run(f"alter table t {alteration}")
    assert table.run("select * from t order by id") == rows


def test_alter_changes_what_the_catalog_says(table: Redshift) -> None:
    table.run(
        "alter table t add column n numeric(5, 1) encode zstd",
        "alter table t rename column name to label",
        "alter table t alter column label type varchar(30)",
        "alter table t alter sortkey (label, id)",
        "alter table t drop column code",
    )
    assert table.run(
        'select "column", type, encoding, distkey, sortkey, "notnull" from pg_table_def where tablename = \'t\''
    ) == [
        ("id", "integer", "none", True, 2, True),
        ("label", "character varying(30)", "lzo", False, 1, False),
        ("n", "numeric(5,1)", "zstd", False, 0, False),
    ]
    table.run("insert into t (id, label) values (3, 'a longer label')")


BAD_ALTERATIONS = [
    ("add column name int", 'column "name" of relation "t" already exists'),
    ("add column n int not null", "must have a non-null default expression"),
    ("drop column nope", 'column "nope" of relation "t" does not exist'),
    ("drop column id", 'cannot drop distkey column "id"'),
    ("rename column name to code", "already exists"),
    ("alter column id type bigint", "cannot alter type"),
    ("alter column name type int", "cannot alter type"),
    ("drop constraint nope", 'constraint "nope" of relation "t" does not exist'),
    ("set location 's3://x'", "the sandbox can't run this"),
]


@pytest.mark.parametrize(("alteration", "error"), BAD_ALTERATIONS)
def test_bad_alterations(table: Redshift, alteration: str, error: str) -> None:
    with pytest.raises(StatementError, match=error):
        table.run(f"alter table t {alteration}")
    assert table.run("select count(*) from t") == [(2,)]


def test_varchar_does_not_shrink_below_its_values(table: Redshift) -> None:
    with pytest.raises(StatementError, match="current maximum column size 3"):
        table.run("insert into t values (3, 'abc', 'z')", "alter table t alter column name type varchar(2)")


def test_rename_table(table: Redshift) -> None:
    table.run("alter table t rename to u")
    assert table.run("select count(*) from u") == [(2,)]
    with pytest.raises(StatementError, match='relation "t" does not exist'):
        table.run("select * from t")


def test_append_moves_the_rows(table: Redshift) -> None:
    table.run(
        "create table stage (like t)", "insert into stage values (3, 'c', 'z')", "alter table t append from stage"
    )
    assert table.run("select (select count(*) from t), (select count(*) from stage)") == [(3, 0)]


def test_append_wants_the_same_columns(table: Redshift) -> None:
    table.run(
        "create table stage (id int not null, extra int) distkey (id) sortkey (id)", "insert into stage values (3, 4)"
    )
    with pytest.raises(StatementError, match="differ: extra, name, code"):
        table.run("alter table t append from stage")
    table.run("alter table t add column extra int")
    table.run("alter table t append from stage filltarget")
    assert table.run("select * from t where id = 3") == [(3, None, None, 4)]


def test_append_runs_alone(table: Redshift) -> None:
    table.run("create table stage (like t)")
    described = table.describe("alter table t append from stage", "select 1")
    assert described["Error"].endswith("ALTER TABLE APPEND cannot run inside a transaction block")


def test_drop(table: Redshift) -> None:
    table.run("drop table t", "drop table if exists t", "drop view if exists v")
    for statement in ("drop table t", "drop view t"):
        with pytest.raises(StatementError, match="does not exist"):
            table.run(statement)


def test_views(table: Redshift) -> None:
    table.run("create view v (key, double_key) as select id, id * 2 from public.t", "create view w as select * from v")
    assert table.run("select * from w order by 1") == [(1, 2), (2, 4)]
    table.run("create or replace view lone as select 1 as one", "create or replace view lone as select 2 as one")
    assert table.run("select one from lone") == [(2,)]
    with pytest.raises(StatementError, match="already exists"):
        table.run("create view v as select 1 as one")
    with pytest.raises(StatementError, match="other objects depend on it"):
        table.run("drop table t")
    with pytest.raises(StatementError, match="is not a table"):
        table.run("drop table v")
    table.run("drop table t cascade")
    assert table.run("select table_name from svv_tables") == [("lone",)]


def test_views_depend_on_the_table_that_they_are_over(table: Redshift) -> None:
    table.run("create view v as select id from t", "create schema lake", "create table lake.t (a int)")
    table.run("drop table lake.t")
    session = {"SessionId": table.describe("create temp table t (x int)", SessionKeepAliveSeconds=60)["SessionId"]}
    table.run("drop table t", **session)
    assert table.run("select count(*) from v", **session) == [(2,)]


def test_late_binding_views_are_bound_when_they_are_queried(table: Redshift) -> None:
    table.run("create view late as select id, name from public.t with no schema binding")
    table.run("create view later as select l.name from public.late l with no schema binding")
    assert table.run("select a.name from later a join late b on a.name = b.name where b.id = 1") == [("a",)]
    assert [column["typeName"] for column in table.columns("select name from later")] == ["varchar"]
    table.run("alter table t rename column name to label")
    with pytest.raises(StatementError, match="name"):
        table.run("select * from later")


def test_late_binding_views_hold_nothing(table: Redshift) -> None:
    table.run("create view v as select id from public.t with no schema binding", "drop table t")
    with pytest.raises(StatementError, match='relation "t" does not exist'):
        table.run("select * from v")
    table.run("create table t (id int)")
    assert table.run("select * from v") == []


def test_materialized_views_keep_the_attributes_of_a_table(table: Redshift) -> None:
    table.run("create materialized view mv (key) distkey (key) sortkey (key) as select id from t")
    table.run("insert into t values (3, 'c', 'z')", "refresh materialized view mv")
    assert table.run("select key from mv order by key") == [(1,), (2,), (3,)]
    assert table.run("select table_name, table_type from svv_tables where table_name = 'mv'") == [("mv", "VIEW")]
    table.run("drop table t cascade")
    with pytest.raises(StatementError, match='relation "mv" does not exist'):
        table.run("select * from mv")


def test_schemas(redshift: Redshift) -> None:
    redshift.run(
        "create schema lake", "create schema if not exists lake authorization me", "create table lake.t (a int)"
    )
    with pytest.raises(StatementError, match='Schema "lake" already exists'):
        redshift.run("create schema lake")
    with pytest.raises(StatementError, match="other objects depend on it"):
        redshift.run("drop schema lake")
    with pytest.raises(StatementError, match='relation "t" does not exist'):
        redshift.run("select * from t")
    redshift.run("drop schema lake cascade", "drop schema if exists lake")
    with pytest.raises(StatementError, match='schema "lake" does not exist'):
        redshift.run("drop schema lake")


def test_search_path(redshift: Redshift) -> None:
    redshift.run("create schema lake", "create table lake.t (a int)")
    session = {
        "SessionId": redshift.describe("set search_path to lake, public", SessionKeepAliveSeconds=60)["SessionId"]
    }
    assert redshift.run("select * from t", **session) == []
    definition = "select tablename from pg_table_def"
    assert redshift.run(definition, **session) == [("t",)]
    assert redshift.run(definition) == []


def test_comments(table: Redshift) -> None:
    table.run("comment on table t is 'it''s a table'", "comment on column public.t.name is 'a name'")
    assert table.run("select remarks from svv_tables") == [("it's a table",)]
    assert table.run("select remarks from svv_columns where remarks is not null") == [("a name",)]
    table.run("comment on column t.name is null")
    assert table.run("select count(remarks) from svv_columns") == [(0,)]
    with pytest.raises(StatementError, match='column "nope"'):
        table.run("comment on column t.nope is 'x'")


def test_names_fold_to_lower_case(redshift: Redshift) -> None:
    redshift.run('create table MyTable (ColA int, "ColB" int)', "insert into MYTABLE (cola, COLB) values (1, 2)")
    assert [column["name"] for column in redshift.columns("select * from mytable")] == ["cola", "colb"]
