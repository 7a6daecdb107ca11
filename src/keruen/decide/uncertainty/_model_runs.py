# SPDX-License-Identifier: Apache-2.0
"""Runs of a model at given probabilities of its inputs, and labels for what SALib finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims, stamp
from keruen.core.errors import CoverageError, SchemaError
from keruen.core.random import stream
from keruen.core.tables import to_table
from keruen.decide.uncertainty._distributions import as_dataset, inner
from keruen.decide.uncertainty._input_checks import Floats
from keruen.decide.uncertainty.inputs import Uncertain

if TYPE_CHECKING:
    import pandas as pd

Model = Callable[[xr.Dataset], xr.DataArray]
"""Takes inputs [trajectory], gives an outcome [trajectory, ...]; called once with all draws."""

RESAMPLES = 200
LEVEL = 0.95
_ROUNDING = 1e-12


def need_salib() -> None:
    """Refuse to go on without SALib."""
    if find_spec("SALib") is None:
        raise SchemaError(
            "sensitivity needs SALib",
            remedy="install with: pip install 'keruen[sensitivity]'",
            id="ExtraMissing",
        )


def varying_of(inputs: Sequence[Uncertain]) -> list[Uncertain]:
    """Inputs that are not fixed; at least one."""
    varying = [one for one in inputs if one.dist != "fixed"]
    if not varying:
        raise SchemaError(
            "every input is fixed: nothing varies", where="inputs", id="NothingVaries"
        )
    return varying


def as_problem(varying: Sequence[Uncertain], low: float, high: float) -> dict[str, object]:
    """Inputs as SALib wants them: probabilities, which our quantile functions turn to values."""
    bounds = [[low, high]] * len(varying)
    return {"num_vars": len(varying), "names": [one.name for one in varying], "bounds": bounds}


def seed_number(seed: int, name: str) -> int:
    """Seed of the bootstrap, as SALib wants it."""
    return int(stream(seed, "sensitivity", name, "bootstrap").integers(1, 2**31))


def run(
    model: Model, inputs: Sequence[Uncertain], varying: Sequence[Uncertain], points: Floats
) -> xr.DataArray:
    """Outcome of the model at all points, draws first; refused where it cannot be used."""
    names = [one.name for one in varying]
    levels = np.full((len(points), len(inputs)), 0.5)  # what a fixed input does not read
    levels[:, [one.dist != "fixed" for one in inputs]] = inner(points)
    outcome = model(as_dataset(inputs, levels))
    require_dims(outcome, "trajectory", name="outcome of the model")
    outcome = outcome.transpose("trajectory", ...)
    values = outcome.to_numpy().astype(float)
    if len(values) != len(points) or not np.isfinite(values).all():
        bad = int((~np.isfinite(values)).reshape(len(values), -1).any(axis=1).sum())
        raise CoverageError(
            f"the model gave {len(values)} outcomes for {len(points)} draws, {bad} of them "
            "missing or infinite",
            where=f"inputs {few(names)}",
            remedy="give one finite outcome a draw, or narrow the inputs",
            id="BadOutcome",
        )
    outcome = outcome.copy(data=values)
    if not any(varies(column) for column in columns(outcome)):
        raise SchemaError(
            "the outcome does not vary with any input",
            where=f"inputs {few(names)}",
            remedy="check that the model reads them",
            id="ConstantOutcome",
        )
    return outcome


def varies(column: Floats) -> bool:
    """Whether outcomes differ by more than rounding."""
    return bool(np.ptp(column) > _ROUNDING * np.abs(column).max())


def columns(outcome: xr.DataArray) -> list[Floats]:
    """Outcome by cell, each with all draws."""
    return list(outcome.to_numpy().reshape(outcome.sizes["trajectory"], -1).T)


def estimate(
    name: str,
    values: Floats,
    half: Floats,
    varying: Sequence[Uncertain],
    outcome: xr.DataArray,
    *,
    share: bool,
) -> dict[str, xr.DataArray]:
    """An estimate with its ends, labelled."""
    parts = {name: values, f"{name}_low": values - half, f"{name}_high": values + half}
    return {key: labelled(key, part, varying, outcome, share=share) for key, part in parts.items()}


def labelled(
    name: str, values: Floats, varying: Sequence[Uncertain], outcome: xr.DataArray, *, share: bool
) -> xr.DataArray:
    """Values [input, outcome cell] with the labels of the inputs and of the outcome."""
    rest = outcome.isel(trajectory=0, drop=True)
    array = xr.DataArray(
        values.reshape(len(varying), *rest.shape),
        {"input": [one.name for one in varying], **rest.coords},
        ("input", *rest.dims),
    )
    units = "share" if share else str(outcome.attrs.get("units", ""))
    return stamp(array, name=name, units=units, kind="share" if share else "index")


def beside(first: xr.DataArray, *others: xr.DataArray) -> pd.DataFrame:
    """Tidy table of arrays with the same cells."""
    table = to_table(first)
    for other in others:
        table[str(other.name)] = other.transpose(*first.dims).to_numpy().ravel()
    return table
