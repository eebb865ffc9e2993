"""Pipelines to measure with: realistic, all different, and the same in each run.

A pipeline has eight tasks, two tables of eight to twelve columns and SQL of five to fifteen lines. Two kinds: `STOCK`
has templates that compile to one stock operator each, so that peers can be given the very same tasks; `MIXED` has
the larger templates, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TASKS_OF_A_PIPELINE = 8

PROJECT = """\
project: shop
default_environment: production
environments:
  production:
    region: eu-west-1
    aws_conn_id: aws_production
    bucket: shop-data
    redshift: {workgroup: analytics, database: prod, iam_role: "arn:aws:iam::123456789012:role/redshift-copy"}
    athena: {workgroup: analytics, database: lake, output: "s3://shop-data/athena/"}
defaults:
  owner: analytics
  retries: 2
  retry_delay: 5m
"""

_HEAD = """\
pipeline: {name}
description: Load each day's {noun} of {place} from S3, and keep their daily summary up to date.
schedule: "{minute} {hour} * * *"
timezone: Europe/Berlin
start_date: 2024-01-01
max_active_runs: 1
tags: [{noun}, {place}]

tables:
  sales.{name}:
    description: One row per line of the {noun} of {place}.
    columns:
      business_date: {{type: date, not_null: true, encode: az64, description: Local day of the sale.}}
      store: {{type: char(4), not_null: true, encode: bytedict, description: The store's code.}}
      receipt: {{type: bigint, not_null: true, encode: az64, description: Number of the receipt.}}
      line: {{type: smallint, not_null: true, encode: az64, description: Line of the receipt.}}
      article: {{type: varchar(32), not_null: true, encode: zstd, description: The article's number.}}
      quantity: {{type: "decimal(9, 3)", encode: az64, description: Pieces or kilograms.}}
      amount: {{type: "decimal(12, 2)", encode: az64, description: Amount in euros.}}
      customer: {{type: bigint, encode: az64, description: The customer's number; empty where it is not known.}}
{extra_columns}    primary_key: [business_date, store, receipt, line]
    sort_key: [business_date]
    dist_key: store

  sales.{name}_daily:
    description: Sales of {place} by day, store and article.
    columns:
      business_date: {{type: date, not_null: true, encode: az64}}
      store: {{type: char(4), not_null: true, encode: bytedict}}
      article: {{type: varchar(32), not_null: true, encode: zstd}}
      receipts: {{type: integer, not_null: true, encode: az64, description: Receipts with the article.}}
      lines: {{type: integer, not_null: true, encode: az64}}
      quantity: {{type: "decimal(12, 3)", encode: az64}}
      amount: {{type: "decimal(14, 2)", encode: az64, description: Amount in euros.}}
      customers: {{type: integer, encode: az64, description: Customers that are known.}}
    primary_key: [business_date, store, article]
    sort_key: [business_date]

tasks:
"""

_EXTRA_COLUMNS = (
    "      currency: {type: char(3), encode: bytedict, description: The currency's code.}\n",
    "      channel: {type: varchar(16), encode: bytedict, description: Where the sale was made.}\n",
    "      discount: {type: 'decimal(12, 2)', encode: az64, description: Discount in euros.}\n",
    "      changed_at: {type: timestamp, encode: az64, description: When the line was changed last.}\n",
)

_WAIT = """\
  wait_for_file:
    template: s3.wait
    key: s3://{{{{ env.bucket }}}}/raw/{name}/{{{{ run_date }}}}.csv.gz
    timeout: {hours}h

"""

_PREPARE_STOCK = """\
  prepare:
    template: redshift.sql
    description: Rows of days that nobody asks for any more.
    sql: |
      DELETE FROM sales.{name}
      WHERE business_date < CAST('{{{{ run_date }}}}' AS DATE) - {days};
      DELETE FROM sales.{name}_daily
      WHERE business_date < CAST('{{{{ run_date }}}}' AS DATE) - {days};

"""

_PREPARE_MIXED = """\
  prepare:
    template: redshift.create_table
    table: sales.{name}

"""

_LOAD_STOCK = """\
  load:
    template: redshift.copy
    table: sales.{name}
    from: s3://{{{{ env.bucket }}}}/raw/{name}/{{{{ run_date }}}}.csv.gz
    format: {{type: csv, header: true, compression: gzip, null_as: "\\\\N"}}
    mode: replace_where
    where: business_date = '{{{{ run_date }}}}'
    depends_on: [wait_for_file, prepare]

"""

_LOAD_MIXED = """\
  load:
    template: redshift.upsert
    table: sales.{name}
    from: s3://{{{{ env.bucket }}}}/raw/{name}/{{{{ run_date }}}}.csv.gz
    format: {{type: csv, header: true, compression: gzip, null_as: "\\\\N"}}
    checks:
      - row_count: {{min: {hours}}}
      - not_null: [customer]
    depends_on: [wait_for_file, prepare]

"""

_REST = """\
  daily_summary:
    template: redshift.insert
    table: sales.{name}_daily
    mode: replace_where
    where: business_date BETWEEN CAST('{{{{ run_date }}}}' AS DATE) - {hours} AND '{{{{ run_date }}}}'
    sql: |
      SELECT
          business_date,
          store,
          article,
          COUNT(DISTINCT receipt) AS receipts,
          COUNT(*) AS lines,
          SUM(quantity) AS quantity,
          SUM(amount) AS amount,
          COUNT(DISTINCT customer) AS customers
      FROM sales.{name}
      WHERE business_date BETWEEN CAST('{{{{ run_date }}}}' AS DATE) - {hours} AND '{{{{ run_date }}}}'
        AND quantity <> 0
      GROUP BY business_date, store, article
    depends_on: [load]

  customers:
    template: redshift.sql
    sql: |
      CREATE TEMP TABLE last_sale AS
      SELECT customer, MAX(business_date) AS business_date, SUM(amount) AS amount
      FROM sales.{name}
      WHERE customer IS NOT NULL
      GROUP BY customer
      HAVING SUM(amount) > {days};
      DELETE FROM sales.{name}_daily
      WHERE customers = 0
        AND business_date = '{{{{ run_date }}}}';
    writes: [sales.{name}_daily]
    depends_on: [daily_summary]

  export_daily:
    template: redshift.unload
    sql: |
      SELECT d.store, d.article, d.amount, d.quantity,
          RANK() OVER (PARTITION BY d.store ORDER BY d.amount DESC) AS place
      FROM sales.{name}_daily AS d
      JOIN sales.{name} AS s
        ON s.store = d.store AND s.article = d.article AND s.business_date = d.business_date
      WHERE d.business_date = '{{{{ run_date }}}}'
    to: s3://{{{{ env.bucket }}}}/exchange/{name}/{{{{ run_date }}}}/
    depends_on: [daily_summary]

  lake_articles:
    template: athena.sql
    sql: |
      SELECT article, SUM(amount) AS amount, approx_distinct(store) AS stores
      FROM lake.sales_history
      WHERE business_date >= DATE '{{{{ run_date }}}}' - INTERVAL '{days}' DAY
        AND place = '{place}'
      GROUP BY article
      ORDER BY amount DESC
      LIMIT 1000
    depends_on: [export_daily]

  analyze:
    template: redshift.sql
    sql: ANALYZE sales.{name}
    depends_on: [customers]
"""

_NOUNS = ("orders", "returns", "sales", "vouchers", "deliveries")
_PLACES = ("berlin", "bremen", "hamburg", "leipzig", "munich", "vienna", "zurich")


@dataclass(frozen=True)
class Kind:
    """The parts that differ between the kinds of pipelines."""

    prepare: str
    load: str


STOCK = Kind(_PREPARE_STOCK, _LOAD_STOCK)
MIXED = Kind(_PREPARE_MIXED, _LOAD_MIXED)


def pipeline_names(count: int) -> list[str]:
    """The names of the first ``count`` pipelines."""
    return [f"{_NOUNS[number % len(_NOUNS)]}_{_PLACES[number % len(_PLACES)]}_{number:04}" for number in range(count)]


def pipeline_text(number: int, name: str, kind: Kind) -> str:
    """A pipeline's YAML; what can differ between pipelines differs with ``number``."""
    text = _HEAD + _WAIT + kind.prepare + kind.load + _REST
    return text.format(
        name=name,
        noun=_NOUNS[number % len(_NOUNS)],
        place=_PLACES[number % len(_PLACES)],
        minute=number % 60,
        hour=number % 24,
        hours=1 + number % 12,
        days=400 + number,
        extra_columns="".join(_EXTRA_COLUMNS[: number % (len(_EXTRA_COLUMNS) + 1)]),
    )


def write(root: Path, count: int, kind: Kind) -> Sequence[Path]:
    """A project of ``count`` pipelines under ``root`` (the pipelines folder); returns the pipelines' files."""
    root.mkdir(parents=True)
    (root / "project.yaml").write_text(PROJECT, encoding="utf-8")
    paths = []
    for number, name in enumerate(pipeline_names(count)):
        path = root / _PLACES[number % len(_PLACES)] / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(pipeline_text(number, name, kind), encoding="utf-8")
        paths.append(path)
    return paths
