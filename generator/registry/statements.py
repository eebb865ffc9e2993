"""The registry's SQL for Redshift: a version that was trained, a promotion by hand, and who is current when. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from generator import quoting
from generator.registry import metrics
from generator.registry.tables import MODELS, PROMOTIONS, TABLES, lock, name_of
from generator.thresholds import Threshold

_VERDICT = '"promotion_verdict"'
_text = quoting.redshift_string


@dataclass(frozen=True)
class Trained:
    """A version that a run has trained. `run_date` is YYYY-MM-DD, `trained_at` a UTC timestamp as Redshift reads it."""

    model: str
    version: str
    kind: str
    algorithm: str
    pipeline: str
    run_id: str
    run_date: str
    task: str
    trained_at: str
    location: str
    metadata_sha256: str
    rows: int
    git_commit: str
    metrics: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def by(self) -> str:
        """Who promotes the version, where its thresholds do: the run's task."""
        return f"{self.pipeline}, task {self.task}, run {self.run_id}"


@dataclass(frozen=True)
class Gate:
    """What a version must be, to become the current one: `faults` are the thresholds that it fails, in words.

    `compared` is the least improvement on the version that is current, by `metric`; None where nothing is compared.
    """

    faults: tuple[str, ...] = ()
    metric: str = ""
    compared: Threshold | None = None
    reason: str = "promoted without conditions"


def register(schema: str, trained: Trained, gate: Gate) -> list[str]:
    """One transaction, whose last statement tells what became of the version: promoted, current_version, current_value.

    What an earlier try of the task wrote is replaced; a promotion that is right again keeps its time, so that what
    somebody decided since stands. The version that is current is looked up behind the lock: of two trainings at once,
    the second is compared with the first.
    """
    promotions = name_of(schema, PROMOTIONS)
    own = f"model = {_text(trained.model)} AND promoted_by = {_text(trained.by)}"
    return [
        lock(schema),
        f"CREATE TEMP TABLE {_VERDICT} AS\n{_verdict(schema, trained, gate)}",
        f"DELETE FROM {promotions}\nUSING {_VERDICT}\n"
        f"WHERE {own} AND (version <> {_text(trained.version)} OR NOT {_VERDICT}.passes)",
        f"INSERT INTO {promotions} ({quoting.identifiers(TABLES[PROMOTIONS])})\n"
        f"SELECT {_text(trained.model)}, {_text(trained.version)}, CAST({_text(trained.run_date)} AS DATE), "
        f"{_next_moment('last_promoted_at')}, {_text(trained.by)}, {_text(gate.reason)}\nFROM {_VERDICT}\n"
        f"WHERE passes AND NOT EXISTS (SELECT 1 FROM {promotions} WHERE {own})",
        *_models_rows(schema, trained, gate),
        f"SELECT passes AS promoted, current_version, current_value FROM {_VERDICT}",
    ]


def _verdict(schema: str, trained: Trained, gate: Gate) -> str:
    """One row: whether the version passes, and what it is compared with; a NULL is nothing to compare with."""
    improvement = _improvement(trained, gate)
    passes = "FALSE" if gate.faults else "TRUE"
    if gate.compared is not None and not gate.faults:
        better = gate.compared.condition(improvement) if improvement else "FALSE"
        passes = f"CASE WHEN now.value IS NULL THEN TRUE ELSE {better} END"
    value = f"CAST(NULLIF(JSON_EXTRACT_PATH_TEXT(m.metrics, {_text(gate.metric or 'none')}, TRUE), '') AS FLOAT8)"
    others = f"p.model = {_text(trained.model)} AND p.promoted_by <> {_text(trained.by)}"
    return (
        "SELECT\n"
        f"  {passes} AS passes,\n"
        "  now.version AS current_version,\n"
        "  now.value AS current_value,\n"
        "  past.last_promoted_at\n"
        "FROM (\n  SELECT MAX(version) AS version, MAX(value) AS value\n  FROM (\n"
        f"    SELECT p.version, {value} AS value\n"
        f"    {_current_rows(schema, others, trained.run_date)}\n"
        "  ) AS current_one\n) AS now\n"
        f"CROSS JOIN (\n  SELECT MAX(promoted_at) AS last_promoted_at FROM {name_of(schema, PROMOTIONS)} "
        f"WHERE model = {_text(trained.model)}\n) AS past"
    )


def _improvement(trained: Trained, gate: Gate) -> str:
    """SQL for how much better the version is than the current one; empty where it has no value of the metric."""
    value = metrics.known(trained.metrics).get(gate.metric)
    if value is None:
        return ""
    new = metrics.goodness(gate.metric, f"CAST({value!r} AS FLOAT8)")
    return f"({new}) - ({metrics.goodness(gate.metric, 'now.value')})"


