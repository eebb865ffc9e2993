"""System information and administration functions, as far as a call of theirs gets here.

"System information functions", "System administration functions" and "Machine learning functions" in the Amazon
Redshift Database Developer Guide. What a session can answer, `information` has put in place of the call before.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.redshift.errors import Unsupported
from generator.sandbox.section import Section

USER_ID = 100
PRIVILEGES = {
    "assumerole": ("copy", "unload", "external function", "create model"),
    "database": ("create", "temporary", "temp", "usage"),
    "schema": ("create", "usage"),
    "table": ("select", "insert", "update", "delete", "drop", "references"),
}
# Answered by `information`; elsewhere than in a query (in a column's default, say) they are refused.
ANSWERED = (
    "current_database", "current_schema", "current_schemas", "current_setting", "db_collation",
    "has_assumerole_privilege", "has_database_privilege", "has_schema_privilege", "has_table_privilege",
    "last_user_query_id", "pg_backend_pid", "pg_get_cols", "pg_get_late_binding_view_cols", "pg_last_copy_count",
    "pg_last_copy_id", "pg_last_query_id", "pg_last_unload_count", "pg_last_unload_id", "role_is_member_of",
    "set_config", "slice_num", "user_is_member_of", "version",
)  # fmt: skip
_REFUSED = {
    "change_query_priority": "queries have no priorities",
    "change_session_priority": "sessions have no priorities",
    "change_user_priority": "users have no priorities",
    "current_session_arn": "sessions have no ARN",
    "default_iam_role": "clusters have no default role",
    "explain_model": "there are no machine learning models",
    "get_mounted_role": "there are no mounted catalogs",
    "pg_cancel_backend": "use the Data API's CancelStatement",
    "pg_get_grantee_by_iam_role": "there are no privileges to assume roles",
    "pg_get_iam_role_by_user": "there are no privileges to assume roles",
    "pg_get_session_roles": "there are no roles",
    "pg_terminate_backend": "use the Data API's CancelStatement",
    "reboot_cluster": "there is no cluster",
}


def _refused(name: str, why: str) -> Callable[[list[exp.Expr]], exp.Expr]:
    def refuse(_: list[exp.Expr]) -> exp.Expr:
        raise Unsupported(f"{name.upper()}: {why}")

    return refuse


SECTION = Section(
    rewrites={
        **{name: _refused(name, "it is known in queries only") for name in ANSWERED},
        **{name: _refused(name, f"in the sandbox {why}") for name, why in _REFUSED.items()},
    }
)
