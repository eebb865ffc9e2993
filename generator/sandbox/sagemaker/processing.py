"""Processing jobs: folders in, a program, folders out.

"How Amazon SageMaker Processing Configures Your Processing Container", "How Amazon SageMaker Processing Handles Input
and Output" and "Save and Access Metadata Information About Your Processing Job" in the Amazon SageMaker AI Developer
Guide; "CreateProcessingJob" in the API Reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generator.sandbox.sagemaker import transfer, work
from generator.sandbox.sagemaker.container import OPT_ML, Command, Container, Root
from generator.sandbox.sagemaker.errors import JobError, RequestError, unsupported

_FOLDER = f"{OPT_ML}/processing"
_CONFIG = f"{OPT_ML}/config"
_MESSAGE = f"{OPT_ML}/output/message"


def check(request: Mapping[str, Any]) -> None:
    """Raise RequestError for what SageMaker refuses at once, and for what the sandbox can't run."""
    inputs, outputs = request.get("ProcessingInputs", []), _outputs(request)
    if not request["AppSpecification"].get("ContainerEntrypoint"):
        raise unsupported("the image's own program: it needs ContainerEntrypoint")
    work.unique([item["InputName"] for item in inputs], "Input names")
    work.unique([item["OutputName"] for item in outputs], "Output names")
    for item in inputs:
        work.refuse(item, "AppManaged", "DatasetDefinition")
        source = item.get("S3Input")
        if source is None:
            raise RequestError(f"S3Input must be specified for the input {item['InputName']}")
        work.only(source["S3DataType"], ("S3Prefix",), "S3DataType")
        work.only(source.get("S3InputMode", "File"), ("File",), "S3InputMode")
        work.only(source.get("S3CompressionType", "None"), ("None",), "S3CompressionType")
        _check_path(source.get("LocalPath", ""))
    for item in outputs:
        work.refuse(item, "AppManaged", "FeatureStoreOutput")
        if item.get("S3Output") is None:
            raise RequestError(f"S3Output must be specified for the output {item['OutputName']}")
        _check_path(item["S3Output"].get("LocalPath", ""))


def _check_path(path: str) -> None:
    if not path.startswith(f"{_FOLDER}/") or ".." in path.split("/"):
        raise RequestError(f"LocalPath '{path}' must be a folder under {_FOLDER}")


def _outputs(request: Mapping[str, Any]) -> list[Any]:
    return list(request.get("ProcessingOutputConfig", {}).get("Outputs", []))


@dataclass(frozen=True)
class Processing:
    """The work of a processing job."""

    request: Mapping[str, Any]
    arn: str
    endpoint: str
    region: str

    @property
    def hosts(self) -> Sequence[str]:
        return work.hosts(self.request["ProcessingResources"]["ClusterConfig"]["InstanceCount"])

    def prepare(self, root: Root, host: str) -> Command:
        """The container's folders, its configuration and its inputs."""
        root.at(f"{OPT_ML}/output").mkdir(parents=True)
        for item in self.request.get("ProcessingInputs", []):
            self._fetch(item["S3Input"], root, self.hosts.index(host))
        for item in _outputs(self.request):
            root.at(item["S3Output"]["LocalPath"]).mkdir(parents=True, exist_ok=True)
        work.write_json(root, f"{_CONFIG}/processingjobconfig.json", {**self.request, "ProcessingJobArn": self.arn})
        resources = {"current_host": host, "hosts": list(self.hosts)}
        work.write_json(root, f"{_CONFIG}/resourceconfig.json", resources)
        application = self.request["AppSpecification"]
        environment = {
            **work.environment(self.endpoint, self.region),
            "PROCESSING_JOB_NAME": self.request["ProcessingJobName"],
            "PROCESSING_JOB_ARN": self.arn,
            **self.request.get("Environment", {}),
        }
        run = [*application["ContainerEntrypoint"], *application.get("ContainerArguments", ())]
        return Command(run, environment, root.path)

    def _fetch(self, source: Mapping[str, Any], root: Root, place: int) -> None:
        objects = transfer.keys(self.endpoint, source["S3Uri"])
        if not objects:
            raise JobError(f"ClientError: {work.nothing_found(source['S3Uri'], self.region, self.request['RoleArn'])}")
        part = work.share(objects, source.get("S3DataDistributionType", ""), place, len(self.hosts))
        transfer.download(self.endpoint, source["S3Uri"], part, root.at(source["LocalPath"]))

    def failure(self, container: Container) -> str:
        """The exit code alone: what the program has to say is the job's ExitMessage."""
        return work.algorithm_error("", container.code or 0)

    def finish(self, roots: Sequence[Root], status: str) -> dict[str, Any]:
        """Upload the outputs of a job that was completed, and read the containers' messages. Raises JobError."""
        if status == "Completed":
            for item in _outputs(self.request):
                for root in roots:
                    where = item["S3Output"]
                    transfer.upload(self.endpoint, root.at(where["LocalPath"]), where["S3Uri"])
        try:
            message = "".join(_message(root) for root in roots)
        except UnicodeDecodeError as error:
            raise JobError(f"ClientError: {_MESSAGE} is not UTF-8: {error}") from error
        return {"ExitMessage": message[: work.REASON_LENGTH]} if message else {}


def _message(root: Root) -> str:
    path = root.at(_MESSAGE)
    return root.inward(path.read_bytes().decode()) if path.is_file() else ""
