"""athena.check: redshift.check for a table in Athena; the steps are those of the table's engine."""

from __future__ import annotations

from dataclasses import replace

from generator.templates import redshift_check

TEMPLATE = replace(redshift_check.TEMPLATE, engine="athena")
