from __future__ import annotations

import datetime
import zoneinfo
from types import SimpleNamespace
from typing import Any

import jinja2
import pytest

from generator import run_names
from generator.run_names import RunNames

NEW_YORK = zoneinfo.ZoneInfo("America/New_York")
LATE = datetime.datetime(2013, 1, 2, 3, 30, tzinfo=datetime.UTC)  # still the first in New York


def context(run_id: str = "manual", **more: Any) -> dict[str, Any]:
    return {
        "dag": SimpleNamespace(dag_id="flights", timezone=NEW_YORK),
        "dag_run": SimpleNamespace(run_after=LATE + datetime.timedelta(days=30)),
        "run_id": run_id,
        **more,
    }


def render(template: str, values: dict[str, Any]) -> str:
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, extensions=[RunNames], autoescape=False)
    return environment.from_string(template).render(values)


@pytest.mark.parametrize(
    ("run", "day"),
    [
        ({"logical_date": LATE}, "2013-01-01"),
        ({"logical_date": None}, "2013-01-31"),
        ({}, "2013-01-31"),
    ],
    ids=["scheduled", "manual without a logical date", "started by an asset"],
)
def test_every_run_has_a_date(run: dict[str, Any], day: str) -> None:
    assert render("{{ run_date }}", context(**run)) == day


def test_the_key_belongs_to_the_run() -> None:
    keys = [render("{{ run_key }}", context(run_id=f"scheduled__{number}")) for number in range(200)]
    assert len(set(keys)) == len(keys)
    assert keys[0] == render("{{ run_key }}", context(run_id="scheduled__0", logical_date=LATE))
    assert len(keys[0]) == run_names.KEY_LENGTH
    assert set("".join(keys)) <= set("0123456789abcdef")


def test_two_pipelines_share_no_key() -> None:
    assert run_names.run_key("a", "run") != run_names.run_key("b", "run")


def test_names_reach_loops_and_macros() -> None:
    text = "{% macro m() %}{{ run_date }}{% endmacro %}{% for n in [1, 2] %}{{ m() }};{% endfor %}"
    assert render(text, context(logical_date=LATE)) == "2013-01-01;2013-01-01;"


def test_unknown_names_stay_unknown() -> None:
    with pytest.raises(jinja2.UndefinedError, match="'rundate' is undefined"):
        render("{{ rundate }}", context())
