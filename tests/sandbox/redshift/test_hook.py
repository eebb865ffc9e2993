"""Airflow's own hook against the sandbox."""

from __future__ import annotations

import pytest

from generator.sandbox.server import Sandbox


def test_stock_hook_runs_statements(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    hooks = pytest.importorskip("airflow.providers.amazon.aws.hooks.redshift_data")
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    hook = hooks.RedshiftDataHook(aws_conn_id=None)
    where = {"database": "hook", "workgroup_name": "local", "poll_interval": 0}
    hook.execute_query(sql=["create table t (a int)", "insert into t values (1)"], **where)
    ran = hook.execute_query(sql="select a from t where a = :a", parameters=[{"name": "a", "value": "1"}], **where)
    assert hook.conn.get_statement_result(Id=ran.statement_id)["Records"] == [[{"longValue": 1}]]
    with pytest.raises(hooks.RedshiftDataQueryFailedError, match="nowhere"):
        hook.execute_query(sql="select * from nowhere", **where)
