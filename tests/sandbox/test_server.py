"""The sandbox as a whole: where it listens, what it forgets, what of moto it leaves as it is."""

from __future__ import annotations

import socket
import threading
from urllib.parse import urlsplit

import pytest

from generator.sandbox import duck
from generator.sandbox.server import Sandbox


def test_endpoint_is_on_the_loopback_interface() -> None:
    with Sandbox() as sandbox:
        address = urlsplit(sandbox.endpoint)
        assert (address.scheme, address.hostname) == ("http", "127.0.0.1")


def test_environment_points_clients_at_the_sandbox() -> None:
    with Sandbox(region="eu-west-1") as sandbox:
        assert sandbox.environment == {
            "AWS_ENDPOINT_URL": sandbox.endpoint,
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "AWS_DEFAULT_REGION": "eu-west-1",
        }


def test_before_start_there_is_no_endpoint() -> None:
    with pytest.raises(RuntimeError):
        _ = Sandbox().endpoint


def test_a_taken_port_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        Sandbox(port=taken.getsockname()[1]).start()


def test_each_sandbox_begins_empty() -> None:
    for _ in range(2):
        with Sandbox() as sandbox:
            s3 = duck.client("s3", sandbox.endpoint)
            assert s3.list_buckets()["Buckets"] == []
            s3.create_bucket(Bucket="left-behind")
            data = duck.client("redshift-data", sandbox.endpoint)
            target = {"WorkgroupName": "local", "Database": "dev"}
            started = data.execute_statement(Sql="create table t (a int)", **target, WaitTimeSeconds=30)
            assert started["Status"] == "FINISHED"


def test_reset_begins_anew_at_the_same_endpoint() -> None:
    target = {"WorkgroupName": "local", "Database": "dev", "WaitTimeSeconds": 30}
    with Sandbox() as sandbox:
        endpoint = sandbox.endpoint
        for _ in range(2):
            s3 = duck.client("s3", endpoint)
            assert s3.list_buckets()["Buckets"] == []
            s3.create_bucket(Bucket="left-behind")
            started = duck.client("redshift-data", endpoint).execute_statement(Sql="create table t (a int)", **target)
            assert started["Status"] == "FINISHED"
            sandbox.reset()
            assert sandbox.endpoint == endpoint


def test_stop_leaves_no_thread_of_the_sandbox() -> None:
    with Sandbox() as sandbox:
        data = duck.client("redshift-data", sandbox.endpoint)
        data.execute_statement(Sql="select 1", WorkgroupName="local", Database="dev")
    names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if name.startswith(("sandbox", "redshift"))]


def test_stop_ends_what_still_runs() -> None:
    with Sandbox() as sandbox:
        data = duck.client("redshift-data", sandbox.endpoint)
        endless = (
            "select count(*) from (with recursive n as (select 1 a union all select a + 1 from n) select * from n) q"
        )
        data.execute_statement(Sql=endless, WorkgroupName="local", Database="dev")


def test_clusters_are_moto_s_own() -> None:
    with Sandbox() as sandbox:
        redshift = duck.client("redshift", sandbox.endpoint)
        redshift.create_cluster(
            ClusterIdentifier="c", NodeType="ra3.large", MasterUsername="u", MasterUserPassword="Passw0rd"
        )
        redshift.pause_cluster(ClusterIdentifier="c")
        assert redshift.describe_clusters()["Clusters"][0]["ClusterStatus"] == "paused"
        redshift.resume_cluster(ClusterIdentifier="c")
        assert redshift.describe_clusters()["Clusters"][0]["ClusterStatus"] == "available"


def test_list_keys_takes_a_prefix_as_text() -> None:
    with Sandbox() as sandbox:
        s3 = duck.client("s3", sandbox.endpoint)
        s3.create_bucket(Bucket="bucket")
        for key in ("day=1", "day=10/a.csv", "day=2/", "other"):
            s3.put_object(Bucket="bucket", Key=key, Body=b"x")
        assert duck.list_keys(sandbox.endpoint, "s3://bucket/day=1") == [
            "s3://bucket/day=1",
            "s3://bucket/day=10/a.csv",
        ]
        assert duck.list_keys(sandbox.endpoint, "s3://bucket/day=2") == []


@pytest.mark.parametrize("uri", ["bucket/key", "http://bucket/key", "s3://"])
def test_other_uris_are_refused(uri: str) -> None:
    with pytest.raises(ValueError, match="not an S3 URI"):
        duck.split_uri(uri)


def test_stop_ends_the_connections_that_clients_keep() -> None:
    sandbox = Sandbox()
    sandbox.start()
    address = ("127.0.0.1", int(sandbox.endpoint.rpartition(":")[2]))
    with socket.create_connection(address, timeout=5) as kept:
        kept.sendall(b"GET /moto-api/data.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert kept.recv(12) == b"HTTP/1.1 200"
        sandbox.stop()
        while kept.recv(65536):
            pass
