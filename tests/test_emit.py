"""The text of compiled files is PyYAML's own, to the letter."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generator import emit

# Signs that mean something in YAML come often, and everything else sometimes.
signs = (
    st.sampled_from(list("ab1 -?:,[]{}#&*!|>'\"%@`~=<.+\n\t\\_é\xa0\x85\u2028\ufeff\x00\U0001f600")) | st.characters()
)
words = st.sampled_from(
    ["", "yes", "No", "null", "~", "1", "0x1f", "1e3", "1_000", ".5", ".inf", "2013-01-01", "12:30", "=", "<<", "---",
     "... a", "- a", "? a", "a: b", "a:", "a #b", "a#b", "{{ env.bucket }}", "s3://b/k", " a", "a ", "'", "a\nb",
     "a\n", "a\n\n", "\na", " a\nb", "a \nb", "a\n ", "\n", "a\tb", "SELECT 1\n\nFROM t", "x" * 200]
)  # fmt: skip
texts = words | st.text(signs, max_size=12) | st.lists(words, max_size=3).map("".join)
scalars = texts | st.none() | st.booleans() | st.integers() | st.floats()
keys = texts | st.integers() | st.booleans() | st.none()
data = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
)
mappings = st.dictionaries(texts.filter(lambda key: "\n" not in key and 0 < len(key) < 100), data, max_size=4)


@settings(max_examples=1000, deadline=None)
@given(mappings | data)
@example({"a": [[[]], {}, [{"b": [1, {"c": "d\ne"}]}]]})
@example({"a": "b\n\n", "c": "d\n\n"})
def test_the_text_is_pyyamls(value: Any) -> None:
    assert emit.dump(value) == emit.dump_with_pyyaml(value)


@pytest.mark.parametrize(
    "value", [{"a": {"b": ["c\nd", {"e": None}]}}, {"a": "\tb"}, {"a": "b \nc"}, {1: 2}, [], "a\nb"]
)
def test_it_is_read_back(value: Any) -> None:
    assert yaml.safe_load(emit.dump(value)) == value
