"""Training jobs: channels in, a script, a model out.

"How Amazon SageMaker AI Provides Training Information" and "How Amazon SageMaker AI Processes Training Output" in the
Amazon SageMaker AI Developer Guide say which files a container has; "CreateTrainingJob" in the API Reference.
"""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.sandbox.sagemaker import toolkit, transfer, work
from generator.sandbox.sagemaker.container import OPT_ML, Command, Container, Root
from generator.sandbox.sagemaker.errors import JobError, RequestError, unsupported

_CONFIG = f"{OPT_ML}/input/config"
_FAILURE = f"{OPT_ML}/output/failure"
_MODEL, _DATA = f"{OPT_ML}/model", f"{OPT_ML}/output/data"
_GROUP = "homogeneousCluster"


def check(request: Mapping[str, Any], endpoint: str, region: str) -> None:
    """Raise RequestError for what SageMaker refuses at once, and for what the sandbox can't run."""
    algorithm, resources = request.get("AlgorithmSpecification", {}), request.get("ResourceConfig", {})
    work.refuse(algorithm, "AlgorithmName")
    work.refuse(resources, "InstanceGroups")
    work.refuse(request, "CheckpointConfig", "EnableManagedSpotTraining", "ServerlessJobConfig")
    if "TrainingImage" not in algorithm:
        raise RequestError("TrainingImage or AlgorithmName must be specified in AlgorithmSpecification")
    if not {"InstanceType", "InstanceCount", "VolumeSizeInGB"} <= resources.keys():
        raise RequestError("InstanceType, InstanceCount and VolumeSizeInGB must be specified in ResourceConfig")
    work.only(algorithm.get("TrainingInputMode", "File"), ("File", "FastFile"), "TrainingInputMode")
    if not (algorithm.get("ContainerEntrypoint") or toolkit.PROGRAM in request.get("HyperParameters", {})):
        raise unsupported(f"the image's own program: it needs {toolkit.PROGRAM} or ContainerEntrypoint")
    channels = request.get("InputDataConfig", [])
    work.unique([channel["ChannelName"] for channel in channels], "Channel names")
    for channel in channels:
        _check_channel(channel, endpoint, region, request["RoleArn"])


def _check_channel(channel: Mapping[str, Any], endpoint: str, region: str, role: str) -> None:
    source = channel["DataSource"].get("S3DataSource")
    if source is None:
        raise unsupported("a DataSource other than S3DataSource")
    work.only(source["S3DataType"], ("S3Prefix",), "S3DataType")
    work.only(channel.get("CompressionType", "None"), ("None",), "CompressionType")
    work.only(channel.get("RecordWrapperType", "None"), ("None",), "RecordWrapperType")
    work.only(channel.get("InputMode", "File"), ("File", "FastFile"), "InputMode")
    if not transfer.keys(endpoint, source["S3Uri"]):
        raise RequestError(work.nothing_found(source["S3Uri"], region, role))


