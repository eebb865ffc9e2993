"""The model's file: written by skops with nothing in it that changes from run to run, and read with care.

A skops file is a zip of a tree of types (schema.json) and of arrays. Nothing in it is executed, but its tree names
types and functions that are called when it is loaded. So a file is loaded only if all that it names is in a list that
is written down here for each algorithm; what the file says of itself is never the list.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from generator.ml import trees
from generator.ml.algorithms import ALGORITHMS, Kind, estimator_class
from generator.ml.errors import JobError, listed

# What skops calls to make something, and the module and name of what is made.
Made = tuple[str, str, str]

_SCHEMA = "schema.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can hold


def _objects(module: str, *names: str) -> set[Made]:
    return {("ObjectNode", module, name) for name in names}


_PLAIN: set[Made] = {
    ("DictNode", "builtins", "dict"),
    ("ListNode", "builtins", "list"),
    ("TupleNode", "builtins", "tuple"),
    ("SliceNode", "builtins", "slice"),
    ("JsonNode", "builtins", "str"),
    ("DTypeNode", "numpy", "dtype"),
    ("NdArrayNode", "numpy", "ndarray"),
    *{("NdArrayNode", "numpy", name) for name in ("float64", "float32", "int64", "int32", "uint64", "bool", "bool_")},
    *{("TypeNode", "builtins", name) for name in ("str", "int", "float", "bool")},
    *{("TypeNode", "numpy", name) for name in ("float64", "float32", "int64")},
    *_objects("sklearn.pipeline", "Pipeline"),
}
_SCALED = {
    *_PLAIN,
    *_objects("sklearn.compose._column_transformer", "ColumnTransformer"),
    *_objects("sklearn.impute._base", "SimpleImputer"),
    *_objects("sklearn.preprocessing._data", "StandardScaler"),
    *_objects("sklearn.preprocessing._encoders", "OneHotEncoder"),
}
_BOOSTING = "sklearn.ensemble._hist_gradient_boosting"
_LOSSES = ("BinomialLoss", "MultinomialLoss", "SquaredError", "PoissonLoss", "GammaLoss")

TRUSTED: Mapping[str, set[Made]] = {
    "gradient_boosting": {
        *_PLAIN,
        *_objects(f"{_BOOSTING}.gradient_boosting", "HistGradientBoostingClassifier", "HistGradientBoostingRegressor"),
        *_objects(f"{_BOOSTING}.binning", "_BinMapper"),
        *_objects(f"{_BOOSTING}.predictor", "TreePredictor"),
        *_objects("sklearn._loss.link", "IdentityLink", "Interval", "LogLink", "LogitLink", "MultinomialLogit"),
        *_objects("sklearn._loss.loss", *(f"Half{name}" for name in _LOSSES), "AbsoluteError", "PinballLoss"),
        *{("LossNode", "sklearn._loss._loss", f"CyHalf{name}") for name in _LOSSES},
        *{("LossNode", "sklearn._loss._loss", name) for name in ("CyAbsoluteError", "CyPinballLoss")},
        ("RandomGeneratorNode", "numpy.random._generator", "Generator"),
        # How it takes categories.
        *_objects("sklearn.compose._column_transformer", "ColumnTransformer"),
        *_objects("sklearn.preprocessing._encoders", "OrdinalEncoder"),
        *_objects("sklearn.preprocessing._function_transformer", "FunctionTransformer"),
        *_objects("sklearn.preprocessing._label", "LabelEncoder"),
        ("PartialNode", "functools", "partial"),
        ("FunctionNode", "sklearn.utils.validation", "check_array"),
    },
    "random_forest": {
        *_PLAIN,
        *_objects("sklearn.ensemble._forest", "RandomForestClassifier", "RandomForestRegressor"),
        *_objects("sklearn.tree._classes", "DecisionTreeClassifier", "DecisionTreeRegressor"),
        ("TreeNode", "sklearn.tree._tree", "Tree"),
    },
    "logistic_regression": {*_SCALED, *_objects("sklearn.linear_model._logistic", "LogisticRegression")},
    "linear_regression": {*_SCALED, *_objects("sklearn.linear_model._base", "LinearRegression")},
    "xgboost": {
        *_PLAIN,
        *_objects("xgboost.sklearn", "XGBClassifier", "XGBRegressor"),
        *_objects("xgboost.core", "Booster"),
        ("BytearrayNode", "builtins", "bytearray"),
    },
}


def write(model: Any, file: Path) -> None:
    """Write a fitted pipeline. The same model gives the same bytes: skops' memory addresses are numbered anew."""
    import skops.io

    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(model))) as made, zipfile.ZipFile(file, "w") as written:
        tree = json.loads(made.read(_SCHEMA))
        numbers: dict[int, int] = {}
        names: dict[str, str] = {}
        for node in _nodes(tree):
            if "__id__" in node:
                node["__id__"] = numbers.setdefault(node["__id__"], len(numbers) + 1)
            if isinstance(node.get("file"), str):
                name = f"{len(names) + 1}{Path(node['file']).suffix}"
                node["file"] = names.setdefault(node["file"], name)
        for old, new in names.items():
            written.writestr(zipfile.ZipInfo(new, _EPOCH), made.read(old))
        written.writestr(zipfile.ZipInfo(_SCHEMA, _EPOCH), json.dumps(tree))


