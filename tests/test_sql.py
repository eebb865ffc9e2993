from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import sql
from generator.model import Column, Engine, Table
from generator.problems import TextFinding

ENGINES: tuple[Engine, ...] = ("redshift", "athena")
KINDS: tuple[sql.SqlKind, ...] = ("statements", "statement", "query")
VALID = {
    engine: (Path(__file__).parent / "valid_sql" / f"{engine}.sql").read_text().split("\n", 1)[1] for engine in ENGINES
}
STATEMENTS = [(engine, text) for engine in ENGINES for text in VALID[engine].split("\n;\n") if text.strip()]


def declared(name: str, columns: str, engine: Engine = "redshift") -> tuple[str, Table]:
    return name, Table(name, "p", tuple(Column(each, "int") for each in columns.split()), engine=engine)


TABLES = dict(
    (
        declared("public.flights", "flight_date carrier origin arr_delay"),
        declared("public.t", "id a b c d"),
        declared("public.u", "id b c d"),
        declared("public.events", "id payload addresses"),
        declared("lake.t", "a b x items m", "athena"),
    )
)


def findings(text: str, engine: Engine = "redshift", kind: sql.SqlKind = "statements") -> list[TextFinding]:
    return sql.analyse(text, engine, kind, "public")[1]


def marked(text: str, found: list[TextFinding]) -> list[tuple[str, str]]:
    return [(each.code, text[each.offset :][: each.length]) for each in found]


@pytest.mark.parametrize(("engine", "text"), STATEMENTS)
def test_valid_statements_pass_without_a_word(engine: Engine, text: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        statements, found = sql.analyse(text, engine, "statements", "public")
    assert found == []
    assert [statement.text for statement in statements] == [text]
    assert caplog.records == []
    assert [each for each in sql.check_columns(text, sql.Declared({}, engine)) if each] == []


@pytest.mark.parametrize("engine", ENGINES)
def test_there_are_many_valid_statements(engine: Engine) -> None:
    texts = [text for of, text in STATEMENTS if of == engine]
    assert len(texts) >= 60
    assert [text for _, text in sql.split("\n;\n".join(texts), engine)] == texts


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("SELEC 1", "SELEC"),
        ("delet from a.t", "delet"),
        ("SELECT FROM a.t", "SELECT"),
        ("select a b c from a.t", "c"),
        ("select a,, b from a.t", ","),
        ("select a, from a.t", ","),
        ("select coalesce(a, ) from a.t", ","),
        ("select (a from a.t", "("),
        ("select count(* from a.t", "("),
        ("select a) from a.t", ")"),
        ("select * from a.t where", "where"),
        ("select * from a.t where order by a", "where"),
        ("select * from a.t where and b", "where"),
        ("select * from a.t group by", "group by"),
        ("select * from", "from"),
        ("select a from a.t order a", "order"),
        ("select a from a.t group a", "group"),
        ("select a from a.t limit", "limit"),
        ("select a from a.t where a = = 1", "="),
        ("select a from a.t where a == 1", "=="),
        ("select a from a.t where a in ()", "()"),
        ("select a from a.t where a between 1", "1"),
        ("select a from a.t where a not 1", "not"),
        ("select * fro a.t", "fro"),
        ("select * from a.t wher a = 1", "wher"),
        ("select a from a.t gruop by a", "gruop"),
        ("select case when a then b from a.t", "b"),
        ("select a from (select b from c", "("),
        ("select a from a.t union select", "select"),
        ("with a as (select 1), select * from a", "select"),
        ("with a as select 1 select 2", "select"),
        ("insert into a.t (a, b values (1, 2)", "("),
        ("insert in a.t values (1)", "a"),
        ("insert into a.t values (1, 2", "("),
        ("update a.t set", "set"),
        ("update a.t set a = 1, where b = 2", ","),
        ("delete from a.t wher a = 1", "wher"),
        ("merge into a.t using a.s on a = b when matched then", "then"),
        ("create tabel a.t (a int)", "tabel"),
        ("drop tabl a.t", "tabl"),
        ("create table a.t as selct 1", "selct"),
        ("create view a.v as select from b", "select"),
        ("select 'abc", "'"),
        ("select 'it's' from a.t", "'"),
        ('select "a from a.t', '"'),
        ("select 1 /* never closed", "/"),
    ],
)
def test_broken_statements_are_marked_where_they_break(engine: Engine, text: str, place: str) -> None:
    before = "select 1 -- first;\n;\n\n  "
    (found,) = findings(before + text, engine)
    assert (found.code, (before + text)[found.offset :][: found.length]) == ("Q501", place)
    assert found.message
    assert found.offset - len(before) in {match.start() for match in re.finditer(re.escape(place), text)}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("create table a.t (a int b int)", "b"),
        ("create table a.t (a int,)", ","),
        ("create table a.t (a int encode zstd, b int sortkey c int)", "c"),
        ("select $$ a", "$"),
        ("unload ('select a frm a.t wher x') to 's3://x' iam_role default", "frm"),
        ("unload ('select a from a.t where b = 'x'') to 's3://x' iam_role default", "'"),
        ("copy a.t (a, b from 's3://x' iam_role default", "("),
    ],
)
def test_broken_statements_of_redshift(text: str, place: str) -> None:
    assert marked(text, findings(text)) == [("Q501", place)]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("unload (select a frm a.t wher x) to 's3://x' with (format = 'PARQUET')", "frm"),
        ("create external table a.t (a int location 's3://x'", "("),
        ("copy a.t from 's3://x'", "copy"),
    ],
)
def test_broken_statements_of_athena(text: str, place: str) -> None:
    assert marked(text, findings(text, "athena")) == [("Q501", place)]


