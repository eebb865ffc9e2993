"""Whether the trees of a model lead anywhere but to their own leaves.

scikit-learn goes through a tree's nodes by the numbers in them, without looking whether there are such nodes or such
columns: a file that was made up could read memory that is not the model's, or end the process.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def lead_astray(estimator: Any, features: int) -> bool:
    """Whether a split of a fitted estimator is by a column that is none, or leads to a node that does not come later.

    `features`: how many columns there are. Estimators without trees of scikit-learn's have none that could.
    """
    return any(_is_astray(*tree, features) for tree in _trees(estimator))


def _trees(estimator: Any) -> Iterator[tuple[Array, Array, Array]]:
    """Of each tree the columns and the two following nodes of its nodes; -1 after leaves."""
    for each in getattr(estimator, "estimators_", ()):
        tree = each.tree_
        leaf = tree.children_left == -1
        yield np.where(leaf, 0, tree.feature), tree.children_left, np.where(leaf, -1, tree.children_right)
    for predictors in getattr(estimator, "_predictors", ()):
        for each in predictors:
            nodes = each.nodes
            leaf = nodes["is_leaf"].astype(bool)
            bitsets = np.where(leaf | (nodes["is_categorical"] == 0), 0, nodes["bitset_idx"].astype(np.int64) + 1)
            column = np.where(leaf, 0, nodes["feature_idx"].astype(np.int64))
            column = np.where(bitsets > len(each.raw_left_cat_bitsets), -1, column)
            left, right = (np.where(leaf, -1, nodes[side].astype(np.int64)) for side in ("left", "right"))
            yield column, left, right


def _is_astray(column: Array, left: Array, right: Array, features: int) -> bool:
    count = len(column)
    leaf, places = left == -1, np.arange(count)
    follows = [(places < side) & (side < count) for side in (left, right)]
    fine = leaf | (follows[0] & follows[1])
    return count == 0 or not bool((fine & (column >= 0) & (column < features)).all())
