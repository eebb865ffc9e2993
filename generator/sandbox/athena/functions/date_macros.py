"""The macros beneath Trino's date and time functions: what each is of DuckDB's timestamps, times and intervals.

`dates` says which runs for which types. Timestamps with time zone are the STRUCTs of `zones`.
"""

from __future__ import annotations

from generator.sandbox.athena.zones import INSTANT, ZONE, ZONED

_DATE_UNITS = "'day', 'week', 'month', 'quarter', 'year'"
_TIME_UNITS = "'millisecond', 'second', 'minute', 'hour'"
# DuckDB's names of the parts, by Trino's functions and by the fields of extract().
PARTS = {
    "year": "year", "quarter": "quarter", "month": "month", "week": "week", "week_of_year": "week", "day": "day",
    "day_of_month": "day", "day_of_week": "isodow", "dow": "isodow", "day_of_year": "doy", "doy": "doy",
    "year_of_week": "isoyear", "yow": "isoyear", "hour": "hour", "minute": "minute", "second": "second",
    "millisecond": "millisecond", "timezone_hour": "", "timezone_minute": "",
}  # fmt: skip
OF_TIMES = ("hour", "minute", "second", "millisecond")
OF_INTERVALS = {
    "year": "trino__interval_months({}) // 12",
    "month": "trino__interval_months({}) % 12",
    "day": "trino__interval_ms({}) // 86400000",
    "day_of_month": "trino__interval_ms({}) // 86400000",
    "hour": "trino__interval_ms({}) % 86400000 // 3600000",
    "minute": "trino__interval_ms({}) % 3600000 // 60000",
    "second": "trino__interval_ms({}) % 60000 // 1000",
    "millisecond": "trino__interval_ms({}) % 1000",
}


def _unit_check(name: str, units: str, described: str) -> tuple[str, str]:
    wrong = f"trino_fail('INVALID_FUNCTION_ARGUMENT: ''' || lower(u) || ''' is not a valid {described} field')"
    return f"{name}(u)", f"CASE WHEN u IS NULL OR lower(u) IN ({units}) THEN lower(u) ELSE {wrong} END"


_STEP = " ".join(
    f"WHEN '{unit}' THEN CAST(n AS BIGINT) * INTERVAL {size}"
    for unit, size in {
        "millisecond": "1 MILLISECOND", "second": "1 SECOND", "minute": "1 MINUTE", "hour": "1 HOUR", "day": "1 DAY",
        "week": "7 DAY", "month": "1 MONTH", "quarter": "3 MONTH", "year": "12 MONTH",
    }.items()
)  # fmt: skip

