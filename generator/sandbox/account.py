"""What whoever runs the infrastructure makes once: buckets, Athena's database and workgroup, a Redshift cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from generator.sandbox import client, duck

_DEFAULT_WORKGROUP = "primary"  # every account has it


def make(values: Mapping[str, Any], variables: Mapping[str, str], buckets: Iterable[str] = ()) -> None:
    """Make what an environment's values name, and further ``buckets``, in the sandbox that ``variables`` reach."""
    athena, redshift = values.get("athena"), values.get("redshift")
    wanted = {*buckets, *([values["bucket"]] if "bucket" in values else [])}
    if athena:
        wanted.add(urlsplit(athena["output"]).netloc)
        # The sandbox's Athena has its catalog in one region, whatever the region of its clients is.
        glue = client.of("glue", {**variables, "AWS_DEFAULT_REGION": duck.REGION})
        glue.create_database(DatabaseInput={"Name": athena["database"]})
        workgroup = athena.get("workgroup", _DEFAULT_WORKGROUP)
        if workgroup != _DEFAULT_WORKGROUP:
            client.of("athena", variables).create_work_group(Name=workgroup, Configuration={})
    if redshift and "cluster" in redshift:
        client.of("redshift", variables).create_cluster(
            ClusterIdentifier=redshift["cluster"],
            NodeType="ra3.large",
            MasterUsername="admin",
            MasterUserPassword="Sandbox1",  # moto asks for one; nothing is behind it
        )
    for bucket in sorted(wanted):
        create_bucket(client.of("s3", variables), bucket)


def create_bucket(s3: Any, bucket: str) -> None:
    """Make a bucket in the region of the client ``s3``."""
    region = s3.meta.region_name
    if region == "us-east-1":  # the one region that S3 refuses as a LocationConstraint
        s3.create_bucket(Bucket=bucket)
    else:
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
