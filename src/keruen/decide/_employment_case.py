# SPDX-License-Identifier: Apache-2.0
"""Past placements checked, in one order, and cut into folds by time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from importlib.util import find_spec

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims
from keruen.core.errors import CoverageError, SchemaError, WorkbenchError, raise_faults
from keruen.decide._employment import Columns, Ints

Moment = date | np.datetime64 | str | float
"""When a fold begins, in the type of the arrivals."""


def need_sklearn() -> None:
    if find_spec("sklearn") is None:
        raise SchemaError(
            "the chance of work needs scikit-learn",
            remedy="install with: pip install 'keruen[records]'",
            id="ExtraMissing",
        )


def labelled(features: xr.Dataset) -> xr.Dataset:
    odd = [str(name) for name, array in features.data_vars.items() if array.dims != ("person",)]
    if odd or not features.data_vars:
        raise SchemaError(
            f"features {few(odd)} are not along 'person'" if odd else "there are no features",
            where="features",
            remedy="give one value of each feature for each person",
        )
    if "person" not in features.coords:
        raise SchemaError("persons have no labels", where="features", remedy="label 'person'")
    if not features.indexes["person"].is_unique:
        twice = features.indexes["person"]
        raise SchemaError(
            f"persons {few(twice[twice.duplicated()])} stand twice",
            where="features",
            remedy="give each person once",
            id="DuplicateLabel",
        )
    return features


def align(
    features: xr.Dataset | xr.DataArray, given: dict[str, xr.DataArray]
) -> dict[str, np.ndarray]:
    """The arrays in the order of the persons of the features."""
    persons, faults = features.indexes["person"], []
    for name, array in given.items():
        require_dims(array, "person", name=name)
        odd = array.indexes["person"].symmetric_difference(persons)
        if len(odd):
            faults.append(
                CoverageError(
                    f"persons {few(odd)} do not stand in all tables",
                    where=name,
                    remedy="give the same persons everywhere",
                    id="UnknownLabel",
                )
            )
    raise_faults(faults)
    return {name: array.sel(person=persons).to_numpy() for name, array in given.items()}


def as_columns(features: xr.Dataset, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    import pandas as pd

    faults: list[WorkbenchError] = []
    for name in names:
        empty = pd.isna(features[name].to_numpy()).sum() if name in features else 0
        if name not in features or empty:
            faults.append(
                SchemaError(
                    f"feature {name!r} " + (f"is missing for {empty}" if empty else "is missing"),
                    where="features",
                    remedy="give it for every person, with a category of its own for unknown",
                    id="MissingValue",
                )
            )
    raise_faults(faults)
    return {name: features[name].to_numpy() for name in names}


def as_outcomes(values: np.ndarray) -> Ints:
    numbers = values.astype(float)
    wrong = int((~np.isin(numbers, (0.0, 1.0))).sum())
    if wrong:
        raise SchemaError(
            f"{wrong} outcomes are neither 0 nor 1",
            where="outcome",
            remedy="leave out persons whose outcome is not known",
            id="NotBinary",
        )
    return numbers.astype(np.int64)


def folds(
    came: np.ndarray,
    left_out: np.ndarray,
    calibrate_from: Moment | None,
    test_from: Moment | None,
) -> np.ndarray:
    """The fold of each person by arrival; those who came at one time are together."""
    order = np.sort(came[~left_out])
    if not len(order):
        raise SchemaError(
            "nobody is left to learn from", where="tied", remedy="give persons without ties"
        )
    cuts = [
        order[int(share * len(order))] if cut is None else np.asarray(cut).astype(came.dtype)
        for cut, share in ((calibrate_from, 0.6), (test_from, 0.8))
    ]
    states = [left_out, came < cuts[0], came < cuts[1]]
    return np.select(states, ["tied", "train", "calibrate"], "test")


def refuse_hopeless(columns: Columns, place: Ints, worked: Ints, fold: np.ndarray) -> None:
    faults: list[WorkbenchError] = []
    for name in ("train", "calibrate", "test"):
        here = fold == name
        if not 0 < worked[here].sum() < here.sum():
            faults.append(
                SchemaError(
                    f"{worked[here].sum()} of {here.sum()} persons to {name} are in work",
                    where="outcome",
                    remedy="choose the dates so that every fold has persons with and without work",
                    id="OneOutcome",
                )
            )
    if len(np.unique(place[fold == "train"])) < 2:
        faults.append(
            SchemaError(
                "all training persons were placed in one locality",
                where="locality",
                remedy="give placements in two localities or more",
                id="OneLocality",
            )
        )
    raise_faults(faults)
    known = np.isin(fold, ("train", "calibrate"))
    telling = list(_telling(columns, worked, known))
    if telling:
        raise SchemaError(
            f"{few(telling)} tells the outcome without a single error",
            where="features",
            remedy="leave it out: it is known only after the outcome",
            id="PerfectSeparation",
        )


def _telling(columns: Columns, worked: Ints, known: np.ndarray) -> Iterator[str]:
    """Features that separate those in work from the others."""
    outcome = worked[known]
    for name, column in columns.items():
        values = column[known]
        if values.dtype.kind in "OUST":
            _, values = np.unique(values.astype(str), return_inverse=True)
            share = np.bincount(values, outcome) / np.bincount(values)
            # pure by chance where nearly everyone has a category of his own
            if np.isin(share, (0.0, 1.0)).all() and len(share) < len(values) / 2:
                yield name
            continue
        values = values.astype(float)
        one, other = values[outcome == 1], values[outcome == 0]
        if one.min() > other.max() or one.max() < other.min():
            yield name
