"""The sandbox's Redshift, as its own tests use it."""

from tests.sandbox.conftest import api, redshift, s3, sandbox

__all__ = ["api", "redshift", "s3", "sandbox"]