def _models_rows(schema: str, trained: Trained, gate: Gate) -> list[str]:
    """The version's row; other versions that the same run has trained stay listed, but that is all."""
    models = name_of(schema, MODELS)
    own = (
        f"model = {_text(trained.model)} AND pipeline = {_text(trained.pipeline)} "
        f"AND run_id = {_text(trained.run_id)} AND task = {_text(trained.task)}"
    )
    compared = f"the comparison with the current version: {gate.metric} {gate.compared}" if gate.compared else ""
    reasons = "; ".join(gate.faults) or compared
    values = {
        "model": _text(trained.model),
        "version": _text(trained.version),
        "kind": _text(trained.kind),
        "algorithm": _text(trained.algorithm),
        "pipeline": _text(trained.pipeline),
        "run_id": _text(trained.run_id),
        "run_date": f"CAST({_text(trained.run_date)} AS DATE)",
        "task": _text(trained.task),
        "trained_at": f"CAST({_text(trained.trained_at)} AS TIMESTAMP)",
        "location": _text(trained.location),
        "metadata_sha256": _text(trained.metadata_sha256),
        "rows": str(trained.rows),
        "metrics": _text(json.dumps(metrics.known(trained.metrics))),
        "git_commit": _text(trained.git_commit),
        "promoted": "passes",
        "reasons": f"CASE WHEN NOT passes THEN {_text(reasons)} END",
        "logged_at": "SYSDATE",
    }
    again = _text(f"trained again by the same run, as {trained.version}")
    return [
        f"DELETE FROM {models}\nWHERE {own} AND version = {_text(trained.version)}",
        f"UPDATE {models}\nSET promoted = FALSE, reasons = {again}\nWHERE {own}",
        f"INSERT INTO {models} ({quoting.identifiers(values)})\nSELECT {', '.join(values.values())}\nFROM {_VERDICT}",
    ]


def _next_moment(last: str) -> str:
    """Now, but after the last promotion, whatever the clock says: the newest one must be that which came last."""
    return f"GREATEST(SYSDATE, DATEADD(microsecond, 1, {last}))"


def _current_rows(schema: str, condition: str, day: str) -> str:
    """FROM and what follows, of a query of the version that is current at a day; its tables are p and m."""
    return (
        f"FROM {name_of(schema, PROMOTIONS)} AS p\n"
        f"JOIN {name_of(schema, MODELS)} AS m ON m.model = p.model AND m.version = p.version\n"
        f"WHERE {condition} AND p.effective_from <= CAST({_text(day)} AS DATE)\n"
        "ORDER BY p.effective_from DESC, p.promoted_at DESC, m.logged_at DESC\nLIMIT 1"
    )


def current(schema: str, model: str, day: str) -> str:
    """The version that is current at a day: version, location, metadata_sha256, effective_from; no row without one."""
    found = _current_rows(schema, f"p.model = {_text(model)}", day)
    return (
        f"SELECT p.version, m.location, m.metadata_sha256, CAST(p.effective_from AS VARCHAR) AS effective_from\n{found}"
    )


def fixed(schema: str, model: str, version: str) -> str:
    """The version of that name: version, location, metadata_sha256; no row without one."""
    return (
        f"SELECT version, location, metadata_sha256\nFROM {name_of(schema, MODELS)}\n"
        f"WHERE model = {_text(model)} AND version = {_text(version)}\nORDER BY logged_at DESC\nLIMIT 1"
    )


def known(schema: str, model: str) -> str:
    """The versions of a model, newest first, and from which day each was first the current one: version, since."""
    return (
        f"SELECT m.version, CAST(MIN(p.effective_from) AS VARCHAR) AS since\nFROM {name_of(schema, MODELS)} AS m\n"
        f"LEFT JOIN {name_of(schema, PROMOTIONS)} AS p ON p.model = m.model AND p.version = m.version\n"
        f"WHERE m.model = {_text(model)}\nGROUP BY m.version\nORDER BY MAX(m.logged_at) DESC\nLIMIT 100"
    )


def promote(schema: str, model: str, version: str, day: str, by: str, reason: str) -> list[str]:
    """One transaction that makes a version that is registered the current one from a day on."""
    known_version = (
        f"SELECT 1 FROM {name_of(schema, MODELS)} WHERE model = {_text(model)} AND version = {_text(version)}"
    )
    return [
        lock(schema),
        f"INSERT INTO {name_of(schema, PROMOTIONS)} ({quoting.identifiers(TABLES[PROMOTIONS])})\n"
        f"SELECT {_text(model)}, {_text(version)}, CAST({_text(day)} AS DATE), {_next_moment('last')}, "
        f"{_text(by)}, {_text(reason)}\n"
        f"FROM (\n  SELECT MAX(promoted_at) AS last FROM {name_of(schema, PROMOTIONS)} "
        f"WHERE model = {_text(model)}\n) AS past\n"
        f"WHERE EXISTS ({known_version})",
    ]


def everything(schema: str, model: str | None = None) -> tuple[str, str]:
    """Two queries: all versions, and all promotions, of one model or of all; the newest first."""
    where = f"\nWHERE model = {_text(model)}" if model else ""
    versions = (
        "SELECT model, version, kind, algorithm, pipeline, run_id, CAST(run_date AS VARCHAR), task, "
        'CAST(trained_at AS VARCHAR), location, metadata_sha256, "rows", metrics, git_commit, promoted, reasons\n'
        f"FROM {name_of(schema, MODELS)}{where}\nORDER BY model, logged_at DESC, version"
    )
    promotions = (
        "SELECT model, version, CAST(effective_from AS VARCHAR), CAST(promoted_at AS VARCHAR), promoted_by, reason\n"
        f"FROM {name_of(schema, PROMOTIONS)}{where}\nORDER BY model, effective_from DESC, promoted_at DESC"
    )
    return versions, promotions
