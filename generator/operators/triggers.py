"""What Airflow's triggerer waits for on behalf of our Redshift operators."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from airflow.providers.amazon.aws.triggers.redshift_data import RedshiftDataTrigger
from airflow.triggers.base import TriggerEvent


class StatementsTrigger(RedshiftDataTrigger):
    """Waits for a statement as the provider's trigger does, and carries what the task goes on with.

    Its event holds both lists. They can't be left to the arguments of `defer`: `DAG.test` (Airflow 3.3.2) drops those,
    so that a task which waits twice would end after the first time, as a success.

    :param waiting: statements that are to be sent after this one
    :param finished: ids of the statements before it
    """

    def __init__(
        self, *, waiting: Sequence[str | list[str]] = (), finished: Sequence[str] = (), **arguments: Any
    ) -> None:
        super().__init__(**arguments)
        self.waiting = list(waiting)
        self.finished = list(finished)

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The provider's arguments and ours."""
        _, arguments = super().serialize()
        name = f"{type(self).__module__}.{type(self).__qualname__}"
        return name, {**arguments, "waiting": self.waiting, "finished": self.finished}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """The provider's event, and what it carries."""
        async for event in super().run():
            carried = {**event.payload, "waiting": self.waiting, "finished": self.finished}
            yield TriggerEvent(carried)  # type: ignore[no-untyped-call]  # it carries no types
