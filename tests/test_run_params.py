from __future__ import annotations

from typing import Any

import pytest

from generator.model import Param
from generator.run.params import ParamsError, checked_params

DAYS = Param("days", 90, {"type": "integer", "minimum": 30})
CARRIER = Param("carrier", "UA", {"type": "string", "enum": ["UA", "AA"]})
FULL = Param("full", False, {"type": "boolean"})
SINCE = Param("since", None, {"type": "string", "format": "date"})
SLOW = Param("key", "b", {"type": "string", "pattern": "^(a+)+b$"})
SHARE = Param("share", None, {"type": ["number", "null"]})


@pytest.mark.parametrize(
    ("params", "given", "values"),
    [
        ([DAYS, CARRIER], {}, {}),
        ([DAYS], {"days": "31"}, {"days": 31}),
        ([CARRIER], {"carrier": "AA"}, {"carrier": "AA"}),
        ([FULL], {"full": "true"}, {"full": True}),
        ([SINCE], {"since": "2013-01-31"}, {"since": "2013-01-31"}),
        ([SHARE], {"share": "0.5"}, {"share": 0.5}),
        ([SHARE], {"share": "null"}, {"share": None}),
        ([Param("code", "", {"type": "string"})], {"code": "007"}, {"code": "007"}),
    ],
)
def test_values(params: list[Param], given: dict[str, str], values: dict[str, Any]) -> None:
    assert checked_params(params, given) == values


@pytest.mark.parametrize(
    ("params", "given", "message"),
    [
        ([DAYS], {"days": "7"}, "param 'days': 7 is less than the minimum of 30"),
        ([DAYS], {"days": "many"}, "param 'days': 'many' is not of type 'integer'"),
        ([CARRIER], {"carrier": "XX"}, "param 'carrier': 'XX' is not one of ['UA', 'AA']"),
        ([SINCE], {"since": "January"}, "param 'since': 'January' is not a 'date'"),
        ([SINCE], {}, "param 'since': it needs a value"),
        ([SLOW], {"key": "a" * 60}, "param 'key': it takes more than 5 s to compare with the pattern '^(a+)+b$'"),
        ([DAYS], {"day": "31"}, "there is no param 'day'; did you mean 'days'?"),
        ([], {"day": "31"}, "there is no param 'day'; the pipeline has none"),
        (
            [DAYS, CARRIER],
            {"days": "7", "x": "y"},
            "there is no param 'x'; known here: carrier, days\nparam 'days': 7 is less than the minimum of 30",
        ),
    ],
)
def test_what_does_not_fit_is_named(params: list[Param], given: dict[str, str], message: str) -> None:
    with pytest.raises(ParamsError) as raised:
        checked_params(params, given)
    assert str(raised.value) == message
