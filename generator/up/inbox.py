"""Where what pipelines tell through Amazon SNS arrives: a queue that hears of their topics, as a pager would."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator import notifications
from generator.environment import Environment
from generator.model import Pipeline
from generator.sandbox import client

_QUEUE = "pipelines-up"
_AT_ONCE = 10  # the most that SQS gives


@dataclass(frozen=True)
class Letter:
    """A notification. ``topic`` is the name of the topic that it came through."""

    topic: str
    subject: str
    text: str


def topics(pipelines: Iterable[Pipeline], environment: Environment) -> tuple[str, ...]:
    """The ARNs of the topics that the pipelines' notifications name."""
    channels = (
        channel
        for pipeline in pipelines
        for event, listed in pipeline.notifications.items()
        if event != "deadline"
        for channel in notifications.filled(listed, environment)
    )
    return tuple(sorted({str(channel["sns"]["topic"]) for channel in channels if "sns" in channel}))


class Inbox:
    """Makes the topics in the local AWS that ``variables`` reach, as whoever runs an account does, and listens.

    ``missing`` are topics of other accounts and regions: what is sent there gets lost.
    """

    def __init__(self, arns: Iterable[str], variables: Mapping[str, str]) -> None:
        sns, self._sqs = client.of("sns", variables), client.of("sqs", variables)
        self._queue = self._sqs.create_queue(QueueName=_QUEUE)["QueueUrl"]
        asked = {"QueueUrl": self._queue, "AttributeNames": ["QueueArn"]}
        address = self._sqs.get_queue_attributes(**asked)["Attributes"]["QueueArn"]
        self.missing: list[str] = []
        self.letters: list[Letter] = []
        for arn in arns:
            if sns.create_topic(Name=_name(arn))["TopicArn"] != arn:
                self.missing.append(arn)
            else:
                sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=address)

    def new(self) -> list[Letter]:
        """What has arrived since it was asked last; ``letters`` is all of it."""
        found = list(self._received())
        self.letters += found
        return found

    def _received(self) -> Iterator[Letter]:
        while messages := self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=_AT_ONCE).get("Messages"):
            for message in messages:
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
                body: dict[str, Any] = json.loads(message["Body"])
                yield Letter(_name(body["TopicArn"]), body.get("Subject", ""), body["Message"])


def _name(arn: str) -> str:
    return arn.rpartition(":")[2]
