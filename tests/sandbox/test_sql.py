"""The lexer: what ends a statement, what a literal stands for."""

from __future__ import annotations

import pytest

from generator.sandbox.sql import SqlSyntaxError, lex, split_statements, string_value


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("select 1", ["select 1"]),
        ("select 1;", ["select 1"]),
        ("select 1; select 2", ["select 1", "select 2"]),
        ("", []),
        ("-- nothing; here", []),
        (";;", []),
        ("select ';' ; select \";\"", ["select ';'", 'select ";"']),
        ("select $$a;b$$; select $t$;$$;$t$", ["select $$a;b$$", "select $t$;$$;$t$"]),
        ("select 1 /* ; */ ; -- the end;", ["select 1 /* ; */"]),
        (r"select 'it\'s; one'; select 2", [r"select 'it\'s; one'", "select 2"]),
        ("select 'it''s; one'", ["select 'it''s; one'"]),
    ],
)
def test_split_statements(text: str, statements: list[str]) -> None:
    assert split_statements(text) == statements


def test_in_athena_a_backslash_escapes_nothing() -> None:
    assert split_statements(r"select '\'; select 2", backslash_escapes=False) == [r"select '\'", "select 2"]


@pytest.mark.parametrize("text", ["select 'open", 'select "open', "select /* open"])
def test_what_does_not_end_is_an_error(text: str) -> None:
    with pytest.raises(SqlSyntaxError, match="unterminated"):
        lex(text)


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("'a'", "a"),
        ("'it''s'", "it's"),
        (r"'it\'s'", "it's"),
        (r"'a\tb'", "a\tb"),
        ("$$it's$$", "it's"),
        ("$q$$$$q$", "$$"),
    ],
)
def test_string_value(literal: str, value: str) -> None:
    assert string_value(literal) == value


def test_casts_are_no_parameters() -> None:
    assert [token.text for token in lex("a::int = :name and b=:b1") if token.kind == "parameter"] == [":name", ":b1"]