@pytest.mark.parametrize(
    ("text", "help_text"),
    [
        ("SELEC 1", "did you mean 'SELECT'?"),
        ("select * fro t", "did you mean 'FROM'?"),
        ("create tabel t (a int)", "did you mean 'TABLE'?"),
        ("select a from t order a", "write ORDER BY"),
    ],
)
def test_help_with_misspelt_words(text: str, help_text: str) -> None:
    assert findings(text)[0].help == help_text


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        ("statements", "", [("Q504", "")]),
        ("statements", "-- nothing\n;", [("Q504", "-- nothing\n;")]),
        ("statement", "select 1; select 2;", [("Q504", "select 2")]),
        ("statement", "insert into a.t select 1;", []),
        ("query", "select 1;", []),
        ("query", "-- why\nwith a as (select 1) select * from a", []),
        ("query", "select 1; select 2", [("Q504", "select 2")]),
        ("query", "delete from a.t", [("Q504", "delete")]),
        ("query", "select * into a.t from a.u", [("Q504", "select")]),
        ("query", "vacuum", [("Q504", "vacuum")]),
        ("statements", "vacuum a.t", []),
        ("statements", "vacuum a.t; select 1", [("Q505", "vacuum")]),
        ("statements", "alter table a.t append from a.s", []),
        ("statements", "select 1; alter table a.t append from a.s", [("Q505", "alter")]),
        ("statements", "select 1; create database d", [("Q505", "create")]),
        ("statements", "truncate a.t", []),
        ("statements", "truncate a.t; insert into a.t select 1", [("Q505", "truncate")]),
        ("statements", "begin; delete from a.t; end", [("Q505", "begin"), ("Q505", "end")]),
        (
            "statements",
            "start transaction; commit; rollback",
            [("Q505", "start"), ("Q505", "commit"), ("Q505", "rollback")],
        ),
        (
            "statements",
            "copy a.t from 's3://x' access_key_id 'AKIA' secret_access_key 'x'",
            [("Q508", "access_key_id")],
        ),
        (
            "statements",
            "copy a.t from 's3://x' credentials 'aws_access_key_id=A;aws_secret_access_key=b'",
            [("Q508", "'aws_access_key_id=A;aws_secret_access_key=b'")],
        ),
        ("statements", "copy a.t from 's3://x' credentials 'aws_iam_role=arn:aws:iam::1:role/x'", []),
        ("statements", "unload ('select 1') to 's3://x' session_token 'x'", [("Q508", "session_token")]),
    ],
)
def test_what_a_task_may_run(kind: sql.SqlKind, text: str, found: list[tuple[str, str]]) -> None:
    assert marked(text, findings(text, kind=kind)) == found


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        (" ; ;\n-- nothing\n; /* ; */", []),
        ("select 1", ["select 1"]),
        ("select 1;", ["select 1"]),
        (" a ;\n\n b ; ", ["a", "b"]),
        ("select ';' ; select \";\"", ["select ';'", 'select ";"']),
        ("select 'it''s;' ; x", ["select 'it''s;'", "x"]),
        ("select 'a\\';' ; x", ["select 'a\\';'", "x"]),
        ("create function f() as $$ a; b $$ language sql; x", ["create function f() as $$ a; b $$ language sql", "x"]),
        ("select $t$ ; $$ ; $t$; x", ["select $t$ ; $$ ; $t$", "x"]),
        ("select 1 -- a; b\n; x", ["select 1 -- a; b", "x"]),
        ("-- first; \nselect 1; /* ; */ x", ["-- first; \nselect 1", "/* ; */ x"]),
        ("a {{ ';' }} b; c", ["a {{ ';' }} b", "c"]),
        ("a '{{ x | replace(\"'\", ';') }}'; c", ["a '{{ x | replace(\"'\", ';') }}'", "c"]),
        ("a {# it's; #} b; c", ["a {# it's; #} b", "c"]),
        ("{% if x %} a; b {% endif %}; c", ["{% if x %} a; b {% endif %}", "c"]),
        ("{% set x = 1 %}a; {% set y %};{% endset %}b", ["{% set x = 1 %}a", "{% set y %};{% endset %}b"]),
        ("{% raw %}{% if ;{% endraw %}a; b", ["{% raw %}{% if ;{% endraw %}a", "b"]),
    ],
)
def test_split(text: str, pieces: list[str]) -> None:
    assert [piece for _, piece in sql.split(text)] == pieces


