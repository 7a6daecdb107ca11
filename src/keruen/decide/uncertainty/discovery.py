# SPDX-License-Identifier: Apache-2.0
"""Under which conditions a plan fails: a small decision tree over the draws, checked on others."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
import numpy.typing as npt
import xarray as xr

from keruen.core.arrays import few, require_dims, same_cells
from keruen.core.errors import SchemaError
from keruen.core.random import stream

if TYPE_CHECKING:
    import pandas as pd

_FEWEST: Final = 40
"""Draws below which half of them cannot grow a tree and half check it."""
_FEWEST_CASES: Final = 10


class _Tree(Protocol):
    """Arrays by node of a grown tree."""

    children_left: npt.NDArray[np.int64]
    children_right: npt.NDArray[np.int64]
    feature: npt.NDArray[np.int64]
    threshold: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Discovery:
    """Conditions under which failures gather.

    Parameters
    ----------
    rules : DataFrame
        One row a condition, the densest first: ``rule``, ``conditions`` (text of symbols),
        ``share_of_futures``, ``density`` (share of its futures that fail), ``coverage`` (share
        of all failures that it holds), ``lift`` (density over the share of all futures that
        fail). Counted on draws that the tree has not seen.
    limits : DataFrame
        The same conditions as numbers: ``rule``, ``input``, ``low``, ``high``, ``units``; an
        end that is not limited is infinite.
    failing : float
        Share of all futures that fail.
    checked : int
        Draws that the rules were checked on.

    See Also
    --------
    discover_failures : Makes it.
    """

    rules: pd.DataFrame
    limits: pd.DataFrame
    failing: float
    checked: int

    def to_table(self) -> pd.DataFrame:
        """The rules.

        Returns
        -------
        DataFrame
        """
        return self.rules


def discover_failures(
    inputs: xr.Dataset, failed: xr.DataArray, *, seed: int, depth: int = 3
) -> Discovery:
    """Names the conditions on the inputs under which a plan fails.

    Parameters
    ----------
    inputs : Dataset [trajectory]
        Draws of the inputs, from :func:`sample_inputs`.
    failed : DataArray [trajectory], true or false
        Futures in which the plan fails.
    seed : int
        Seed of the run: which half of the draws grows the tree, and which checks it.
    depth : int, optional
        Most conditions that a rule joins.

    Returns
    -------
    Discovery
        Empty tables when failures are spread evenly: then no condition names them.

    Raises
    ------
    SchemaError
        Fewer than 40 draws, fewer than 10 failures or 10 successes (``TooFewDraws``), an
        input has other dimensions, or scikit-learn is not installed (``ExtraMissing``).
    CoverageError
        Inputs and failures have different draws.

    See Also
    --------
    robustness : Options over all futures.

    Notes
    -----
    A classification tree with at least a twentieth of the draws in a leaf is grown on one
    half of the draws; leaves that fail more often than all futures there are the rules.
    Coverage, density and lift are counted on the other half, and a rule that does no better
    than all futures there is dropped: it was chance.

    References
    ----------
    Bryant, B. P. and Lempert, R. J. (2010). Technological Forecasting and Social Change 77,
    34-49.
    Breiman, L., Friedman, J., Olshen, R. and Stone, C. (1984). Classification and Regression
    Trees. Wadsworth.

    Examples
    --------
    >>> label = {"trajectory": range(400)}
    >>> stay = xr.DataArray(np.arange(400) % 20, label, attrs={"units": "months"})
    >>> found = discover_failures(xr.Dataset({"stay": stay}), stay > 14, seed=1)
    >>> found.rules[["conditions", "density", "coverage"]].to_numpy().tolist()
    [['stay > 14.5', 1.0, 1.0]]
    """
    names, values, outcome = _checked(inputs, failed)
    if find_spec("sklearn") is None:
        raise SchemaError(
            "the discovery of conditions needs scikit-learn",
            remedy="install with: pip install 'keruen[records]'",
            id="ExtraMissing",
        )
    from sklearn.tree import DecisionTreeClassifier

    order = stream(seed, "discovery").permutation(len(outcome))
    grown, held = order[: len(order) // 2], order[len(order) // 2 :]
    tree = DecisionTreeClassifier(max_depth=depth, min_samples_leaf=0.05, random_state=0)
    tree.fit(values[grown], outcome[grown])
    leaf = tree.apply(values)
    base = float(outcome[held].mean())
    found = []
    for node, box in _boxes(tree.tree_, len(names)):
        inside = leaf[held] == node
        density = float(outcome[held][inside].mean()) if inside.any() else 0.0
        learnt = outcome[grown][leaf[grown] == node].mean()
        if learnt > outcome[grown].mean() and density > base:
            coverage = float(outcome[held][inside].sum() / outcome[held].sum())
            found.append((density, coverage, float(inside.mean()), box))
    found.sort(key=lambda one: one[:2], reverse=True)
    units = [str(inputs[name].attrs.get("units", "")) for name in names]
    return _discovery(found, names, units, base, failing=float(outcome.mean()), checked=len(held))


def _checked(
    inputs: xr.Dataset, failed: xr.DataArray
) -> tuple[list[str], npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Names, values [trajectory, input] and failures, in one order."""
    names = [str(name) for name in inputs.data_vars]
    require_dims(failed, "trajectory", name="failed")
    odd = [name for name in names if inputs[name].dims != ("trajectory",)]
    odd += ["failed"] if failed.ndim != 1 else []
    if odd or not names:
        raise SchemaError(
            f"{few(odd)} has dimensions other than 'trajectory'" if odd else "there are no inputs",
            where="inputs",
            remedy="give one value a draw; select one scenario",
        )
    same = same_cells(failed.rename("failed"), *(inputs[name] for name in names))
    outcome = same[0].to_numpy().astype(bool)
    count = int(outcome.sum())
    if len(outcome) < _FEWEST or min(count, len(outcome) - count) < _FEWEST_CASES:
        raise SchemaError(
            f"{len(outcome)} draws with {count} failures do not show conditions",
            where="failed",
            remedy=f"give {_FEWEST} draws or more, with {_FEWEST_CASES} of each kind or more",
            id="TooFewDraws",
        )
    return names, np.stack([one.to_numpy().astype(float) for one in same[1:]], axis=1), outcome


