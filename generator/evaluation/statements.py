"""The statements of an evaluation: one transaction that scores the rows and keeps the scores. Pure."""

from __future__ import annotations

from generator import quoting
from generator.checks import history
from generator.evaluation import measures
from generator.evaluation.subject import METRICS, PREDICTION, PROBABILITY, RUN_DATE, Subject, constant

TABLE = "scores"
_SCORES = f'"{history.SCHEMA}"."{TABLE}"'
_MEASURED = "measured"
_DAY = "CAST({{ run_date | literal }} AS DATE)"

_COLUMNS = {
    "pipeline": "VARCHAR(256)",
    "run_id": "VARCHAR(256)",
    "run_date": "DATE",
    "task": "VARCHAR(256)",
    "predictions": "VARCHAR(256)",
    "group_values": "VARCHAR(65535)",
    "metric": "VARCHAR(64)",
    "decile": "SMALLINT",
    "value": "FLOAT8",
    "rows": "BIGINT",
    "covered": "BIGINT",
    "window_start": "DATE",
    "logged_at": "TIMESTAMP",
}


def create(schema: str) -> list[str]:
    """The statements that make the schema and the table of scores where they are not there yet."""
    defined = ",\n  ".join(f"{quoting.identifier(name)} {kind}" for name, kind in _COLUMNS.items())
    table = f"{quoting.identifier(schema)}.{quoting.identifier(TABLE)}"
    return [
        f"CREATE SCHEMA IF NOT EXISTS {quoting.identifier(schema)}",
        f"CREATE TABLE IF NOT EXISTS {table} (\n  {defined}\n)\nSORTKEY (logged_at)",
    ]


def of(subject: Subject, task: str) -> list[str]:
    """What makes the scores: the last statement gives the row of all groups together, and how many predictions."""
    return [
        f"LOCK {_SCORES}",
        f"CREATE TEMP TABLE {measures.ROWS} AS\n{_scored(subject)}",
        f"CREATE TEMP TABLE {_MEASURED} AS\n{_measured(subject)}",
        f"DELETE FROM {_SCORES}\nWHERE {_own(task)}",
        *(f"INSERT INTO {_SCORES} ({quoting.identifiers(_COLUMNS)})\n{rows}" for rows in _rows(subject, task)),
        f"SELECT {_MEASURED}.*, ({_predictions(subject)}) AS predictions\n"
        f"FROM {_MEASURED}\nWHERE group_values = '{{}}'",
    ]


def _scored(subject: Subject) -> str:
    """A row for each prediction with what the metrics are made of; `actual` is NULL while the truth is not there."""
    same_key = " AND ".join(f"p.{key} = t.{key}" for key in map(quoting.identifier, subject.keys))
    target = quoting.identifier(subject.target)
    probability = f', p."{PROBABILITY}"::FLOAT8 AS probability' if subject.kind == "binary" else ""
    values = ",\n  ".join(f"CASE WHEN known = 1 THEN {value} END AS {name}" for name, value in _values(subject).items())
    return (
        f"SELECT group_values, known,\n  {values}\nFROM (\n"
        f"  SELECT {_group_values(subject)} AS group_values,\n"
        f'    p."{PREDICTION}" AS chosen, CAST(t.{target} AS {subject.prediction_type}) AS truth{probability},\n'
        f"    CASE WHEN {_known(subject)} THEN 1 ELSE 0 END AS known\n"
        f"  FROM {quoting.table(subject.predictions.name)} AS p\n"
        f"  LEFT JOIN {subject.truth} AS t ON {same_key}\n"
        f"  WHERE {_window(subject)}\n) AS joined"
    )


def _known(subject: Subject) -> str:
    columns = [f'p."{PREDICTION}"', f"t.{quoting.identifier(subject.target)}"]
    columns += [f'p."{PROBABILITY}"'] if subject.kind == "binary" else []
    return " AND ".join(f"{column} IS NOT NULL" for column in columns)


