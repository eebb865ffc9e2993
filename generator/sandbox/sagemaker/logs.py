"""What jobs print, in moto's CloudWatch Logs: a stream for each container, in the groups that SageMaker writes to.

"Log Groups and Streams That Amazon SageMaker AI Logs" in the Amazon SageMaker AI Developer Guide: /aws/sagemaker/
TrainingJobs and /aws/sagemaker/ProcessingJobs, [job name]/algo-[number]-[epoch].
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

_LOCK = threading.Lock()


@dataclass
class Stream:
    """The log stream of a container; it is there from the first line on."""

    account: str
    region: str
    group: str
    name: str
    _begun: bool = field(default=False, repr=False)

    def write(self, line: str) -> None:
        """Add a line, with the time of now."""
        from moto.logs.models import logs_backends

        backend: Any = logs_backends[self.account][self.region]
        with _LOCK:  # moto's logs are not made for several threads
            if not self._begun:
                self._begun = True
                if self.group not in backend.groups:
                    backend.create_log_group(self.group, {})
                backend.create_log_stream(self.group, self.name)
            # CloudWatch takes no empty message.
            event = {"timestamp": int(time.time() * 1000), "message": line or " "}
            backend.put_log_events(self.group, self.name, [event])
