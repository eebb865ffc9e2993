"""The sandbox's Redshift and Athena, as its own tests use them."""

from tests.sandbox.conftest import api, athena, redshift, s3, sandbox

__all__ = ["api", "athena", "redshift", "s3", "sandbox"]