def test_a_backslash_escapes_in_redshift_only() -> None:
    assert [piece for _, piece in sql.split("a '\\'; b", "athena")] == ["a '\\'", "b"]
    assert [piece for _, piece in sql.split("a '\\'; b", "redshift")] == ["a '\\'; b"]


def lineage(text: str, engine: Engine = "redshift", schema: str = "public") -> list[tuple[set[str], set[str]]]:
    return [(set(each.reads), set(each.writes)) for each in sql.analyse(text, engine, "statements", schema)[0]]


@pytest.mark.parametrize(
    ("text", "reads", "writes"),
    [
        ("select * from A.T, b", {"a.t", "public.b"}, set()),
        ('select * from "A"."T" join dev.c.d on true', {"a.t", "c.d"}, set()),
        ("with x as (select * from a.t) select * from x, a.x", {"a.t", "a.x"}, set()),
        ("with t as (select * from t) select * from t", {"public.t"}, set()),
        ("insert into a.t select * from a.u where k in (select k from a.v)", {"a.u", "a.v"}, {"a.t"}),
        ("insert into a.t select * from a.t", {"a.t"}, {"a.t"}),
        ("insert into a.t with x as (select * from a.u) select * from x", {"a.u"}, {"a.t"}),
        ("create table a.t as select * from a.u", {"a.u"}, {"a.t"}),
        ("create table a.t distkey(k) as select * from a.u", {"a.u"}, {"a.t"}),
        ("create table a.t (like a.u)", set(), set()),
        ("create view a.v as select * from a.u", {"a.u"}, {"a.v"}),
        ("delete from a.t using a.s where t.k = s.k", {"a.s"}, {"a.t"}),
        ("delete a.t where k = 1", set(), {"a.t"}),
        ("update a.t set k = s.k from a.s", {"a.s"}, {"a.t"}),
        ("merge into a.t using a.s on t.k = s.k when matched then delete", {"a.s"}, {"a.t"}),
        ("merge into a.t using a.s on t.k = s.k remove duplicates", {"a.s"}, {"a.t"}),
        ("copy a.t (x, y) from 's3://x' iam_role default", set(), {"a.t"}),
        ('COPY "A"."T" from \'s3://x\' iam_role default', set(), {"a.t"}),
        ("unload ('select * from a.t where k = ''x''') to 's3://x' iam_role default", {"a.t"}, set()),
        ("unload ($$select * from a.t where k = 'x'$$) to 's3://x' iam_role default", {"a.t"}, set()),
        ("unload ('select ''it''''s'' from a.t') to 's3://x' iam_role default", {"a.t"}, set()),
        ("truncate table a.t", set(), {"a.t"}),
        ("alter table a.t append from a.s", {"a.s"}, {"a.t"}),
        ("alter table a.t rename to u", set(), {"a.u"}),
        ("refresh materialized view a.v", set(), {"a.v"}),
        ("drop table a.t", set(), set()),
        ("select * from a.t x, x.items y", {"a.t"}, set()),
        ("select * from svv_tables, pg_catalog.pg_class, stl_load_errors", set(), set()),
        ("select * into #x from a.t", {"a.t"}, set()),
        ("select * from generate_series(1, 2)", set(), set()),
    ],
)
def test_lineage(text: str, reads: set[str], writes: set[str]) -> None:
    assert lineage(text) == [(reads, writes)]


