"""Metrics as SQL: one SELECT that gives a row per group, equal to what scikit-learn's functions give. Pure.

Definitions: https://scikit-learn.org/stable/modules/model_evaluation.html. A metric that is not defined, such as the
area under the curve where only one class occurs, is NULL; a share of nothing is 0, as with zero_division=0.
"""

from __future__ import annotations

from generator.evaluation.subject import Kind

ROWS = "scored_rows"

# numpy.finfo(numpy.float64).eps, which scikit-learn keeps away from 0 and 1 with.
_EPSILON = "2.220446049250313e-16::FLOAT8"

_COUNTS = 'COUNT(*) AS "rows", COUNT(actual) AS covered, COUNT(actual)::FLOAT8 / COUNT(*) AS coverage'

_REGRESSION = f"""\
SELECT group_values, {_COUNTS},
  SQRT(AVG(error * error)) AS rmse,
  AVG(ABS(error)) AS mae,
  AVG(ABS(error) / GREATEST(ABS(actual), {_EPSILON})) AS mape,
  CASE
    WHEN COUNT(actual) < 2 THEN NULL
    WHEN SUM(spread * spread) > 0 THEN 1 - SUM(error * error) / SUM(spread * spread)
    WHEN SUM(error * error) = 0 THEN 1
    ELSE 0
  END AS r2,
  AVG(error) AS bias
FROM (
  SELECT group_values, actual, predicted - actual AS error,
    actual - AVG(actual) OVER (PARTITION BY group_values) AS spread
  FROM {{rows}}
) AS errors
GROUP BY group_values"""

# The area under the curve by ranks (Mann-Whitney): equal probabilities share the mean of their ranks.
_BINARY = f"""\
SELECT group_values, {_COUNTS},
  AVG(hit) AS accuracy,
  CASE WHEN COUNT(actual) > 0 THEN COALESCE(SUM(both) / NULLIF(SUM(predicted), 0), 0) END AS "precision",
  CASE WHEN COUNT(actual) > 0 THEN COALESCE(SUM(both) / NULLIF(SUM(actual), 0), 0) END AS recall,
  CASE WHEN COUNT(actual) > 0 THEN COALESCE(2 * SUM(both) / NULLIF(SUM(predicted) + SUM(actual), 0), 0) END AS f1,
  (SUM(actual * midrank) - SUM(actual) * (SUM(actual) + 1) / 2)
    / NULLIF(SUM(actual) * (COUNT(actual) - SUM(actual)), 0) AS auc,
  AVG(loss) AS log_loss
FROM (
  SELECT group_values, actual, hit, predicted, actual * predicted AS both,
    RANK() OVER (PARTITION BY group_values, known ORDER BY probability)
      + (COUNT(*) OVER (PARTITION BY group_values, known, probability) - 1) / 2::FLOAT8 AS midrank,
    CASE
      WHEN actual IS NULL THEN NULL
      ELSE -LN(LEAST(GREATEST(CASE WHEN actual = 1 THEN probability ELSE 1 - probability END,
        {_EPSILON}), 1 - {_EPSILON}))
    END AS loss
  FROM {{rows}}
) AS ranked
GROUP BY group_values"""

# The mean over all classes that occur, in the truth or among the predictions.
_MULTICLASS = f"""\
SELECT counted.group_values, counted."rows", counted.covered, counted.coverage,
  counted.accuracy, shares."precision", shares.recall, shares.f1
FROM (
  SELECT group_values, {_COUNTS}, AVG(hit) AS accuracy FROM {{rows}} GROUP BY group_values
) AS counted
LEFT JOIN (
  SELECT group_values,
    AVG(COALESCE(hits / NULLIF(chosen, 0), 0)) AS "precision",
    AVG(COALESCE(hits / NULLIF(there, 0), 0)) AS recall,
    AVG(COALESCE(2 * hits / NULLIF(chosen + there, 0), 0)) AS f1
  FROM (
    SELECT group_values, class, SUM(hits) AS hits, SUM(chosen) AS chosen, SUM(there) AS there
    FROM (
      SELECT group_values, actual AS class, hit AS hits, 0::FLOAT8 AS chosen, 1::FLOAT8 AS there
      FROM {{rows}} WHERE actual IS NOT NULL
      UNION ALL
      SELECT group_values, predicted, 0::FLOAT8, 1::FLOAT8, 0::FLOAT8
      FROM {{rows}} WHERE actual IS NOT NULL
    ) AS sides
    GROUP BY group_values, class
  ) AS classes
  GROUP BY group_values
) AS shares ON shares.group_values = counted.group_values"""

_SELECTS: dict[Kind, str] = {"binary": _BINARY, "multiclass": _MULTICLASS, "regression": _REGRESSION}

# The columns of the scored rows that the SELECTs read.
_READ: dict[Kind, str] = {
    "binary": "known, actual, hit, predicted, probability",
    "multiclass": "actual, predicted, hit",
    "regression": "actual, predicted",
}

CALIBRATION = """\
SELECT group_values, LEAST(FLOOR(probability * 10), 9)::SMALLINT AS decile, COUNT(*) AS "rows",
  AVG(probability) AS predicted, AVG(actual) AS observed
FROM {rows}
WHERE actual IS NOT NULL
GROUP BY 1, 2"""


def select(kind: Kind, by_group: bool) -> str:
    """A row for each group: group_values, rows, covered, and a column for each metric; or one row for all."""
    return _SELECTS[kind].format(rows=_rows(_READ[kind], by_group))


def calibration(by_group: bool) -> str:
    """A row for each group and tenth of the probabilities: how many, what was predicted, what came."""
    return CALIBRATION.format(rows=_rows("probability, actual", by_group))


def _rows(columns: str, by_group: bool) -> str:
    group = "group_values" if by_group else "'{}'::VARCHAR AS group_values"
    return f"(SELECT {group}, {columns} FROM {ROWS}) AS looked_at"
