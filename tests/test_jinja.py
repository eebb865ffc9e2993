from __future__ import annotations

import dataclasses
import datetime
import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import jinja
from generator.jinja import samples, sandbox

SCOPE = jinja.Scope(
    params={"carrier": "UA", "days": 3, "kind": "a", "items": "x"},
    string_params=frozenset({"carrier"}),
    environments={
        "local": {
            "bucket": "flights-local",
            "redshift": {"workgroup": "local", "iam_role": "r"},
            "values": {"a": 1},
        },
        "production": {
            "bucket": "flights",
            "redshift": {"cluster": "analytics", "iam_role": "r"},
            "values": {"a": 2},
        },
    },
    dated=True,
    sql=True,
)
UNDATED = dataclasses.replace(SCOPE, dated=False)
ADDRESS = dataclasses.replace(SCOPE, sql=False)


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("", ""),
        ("select 1 {", "select 1 {"),
        ("s3://{{ env.bucket }}/{{ run_date }}.csv", "s3://flights-local/2013-01-31.csv"),
        ("{{ env.values.a }} {{ env['redshift']['iam_role'] }} {{ env.name }}", "1 r local"),
        ("{{ env.bucket.upper() }} {{ env.bucket | upper }}", "FLIGHTS-LOCAL FLIGHTS-LOCAL"),
        ("{{ env.endpoint_url | default('none') }}", "none"),
        ("a {{- ' b' -}}   c", "a bc"),
        ("{# a comment #}x", "x"),
        ("x = {{ params.carrier | literal }}", "x = 'UA'"),
        ("from {{ params.carrier | identifier }}", 'from "UA"'),
        ("{{ params.days + 1 }} {{ params['days'] }} {{ params.get('days') }}", "4 3 3"),
        ("{{ params.extra | default(7) }}", "7"),
        ("{% if params.extra is defined %}a{% else %}b{% endif %}", "b"),
        ("{% for x in ['a', 'b'] %}{{ x }}{{ loop.index }} {% endfor %}", "a1 b2 "),
        ("{% set x = 2 %}{{ x * params.days }}", "6"),
        ("{% macro f(x) %}<{{ x }}>{% endmacro %}{{ f(1) }}{{ f(run_date) }}", "<1><2013-01-31>"),
        ("{% do params.update(days=5) %}{{ params.days }}", "5"),
        ("{{ ds }} {{ ds_nodash }} {{ logical_date | ds_nodash }}", "2013-01-31 20130131 20130131"),
        ("{{ logical_date | ts }}", "2013-01-31T00:00:00+00:00"),
        ("{{ macros.ds_add(ds, -31) }}", "2012-12-31"),
        ("{{ macros.ds_format(ds, '%Y-%m-%d', '%Y/%m') }}", "2013/01"),
        (
            "{{ (data_interval_start - macros.timedelta(days=1)) | ds }} {{ logical_date.add(days=1) | ds }}",
            "2013-01-30 2013-01-31",
        ),
        ("{{ data_interval_start.strftime('%Y') }} {{ logical_date.to_date_string() }}", "2013 2013-01-31"),
        (
            "{{ ti.xcom_pull(task_ids='a')['b'] }} {{ dag_run.conf.get('x', 1) + 1 }} {{ task.task_id }}",
            "1 1 1",
        ),
        ("{{ '}}' }} {{ \"{% x %}\" }}", "}} {% x %}"),
        ("{{ {'a': 1}['a'] }} {{ [1, 2] | join(',') }} {{ 3 if true else 4 }}", "1 1,2 3"),
        ("{{ 'a' ~ 1 }}{% raw %}{{ no }}{% endraw %}", "a1{{ no }}"),
        ("stage_{{ run_key }}", "stage_3f9a1c0b7d2e"),
    ],
)
def test_valid_text_is_rendered_without_a_word(text: str, rendered: str) -> None:
    assert jinja.check(text, SCOPE) == (rendered, [])