@pytest.mark.parametrize(
    ("text", "reads", "writes"),
    [
        ("insert into t select * from awsdatacatalog.lake.u", {"lake.u"}, {"lake.t"}),
        ("create table lake.t with (format = 'PARQUET') as select * from lake.u", {"lake.u"}, {"lake.t"}),
        ("unload (select * from lake.t) to 's3://x' with (format = 'PARQUET')", {"lake.t"}, set()),
        ("alter table `lake`.`t` add partition (d = '1')", set(), {"lake.t"}),
        ("msck repair table lake.t", set(), {"lake.t"}),
        ('select * from "lake"."t$partitions" cross join unnest(x) as u (y)', {"lake.t"}, set()),
    ],
)
def test_lineage_in_athena(text: str, reads: set[str], writes: set[str]) -> None:
    assert lineage(text, "athena", "lake") == [(reads, writes)]


def test_temporary_tables_are_left_out() -> None:
    text = """create temp table stage (like public.t);
    insert into stage select * from a.u;
    create table #x as select * from stage;
    insert into a.t select * from stage, #x, b"""
    assert lineage(text) == [(set(), set()), ({"a.u"}, set()), (set(), set()), ({"public.b"}, {"a.t"})]


def test_without_a_default_schema_bare_names_are_left_out() -> None:
    assert lineage("insert into t select * from a.u, v", schema="") == [({"a.u"}, set())]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("with a as (select 1) select * from a", "select"),
        ("(select 1)", "select"),
        ("insert into a.t values (1)", "insert"),
        ("COPY a.t from 's3://x' iam_role default", "copy"),
        ("/* why */ vacuum", "vacuum"),
        ("create table a.t (a int)", "create"),
    ],
)
def test_the_kind_of_a_statement(text: str, kind: str) -> None:
    assert [each.kind for each in sql.analyse(text, "redshift", "statements", "")[0]] == [kind]