@dataclass(frozen=True)
class Training:
    """The work of a training job."""

    request: Mapping[str, Any]
    arn: str
    endpoint: str
    region: str

    @property
    def hosts(self) -> Sequence[str]:
        return work.hosts(self.request["ResourceConfig"]["InstanceCount"])

    def prepare(self, root: Root, host: str) -> Command:
        """The container's folders, its configuration, its channels, and what it runs."""
        channels = self.request.get("InputDataConfig", [])
        for folder in (_MODEL, _DATA, _CONFIG):
            root.at(folder).mkdir(parents=True)
        for channel in channels:
            self._fetch(channel, root, self.hosts.index(host))
        given, resources = self.request.get("HyperParameters", {}), self._resources(host)
        inputs = {channel["ChannelName"]: _described(channel) for channel in channels}
        work.write_json(root, f"{_CONFIG}/hyperparameters.json", given)
        work.write_json(root, f"{_CONFIG}/resourceconfig.json", resources)
        work.write_json(root, f"{_CONFIG}/inputdataconfig.json", inputs)
        command = self._command(root, given, resources, inputs)
        environment = {
            **work.environment(self.endpoint, self.region),
            "TRAINING_JOB_NAME": self.request["TrainingJobName"],
            "TRAINING_JOB_ARN": self.arn,
            "SAGEMAKER_BASE_DIR": OPT_ML,
            **command.environment,
            **self.request.get("Environment", {}),
        }
        return Command(command.arguments, environment, command.folder)

    def _command(self, root: Root, given: Any, resources: Any, inputs: Any) -> Command:
        algorithm = self.request["AlgorithmSpecification"]
        if algorithm.get("ContainerEntrypoint"):
            run = [*algorithm["ContainerEntrypoint"], *algorithm.get("ContainerArguments", ())]
            return Command(run, {}, root.path)
        hyperparameters = toolkit.parsed(given)
        self._install(hyperparameters, root)
        return toolkit.command(hyperparameters, resources, inputs, root)

    def _install(self, hyperparameters: Mapping[str, Any], root: Root) -> None:
        """Put the script's code into /opt/ml/code. Raises JobError as the toolkit fails."""
        source, folder = str(hyperparameters.get(toolkit.SUBMIT_DIRECTORY, toolkit.CODE)), root.at(toolkit.CODE)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            if source.startswith("s3://"):
                packed = root.path / "sourcedir.tar.gz"
                transfer.fetch(self.endpoint, source, packed)
                transfer.unpack(packed.read_bytes(), folder)
            elif root.at(source).is_dir():
                shutil.copytree(root.at(source), folder, dirs_exist_ok=True)
            else:
                transfer.unpack(root.at(source).read_bytes(), folder)
        except (JobError, OSError, tarfile.TarError) as error:
            raise JobError(work.algorithm_error(f"Framework Error: \n{error}", 1)) from error
        if (folder / "setup.py").exists():
            raise JobError("the sandbox can't run this: a source directory with a setup.py, which is to be installed")
        lacking = toolkit.missing(folder)
        if lacking:
            note = f"\nThe sandbox installs nothing, and its Python lacks {', '.join(lacking)}"
            raise JobError(work.algorithm_error(toolkit.not_installed() + note, 1))

    def _fetch(self, channel: Mapping[str, Any], root: Root, place: int) -> None:
        source = channel["DataSource"]["S3DataSource"]
        objects = transfer.keys(self.endpoint, source["S3Uri"])
        part = work.share(objects, source.get("S3DataDistributionType", ""), place, len(self.hosts))
        folder = root.at(f"{OPT_ML}/input/data/{channel['ChannelName']}")
        transfer.download(self.endpoint, source["S3Uri"], part, folder)

    def _resources(self, host: str) -> dict[str, Any]:
        kind = self.request["ResourceConfig"]["InstanceType"]
        group = {"instance_group_name": _GROUP, "instance_type": kind, "hosts": list(self.hosts)}
        return {
            "current_host": host,
            "current_instance_type": kind,
            "current_group_name": _GROUP,
            "hosts": list(self.hosts),
            "instance_groups": [group],
            "network_interface_name": "eth0",
        }

    def failure(self, container: Container) -> str:
        """The text of /opt/ml/output/failure: the script's own, or the toolkit's."""
        path, code = container.root.at(_FAILURE), container.code or 0
        if path.is_file():
            text = path.read_bytes().decode("utf-8", "replace")
        elif self.request["AlgorithmSpecification"].get("ContainerEntrypoint"):
            text = ""
        else:
            text = toolkit.failed(container.arguments, code)
        return work.algorithm_error(container.root.inward(text), code)

    def finish(self, roots: Sequence[Root], status: str) -> dict[str, Any]:
        """Pack /opt/ml/model, and /opt/ml/output/data where there is something in it."""
        if status not in ("Completed", "Stopped"):
            return {}
        base = (
            f"{self.request['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{self.request['TrainingJobName']}/output"
        )
        self._pack([root.at(_DATA) for root in roots], roots[0].path / "output.tar.gz", base)
        models = [root.at(_MODEL) for root in roots]
        if not self._pack(models, roots[0].path / "model.tar.gz", base, always=status == "Completed"):
            return {}
        return {"ModelArtifacts": {"S3ModelArtifacts": f"{base}/model.tar.gz"}}

    def _pack(self, folders: Sequence[Path], packed: Path, base: str, *, always: bool = False) -> bool:
        if not always and not any(True for folder in folders for _ in folder.iterdir()):
            return False
        transfer.pack(folders, packed)
        transfer.put(self.endpoint, packed, f"{base}/{packed.name}")
        return True


def _described(channel: Mapping[str, Any]) -> dict[str, str]:
    """A channel as inputdataconfig.json has it."""
    source = channel["DataSource"]["S3DataSource"]
    return {
        **({"ContentType": channel["ContentType"]} if "ContentType" in channel else {}),
        "TrainingInputMode": channel.get("InputMode", "File"),
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
    }