def marked(text: str, scope: jinja.Scope = SCOPE) -> list[tuple[str, str]]:
    return [(finding.code, text[finding.offset :][: finding.length]) for finding in jinja.check(text, scope)[1]]


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("x {{ a b }}", "J401", "{{ a b }}"),
        ("x {{ a", "J401", "{{ a"),
        ("x {# a", "J401", "{# a"),
        ("x\n{% if run_date %}\ny {% if run_key %}z{% endif %}", "J401", "{% if run_date %}"),
        ("x\n{% endfor %}", "J401", "{% endfor %}"),
        ("{% include 'other.sql' %}", "J401", "include"),
        ("{{ macros.ds_add(ds) }}", "J401", "{{ macros.ds_add(ds) }}"),
        ("a\n{{ run_date }} {{ rundate }}", "J402", "rundate"),
        ("{% if rundate %}{% endif %}", "J402", "rundate"),
        ("{{ item }}", "J402", "item"),
        ("{{ conn.redshift.password }}", "J402", "conn.redshift.password"),
        ("{{ var.value.x }}", "J402", "var.value.x"),
        ("{{ macros.ds_ad(ds, 1) }}", "J403", "macros.ds_ad"),
        ("{{ run_date | uper }}", "J403", "uper"),
        ("{{ 1 is evn }}", "J403", "evn"),
        ("{{ ''.__class__ }}", "J403", "__class__"),
        ("{{ params.carier | literal }}", "J404", "params.carier"),
        ("{{ params['carier'] | literal }}", "J404", "params['carier"),
        ("{% if params.days %}{{ params.day }}{% endif %}", "J404", "params.day"),
        ("{{ params.items }}", "J404", "params.items"),
        ("{{ env.buket }}", "J406", "env.buket"),
        ("{{ env.redshift.workgroup }}", "J406", "env.redshift.workgroup"),
        ("{{ env.redshift['workgroup'] }}", "J406", "env.redshift['workgroup"),
        ("{{ env.redshift.workgroup.upper() }}", "J406", "env.redshift.workgroup.upper"),
        ("{{ env.bucket.name }}", "J406", "env.bucket.name"),
        ("x = {{ params.carrier }}", "J407", "params.carrier"),
        ("x = '{{ params.carrier | upper }}'", "J407", "params.carrier"),
        ("x = '{{ params.carrier ~ run_date }}'", "J407", "params.carrier"),
        ("{{ params['carrier'] }}", "J407", "params['carrier']"),
        ("{% set x = params.carrier %}{{ x }}", "J407", "params.carrier"),
        ("{{ params.carrier if params.days else 1 }}", "J407", "params.carrier"),
        ("x = '{{ params.kind | literal }}'", "J407", "'{{ params.kind | literal }}'"),
    ],
)
def test_a_fault_is_found_where_it_is(text: str, code: str, place: str) -> None:
    assert [(found, where.rstrip("']")) for found, where in marked(text)] == [(code, place.rstrip("']"))]


@pytest.mark.parametrize(
    "text",
    [
        "{{ params.carrier | literal }}",
        "{{ params.carrier | upper | literal }}",
        "{% if params.carrier == 'UA' %}a{% endif %}",
        "{{ 'a' if params.carrier else 'b' }}",
        "{{ params.carrier | length }}",
        "{{ params.kind }} {{ params.days }}",
        "{{ macros.ds_add(params.carrier, 1) }}",
    ],
)
def test_params_that_cannot_break_sql(text: str) -> None:
    assert marked(text) == []


def test_free_text_may_stand_outside_sql() -> None:
    assert marked("s3://x/{{ params.carrier }}", ADDRESS) == []


@pytest.mark.parametrize("name", sorted(samples.DATED))
def test_names_that_a_run_may_lack_give_a_warning(name: str) -> None:
    text = f"{{{{ run_date }}}} {{{{ {name} }}}}"
    (finding,) = jinja.check(text, UNDATED)[1]
    assert (finding.code, finding.severity, finding.offset) == ("J405", "warning", text.rindex(name))
    assert "{{" in finding.help
    assert jinja.check(text, SCOPE)[1] == []


@pytest.mark.parametrize(
    "text",
    [
        "{{ (logical_date if logical_date is defined and logical_date else dag_run.run_after) | ds }}",
        "{{ ds | default(run_date) }}",
        "{% if ds is defined %}{{ ds }}{% endif %}",
    ],
)
def test_a_text_that_expects_a_missing_date_gets_no_warning(text: str) -> None:
    assert jinja.check(text, UNDATED)[1] == []


@pytest.mark.parametrize(
    ("text", "help_text"),
    [
        ("{{ rundate }}", "did you mean 'run_date'?"),
        ("{{ params.carier }}", "did you mean 'carrier'?"),
        ("{{ env.redshift.iam_rol }}", "did you mean 'iam_role'?"),
        ("{{ env.redshft.iam_role }}", "did you mean 'redshift'?"),
        ("{{ run_date | uper }}", "did you mean 'upper'?"),
        (
            "{{ item }}",
            "{{ item }} exists only in tasks with for_each, without filters, {{ item.key }} where it has the key",
        ),
        ("{% for x in [1] %}{{ x }}", "add {% endfor %}"),
    ],
)
def test_help(text: str, help_text: str) -> None:
    assert jinja.check(text, SCOPE)[1][0].help == help_text


def test_missing_environments_are_named() -> None:
    (finding,) = jinja.check("{{ env.redshift.workgroup }}", SCOPE)[1]
    assert finding.message == "'env.redshift.workgroup' is missing in the environment 'production'"


X16 = "x" * 16