@pytest.mark.parametrize(
    "text",
    ["a = 1", "flight_date = '2013-01-31' and x > 1", "a in (select b from c.d)", "a = 1 -- why\n and b", "a = ';'"],
)
@pytest.mark.parametrize("engine", ENGINES)
def test_conditions(text: str, engine: Engine) -> None:
    assert sql.check_condition(text, engine) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", ""),
        ("where a = 1", "where"),
        ("a = 1; drop table x", ";"),
        ("a = 1) or (b = 2", ")"),
        ("a = ", "="),
        ("a = 1 b", "b"),
        ("a = 1 -- x", "--"),
        ("a = 1 order by b", "a = 1 order by b"),
        ("a = 1 union select 1", "a = 1 union select 1"),
        ("a = 'x", "'"),
    ],
)
def test_wrong_conditions(text: str, place: str) -> None:
    assert marked(text, sql.check_condition(text, "redshift")) == [("Q501", place)]


def test_limits() -> None:
    long = "select '" + "é" * 50_000 + "'"
    assert [each.code for each in sql.limits([long], "redshift")] == ["Q502"]
    assert sql.limits([long], "athena") == []
    assert sql.limits(["select " + "1" * (100_000 - 7)], "redshift") == []
    assert [each.code for each in sql.limits(["x" * 262_145], "athena")] == ["Q502"]
    assert sql.limits(["select 1"] * 40, "redshift") == []
    (found,) = sql.limits(["select 1"] * 41, "redshift", range(0, 410, 10))
    assert (found.code, found.offset) == ("Q503", 400)


def test_a_block_of_jinja_around_several_statements() -> None:
    text = "select 1; {% if x %}select 2; select 3{% endif %}"
    offsets, pieces = zip(*sql.split(text), strict=True)
    assert marked(text, sql.limits(pieces, "redshift", offsets)) == [("Q504", ";")]


@pytest.mark.parametrize(
    "text",
    [
        "select f.carrier, count(*) n from public.flights f group by 1 order by n",
        "select public.t.a, T.B from public.t",
        "select a from t",
        "select a, b from public.t where exists (select 1 from public.u where u.id = t.id and u.b = a)",
        "with x as (select a as q, b from public.t) select q, x.b from x where q > 1",
        "with recursive r(n) as (select 1 union all select n + 1 from r) select n from r",
        "with t as (select 1 as zz) select zz from t",
        "select z.* from (select * from public.t) z where z.a = 1",
        "select a as k, k + 1 as m from public.t",
        "select count from (select count(*) from public.t)",
        "select payload.x.y, addresses[0].z, e.payload.q from public.events e",
        "select x from public.events e, e.addresses as x",
        "select datepart(dow, flight_date), dateadd(month, 1, flight_date), sysdate, user from public.flights",
        "select any, thing from public.other",
        "select a, thing from public.t, public.other o where o.id = t.id",
        "select carrier from public.flights union all select origin from public.flights order by carrier",
        "select * from (select carrier, arr_delay from public.flights) pivot (sum(arr_delay) for carrier in ('UA'))",
        "select a from public.t join public.u using (id)",
        "insert into public.t (id, a) select id, b from public.u",
        "update public.t set a = u.b from public.u where u.id = t.id",
        "delete from public.t using public.u s where t.id = s.id",
        "merge into public.t using public.u s on t.id = s.id when matched then update set a = s.b "
        "when not matched then insert (id, a) values (s.id, s.b)",
        "create table public.t2 as select id from public.t; select id from public.t2",
        "select a from public.t_2013",
    ],
)
def test_columns_that_are_there(text: str) -> None:
    assert sql.check_columns(text, sql.Declared(TABLES, "redshift")) == []


