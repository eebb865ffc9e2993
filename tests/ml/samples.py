"""Rows of all types, with missing values: customers, and whether they left."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa


def customers(count: int = 200, seed: int = 0) -> pa.Table:
    """`id`, features of each type, and the targets `left` (a boolean), `plan` (three texts) and `spent` (a number)."""
    random = np.random.default_rng(seed)
    age = random.integers(18, 90, count)
    country = random.choice(["DE", "FR", "US"], count)
    left = (age > 50) ^ (country == "US") ^ (random.uniform(size=count) < 0.1)
    first = datetime.datetime(2026, 1, 1)
    return pa.table(
        {
            "id": pa.array(range(count), pa.int64()),
            "age": pa.array(_holes(age.tolist(), 7), pa.int32()),
            "country": _holes(country.tolist(), 5),
            "active": _holes((age % 2 == 0).tolist(), 11),
            "fee": pa.array(_holes([Decimal(int(each)) / 100 for each in age], 13), pa.decimal128(10, 2)),
            "score": _holes(random.normal(size=count).tolist(), 3),
            "since": [datetime.date(2020, 1, 1) + datetime.timedelta(days=int(each)) for each in age],
            "seen": [first + datetime.timedelta(hours=number) for number in range(count)],
            "left": left.tolist(),
            "plan": np.where(left, "none", np.where(age > 40, "gold", "basic")).tolist(),
            "spent": (age * 1.5 + random.normal(size=count)).tolist(),
        }
    )


def _holes(values: list[Any], every: int) -> list[Any]:
    return [None if place % every == every - 1 else value for place, value in enumerate(values)]
