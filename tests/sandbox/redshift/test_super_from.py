"""PartiQL in FROM as calls: what of a FROM clause is a table, and what is iterated over."""

from __future__ import annotations

import pytest

from generator.sandbox.redshift.super_from import marked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select o from t c, c.orders o", 'select o from t c, rs_super_each(c.orders) AS "o"("o")'),
        ("select o from t c, c.orders AS o AT n", 'select o from t c, rs_super_each(c.orders) AS "o"("o", "n")'),
        ("select 1 from t, t.a[0].B where x", 'select 1 from t, rs_super_each(t.a[0].B) AS "b"("b") where x'),
        (
            "select 1 from t c, unpivot c.o[0] as v at k",
            'select 1 from t c, rs_super_pairs(c.o[0]) AS "v"("v", "k")',
        ),
        (
            "select 1 from t c left join c.o on true, c.p as p",
            'select 1 from t c left join rs_super_each(c.o) AS "o"("o") on true, rs_super_each(c.p) AS "p"("p")',
        ),
        (
            "select 1 from t c, c.a as a, a as b",
            'select 1 from t c, rs_super_each(c.a) AS "a"("a"), rs_super_each(a) AS "b"("b")',
        ),
        (
            "select 1 from (select 1) q, q.a x",
            'select 1 from (select 1) q, rs_super_each(q.a) AS "x"("x")',
        ),
        (
            "select 1 from t c where exists (select 1 from c.o)",
            'select 1 from t c where exists (select 1 from rs_super_each(c.o) AS "o"("o"))',
        ),
        ("update t set a = 1 from u, u.o z", 'update t set a = 1 from u, rs_super_each(u.o) AS "z"("z")'),
    ],
)
def test_what_is_iterated_over(text: str, expected: str) -> None:
    assert marked(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "select 1 from s.t, s.u x join v on v.a = u.b",
        "select c from c where a in (select a from c c)",
        "select extract(year from x[0]), trim(both 'a' from c.b) from t c",
        "select 1 from f(c.a), (select 1 from t) c",
        "select 1 from t c where c.a is not distinct from c.b",
        "delete from t using u where t.a = u.a",
        "select * from t unpivot (a for b in (c, d))",
        "select 1 from t c union select 1 from c.o",
        "select 'from t c, c.o' -- from t c, c.o\nfrom t",
    ],
)
def test_what_is_none_of_it(text: str) -> None:
    assert marked(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("object_transform(a.b keep '\"c\"', '\"d\"')", "object_transform(a.b , 2, '\"c\"', '\"d\"')"),
        (
            "object_transform(x keep '\"c\"' set '\"d\"', f(1, 2))",
            "object_transform(x , 1, '\"c\"' , '\"d\"', f(1, 2))",
        ),
        ("object_transform(x set '\"d\"', 1)", "object_transform(x , NULL, '\"d\"', 1)"),
        ("object_transform(x)", "object_transform(x, NULL)"),
        (
            "object_transform(object_transform(x keep 'a') set 'b', 1)",
            "object_transform(object_transform(x , 1, 'a') , NULL, 'b', 1)",
        ),
    ],
)
def test_object_transform_s_clauses_become_arguments(text: str, expected: str) -> None:
    assert marked(f"select {text}") == f"select {expected}"
