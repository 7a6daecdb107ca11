# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with uncertain inputs, their number and their correlation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
import numpy.typing as npt
import xarray as xr

from keruen.core.arrays import few, require_dims
from keruen.core.errors import CodeError, SchemaError, WorkbenchError

if TYPE_CHECKING:
    from keruen.decide.uncertainty.inputs import Uncertain

SamplingMethod = Literal["latin_hypercube", "sobol", "random"]
Floats = npt.NDArray[np.float64]

DISTRIBUTIONS: Final[dict[str, tuple[str, ...]]] = {
    "fixed": ("value",),
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "normal": ("mean", "sd"),
    "lognormal": ("mean", "sd"),
    "beta": ("a", "b"),
    "pert": ("low", "mode", "high"),
}
"""Numbers that describe each distribution; a beta may also have ``low`` and ``high``."""

_ROUNDING: Final = 1e-9


def full_matrix(inputs: Sequence[Uncertain], correlation: xr.DataArray) -> Floats:
    """Correlation of all inputs; those that it does not name stand alone."""
    places = [[one.name for one in inputs].index(str(name)) for name in _names(correlation)]
    matrix = np.eye(len(inputs))
    square = correlation.transpose("input", "other").sel(other=correlation["input"].to_numpy())
    matrix[np.ix_(places, places)] = square.to_numpy()
    return matrix


def _names(correlation: xr.DataArray) -> list[str]:
    return [str(name) for name in correlation["input"].to_numpy()]


def input_faults(inputs: Sequence[Uncertain]) -> list[WorkbenchError]:
    """Everything that is wrong with the descriptions of inputs."""
    faults: list[WorkbenchError] = []
    names = [one.name for one in inputs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not names:
        faults.append(
            SchemaError(
                f"an input stands twice: {few(twice)}" if twice else "there are no inputs",
                remedy="give each input once",
                id="DuplicateKey" if twice else "NoInputs",
            )
        )
    return [*faults, *(fault for one in inputs for fault in _one_fault(one))]


def _one_fault(one: Uncertain) -> list[WorkbenchError]:
    where = f"input '{one.name}'"
    if one.dist not in DISTRIBUTIONS:
        allowed = ", ".join(DISTRIBUTIONS)
        return [CodeError(f"no distribution '{one.dist}'", where=where, remedy=f"use {allowed}")]
    wanted = DISTRIBUTIONS[one.dist]
    optional = ("low", "high") if one.dist == "beta" else ()
    numbers = {key: _number(value) for key, value in one.values.items()}
    wrong = [key for key in wanted if not np.isfinite(numbers.get(key, np.nan))]
    odd = [key for key in numbers if key not in (*wanted, *optional)]
    if wrong or odd or not one.units:
        said = [f"no number for {few(wrong)}"] if wrong else []
        said += [f"{few(odd)} is not one of its numbers"] if odd else []
        said += [] if one.units else ["no unit"]
        what, remedy = "; ".join(said), f"a {one.dist} has {', '.join(wanted)}, and a unit"
    else:
        what, remedy = _shape_fault(one.dist, numbers)
    return [SchemaError(what, where=where, remedy=remedy, id="BadDistribution")] if what else []


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float | np.number) else float("nan")


def _shape_fault(dist: str, given: Mapping[str, float]) -> tuple[str, str]:
    """What is wrong with numbers that are all there, and the remedy; empty when nothing is."""
    low, high = given.get("low", 0.0), given.get("high", 1.0)
    if dist not in ("fixed", "normal", "lognormal") and not low < high:
        return f"low {low:g} is not below high {high:g}", "give low < high"
    if dist in ("triangular", "pert") and not low <= given["mode"] <= high:
        return f"the mode {given['mode']:g} is not within {low:g} to {high:g}", "move it inside"
    if dist in ("normal", "lognormal") and not given["sd"] > 0:
        return f"a standard deviation of {given['sd']:g}", "give more than 0, or use 'fixed'"
    if dist == "lognormal" and not given["mean"] > 0:
        return f"a lognormal with mean {given['mean']:g}", "its mean is above 0"
    if dist == "beta" and not (given["a"] > 0 and given["b"] > 0):
        return f"a beta with a {given['a']:g} and b {given['b']:g}", "both are above 0"
    return "", ""


def draw_faults(draws: int, method: str) -> list[WorkbenchError]:
    """A method and a number of draws that cannot be used."""
    if method not in get_args(SamplingMethod):
        allowed = ", ".join(get_args(SamplingMethod))
        return [CodeError(f"no method '{method}'", where="method", remedy=f"use {allowed}")]
    if isinstance(draws, bool) or not isinstance(draws, int | np.integer) or draws < 1:
        return [SchemaError(f"{draws!r} draws", where="draws", remedy="a whole number, 1 or more")]
    return size_faults(draws, "draws") if method == "sobol" else []


def size_faults(size: int, where: str) -> list[WorkbenchError]:
    """A Sobol sequence is balanced only at powers of 2."""
    if size > 0 and size & (size - 1) == 0:
        return []
    below = 2 ** max(int(size).bit_length() - 1, 0)
    return [
        SchemaError(
            f"{size} is not a power of 2",
            where=where,
            remedy=f"use {below} or {2 * below}: a Sobol sequence is balanced only there",
            id="NotPowerOfTwo",
        )
    ]


def correlation_faults(
    inputs: Sequence[Uncertain], correlation: xr.DataArray | None
) -> list[WorkbenchError]:
    """A correlation of inputs that there are none of, or that is not one."""
    if correlation is None:
        return []
    require_dims(correlation, "input", "other", name="correlation")
    names = _names(correlation)
    known = [one.name for one in inputs if one.dist != "fixed"]
    stranger = [name for name in names if name not in known]
    if stranger:
        return [
            CodeError(
                f"the correlation names {few(stranger)}",
                where="correlation",
                remedy=f"inputs that vary are {few(known)}",
            )
        ]
    if sorted(names) != sorted(str(name) for name in correlation["other"].to_numpy()):
        what = "its two sides name different inputs"
    else:
        what = _matrix_fault(full_matrix(inputs, correlation))
    remedy = "give a symmetric matrix with ones on the diagonal and no contradiction in it"
    return [SchemaError(what, where="correlation", remedy=remedy, id="BadCorrelation")] * bool(what)


def _matrix_fault(matrix: Floats) -> str:
    if not np.isfinite(matrix).all():
        return "a correlation is missing"
    if np.abs(matrix - matrix.T).max() > _ROUNDING:
        return "the correlation is not symmetric"
    if np.abs(np.diag(matrix) - 1).max() > _ROUNDING:
        return "an input is not correlated 1 with itself"
    if np.linalg.eigvalsh(matrix)[0] < _ROUNDING:
        return "the correlations contradict each other (not positive definite)"
    return ""
