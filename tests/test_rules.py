"""The rules one by one: what they take, and what they find. Whole outputs with places are in tests/cases/bad."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from generator import project
from generator.problems import Problem

PROJECT = (Path(__file__).parent / "cases" / "project.yaml").read_text(encoding="utf-8")
TABLES = """
tables:
  public.planes:
    columns:
      id: {type: bigint, identity: true}
      tailnum: {type: char(6), not_null: true}
      seats: {type: smallint}
    primary_key: [tailnum]
  lake.planes:
    engine: athena
    columns: {tailnum: {type: string}}
    location: s3://{{ env.bucket }}/planes/
    format: {type: parquet}
"""
ANALYZE = "{template: redshift.sql, sql: ANALYZE}"


def problems(root: Path, **files: str) -> list[Problem]:
    for name, text in {"project": PROJECT, **files}.items():
        (root / f"{name}.yaml").write_text(text, encoding="utf-8")
    return list(project.load_workspace(root).problems)


def messages(root: Path, head: str, tasks: str = f"a: {ANALYZE}") -> list[str]:
    text = f"pipeline: p\n{head}\ntasks:\n{textwrap.indent(textwrap.dedent(tasks), '  ')}\n"
    return [f"{problem.code} {problem.message}" for problem in problems(root, p=text)]


START = "start_date: 2026-01-01"


@pytest.mark.parametrize(
    "schedule",
    ["30 3 * * *", "*/5 * * * *", "0 0 1 jan mon-fri", "0 0 L * *", "0 12 * * 7", "@daily", "@once", "@continuous"],
)
def test_schedules(schedule: str, tmp_path: Path) -> None:
    assert messages(tmp_path, f'schedule: "{schedule}"\n{START}') == []


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        ("* * * *", "it has 4 fields, not 5"),
        ("daily", "it has 1 field, not 5"),
        ("60 * * * *", "'60' is no minute"),
        ("0 24 * * *", "'24' is no hour"),
        ("0 0 32 * *", "'32' is no day"),
        ("0 0 * 13 *", "'13' is no month"),
        ("0 0 * * 8", "'8' is no weekday"),
        ("a b c d e", "'a' is no minute"),
        ("0 0 31 2,4,6 *", "never fires"),
        ("@dayly", "unknown schedule '@dayly'"),
        ("@", "unknown schedule '@'"),
    ],
)
def test_schedules_that_never_fire(schedule: str, said: str, tmp_path: Path) -> None:
    (message,) = messages(tmp_path, f'schedule: "{schedule}"\n{START}')
    assert message.startswith("R306 ")
    assert said in message


@pytest.mark.parametrize(
    ("head", "codes"),
    [
        ("schedule: null", []),
        ("schedule: '@daily'", ["R315"]),
        ("schedule: {every: 6h}", ["R315"]),
        (f"schedule: {{every: 366d}}\n{START}", []),
        (f"schedule: {{every: 367d}}\n{START}", ["R306"]),
        (f"schedule: null\n{START}\nend_date: 2026-01-01", []),
        (f"schedule: null\n{START}\nend_date: 2025-12-31", ["R309"]),
        ("schedule: null\nstart_date: 2024-02-29", []),
        ("schedule: null\nstart_date: 2025-02-29\nend_date: 2025-13-01", ["R308", "R308"]),
        ("schedule: null\nstart_date: 0000-01-01", ["R308"]),
        ("schedule: null\ntimezone: UTC", []),
        ("schedule: null\ntimezone: America/Argentina/Buenos_Aires", []),
        ("schedule: null\ntimezone: europe/zurich ", ["R307"]),
        ("schedule: null\ntimezone: ../../etc/passwd", ["R307"]),
        ("schedule: null\ntimezone: ''", ["R307"]),
        ('schedule: null\ntimezone: "a\\0b"', ["R307"]),
    ],
)
def test_dates_and_zones(head: str, codes: list[str], tmp_path: Path) -> None:
    assert [message[:4] for message in messages(tmp_path, head)] == codes


@pytest.mark.parametrize(
    ("param", "said"),
    [
        ("{type: string}", "needs a default"),
        ("{type: string, default: null}", None),
        ("{type: integer, default: 1.5}", "must be a whole number"),
        ("{type: number, default: 1}", None),
        ("{type: boolean, default: 'true'}", "must be true or false"),
        ("{type: date, default: 2026-01-31}", None),
        ("{type: date, default: 31.1.2026}", "is not a date"),
        ("{type: date, default: 5}", "is not a date"),
        ("{type: string, default: b, enum: [a]}", "can't be 'b'"),
        ("{type: string, default: b, pattern: '^a'}", "is not text that matches ^a"),
        ("{type: string, default: b, pattern: '('}", "is not a regular expression"),
        ("{type: integer, default: 0, minimum: 1}", "must be at least 1"),
    ],
)
def test_params(param: str, said: str | None, tmp_path: Path) -> None:
    found = messages(tmp_path, f"schedule: '@daily'\n{START}\nparams:\n  x: {param}")
    assert [said in message and message.startswith("R318 ") for message in found if said] == ([True] if said else [])


@pytest.mark.parametrize(
    ("edges", "said"),
    [
        ("b: [a], c: [a, b]", []),
        ("a: [a]", ["R303 the task 'a' waits for itself"]),
        ("a: [c], b: [a], c: [b]", ["R303 tasks wait for each other in a circle: a -> c -> b -> a"]),
        ("b: [c], c: [b]", ["R303 tasks wait for each other in a circle: b -> c -> b"]),
        ("a: [x], b: [c, y]", ["R302 there is no task 'x'", "R302 there is no task 'y'"]),
    ],
)
def test_order(edges: str, said: list[str], tmp_path: Path) -> None:
    before = dict(edge.split(": ") for edge in edges.replace("], ", "]; ").split("; "))
    written = "\n".join(
        f"{name}: {{template: redshift.sql, sql: ANALYZE, depends_on: {before.get(name, '[]')}}}" for name in "abc"
    )
    assert messages(tmp_path, "schedule: null", written) == said


COPY = "template: redshift.copy, table: public.planes, from: s3://x/y"
UPSERT = "template: redshift.upsert, table: public.planes, from: s3://x/y"


@pytest.mark.parametrize(
    ("task", "said"),
    [
        (f"{{{COPY}, format: {{type: csv, header: true}}}}", []),
        (f"{{{COPY}, format: {{type: csv}}, columns: [seat]}}", ["R311 the table public.planes has no column 'seat'"]),
        (f"{{{COPY}, format: {{type: orc, null_as: x}}}}", ["R316 COPY refuses 'null_as' with type: orc"]),
        (f"{{{COPY}, format: {{type: json, delimiter: x}}}}", ["R316 COPY refuses 'delimiter' with type: json"]),
        (f"{{{COPY}, format: {{type: fixed_width}}}}", ["R316 type: fixed_width needs 'widths'"]),
        (f"{{{COPY}, format: {{type: csv}}, mode: replace_where}}", ["R316 mode: replace_where needs 'where'"]),
        (f"{{{COPY}, format: {{type: csv}}, where: seats > 1}}",
         ["R316 'where' does not go together with mode: append"]),
        (f"{{{COPY}, format: {{type: csv}}, mode: replace_where, where: seats >}}", ["Q501"]),
        (f"{{{COPY}, format: {{type: csv}}, mode: replace_where, where: seets > 1}}", ["Q506"]),
        ("{template: redshift.copy, table: lake.planes, from: s3://x/y, format: {type: csv}}",
         ["R317 lake.planes is a table of athena; redshift.copy works with redshift"]),
        ("{template: redshift.create_table, table: public.plane}",
         ["R310 no pipeline declares the table 'public.plane'"]),
        (f"{{{UPSERT}, format: {{type: csv}}, checks: [{{not_null: [seats]}}, {{unique: [seats, tailnum]}}]}}", []),
        (f"{{{UPSERT}, format: {{type: csv}}, checks: [{{not_null: [id]}}]}}",
         ["R311 the column 'id' of public.planes is not loaded by this task"]),
        (f"{{{UPSERT}, format: {{type: csv}}, checks: [{{unique: [x]}}]}}",
         ["R311 the table public.planes has no column 'x'"]),
        (f"{{{UPSERT}, format: {{type: csv}}, checks: [{{row_count: {{min: 2, max: 1}}}}]}}",
         ["R316 row_count: min 2 is greater than max 1"]),
        (f"{{{UPSERT}}}", ["S203 the key 'format' is missing in redshift.upsert"]),
        (f"{{{UPSERT}, sql: SELECT 1 AS x}}",
         ["R314 'from' and 'sql' don't go together; redshift.upsert takes one of"]),
        ("{template: redshift.sql}", ["R314 redshift.sql needs sql or sql_file"]),
        ("{template: s3.wait, key: s3://x/y, keys: [s3://x/z]}", ["R314 s3.wait needs either key or keys"]),
        ("{template: redshift.sql, sql: ANALYZE, queue: '{{ env.bucket }}'}",
         ["R321 Airflow renders no Jinja in 'queue'"]),
        ("{template: redshift.maintain, tables: [public.planes, x.y]}", ["R310 no pipeline declares the table 'x.y'"]),
        ("{template: redshift.unload, to: 's3://x/', sql: SELECT 1 AS x, format: {type: json, header: true}}",
         ["R316 UNLOAD refuses 'header' with type: json"]),
        ("{template: athena.insert, table: lake.planes, sql: SELECT 'x' AS tailnum, mode: replace_partition}",
         ["R316 mode: replace_partition needs 'partition'"]),
    ],
)  # fmt: skip
def test_tasks(task: str, said: list[str], tmp_path: Path) -> None:
    found = messages(tmp_path, f"schedule: null\n{TABLES}", f"a: {task}")
    assert len(found) == len(said), found
    assert all(message.startswith(start) for message, start in zip(found, said, strict=True)), found


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (("primary_key: [tailnum]", "primary_key: [tailnum]\n    sort_key: [seats]\n    dist_key: tailnum"), []),
        (("primary_key: [tailnum]", "primary_key: [seats]"), ["R316"]),
        (("primary_key: [tailnum]", "dist_key: x"), ["R311"]),
        (("primary_key: [tailnum]", "dist_key: seats\n    dist_style: all"), ["R316"]),
        (("primary_key: [tailnum]", "dist_style: key"), ["R316"]),
        (("primary_key: [tailnum]", "location: s3://x/y/"), ["R316"]),
        (("type: smallint", "type: smalint"), ["R319"]),
        (("identity: true", "identity: [1, 1], default: 1"), ["R316"]),
        (("location: s3://{{ env.bucket }}/planes/", ""), ["S203"]),
        (("/planes/", "/planes"), ["S205"]),
        (("env.bucket", "env.buket"), ["J406"]),
        (("{type: parquet}", "{type: parquet, header: true}"), ["R316"]),
        (("{tailnum: {type: string}}", "{tailnum: {type: string, encode: zstd}}"), ["R316"]),
        (("{type: parquet}", "{type: parquet}\n    partitioned_by: {tailnum: {type: string}}"), ["R316"]),
        (("format: {type: parquet}", "format: {type: parquet}\n    dist_key: tailnum"), ["R316"]),
        (("{tailnum: {type: string}}", "{tailnum: {type: varchar(0)}}"), ["R319"]),
    ],
)  # fmt: skip
def test_tables(change: tuple[str, str], codes: list[str], tmp_path: Path) -> None:
    tables = TABLES.replace(*change)
    assert tables != TABLES
    assert [message[:4] for message in messages(tmp_path, f"schedule: null\n{tables}")] == codes


def pipeline(name: str, schedule: str, writes: str = "", also: str = "") -> str:
    load = f"{{template: redshift.copy, table: {writes}, from: s3://x/y, format: {{type: csv}}}}" if writes else ANALYZE
    tables = f"tables:\n  {writes}: {{columns: {{a: {{type: date}}}}}}\n" if writes else ""
    return f"pipeline: {name}\nschedule: {schedule}\n{tables}tasks:\n  load: {load}\n{also}"


@pytest.mark.parametrize(
    ("files", "codes"),
    [
        ({"a": pipeline("a", "null", "x.a"), "b": pipeline("b", "{after: [x.a]}", "x.b")}, []),
        ({"a": pipeline("a", "null", "x.a"), "b": pipeline("b", "null", "x.a")}, ["R305"]),
        ({"a": pipeline("a", "{after: [x.a]}", "x.a")}, ["R325"]),
        ({"a": pipeline("a", "{after: [x.b]}", "x.a"), "b": pipeline("b", "{after: [x.a]}", "x.b")}, ["R325"]),
        ({"a": pipeline("a", "{after: [x.c]}")}, ["R310"]),
        ({"a": pipeline("a", "{after: [x.c]}", also="tables: {x.c: {columns: {a: {type: date}}}}")}, ["R324"]),
        # a table with problems of its own is not unknown as well
        ({"a": pipeline("a", "{after: [x.c]}", also="tables: {x.c: {}}")}, ["S203"]),
    ],
)
def test_pipelines_together(files: dict[str, str], codes: list[str], tmp_path: Path) -> None:
    assert [problem.code for problem in problems(tmp_path, **files)] == codes


def test_a_table_may_be_declared_in_a_broken_file(tmp_path: Path) -> None:
    """One problem of one file: what refers to it does not fail as well."""
    broken = pipeline("a", "null", "x.a").replace("type: csv", "type: cvs")
    found = problems(
        tmp_path, a=broken, b=f"{pipeline('b', 'null')}  create: {{template: redshift.create_table, table: x.a}}\n"
    )
    assert [(problem.span.file.rpartition("/")[2], problem.code) for problem in found] == [("a.yaml", "S204")]


def test_a_pipeline_is_broken_by_its_sql_file(tmp_path: Path) -> None:
    (tmp_path / "x.sql").write_text("SELECT (", encoding="utf-8")
    sql = "pipeline: a\nschedule: null\ntasks:\n  load: {template: redshift.sql, sql_file: x.sql}\n"
    assert [problem.code for problem in problems(tmp_path, a=sql, b=pipeline("b", "null"))] == ["Q501"]
    workspace = project.load_workspace(tmp_path)
    assert ([each.name for each in workspace.pipelines], workspace.broken) == (["b"], frozenset({"a"}))


@pytest.mark.parametrize(
    "name", ["a" * 300 + ".sql", ".", "folder", "..", "x\\u0000y", "/dev/null", "../outside.sql", "link.sql"]
)
def test_sql_files_stay_in_the_folder(name: str, tmp_path: Path) -> None:
    root = tmp_path / "pipelines"
    (root / "folder").mkdir(parents=True)
    (tmp_path / "outside.sql").write_text("ANALYZE")
    (root / "link.sql").symlink_to(tmp_path / "outside.sql")
    text = f'pipeline: a\nschedule: null\ntasks:\n  load: {{template: redshift.sql, sql_file: "{name}"}}\n'
    (problem,) = problems(root, a=text)
    assert problem.code in ("R312", "R313")


def test_lineage(tmp_path: Path) -> None:
    text = """
