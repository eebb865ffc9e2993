"""Sample values for all that a text may refer to, in place of what Airflow gives it when a task runs."""

from __future__ import annotations

import datetime as dt
import json
import types
from collections.abc import Callable, Iterator, Mapping

from generator import quoting


class Placeholder:
    """Stands for an object of Airflow: each attribute, item and call gives something; prints ``text``."""

    unsafe_callable = False
    alters_data = False

    def __init__(self, text: str = "1", **known: object) -> None:
        self.__dict__.update(known)
        self._text = text

    def __getattr__(self, name: str) -> Placeholder:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_args: object, **_keywords: object) -> Placeholder:
        return self

    def __getitem__(self, _key: object) -> Placeholder:
        return self

    def __iter__(self) -> Iterator[Placeholder]:
        return iter((self,))

    def __len__(self) -> int:
        return 1

    def __str__(self) -> str:
        return self._text

    def __int__(self) -> int:
        return 1

    def __float__(self) -> float:
        return 1.0

    def _same(self, *_others: object) -> Placeholder:
        return self

    def _yes(self, _other: object) -> bool:
        return True

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _same
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __neg__ = __pos__ = _same
    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = _yes


class Moment(dt.datetime):
    """A date and time with pendulum's methods, as Airflow's have; those not known here give the date."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in {
            "add",
            "subtract",
            "start_of",
            "end_of",
            "in_timezone",
            "in_tz",
            "set",
            "next",
            "previous",
        }:
            return lambda *_args, **_keywords: self
        return Placeholder(self.strftime("%Y-%m-%d"))


def _ds_add(ds: str, days: int) -> str:
    return (dt.datetime.strptime(str(ds), "%Y-%m-%d") + dt.timedelta(days=days)).strftime("%Y-%m-%d")


def _ds_format(ds: str, input_format: str, output_format: str) -> str:
    return dt.datetime.strptime(str(ds), input_format).strftime(output_format)


# The public names of airflow.sdk.execution_time.macros.
MACROS: Mapping[str, object] = {
    "datetime": dt.datetime,
    "datetime_diff_for_humans": Placeholder("1 day ago"),
    "dateutil": Placeholder("2013-01-31"),
    "ds_add": _ds_add,
    "ds_format": _ds_format,
    "ds_format_locale": Placeholder("2013-01-31"),
    "json": types.SimpleNamespace(dumps=json.dumps, loads=json.loads),  # a module would open the way to os.system
    "random": Placeholder("0.5"),
    "time": Placeholder("1359590400"),
    "timedelta": dt.timedelta,
    "uuid": Placeholder("0b3f1f7e-5f0c-4b5e-9d5f-2f1f5a9b7c11"),
    "yaml": Placeholder(),
}

_MOMENT = Moment(2013, 1, 31, tzinfo=dt.UTC)
_RUN = Placeholder(
    "1",
    run_after=_MOMENT,
    logical_date=_MOMENT,
    start_date=_MOMENT,
    run_id="manual__2013-01-31T00:00:00+00:00",
)

# The keys that Airflow leaves out of the context of a run without a logical date, with what to write instead.
DATED: Mapping[str, str] = {
    "ds": "{{ run_date }}",
    "ds_nodash": "{{ run_date | replace('-', '') }}",
    "ts": "{{ dag_run.run_after | ts }}",
    "ts_nodash": "{{ dag_run.run_after | ts_nodash }}",
    "ts_nodash_with_tz": "{{ dag_run.run_after | ts_nodash_with_tz }}",
    "logical_date": "{{ run_date }}",
    "data_interval_start": "{{ run_date }}",
    "data_interval_end": "{{ run_date }}",
    "prev_data_interval_start_success": "{{ run_date }}",
    "prev_data_interval_end_success": "{{ run_date }}",
}

# airflow.sdk.definitions.context.KNOWN_CONTEXT_KEYS with a sample of each.
CONTEXT: Mapping[str, object] = {
    **dict.fromkeys(("asset_state_store", "conn", "dag", "exception", "inlet_events"), Placeholder()),
    **dict.fromkeys(("outlet_events", "task", "task_state_store", "triggering_asset_events"), Placeholder()),
    **dict.fromkeys(("dag_run", "task_instance", "ti"), _RUN),
    **dict.fromkeys(("data_interval_end", "data_interval_start", "logical_date", "partition_date"), _MOMENT),
    **dict.fromkeys(("prev_data_interval_end_success", "prev_data_interval_start_success"), _MOMENT),
    **dict.fromkeys(("prev_end_date_success", "prev_start_date_success"), _MOMENT),
    "ds": "2013-01-31",
    "ds_nodash": "20130131",
    "ts": "2013-01-31T00:00:00+00:00",
    "ts_nodash": "20130131T000000",
    "ts_nodash_with_tz": "20130131T000000+0000",
    "expanded_ti_count": 1,
    "inlets": (),
    "outlets": (),
    "macros": types.SimpleNamespace(**MACROS),
    "map_index_template": "",
    "params": {},
    "partition_key": "2013-01-31",
    "reason": "",
    "run_id": "manual__2013-01-31T00:00:00+00:00",
    "task_instance_key_str": "dag__task__20130131",
    "task_reschedule_count": 0,
    "templates_dict": {},
    "test_mode": False,
    "try_number": 1,
    "var": Placeholder(),
}

# What the build step adds to the context of every task.
OURS: Mapping[str, object] = {"env": {}, "run_date": "2013-01-31", "run_key": "3f9a1c0b7d2e"}

_ISO = "%Y-%m-%dT%H:%M:%S+00:00"
FILTERS: Mapping[str, Callable[..., object]] = {
    "ds": lambda value: format(value, "%Y-%m-%d"),
    "ds_nodash": lambda value: format(value, "%Y%m%d"),
    "ts": lambda value: format(value, _ISO),
    "ts_nodash": lambda value: format(value, "%Y%m%dT%H%M%S"),
    "ts_nodash_with_tz": lambda value: format(value, "%Y%m%dT%H%M%S+0000"),
    "literal": lambda value: quoting.literal(str(value)),
    "identifier": lambda value: quoting.identifier(str(value)),
}