@pytest.mark.parametrize(
    "text",
    [
        "{% for i in range(10**9) %}x{% endfor %}",
        "{% for i in range(99999) %}{% for j in range(99999) %}x{% endfor %}{% endfor %}",
        "{{ 'a' * 10**9 }}",
        "{{ [1] * 10**9 }}",
        "{{ 10 ** (10 ** 10) }}",
        "{{ 'a' | center(10**10) }}",
        "{{ '%99999999999d' % 1 }}",
        "{{ '%*d' % (10**10, 1) }}",
        "{{ '%99999999999d' | format(1) }}",
        "{{ '{:99999999999}'.format(1) }}",
        "{{ 'a'.ljust(10**10) }}",
        "{{ (1).to_bytes(10**10, 'big') }}",
        "{{ 1 | round(10**10, 'ceil') }}",
        "{{ lipsum(n=10**9) }}",
        "{{ 'a' | replace('', '" + "b" * 3000 + "') | replace('b', '" + "c" * 3000 + "') }}",
        "{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}",
        "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
        "{% set a = '" + X16 + "' %}" + "{% set a = a ~ a %}" * 60,
        "{% set a = '" + X16 + "' %}" + "{% set a = a + a %}" * 60,
        "{% set a = '" + X16 + "' %}" + "{% set a = a | replace('x', a) %}" * 60,
        "{% set a = '" + X16 + "' %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 60,
        "{% set a = ['x'] %}" + "{% set a = [a, a] %}" * 60 + "{{ a }}",
        "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    ],
)
def test_a_text_that_would_take_for_ever_is_refused(text: str) -> None:
    assert [code for code, _ in marked(text)] == ["J401"]


@pytest.mark.parametrize("module", ["json", "time", "uuid", "dateutil", "random", "yaml"])
def test_macros_give_no_way_to_pythons_modules(module: str) -> None:
    assert not inspect.ismodule(samples.MACROS[module])


def test_equal_expressions_are_found_each_where_they_are() -> None:
    text = "{{ nope }} {{ nope }}"
    assert [finding.offset for finding in jinja.check(text, SCOPE)[1]] == [3, 14]


@pytest.mark.parametrize(
    ("text", "word", "source"),
    [
        ("select a", "a", "a"),
        ("{{ run_date }} b {{ env.bucket }} c", "b", "b"),
        ("{{ run_date }} b {{ env.bucket }} zz", "zz", "zz"),
        ("x {% for i in [1, 2] -%}  a{{ i }} {% endfor %} bbb", "a2", "a{{"),
        ("x {% for i in [1, 2] -%}  a{{ i }} {% endfor %} bbb", "bbb", "bbb"),
        ("x\r\n{{ run_key }} y", "y", "y"),
        ("x = {{ run_date }}", "2013", "{{ run_date"),
    ],
)
def test_an_offset_of_the_rendered_text_leads_back(text: str, word: str, source: str) -> None:
    rendered, _ = jinja.check(text, SCOPE)
    assert text[jinja.origin(text, SCOPE, rendered.index(word)) :].startswith(source)


@given(st.text(alphabet="{}%#-'\"|.()[] \nabcfor inseti+*~0123456789ds", max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    rendered, findings = jinja.check(text, SCOPE)
    assert all(0 <= finding.offset <= len(text) and finding.length >= 1 for finding in findings)
    assert 0 <= jinja.origin(text, SCOPE, len(rendered)) <= len(text)


@given(st.text())
def test_text_without_jinja_stays_as_it_is(text: str) -> None:
    if not any(sign in text for sign in ("{{", "{%", "{#")):
        assert jinja.check(text, SCOPE) == (text, [])


def test_the_names_are_airflows() -> None:
    context = pytest.importorskip("airflow.sdk.definitions.context")
    assert samples.CONTEXT.keys() == context.KNOWN_CONTEXT_KEYS


def test_the_macros_are_airflows() -> None:
    macros = pytest.importorskip("airflow.sdk.execution_time.macros")
    public = {name for name in vars(macros) if not name.startswith("_")} - {
        "Any",
        "TYPE_CHECKING",
        "annotations",
    }
    assert set(samples.MACROS) == public


def test_the_filters_are_airflows() -> None:
    templater = pytest.importorskip("airflow.sdk.definitions._internal.templater")
    theirs = templater.create_template_env()
    ours = {name for name in sandbox.environment().filters if not name.startswith("_")}
    assert ours == set(theirs.filters) | {"literal", "identifier"}
    assert set(sandbox.environment().tests) == set(theirs.tests)
    moment = samples.Moment(2013, 1, 31, 4, 5, 6, tzinfo=datetime.UTC)
    for name in templater.FILTERS:
        assert samples.FILTERS[name](moment) == templater.FILTERS[name](moment)
