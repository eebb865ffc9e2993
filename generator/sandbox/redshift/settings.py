"""SET, RESET and SHOW of parameters and of session context variables.

"Configuration reference", "SET", "RESET" and "SHOW" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.outcome import Outcome, ResultColumn
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.types import ColumnType
from generator.sandbox.sql import SqlSyntaxError, TokenReader, name_value, string_value

TEXT = ColumnType("character varying", (256,))

# What each parameter is unless it is set.
DEFAULTS = {
    "analyze_threshold_percent": "10",
    "cast_super_null_on_error": "on",
    "datashare_break_glass_session_var": "",
    "datestyle": "ISO, MDY",
    "default_geometry_encoding": "1",
    "default_array_search_null_handling": "on",
    "describe_field_name_in_uppercase": "off",
    "downcase_delimited_identifier": "on",
    "enable_case_sensitive_identifier": "off",
    "enable_case_sensitive_super_attribute": "off",
    "enable_numeric_rounding": "on",
    "enable_result_cache_for_session": "on",
    "enable_vacuum_boost": "off",
    "error_on_nondeterministic_update": "off",
    "extra_float_digits": "0",
    "interval_forbid_composite_literals": "off",
    "json_parse_dedup_attributes": "off",
    "json_parse_truncate_strings": "off",
    "json_serialization_enable": "off",
    "json_serialization_parse_nested_strings": "off",
    "max_concurrency_scaling_clusters": "1",
    "max_cursor_result_set_size": "0",
    "mv_enable_aqmv_for_session": "on",
    "navigate_super_null_on_error": "on",
    "parse_super_null_on_error": "off",
    "pg_federation_repeatable_read": "on",
    "query_group": "unset",
    "search_path": "$user, public",
    "spectrum_enable_pseudo_columns": "on",
    "spectrum_query_maxerror": "0",
    "statement_timeout": "0",
    "stored_proc_log_min_messages": "LOG",
    "timezone": "UTC",
    "use_fips_ssl": "off",
    "wlm_query_slot_count": "1",
}
# Parameters that change no result here, whatever they are set to.
_FREE = frozenset(
    """analyze_threshold_percent application_name enable_result_cache_for_session enable_vacuum_boost
    error_on_nondeterministic_update max_concurrency_scaling_clusters max_cursor_result_set_size
    mv_enable_aqmv_for_session pg_federation_repeatable_read query_group search_path spectrum_enable_pseudo_columns
    spectrum_query_maxerror statement_timeout stored_proc_log_min_messages use_fips_ssl wlm_query_slot_count
    """.split()
)
# Parameters that queries are read by.
_OBEYED = ("enable_case_sensitive_super_attribute",)
_SWITCHES = {"true": "on", "on": "on", "1": "on", "yes": "on", "false": "off", "off": "off", "0": "off", "no": "off"}


def set_option(session: Session, reader: TokenReader) -> Outcome:
    """SET of a parameter or a context variable; what would change results as the sandbox can't is refused."""
    if reader.looking_at("SESSION") and reader.peek(1).upper in ("AUTHORIZATION", "CHARACTERISTICS"):
        return _session(reader)
    local = reader.accept_any("SESSION", "LOCAL") == "LOCAL"
    if reader.accept("SEED"):
        raise Unsupported("SET SEED: RANDOM's sequence is Redshift's own")
    name = _parameter(reader)
    if not reader.accept("TO"):
        reader.expect("=")
    value = _value(reader)
    reader.expect_end()
    session.set(name, _checked(name, value), local=local)
    return Outcome()


def _session(reader: TokenReader) -> Outcome:
    reader.next()
    if reader.accept("AUTHORIZATION"):
        raise Unsupported("SET SESSION AUTHORIZATION: the sandbox has one user")
    reader.expect("CHARACTERISTICS", "AS", "TRANSACTION", "ISOLATION", "LEVEL")
    reader.rest()  # deprecated; all transactions are serializable
    return Outcome()


def _parameter(reader: TokenReader) -> str:
    """A parameter's name, or a variable's of two parts. Raises RedshiftError for others."""
    return _checked_name(".".join(reader.dotted_name()))


def set_value(session: Session, name: str, value: str, *, local: bool) -> None:
    """Set a parameter or a context variable as SET does; `local`: until the transaction ends."""
    session.set(_checked_name(name), _checked(name, value), local=local)


def _checked_name(name: str) -> str:
    if name.count(".") > 1 or ("." not in name and name not in DEFAULTS and name not in _FREE):
        raise RedshiftError(f'unrecognized configuration parameter "{name}"')
    return name


def _value(reader: TokenReader) -> str | None:
    """The value as SHOW gives it back, None for DEFAULT."""
    if reader.accept("DEFAULT"):
        return None
    parts = []
    while True:
        sign = "-" if reader.accept("-") else ""
        token = reader.next()
        if token.kind == "symbol":
            raise reader.error(token)
        text = string_value(token.text) if token.kind == "string" else token.text
        parts.append(sign + (name_value(token) if token.kind in ("word", "quoted") else text))
        if not reader.accept(","):
            return ", ".join(parts)


def _checked(name: str, value: str | None) -> str | None:
    if value is None or name in _FREE or "." in name:
        return value
    default = DEFAULTS[name]
    given = _SWITCHES.get(value.lower(), value) if default in ("on", "off") else value
    if name in _OBEYED and given in ("on", "off"):
        return given
    if given.replace(" ", "").lower() not in (default.replace(" ", "").lower(), default.partition(",")[0].lower()):
        raise Unsupported(f"SET {name} TO {value}")
    return None


def is_on(session: Session, name: str) -> bool:
    """Whether a parameter that is on or off is on."""
    value = session.parameters.values.get(name, DEFAULTS[name])
    return _SWITCHES.get(value.lower()) == "on"


def reset(session: Session, reader: TokenReader) -> Outcome:
    """RESET of one parameter, or of all."""
    names = list(session.parameters.values) if reader.accept("ALL") else [_parameter(reader)]
    reader.expect_end()
    for name in names:
        session.set(name, None)
    return Outcome()


def show(session: Session, reader: TokenReader) -> Outcome:
    """SHOW of one parameter, or of all."""
    if reader.accept("ALL"):
        reader.expect_end()
        rows = sorted((DEFAULTS | session.parameters.values).items())
        return Outcome((ResultColumn("name", TEXT), ResultColumn("setting", TEXT)), rows)
    try:
        name = _parameter(reader)
    except SqlSyntaxError as error:
        raise RedshiftError(str(error)) from error
    reader.expect_end()
    value = session.parameters.values.get(name, DEFAULTS.get(name))
    if value is None and name not in _FREE:
        raise RedshiftError(f'unrecognized configuration parameter "{name}"')
    return Outcome((ResultColumn(name, TEXT),), [(value or "",)])


COMMANDS = [(("SET",), set_option), (("RESET",), reset)]
