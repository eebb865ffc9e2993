"""A model that is not what training wrote is refused, in a line that says what it is instead."""

from __future__ import annotations

import functools
import hashlib
import io
import json
import pickle
import re
import shutil
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn
import skops.io
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from tests.ml.folder import Folder
from tests.ml.samples import customers

_ROWS = customers().select(["id", "age", "country"])
_ORDER = {"kind": "classification", "target": "left", "keys": ["id"], "features": ["age", "country"]}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model that is fine."""
    folder = Folder(tmp_path_factory.mktemp("trained"))
    assert not folder.train(customers(), **_ORDER, algorithm="logistic_regression").message
    return folder.model


@pytest.fixture
def given(trained: Path, folder: Folder) -> Folder:
    """A folder with a copy of the model, to be tampered with."""
    shutil.copytree(trained, folder.model)
    return folder


def _replace_model(folder: Folder, content: bytes) -> None:
    """Another model file, and a card that has its hash: what somebody does who can write both."""
    (folder.model / "model.skops").write_bytes(content)
    _change_card(folder, model_sha256=hashlib.sha256(content).hexdigest())


def _change_card(folder: Folder, **changes: Any) -> None:
    card = {**folder.card(), **changes}
    (folder.model / "metadata.json").write_text(json.dumps({k: v for k, v in card.items() if v != "gone"}))


class _Evil:
    """What a pickle can do when it is loaded."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return Path.touch, (self.mark,)


def test_what_is_fine_is_fine(given: Folder) -> None:
    assert given.predict(_ROWS).result["rows"] == 200


@pytest.mark.parametrize("protocol", [0, 2, pickle.HIGHEST_PROTOCOL])
def test_a_pickle_is_never_loaded(protocol: int, given: Folder, tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    _replace_model(given, pickle.dumps(_Evil(mark), protocol))
    message = given.predict(_ROWS).message
    assert message.startswith("model.skops is no skops file")
    assert protocol == 0 or message.endswith("but a pickle, and pickles are never loaded")
    assert not mark.exists()


def test_a_pickle_inside_of_the_zip_is_never_loaded(given: Folder, tmp_path: Path) -> None:
    """Arrays of objects are pickles to numpy, which is told to load none."""
    mark = tmp_path / "executed"
    evil = pickle.dumps(_Evil(mark))
    header = b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(127) + b"\n"
    parts = _parts(given)
    first = next(name for name in parts if name.endswith(".npy"))
    _replace_model(given, _zipped({**parts, first: header + evil}))
    assert re.match("model.skops cannot be read: ValueError: .*allow_pickle=False", given.predict(_ROWS).message)
    assert not mark.exists()


def _parts(folder: Folder) -> dict[str, bytes]:
    with zipfile.ZipFile(folder.model / "model.skops") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _zipped(parts: Mapping[str, bytes | str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


@pytest.mark.parametrize(
    ("model", "named"),
    [
        (DummyClassifier(), "sklearn.dummy.DummyClassifier"),
        (Pipeline([("model", DummyClassifier())]), "sklearn.dummy.DummyClassifier"),
        ({"a": eval}, "builtins.eval"),
        ([exec, Path], "builtins.exec"),
        (FunctionTransformer(func=eval), "builtins.eval"),
        (functools.partial(print, "x"), "builtins.print, functools.partial"),
        (LinearRegression(), "sklearn.linear_model._base.LinearRegression"),
    ],
    ids=str,
)
def test_types_that_the_algorithm_has_not_are_named_and_not_loaded(model: Any, named: str, given: Folder) -> None:
    _replace_model(given, skops.io.dumps(model))
    message = given.predict(_ROWS).message
    assert re.fullmatch(
        f"model.skops names .*{re.escape(named)}.*, which is no part of a logistic_regression model: it is not loaded",
        message,
    )


@pytest.mark.parametrize(
    "node",
    [
        {"__loader__": "OperatorFuncNode", "__module__": "operator", "__class__": "call"},
        {"__loader__": "ObjectNode", "__module__": "builtins", "__class__": "dict"},
        {"__loader__": "TypeNode", "__module__": "os", "__class__": "system"},
        {"__loader__": "MethodNode", "__module__": "sklearn.pipeline", "__class__": "Pipeline"},
        {"__loader__": "SomethingNew", "__module__": "builtins", "__class__": "dict"},
        {"__loader__": "DictNode"},
        {"__class__": "system", "__module__": "os"},
    ],
    ids=str,
)
def test_a_node_that_hides_in_the_tree(node: dict[str, Any], given: Folder) -> None:
    """Wherever it stands, and with whatever loader: known types under another loader are unknown."""
    parts = _parts(given)
    tree = json.loads(parts["schema.json"])
    tree["content"]["content"]["hidden"] = {**node, "content": {}, "__id__": 0}
    _replace_model(given, _zipped({**parts, "schema.json": json.dumps(tree)}))
    assert re.match(
        "model.skops names .*, which is no part of a logistic_regression model", given.predict(_ROWS).message
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda content: content[: len(content) // 2],
            "model.skops is damaged or not complete: File is not a zip file",
        ),
        (lambda content: content[:-1], "model.skops is damaged or not complete: "),
        (lambda _: b"", "model.skops is no skops file"),
        (lambda _: b"PK\x03\x04", "model.skops is damaged or not complete: "),
        (lambda content: content.replace(b"NUMPY", b"NUMPI", 1), "model.skops is damaged: 1.npy in it is not what was"),
    ],
    ids=["half", "without its last byte", "empty", "only its start", "a byte inside"],
)
def test_a_file_that_is_not_whole(change: Callable[[bytes], bytes], message: str, given: Folder) -> None:
    content = (given.model / "model.skops").read_bytes()
    _replace_model(given, change(content))
    assert given.predict(_ROWS).message.startswith(message)


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (None, "model.skops cannot be read: KeyError: \"There is no item named 'schema.json' in the archive\""),
        ("{", "model.skops cannot be read: JSONDecodeError: "),
        ("[]", "model.skops cannot be read: "),
        ('{"protocol": 99}', "model.skops cannot be read: ValueError: The file was saved with skops protocol 99"),
        ("[" * 100_000, "model.skops cannot be read: RecursionError: "),
    ],
    ids=["none", "no JSON", "a list", "another protocol", "deep"],
)
def test_a_zip_that_is_no_model(schema: str | None, message: str, given: Folder) -> None:
    _replace_model(given, _zipped({"a.txt": "a"} if schema is None else {"schema.json": schema}))
    assert given.predict(_ROWS).message.startswith(message)