def _values(subject: Subject) -> dict[str, str]:
    """The columns of a scored row, each of which is NULL where the truth is not known."""
    if subject.kind == "regression":
        return {"actual": "truth::FLOAT8", "predicted": "chosen::FLOAT8"}
    if subject.kind == "multiclass":
        return {"actual": "truth", "predicted": "chosen", "hit": _flag("chosen = truth")}
    positive = constant(subject.positive)
    return {
        "actual": _flag(f"truth = {positive}"),
        "predicted": _flag(f"chosen = {positive}"),
        "hit": _flag("chosen = truth"),
        "probability": "probability",
    }


def _flag(condition: str) -> str:
    return f"CASE WHEN {condition} THEN 1::FLOAT8 ELSE 0::FLOAT8 END"


def _group_values(subject: Subject) -> str:
    """The values of the groups' columns as JSON text, made by SQL."""
    if not subject.groups:
        return "'{}'::VARCHAR"
    parts = [
        f"{quoting.literal(_name(place, column))} || {_as_json(f'{alias}.{quoting.identifier(column)}')}"
        for place, (alias, column) in enumerate(subject.groups)
    ]
    return "\n    || ".join([*parts, "'}'"])


def _name(place: int, column: str) -> str:
    return ("{" if place == 0 else ", ") + f'"{column}": '


def _as_json(value: str) -> str:
    escaped = f"REPLACE(REPLACE({value}::VARCHAR, CHR(92), CHR(92) || CHR(92)), '\"', CHR(92) || '\"')"
    return f"COALESCE('\"' || {escaped} || '\"', 'null')"


def _window(subject: Subject) -> str:
    until = f'p."{RUN_DATE}" <= {_DAY}'
    return f'{until} AND p."{RUN_DATE}" > {_DAY} - {subject.window}' if subject.window else until


def _predictions(subject: Subject) -> str:
    return f"SELECT COUNT(*) FROM {quoting.table(subject.predictions.name)} AS p WHERE {_window(subject)}"


def _measured(subject: Subject) -> str:
    overall = measures.select(subject.kind, by_group=False)
    return f"{overall}\nUNION ALL\n{measures.select(subject.kind, by_group=True)}" if subject.groups else overall


def _rows(subject: Subject, task: str) -> list[str]:
    """The SELECTs of the rows that are kept."""
    metrics = "\n  UNION ALL ".join(
        f"SELECT group_values, {quoting.literal(metric)} AS metric, NULL::SMALLINT AS decile,"
        f' {quoting.identifier(metric)} AS value, "rows", covered FROM {_MEASURED}'
        for metric in METRICS[subject.kind]
    )
    if subject.kind != "binary":
        return [_kept(subject, task, metrics)]
    deciles = [measures.calibration(by_group) for by_group in ((False, True) if subject.groups else (False,))]
    sides = "\n  UNION ALL ".join(
        f'SELECT group_values, \'calibration_{side}\' AS metric, decile, {side} AS value, "rows", "rows" AS covered'
        f" FROM (\n{each}\n  ) AS deciles"
        for each in deciles
        for side in ("predicted", "observed")
    )
    return [_kept(subject, task, metrics), _kept(subject, task, sides)]


def _kept(subject: Subject, task: str, rows: str) -> str:
    """Rows as they are kept; none where a key has several truths, since all would be wrong."""
    start = f"{_DAY} - {subject.window - 1}" if subject.window else "NULL::DATE"
    return (
        f"SELECT {{{{ dag.dag_id | literal }}}}, {{{{ run_id | literal }}}}, {_DAY}, {quoting.literal(task)},"
        f" {quoting.literal(subject.predictions.name)},\n"
        f'  group_values, metric, decile, value, "rows", covered, {start}, GETDATE()\n'
        f"FROM (\n  {rows}\n) AS found\n"
        f'WHERE value IS NOT NULL\n  AND (SELECT MAX("rows") FROM {_MEASURED}) = ({_predictions(subject)})'
    )


def _own(task: str) -> str:
    run = "pipeline = {{ dag.dag_id | literal }} AND run_id = {{ run_id | literal }}"
    return f"{run} AND task = {quoting.literal(task)}"
