"""Rows in Athena that are checked before readers see them: a table beside the target, publishing, and dropping it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.glue_catalog import GlueCatalogHook
from airflow.providers.amazon.aws.operators.athena import AthenaOperator
from airflow.providers.amazon.aws.operators.base_aws import AwsBaseOperator
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields

from generator.operators.athena import AthenaQueryOperator, s3_client
from generator.operators.staged_table import StagedTable

if TYPE_CHECKING:
    from airflow.sdk import Context


class AthenaStageOperator(AthenaQueryOperator):
    """Makes a table beside another one, empty on each try, and runs the statement that fills it.

    :param staged: the arguments of StagedTable but for the clients. (templated)
    """

    template_fields = (*AthenaOperator.template_fields, "staged")

    def __init__(self, *, staged: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.staged = staged

    def execute(self, context: Context) -> Any:
        """Make the table, then submit the statement."""
        place = staged_table(self, self.staged).create()
        self.log.info("The rows are written to %s first", place)
        return super().execute(context)


class AthenaPublishOperator(AwsBaseOperator[GlueCatalogHook]):
    """Lets staged rows take the place of those that the table has.

    :param staged: the arguments of StagedTable but for the clients. (templated)
    """

    aws_hook_class = GlueCatalogHook
    template_fields = (*aws_template_fields(), "staged")

    def __init__(self, *, staged: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.staged = staged

    def execute(self, context: Context) -> None:  # noqa: ARG002
        """Publish the rows."""
        staged_table(self, self.staged).publish()
        self.log.info("The rows of %s are at %s", self.staged["table"], self.staged["home"])


class AthenaDropStagedOperator(AthenaPublishOperator):
    """Drops the table of staged rows, and their files.

    :param staged: the arguments of StagedTable but for the clients. (templated)
    """

    def execute(self, context: Context) -> None:  # noqa: ARG002
        """Drop what there is."""
        staged_table(self, self.staged).drop()


def staged_table(operator: Any, staged: dict[str, Any]) -> StagedTable:
    """The staged rows, as the connection of an operator reaches them."""
    catalog = GlueCatalogHook(  # type: ignore[no-untyped-call]
        aws_conn_id=operator.aws_conn_id,
        region_name=operator.region_name,
        verify=operator.verify,
        config=operator.botocore_config,
    )
    return StagedTable(catalog.get_conn(), s3_client(operator), **staged)