@pytest.mark.parametrize(
    "text",
    [
        "select t.x, e from lake.t cross join unnest(items) as u (e)",
        "select transform(items, y -> y + 1), reduce(items, 0, (s, z) -> s + z, s -> s) from lake.t",
        "select \"$path\", m.k.j, m['x'] from lake.t",
        "select n from (values (1, 'a')) as v (n, s)",
        "select anything from public.t",
    ],
)
def test_columns_that_are_there_in_athena(text: str) -> None:
    assert sql.check_columns(text, sql.Declared(TABLES, "athena")) == []


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("select f.carier from public.flights f", "Q506", "carier"),
        ("select 1;\nselect a,\n zz from public.t", "Q506", "zz"),
        ("select x.carrier from public.flights f", "Q506", "x"),
        ("with x as (select a as q from public.t) select z from x", "Q506", "z"),
        ("select y.q from (select a from public.t) y", "Q506", "q"),
        ("select a from public.t where exists (select 1 from public.u where u.zz = t.id)", "Q506", "zz"),
        ("select a from public.t order by zz", "Q506", "zz"),
        ("select a from public.t union select zz from public.u", "Q506", "zz"),
        ("insert into public.t (id, aa) select id, b from public.u", "Q506", "aa"),
        ("update public.t set aa = 1", "Q506", "aa"),
        ("update public.t set a = zz", "Q506", "zz"),
        ("delete from public.t where zz = 1", "Q506", "zz"),
        ("merge into public.t using public.u s on t.id = s.zz when matched then delete", "Q506", "zz"),
        ("unload ('select zz from public.t where a = ''x''') to 's3://x' iam_role default", "Q506", "zz"),
        ("select a from public.flightz", "Q507", "public.flightz"),
        ("select a from pubilc.flights", "Q507", "pubilc.flights"),
        ("insert into public.flightss select 1", "Q507", "public.flightss"),
    ],
)
def test_unknown_columns_and_misspelt_tables(text: str, code: str, place: str) -> None:
    found = sql.check_columns(text, sql.Declared(TABLES, "redshift"))
    assert marked(text, found) == [(code, place)]
    assert [each.severity for each in found] == ["error" if code == "Q506" else "warning"]


WORDS = st.lists(
    st.sampled_from(
        """select from where a t b.t , ; ( ) ' '' " $$ /* */ -- = == in order by group insert into values create table
        view as with union unload ('select copy update set delete merge using on when matched then {{ }} {% if endif %}
        {# #} ` [ ] :: . * \\ case end 1 x->x \n é vacuum alter append""".split(" ")
    ),
    max_size=25,
).map(" ".join)


@given(st.text(max_size=60) | WORDS, st.sampled_from(ENGINES), st.sampled_from(KINDS))
def test_no_text_is_too_strange(text: str, engine: Engine, kind: sql.SqlKind) -> None:
    _, found = sql.analyse(text, engine, kind, "public")
    found += sql.check_condition(text, engine) + sql.check_columns(text, sql.Declared(TABLES, engine))
    assert all(0 <= each.offset <= len(text) and each.length >= 1 for each in found)
    assert all(each.length <= max(1, len(text) - each.offset) for each in found)


@given(st.text(max_size=60) | WORDS, st.sampled_from(ENGINES))
def test_pieces_are_the_text_without_what_separates_them(text: str, engine: Engine) -> None:
    end = 0
    for offset, piece in sql.split(text, engine):
        assert text[offset:].startswith(piece)
        assert piece == piece.strip()
        assert not text[end:offset].strip() or ";" in text[end:offset] or end == 0
        end = offset + len(piece)
    if not any(sign in text for sign in ("'", '"', "`", "$", "-", "/", "{")):
        assert "".join(piece for _, piece in sql.split(text, engine)) == "".join(
            piece.strip() for piece in text.split(";")
        )


@pytest.mark.parametrize(
    "text",
    [
        "select " + "(" * 5000 + "1" + ")" * 5000,
        "select a from b.t where " + " or ".join(f"a = {number}" for number in range(2000)),
        " union ".join(f"select {number} from b.t" for number in range(1000)),
        "select " + "f(" * 3000 + "1" + ")" * 3000,
        "{{ ' " * 5000,
        '{{"' * 5000,
        "{% if '" * 5000,
        "/*" * 20_000,
        "'" * 20_001,
        "(" * 20_000,
    ],
)
def test_large_texts_end(text: str) -> None:
    assert isinstance(findings(text), list)
    assert isinstance(sql.check_columns(text, sql.Declared(TABLES, "redshift")), list)
    assert isinstance(sql.split(text), list)