def _boxes(tree: _Tree, count: int) -> list[tuple[int, npt.NDArray[np.float64]]]:
    """Leaves of a tree, each with the limits [input, low and high] that lead to it."""
    start = np.column_stack([np.full(count, -np.inf), np.full(count, np.inf)])
    found, open_ = [], [(0, start)]
    while open_:
        node, box = open_.pop()
        left, right = int(tree.children_left[node]), int(tree.children_right[node])
        if left == right:
            found.append((node, box))
            continue
        place, cut = int(tree.feature[node]), float(tree.threshold[node])
        below, above = box.copy(), box.copy()
        below[place, 1] = min(below[place, 1], cut)
        above[place, 0] = max(above[place, 0], cut)
        open_ += [(left, below), (right, above)]
    return found


def _discovery(
    found: list[tuple[float, float, float, npt.NDArray[np.float64]]],
    names: list[str],
    units: list[str],
    base: float,
    *,
    failing: float,
    checked: int,
) -> Discovery:
    import pandas as pd

    rules, limits = [], []
    for rule, (density, coverage, share, box) in enumerate(found, start=1):
        bound = [
            (name, low, high, unit)
            for name, (low, high), unit in zip(names, box.tolist(), units, strict=True)
            if np.isfinite([low, high]).any()
        ]
        text = " and ".join(_said(name, low, high) for name, low, high, _ in bound)
        rules.append((rule, text, share, density, coverage, density / base))
        limits += [(rule, *one) for one in bound]
    columns = ["rule", "conditions", "share_of_futures", "density", "coverage", "lift"]
    return Discovery(
        rules=pd.DataFrame(rules, columns=pd.Index(columns)),
        limits=pd.DataFrame(limits, columns=pd.Index(["rule", "input", "low", "high", "units"])),
        failing=failing,
        checked=checked,
    )


def _said(name: str, low: float, high: float) -> str:
    if not np.isfinite(low):
        return f"{name} <= {high:.4g}"
    return f"{name} > {low:.4g}" if not np.isfinite(high) else f"{low:.4g} < {name} <= {high:.4g}"