MACROS: dict[str, str] = {
    "_as_timestamp(x)": "CAST(x AS TIMESTAMP)",
    "_as_date(x)": "CAST(x AS DATE)",
    "_on_day_one(t)": "DATE '1970-01-01' + t",
    "_instant_of(z)": f"struct_extract(z, '{INSTANT}')",
    "_zone_of(z)": f"struct_extract(z, '{ZONE}')",
    # The cast is for a NULL of no type, which would be the type's part.
    "_zoned(i, zone)": f"CAST(CASE WHEN i IS NOT NULL AND zone IS NOT NULL "
    f'THEN struct_pack("{INSTANT}" := i, "{ZONE}" := zone) END AS {ZONED})',
    "_local(z)": "CASE WHEN trino__zone_of(z) = 'UTC' THEN trino__instant_of(z) "
    "ELSE trino__local_in(trino__instant_of(z), trino__zone_of(z)) END",
    "_zoned_in(shown, zone)": "trino__zoned("
    "CASE WHEN zone = 'UTC' THEN shown ELSE trino__instant(shown, zone) END, zone)",
    "_at_zone(z, zone)": "trino__zoned(trino__instant_of(z), trino__zone(zone))",
    "_localtimestamp()": "date_trunc('millisecond', timezone('UTC', now()))",
    "_localtime()": "CAST(trino__localtimestamp() AS TIME)",
    **{f"_{name}_of(t)": f"date_part('{part}', t)" for name, part in PARTS.items() if part and name != "millisecond"},
    "_millisecond_of(t)": "date_part('millisecond', t) % 1000",
    "_timezone_hour(z)": "trino__offset(trino__instant_of(z), trino__zone_of(z)) // 60",
    "_timezone_minute(z)": "trino__offset(trino__instant_of(z), trino__zone_of(z)) % 60",
    "_interval_months(i)": "CASE "
    "WHEN i <> to_months(CAST(date_part('year', i) * 12 + date_part('month', i) AS INTEGER)) THEN "
    "trino_fail('FUNCTION_NOT_FOUND: line 1:1: Unexpected parameters (interval day to second)') "
    "ELSE date_part('year', i) * 12 + date_part('month', i) END",
    "_interval_ms(i)": "CASE WHEN date_part('year', i) <> 0 OR date_part('month', i) <> 0 THEN trino_fail("
    "'FUNCTION_NOT_FOUND: line 1:1: Unexpected parameters (interval year to month)') ELSE epoch_ms(i) END",
    **{f"_interval_{name}(i)": f"CAST({form.format('i')} AS BIGINT)" for name, form in OF_INTERVALS.items()},
    "_interval_mixed(i)": "(date_part('year', i) <> 0 OR date_part('month', i) <> 0) "
    "AND i <> to_months(CAST(date_part('year', i) * 12 + date_part('month', i) AS INTEGER))",
    "_date_plus(d, i)": "CASE WHEN date_part('year', i) = 0 AND date_part('month', i) = 0 "
    "AND epoch_ms(i) % 86400000 <> 0 "
    "THEN trino_fail('INVALID_FUNCTION_ARGUMENT: Cannot add hour, minutes or seconds to a date') "
    "ELSE CAST(d + i AS DATE) END",
    "_timestamp_plus(t, i)": "t + i",
    "_time_plus(t, i)": "t + to_milliseconds(CAST(trino__interval_ms(i) AS BIGINT))",
    "_zoned_plus(z, i)": "CASE WHEN date_part('year', i) = 0 AND date_part('month', i) = 0 "
    "THEN trino__zoned(trino__instant_of(z) + i, trino__zone_of(z)) "
    "ELSE trino__zoned_in(trino__local(z) + i, trino__zone_of(z)) END",
    "_sum_of_intervals(a, b)": "CASE WHEN trino__interval_mixed(a + b) "
    "THEN trino_fail('TYPE_MISMATCH: Cannot apply operator: interval year to month + interval day to second') "
    "ELSE a + b END",
    "_interval_times(i, n)": "CASE WHEN date_part('year', i) <> 0 OR date_part('month', i) <> 0 "
    "THEN to_months(CAST(trunc(trino__interval_months(i) * n) AS INTEGER)) "
    "ELSE to_milliseconds(CAST(trunc(epoch_ms(i) * n) AS BIGINT)) END",
    "_minus_dates(a, b)": "to_days(CAST(a - b AS INTEGER))",
    "_minus_timestamps(a, b)": "a - b",
    "_minus_times(a, b)": "(DATE '1970-01-01' + a) - (DATE '1970-01-01' + b)",
    "_minus_zoned(a, b)": "trino__instant_of(a) - trino__instant_of(b)",
    **dict(
        (
            _unit_check("_unit", f"{_TIME_UNITS}, {_DATE_UNITS}", "Timestamp"),
            _unit_check("_date_unit", _DATE_UNITS, "DATE"),
            _unit_check("_time_unit", _TIME_UNITS, "Time"),
        )
    ),
    "_trunc(u, t)": "CAST(date_trunc(u, t) AS TIMESTAMP)",
    "_trunc_time(u, t)": "CAST(date_trunc(trino__time_unit(u), DATE '1970-01-01' + t) AS TIME)",
    "_step(u, n)": f"CASE u {_STEP} END",
    "_add(u, n, t)": "t + trino__step(u, n)",
    "_add_time(u, n, t)": "t + trino__step(trino__time_unit(u), n)",
    "_add_zoned(u, n, z)": f"CASE WHEN lower(u) IN ({_TIME_UNITS}) "
    "THEN trino__zoned(trino__instant_of(z) + trino__step(lower(u), n), trino__zone_of(z)) "
    "ELSE trino__zoned_in(trino__local(z) + trino__step(trino__unit(u), n), trino__zone_of(z)) END",
    "_zoned_difference(u, a, b)": f"CASE WHEN u IN ({_TIME_UNITS}) "
    "THEN trino__difference(u, trino__instant_of(a), trino__instant_of(b)) "
    "ELSE trino__difference(u, trino__local(a), trino__local(trino__at_zone(b, trino__zone_of(a)))) END",
    "_month_end(t)": "last_day(t)",
    "_zoned_month_end(z)": "last_day(trino__local(z))",
    "_seconds(t)": "epoch(t)",
    "_zoned_seconds(z)": "epoch(trino__instant_of(z))",
    "_iso_timestamp(t)": "trino__iso_text(t, '')",
    "_iso_zoned(z)": "trino__iso_text(trino__instant_of(z), trino__zone_of(z))",
    "_iso_date(d)": "strftime(d, '%Y-%m-%d')",
    "current_timezone()": "'UTC'",
    "_from_unixtime(x)": "trino__zoned(epoch_ms(CAST(floor(CAST(x AS DOUBLE) * 1000 + 0.5) AS BIGINT)), 'UTC')",
    "from_unixtime(x)": "trino__from_unixtime(x)",
    "from_unixtime(x, zone)": "trino__at_zone(trino__from_unixtime(x), zone)",
    "from_unixtime(x, hours, minutes)": "trino__at_zone(trino__from_unixtime(x), trino__offset_zone(hours, minutes))",
    "to_milliseconds(i)": "CAST(trino__interval_ms(i) AS BIGINT)",
    "timezone(z)": "trino__zone_of(z)",
    "_zoned_from(m)": "trino__zoned_in(struct_extract(m, 'shown'), struct_extract(m, 'zone'))",
    "from_iso8601_timestamp(s)": "trino__zoned_from(trino__iso_moment(s))",
    "parse_datetime(s, form)": "trino__zoned_from(trino__parse_datetime(s, form))",
}