pipeline: p
schedule: null
tables:
  public.a: {columns: {x: {type: date}}}
tasks:
  load: {template: redshift.insert, table: public.a, sql: SELECT x FROM other.b JOIN c USING (x)}
  note: {template: redshift.sql, sql: "INSERT INTO log SELECT 1; DELETE FROM public.a"}
  told: {template: redshift.sql, sql: CALL refresh(), writes: [public.a]}
"""
    assert problems(tmp_path, p=text) == []
    (made,) = project.load_workspace(tmp_path).pipelines
    assert [(task.reads, task.writes) for task in made.tasks] == [
        (("other.b", "public.c"), ("public.a",)),
        ((), ("public.a", "public.log")),
        ((), ("public.a",)),
    ]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("public.plane", "did you mean 'public.planes'?"),
        ("public.palnes", "did you mean 'public.planes'?"),
        ("pubilc.planes", "did you mean 'public.planes'?"),
        ("public.planes_of_2026", None),
        ("staging.planes", None),
        ("public.stg_planes", None),  # another word, another table
        ("public.new_delays_by_airport", None),
        ("public.planes2", None),  # other digits, another table
        ("public.delays_by_airprot", "did you mean 'public.delays_by_airport'?"),
    ],
)
def test_tables_in_sql_that_look_misspelt(table: str, said: str | None, tmp_path: Path) -> None:
    more = "  public.delays_by_airport:\n    columns: {dest: {type: char(3)}}\n"
    task = f"tasks:\n  a: {{template: redshift.sql, sql: DELETE FROM {table}}}\n"
    text = f"pipeline: p\nschedule: null\n{TABLES}{more}{task}"
    found = problems(tmp_path, p=text)
    assert [(problem.code, problem.severity, problem.help) for problem in found] == (
        [("Q507", "warning", said)] if said else []
    )