def read(file: Path, algorithm: str, kind: Kind, features: int, classes: int) -> Any:
    """The fitted pipeline in a file. Raises JobError for a file that is not what :func:`write` writes, or has not that
    number of features and classes."""
    import skops.io

    try:
        _check_types(_tree(file), algorithm)
        trusted = sorted(f"{module}.{name}" for _, module, name in TRUSTED[algorithm])
        model = skops.io.load(file, trusted=trusted)
    except JobError:
        raise
    except Exception as error:
        raise JobError(f"{file.name} cannot be read: {type(error).__name__}: {error}") from error
    steps = getattr(model, "named_steps", {})
    if type(steps.get("model")) is not estimator_class(algorithm, kind):
        raise JobError(f"{file.name} holds a {type(model).__name__}, which is no {algorithm} for {kind}")
    first = steps["prepare"] if ALGORITHMS[algorithm].scaled else steps["model"]
    if getattr(first, "n_features_in_", None) != features:
        raise JobError(f"{file.name} is not fitted on {features} features, which the card has")
    if classes and len(getattr(steps["model"], "classes_", ())) != classes:
        raise JobError(f"{file.name} is not fitted on {classes} classes, which the card has")
    if trees.lead_astray(steps["model"], features):
        raise JobError(f"{file.name} is damaged: a tree in it leads out of the model")
    return model


def _tree(file: Path) -> Any:
    with file.open("rb") as opened:
        start = opened.read(2)
    if start != b"PK":
        pickled = " but a pickle, and pickles are never loaded" if start[:1] == b"\x80" else ""
        raise JobError(f"{file.name} is no skops file{pickled}")
    try:
        with zipfile.ZipFile(file) as opened_zip:
            damaged = opened_zip.testzip()
            if damaged:
                raise JobError(f"{file.name} is damaged: {damaged} in it is not what was written")
            return json.loads(opened_zip.read(_SCHEMA))
    except zipfile.BadZipFile as error:
        raise JobError(f"{file.name} is damaged or not complete: {error}") from error


def _check_types(tree: Any, algorithm: str) -> None:
    """Every node of the tree must be one that this algorithm's models have."""
    named = {_made(node) for node in _nodes(tree) if node.keys() & {"__loader__", "__module__", "__class__"}}
    strange = sorted(f"{module}.{name}" for loader, module, name in named - TRUSTED[algorithm])
    if strange:
        raise JobError(
            f"model.skops names {listed(strange)}, which is no part of a {algorithm} model: it is not loaded"
        )


def _made(node: Mapping[str, Any]) -> Made:
    return str(node.get("__loader__")), str(node.get("__module__")), str(node.get("__class__"))


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """All mappings in the tree, in the order of the text."""
    if isinstance(tree, dict):
        yield tree
    for part in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _nodes(part)