def test_a_model_that_is_none_of_ours(given: Folder) -> None:
    _replace_model(given, skops.io.dumps({"a": 1}))
    message = given.predict(_ROWS).message
    assert message == "model.skops holds a dict, which is no logistic_regression for classification"
    _replace_model(given, skops.io.dumps(Pipeline([("prepare", "passthrough"), ("model", LogisticRegression())])))
    assert given.predict(_ROWS).message == "model.skops is not fitted on 2 features, which the card has"


_TREES: list[tuple[str, str, Any]] = [
    ("gradient_boosting", "left", 10_000),
    ("gradient_boosting", "right", 0),
    ("gradient_boosting", "feature_idx", 2),
    ("gradient_boosting", "feature_idx", -1),
    ("gradient_boosting", "bitset_idx", 10_000),
    ("random_forest", "left_child", 10_000),
    ("random_forest", "right_child", -7),
    ("random_forest", "left_child", 0),
    ("random_forest", "feature", 2),
    ("random_forest", "feature", -3),
]


@pytest.mark.parametrize(("algorithm", "field", "value"), _TREES, ids=str)
def test_a_tree_that_leads_out_of_the_model(algorithm: str, field: str, value: int, folder: Folder) -> None:
    """scikit-learn would read whatever is in memory there, or go round for ever."""
    size = {"max_iter": 3} if algorithm == "gradient_boosting" else {"n_estimators": 3}
    assert not folder.train(customers(), **_ORDER, algorithm=algorithm, hyperparameters=size).message
    parts = _parts(folder)
    for name, content in parts.items():
        nodes: Any = np.load(io.BytesIO(content), allow_pickle=False) if name.endswith(".npy") else np.zeros(0)
        if field in (nodes.dtype.names or ()):
            changed = nodes.copy()
            inner = nodes["is_categorical"] == 1 if field == "bitset_idx" else np.arange(len(nodes)) == 0
            changed[field][inner] = np.array(value).astype(nodes.dtype[field])
            written = io.BytesIO()
            np.save(written, changed, allow_pickle=False)
            parts[name] = written.getvalue()
    _replace_model(folder, _zipped(parts))
    assert folder.predict(_ROWS).message == "model.skops is damaged: a tree in it leads out of the model"


