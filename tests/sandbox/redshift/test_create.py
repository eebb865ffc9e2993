"""CREATE TABLE: what is declared is what the catalog says."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import Redshift, StatementError

FLIGHTS = """create table if not exists public.flights (
    flight_key bigint identity(1, 1) encode raw,
    flight_date date not null encode az64,
    carrier char(2) not null encode bytedict distkey,
    tail varchar(6) default 'none',
    delay numeric(9, 2),
    primary key (flight_date, carrier)
) sortkey (flight_date, carrier)"""

DEFINITION = 'select "column", type, encoding, distkey, sortkey, "notnull" from pg_table_def where tablename = \'{}\''


def test_declared_table(redshift: Redshift) -> None:
    redshift.run(FLIGHTS)
    assert redshift.run(DEFINITION.format("flights")) == [
        ("flight_key", "bigint", "none", False, 0, True),
        ("flight_date", "date", "az64", False, 1, True),
        ("carrier", "character(2)", "bytedict", True, 2, True),
        ("tail", "character varying(6)", "lzo", False, 0, False),
        ("delay", "numeric(9,2)", "az64", False, 0, False),
    ]


@pytest.mark.parametrize(
    ("declared", "type_", "encoding"),
    [
        ("int", "integer", "az64"),
        ("int2", "smallint", "az64"),
        ("decimal", "numeric(18,0)", "az64"),
        ("float", "double precision", "none"),
        ("float4", "real", "none"),
        ("bool", "boolean", "none"),
        ("char", "character(1)", "lzo"),
        ("varchar", "character varying(256)", "lzo"),
        ("varchar(max)", "character varying(65535)", "lzo"),
        ("text", "character varying(256)", "lzo"),
        ("timestamp", "timestamp without time zone", "az64"),
        ("timestamptz", "timestamp with time zone", "az64"),
        ("double precision", "double precision", "none"),
    ],
)
def test_types(redshift: Redshift, declared: str, type_: str, encoding: str) -> None:
    redshift.run(f"create table t (c {declared})")
    assert redshift.run(DEFINITION.format("t")) == [("c", type_, encoding, False, 0, False)]


@pytest.mark.parametrize(
    ("attributes", "diststyle", "sortkey"),
    [
        ("", "AUTO(ALL)", None),
        ("diststyle even", "EVEN", None),
        ("diststyle all compound sortkey (b)", "ALL", "b"),
        ("diststyle key distkey (a) sortkey (b, a)", "KEY(a)", "b"),
        ("interleaved sortkey (a, b)", "AUTO(ALL)", "INTERLEAVED"),
        ("sortkey auto", "AUTO(ALL)", "AUTO(SORTKEY)"),
    ],
)
def test_table_attributes(redshift: Redshift, attributes: str, diststyle: str, sortkey: str | None) -> None:
    redshift.run(f"create table t (a int, b int) {attributes}", "insert into t values (1, 1)")
    assert redshift.run("select diststyle, sortkey1 from svv_table_info") == [(diststyle, sortkey)]


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("create table t (a varchar(65536))", "cannot exceed 65535"),
        ("create table t (a numeric(39, 0))", "between 1 and 38"),
        ("create table t (a nonsense)", 'type "nonsense" does not exist'),
        ("create table t (a int encode nonsense)", 'encoding type "nonsense" does not exist'),
        ("create table t (a int, a int)", "duplicated"),
        ("create table t (a int) distkey (b)", 'column "b" named in key does not exist'),
        ("create table t (a int) diststyle key", "missing distkey"),
        ("create table t (a varchar identity(1, 1))", "must be of type"),
        ("create table t (a int", "syntax error at end of input"),
        ("create table t (a hllsketch)", "the sandbox can't run this"),
        ("create temp table public.t (a int)", "cannot specify a schema name"),
    ],
)
def test_bad_declarations(redshift: Redshift, statement: str, error: str) -> None:
    with pytest.raises(StatementError, match=error):
        redshift.run(statement)


def test_create_twice(redshift: Redshift) -> None:
    redshift.run("create table t (a int)", "create table if not exists t (b int)")
    with pytest.raises(StatementError, match='Relation "t" already exists'):
        redshift.run("create table t (a int)")


def test_keys_are_recorded_and_not_enforced(redshift: Redshift) -> None:
    redshift.run(
        "create table p (id int primary key)",
        "create table c (id int unique, p_id int references p (id), foreign key (id) references p)",
        "insert into p values (1), (1)",
        "insert into c values (1, 9)",
    )
    keys = redshift.run(
        """select tco.table_name, constraint_type, column_name from information_schema.table_constraints tco
        join information_schema.key_column_usage kcu using (constraint_name) order by 1, 2, 3"""
    )
    assert keys == [
        ("c", "FOREIGN KEY", "id"),
        ("c", "FOREIGN KEY", "p_id"),
        ("c", "UNIQUE", "id"),
        ("p", "PRIMARY KEY", "id"),
    ]


def test_identity_and_defaults(redshift: Redshift) -> None:
    redshift.run(
        "create table t (id int identity(10, 5), a varchar(9) default 'x' || 'y', d timestamp default sysdate)",
        "insert into t (a) values ('1'), (default)",
        "insert into t (a) values ('3')",
    )
    assert redshift.run("select id, a, d is not null from t order by id") == [
        (10, "1", True),
        (15, "xy", True),
        (20, "3", True),
    ]
    with pytest.raises(StatementError, match="cannot set an identity column"):
        redshift.run("insert into t (id) values (1)")


def test_identity_by_default_takes_values(redshift: Redshift) -> None:
    redshift.run(
        "create table t (id bigint generated by default as identity(1, 1), a int)",
        "insert into t (id, a) values (99, 1)",
        "insert into t (a) values (2)",
    )
    assert redshift.run("select id from t order by a") == [(99,), (1,)]


def test_like_copies_all_but_identity_and_keys(redshift: Redshift) -> None:
    redshift.run(
        FLIGHTS, "create table stage (like flights)", "create table full_copy (like flights including defaults)"
    )
    assert redshift.run(DEFINITION.format("stage")) == redshift.run(DEFINITION.format("flights"))
    defaults = "select table_name, column_default from svv_columns where column_name = 'tail' order by 1"
    assert redshift.run(defaults) == [("flights", "'none'"), ("full_copy", "'none'"), ("stage", None)]


def test_create_as(redshift: Redshift) -> None:
    redshift.run(
        "create table source (a int, t varchar(5), c char(2))",
        "insert into source values (1, 'x', 'y')",
        "create table t (b, u, d) distkey (b) sortkey (u) as select a, t, c from source",
    )
    assert redshift.run(DEFINITION.format("t")) == [
        ("b", "integer", "az64", True, 0, False),
        ("u", "character varying(5)", "none", False, 1, False),
        ("d", "character(2)", "lzo", False, 0, False),
    ]
    assert redshift.run("select * from t") == [(1, "x", "y ")]


@pytest.mark.parametrize("create", ["create temp table t (a int)", "create table #t (a int)"])
def test_temporary_tables_end_with_their_session(redshift: Redshift, create: str) -> None:
    name = "#t" if "#" in create else "t"
    started = redshift.describe(create, SessionKeepAliveSeconds=60)
    session = {"SessionId": started["SessionId"]}
    redshift.run(f"insert into {name} values (1)", **session)
    assert redshift.run(f"select * from {name}", **session) == [(1,)]
    with pytest.raises(StatementError, match="does not exist"):
        redshift.run(f"select * from {name}")


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("insert into t (v) values ('abcd')", r"value too long for type character varying\(3\)"),
        ("insert into t (v) values ('äb')", None),
        ("insert into t (v) values ('äbc')", r"value too long for type character varying\(3\)"),
        ("insert into t (c) values ('xyz')", r"value too long for type character\(2\)"),
        ("insert into t (c) values ('xy   ')", None),
        ("update t set v = 'abcd'", r"value too long for type character varying\(3\)"),
        ("insert into t (n) values (null)", "Cannot insert a NULL value into column n"),
        ("insert into t (d) values (12345.6)", "Numeric data overflow"),
        ("insert into t (n) values ('one')", 'invalid input syntax for integer: "one"'),
        ("insert into t (v) select nope from t", 'column "nope" does not exist'),
    ],
)
def test_values_must_fit_their_columns(redshift: Redshift, statement: str, error: str | None) -> None:
    redshift.run(
        "create table t (v varchar(3), c char(2), n int not null default 1, d numeric(5, 2))",
        "insert into t (v) values ('a')",
    )
    if error is None:
        redshift.run(statement)
    else:
        with pytest.raises(StatementError, match=error):
            redshift.run(statement)


def test_char_is_blank_padded_when_read_and_not_when_compared(redshift: Redshift) -> None:
    redshift.run("create table t (c char(4))", "insert into t values ('ab  ')", "insert into t select 'ab '")
    assert redshift.run("select c, len(c), c || '|' from t where c = 'ab'") == [("ab  ", 2, "ab|")] * 2
    for condition in ("c = 'ab   '", "'ab ' = c", "c in ('x', 'ab ')", "c <> 'xy '"):
        assert redshift.run(f"select count(*) from t where {condition}") == [(2,)]
