"""What a session says of itself and of its settings: calls that are known before a statement runs.

"System information functions", "System administration functions", "Leader node-only functions" in the Amazon
Redshift Database Developer Guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.redshift import settings, storage
from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.functions import PREFIX
from generator.sandbox.redshift.functions.calls import call
from generator.sandbox.redshift.functions.system import PRIVILEGES, USER_ID
from generator.sandbox.redshift.nodes import is_on_compute_nodes
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.storage import Relation
from generator.sandbox.sql import quote_string

ACCOUNT = 123456789012
_VERSION = (
    "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), "
    "Redshift 1.0.12103"
)
_LEADER_ONLY = frozenset(
    """age current_schema current_schemas has_database_privilege has_schema_privilege has_table_privilege isfinite now
    version""".split()
)
_SAME_FOR_ALL = frozenset(("current_aws_account", "current_database", "db_collation", "version"))
# Words that are no calls.
_WORDS: dict[type[exp.Expr], str] = {
    exp.CurrentUser: "current_user",
    exp.SessionUser: "session_user",
    exp.CurrentUserId: "current_user_id",
}
_RECORDS = ("pg_get_cols", "pg_get_late_binding_view_cols")
_COLUMNS = ("current_aws_account", "current_namespace")

Arguments = list[exp.Expr]


def informed(session: Session, tree: exp.Expr) -> exp.Expr:
    """The statement with what the session knows in place of the calls that ask for it. Raises RedshiftError."""
    named = {name for node in tree.walk() if (name := _name(node))}
    _check_nodes(tree, named)
    if not named & _ANSWERS.keys():
        return tree
    changed = tree.copy()
    for node in reversed(list(changed.walk(bfs=False))):  # what is inside before what is around it
        name = _name(node)
        if name not in _ANSWERS:
            continue
        if name in _RECORDS and isinstance(node.parent, exp.Table):
            _column_table(session, node.parent)
            continue
        answer = _ANSWERS[name](session, list(node.expressions) if isinstance(node, exp.Anonymous) else [])
        named_here = isinstance(node.parent, exp.Select) and node.arg_key == "expressions"
        node.replace(exp.alias_(answer, name, quoted=True) if named_here else answer)
    return changed


def check_lasting(tree: exp.Expr) -> None:
    """Raise Unsupported for a view of what sessions say of themselves: a view is made of the one that makes it."""
    for node in tree.walk():
        if _name(node) in _ANSWERS and _name(node) not in _SAME_FOR_ALL:
            raise Unsupported(f"a view of {_name(node).upper()}, unless it is WITH NO SCHEMA BINDING")


def _name(node: exp.Expr) -> str:
    if isinstance(node, exp.Anonymous):
        return node.name.lower().removeprefix(PREFIX)
    if isinstance(node, exp.Column) and not node.table and node.name.lower() in _COLUMNS:
        return node.name.lower()
    return _WORDS.get(type(node), "")


def _check_nodes(tree: exp.Expr, names: set[str]) -> None:
    wrong = sorted(names & (_LEADER_ONLY | {"slice_num"}))
    query = tree.expression if isinstance(tree, exp.Insert) else tree
    if not wrong or not isinstance(query, exp.Query) or not is_on_compute_nodes(query):
        return
    if "slice_num" in wrong:
        raise Unsupported("SLICE_NUM of a table: the sandbox has no slices")
    raise RedshiftError(
        "Specified types or functions (one per INFO message) not supported on Redshift tables: "
        + ", ".join(f'"{name}()"' for name in wrong)
    )


def _number(value: int, kind: str = "integer") -> exp.Expr:
    return exp.cast(exp.Literal.number(value), kind)


def _literal(node: exp.Expr, what: str) -> str:
    if not isinstance(node, exp.Literal | exp.Boolean):
        raise Unsupported(f"{what} of what is not a literal")
    return str(node.this).lower() if isinstance(node, exp.Boolean) else node.name


def _schemas(session: Session, arguments: Arguments) -> exp.Expr:
    (implicit,) = (_literal(argument, "CURRENT_SCHEMAS") for argument in arguments)
    path = (*(("pg_catalog",) if implicit == "true" else ()), *session.names.search_path)
    return exp.Literal.string("{" + ",".join(path) + "}")


def _schema(session: Session, _: Arguments) -> exp.Expr:
    return exp.Literal.string(session.names.search_path[0]) if session.names.search_path else exp.Null()


def _namespace(_: Session, __: Arguments) -> exp.Expr:
    raise Unsupported("CURRENT_NAMESPACE: the sandbox's databases are in no namespace")


def _slice(_: Session, __: Arguments) -> exp.Expr:
    return _number(10000)  # the leader node's; `_check_nodes` has refused it of tables


def _setting(session: Session, arguments: Arguments) -> exp.Expr:
    name = _literal(arguments[0], "CURRENT_SETTING").lower()
    optional = len(arguments) > 1 and _literal(arguments[1], "CURRENT_SETTING") == "false"
    value = session.parameters.values.get(name, settings.DEFAULTS.get(name))
    if value is None and not optional:
        raise RedshiftError(f'unrecognized configuration parameter "{name}"')
    return exp.Null() if value is None else exp.Literal.string(value)


def _set(session: Session, arguments: Arguments) -> exp.Expr:
    name, value, local = (_literal(argument, "SET_CONFIG") for argument in arguments)
    settings.set_value(session, name.lower(), value, local=local in ("true", "1", "t"))
    return exp.Literal.string(value)


def _privilege(kind: str) -> Callable[[Session, Arguments], exp.Expr]:
    def answer(session: Session, arguments: Arguments) -> exp.Expr:
        texts = [_literal(argument, f"HAS_{kind.upper()}_PRIVILEGE") for argument in arguments]
        if len(texts) == 3 and texts[0].lower() != session.user.lower():
            raise Unsupported("privileges of other users: the sandbox has one, who may do everything")
        subject, privilege = texts[-2:]
        if privilege.lower() not in PRIVILEGES[kind]:
            raise RedshiftError(f'unrecognized privilege type: "{privilege}"')
        _check_subject(session, kind, subject.lower())
        return exp.true()

    return answer


def _membership(session: Session, arguments: Arguments) -> exp.Expr:
    """There are no users but the session's, no groups, and no roles but the system's."""
    for argument in arguments:
        name = _literal(argument, "membership")
        if name.lower().startswith("sys:"):
            raise Unsupported("membership of system-defined roles")
        if name.lower() != session.user.lower():
            raise RedshiftError(f'role or user "{name}" does not exist')
    return exp.false()


def _check_subject(session: Session, kind: str, subject: str) -> None:
    if kind == "table":
        session.names.relation(subject.split("."))
    elif kind == "database" and subject != session.database.name:
        raise RedshiftError(f'database "{subject}" does not exist')
    elif kind == "schema":
        found = session.sql(f"SELECT 1 FROM duckdb_schemas() WHERE schema_name = {quote_string(subject)}").fetchone()
        if found is None:
            raise RedshiftError(f'schema "{subject}" does not exist')


def _columns_of(session: Session, arguments: Arguments) -> list[tuple[str, str, str, str, int]]:
    """The columns of the table or view that PG_GET_COLS names, or of all views that bind late."""
    if arguments:
        relations = [session.names.relation(_literal(arguments[0], "PG_GET_COLS").lower().split("."))]
    else:
        relations = _late_views(session)
    return [
        (relation.schema, relation.name, column.name, column.type.declared, number)
        for relation in relations
        for number, column in enumerate(relation.columns, 1)
    ]


def _late_views(session: Session) -> list[Relation]:
    rows = session.sql(
        f"SELECT schema_name, table_name FROM {storage.SCHEMA}.tables WHERE kind = 'LATE VIEW' ORDER BY rowid"
    ).fetchall()
    return [view for row in rows if (view := storage.load(session.connection, *row)) is not None]


def _column_texts(session: Session, arguments: Arguments) -> exp.Expr:
    """A row of text for each column, in which a type of more than a word stands in double quotes."""
    rows = []
    for *names, kind, number in _columns_of(session, arguments):
        quoted = f'"{kind}"' if re.search("[^a-z]", kind) else kind
        rows.append(exp.Literal.string(f"({','.join(names)},{quoted},{number})"))
    return call("unnest", call("list_value", *rows))


def _column_table(session: Session, table: exp.Table) -> None:
    """PG_GET_COLS or its like in FROM, with an alias that names and types its five columns."""
    alias = table.args.get("alias") or exp.TableAlias()
    named = [column.this for column in alias.args.get("columns") or ()]
    if len(named) != 5:
        raise RedshiftError('a column definition list is required for functions returning "record"')
    found: list[tuple[object, ...]] = [*_columns_of(session, table.this.expressions)]
    rows = [exp.Tuple(expressions=list(map(exp.convert, row))) for row in found or [(None,) * 5]]
    names = exp.TableAlias(this=alias.this, columns=named)
    values: exp.Expr = exp.Values(expressions=rows, alias=names)
    if not found:
        values = exp.select("*").from_(values).where(exp.false()).subquery(alias.name)
    table.replace(values)


_ANSWERS: dict[str, Callable[[Session, Arguments], exp.Expr]] = {
    "current_aws_account": lambda _, __: _number(ACCOUNT, "bigint"),
    "current_database": lambda session, _: exp.Literal.string(session.database.name),
    "current_namespace": _namespace,
    "current_schema": _schema,
    "current_schemas": _schemas,
    "current_setting": _setting,
    "current_user": lambda session, _: exp.Literal.string(session.user),
    "current_user_id": lambda _, __: _number(USER_ID),
    "db_collation": lambda _, __: exp.Literal.string("case_sensitive"),
    "has_assumerole_privilege": _privilege("assumerole"),
    "has_database_privilege": _privilege("database"),
    "has_schema_privilege": _privilege("schema"),
    "has_table_privilege": _privilege("table"),
    "pg_backend_pid": lambda session, _: _number(session.pid),
    **dict.fromkeys(_RECORDS, _column_texts),
    "pg_last_copy_count": lambda session, _: _number(session.loads.copied, "bigint"),
    "pg_last_copy_id": lambda session, _: _number(session.loads.copy_id),
    "pg_last_unload_count": lambda session, _: _number(session.loads.unloaded, "bigint"),
    "pg_last_unload_id": lambda session, _: _number(session.loads.unload_id),
    "pg_last_query_id": lambda session, _: _number(session.loads.query_id),
    "last_user_query_id": lambda session, _: _number(session.loads.query_id),
    "role_is_member_of": _membership,
    "session_user": lambda session, _: exp.Literal.string(session.user),
    "set_config": _set,
    "slice_num": _slice,
    "user_is_member_of": _membership,
    "version": lambda _, __: exp.Literal.string(_VERSION),
}