def test_another_hash(given: Folder) -> None:
    file = given.model / "model.skops"
    expected = hashlib.sha256(file.read_bytes()).hexdigest()
    file.write_bytes(file.read_bytes() + b"\0")
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    assert given.predict(_ROWS).message == (
        f"model.skops is not the one of the card: its SHA-256 is {found}, not {expected}"
    )


def test_a_changed_card(given: Folder) -> None:
    """The registry has its hash; what it says of the model file is as good as that."""
    registered = hashlib.sha256((given.model / "metadata.json").read_bytes()).hexdigest()
    assert not given.predict(_ROWS, metadata_sha256=registered).message
    _change_card(given, positive=False)
    found = hashlib.sha256((given.model / "metadata.json").read_bytes()).hexdigest()
    assert given.predict(_ROWS, metadata_sha256=registered).message == (
        f"metadata.json is not the registered one: its SHA-256 is {found}, the registry has {registered}"
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"features": "gone"}, "metadata.json is no model's card: KeyError: 'features'"),
        ({"features": [{"name": "age"}]}, "metadata.json is no model's card: KeyError: 'type'"),
        ({"features": 3}, "metadata.json is no model's card: TypeError: "),
        ({"kind": "clustering"}, "metadata.json is no model's card: KeyError: 'clustering'"),
        ({"algorithm": "svm"}, "metadata.json is no model's card: ValueError: there is no algorithm 'svm'"),
        ({"libraries": []}, "metadata.json is no model's card: AttributeError: "),
        ({"positive": 7}, "metadata.json is no model's card: ValueError: "),
        ({"classes": [False]}, "model.skops is not fitted on 1 classes, which the card has"),
        ({"algorithm": "random_forest"}, "model.skops names "),
        (
            {"features": [{"name": "age", "type": "int32", "role": "numeric"}]},
            "model.skops is not fitted on 1 features, which the card has",
        ),
    ],
    ids=str,
)
def test_a_card_that_is_none(changes: dict[str, Any], message: str, given: Folder) -> None:
    _change_card(given, **changes)
    assert given.predict(_ROWS).message.startswith(message)


def test_a_card_of_no_json(given: Folder) -> None:
    for content in (b"", b"\xff\xfe", b"[]", b"null"):
        (given.model / "metadata.json").write_bytes(content)
        assert given.predict(_ROWS).message.startswith("metadata.json is no model's card: ")


@pytest.mark.parametrize("name", ["metadata.json", "model.skops"])
def test_a_file_that_is_not_there(name: str, given: Folder) -> None:
    (given.model / name).unlink()
    assert re.match(f"there is no {name} beside ", given.predict(_ROWS).message)


@pytest.mark.parametrize("version", ["1.2.2", "2.0.0", "1.", ""])
def test_a_model_of_another_version_of_scikit_learn(version: str, given: Folder) -> None:
    _change_card(given, libraries={**given.card()["libraries"], "scikit-learn": version})
    assert given.predict(_ROWS).message == (
        f"the model was trained with scikit-learn {version}, here is {sklearn.__version__}: train it again, or install "
        "that version"
    )


def test_another_patch_of_the_same_version_is_fine(given: Folder) -> None:
    minor = sklearn.__version__.rpartition(".")[0]
    _change_card(given, libraries={**given.card()["libraries"], "scikit-learn": f"{minor}.99"})
    assert not given.predict(_ROWS).message


def test_a_model_of_another_version_of_xgboost(folder: Folder) -> None:
    folder.train(customers(), **_ORDER, algorithm="xgboost", hyperparameters={"n_estimators": 2})
    _change_card(folder, libraries={**folder.card()["libraries"], "xgboost": "1.7.6"})
    assert folder.predict(_ROWS).message.startswith("the model was trained with xgboost 1.7.6, here is ")


def test_rows_that_are_no_parquet(given: Folder) -> None:
    assert not given.predict(_ROWS).message
    (given.rows / "0001_part_00.parquet").write_bytes(b"id,age\n1,2\n")
    assert given.again().message.startswith("0001_part_00.parquet is not a Parquet file: ")
