# SPDX-License-Identifier: Apache-2.0
"""From a table of people by times apprehended to the cells of a count model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims
from keruen.core.errors import SchemaError, WorkbenchError, raise_faults
from keruen.measure._count_fit import Cells
from keruen.measure._count_models import CountModel, Floats

TIMES = "captures"


@dataclass(frozen=True)
class CaptureCells:
    """Cells with people in them, their design, and the stratum of each."""

    groups: Cells
    people: Floats
    """[cell]"""
    terms: tuple[str, ...]
    """Names of the coefficients."""
    member: Floats
    """[cell, stratum] of 0 and 1; the last column is everybody."""
    strata: xr.DataArray
    """A number for each stratum, with its labels; a scalar when there are none."""


def capture_cells(
    table: xr.DataArray,
    *,
    covariates: Sequence[str],
    linear: Sequence[str],
    strata: Sequence[str],
    most: int | None = None,
) -> CaptureCells:
    """Cells of the table, with dummies of the covariates and the strata that they are in."""
    _check(table, covariates, linear, strata)
    kept = list(dict.fromkeys([*covariates, *linear, *strata]))
    spare = [d for d in table.dims if d not in (*kept, TIMES)]
    summed = table.sum(spare).transpose(*kept, TIMES)
    _check_levels(summed, covariates, most)
    places = np.argwhere(summed.to_numpy() > 0)
    people = summed.to_numpy()[tuple(places.T)].astype(float)
    position = {dim: places[:, k] for k, dim in enumerate(kept)}
    times = summed.indexes[TIMES].to_numpy()[places[:, -1]].astype(np.int64)
    columns, terms = [np.ones(len(places))], ["intercept"]
    for dim in covariates:
        labels = summed.indexes[dim]
        for k, label in enumerate(labels[1:], start=1):
            columns.append((position[dim] == k).astype(float))
            terms.append(f"{dim}={label}")
    for dim in linear:
        columns.append(summed.indexes[dim].to_numpy()[position[dim]].astype(float))
        terms.append(dim)
    design = np.column_stack(columns)
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise SchemaError(
            "the covariates say the same thing twice",
            where=few(terms),
            remedy="leave out one of them, or join levels that always stand together",
            id="Unidentified",
        )
    member, cells = _strata(summed, strata, position, len(places))
    return CaptureCells(Cells(design, times), people, tuple(terms), member, cells)


def _strata(
    summed: xr.DataArray, strata: Sequence[str], position: dict[str, np.ndarray], count: int
) -> tuple[Floats, xr.DataArray]:
    labels = {dim: summed.indexes[dim] for dim in strata}
    shape = tuple(len(one) for one in labels.values())
    number = xr.DataArray(
        np.arange(int(np.prod(shape))).reshape(shape), coords=labels, dims=list(strata)
    )
    member = np.ones((count, number.size + 1))
    own = number.to_numpy()[tuple(position[dim] for dim in strata)] if strata else np.zeros(count)
    member[:, :-1] = np.asarray(own)[:, None] == np.arange(number.size)
    return member, number


def _check(
    table: xr.DataArray, covariates: Sequence[str], linear: Sequence[str], strata: Sequence[str]
) -> None:
    require_dims(table, TIMES, *covariates, *linear, *strata, name="persons")
    faults: list[WorkbenchError] = []

    def fault(what: str, where: str, remedy: str, id_: str) -> None:
        faults.append(SchemaError(what, where=where, remedy=remedy, id=id_))

    values = table.to_numpy()
    times = np.asarray(table[TIMES])
    if times.dtype.kind not in "iu" or times.min() < 1:
        fault(
            "captures must be whole numbers from 1",
            few(times),
            "nobody who was never caught is on the list; leave 0 out",
            "BadCaptures",
        )
    if np.isnan(values).any():
        fault("a count is missing", "persons", "write 0 where nobody was", "MissingCell")
    elif (values < 0).any() or (values != np.round(values)).any():
        fault(
            "counts of persons must be whole and not negative", "persons",
            "give numbers of people, not shares or weights", "NegativeInput",
        )  # fmt: skip
    elif values.sum() == 0:
        fault("nobody was caught", "persons", "there is nothing to estimate from", "Empty")
    both = sorted({*covariates} & {*linear})
    if both:
        fault(
            "covariates are given twice", few(both), "as covariate or as linear, not both",
            "DuplicateKey",
        )  # fmt: skip
    for dim in linear:
        if np.asarray(table[dim]).dtype.kind not in "iuf":
            fault(
                f"'{dim}' has labels that are not numbers", dim, "use it as a covariate",
                "NotNumeric",
            )  # fmt: skip
    raise_faults(faults, where="persons")


def _check_levels(summed: xr.DataArray, covariates: Sequence[str], most: int | None) -> None:
    """Every level of every covariate needs people, some of whom were caught again."""
    used = summed if most is None else summed.where(summed[TIMES] <= most, 0)
    again = used.where(used[TIMES] > 1, 0)
    faults: list[WorkbenchError] = []
    whole = float(again.sum()) == 0
    if whole:
        faults.append(_no_recaptures("anybody", most))
    for dim in () if whole else covariates:
        rest = [d for d in summed.dims if d != dim]
        labels = summed.indexes[dim]
        empty = (used.sum(rest) == 0).to_numpy()
        if empty.any():
            faults.append(
                SchemaError(
                    f"nobody of '{dim}' {few(labels[empty])}", where=dim,
                    remedy="remove these labels", id="EmptyLevel",
                )
            )  # fmt: skip
        single = (again.sum(rest) == 0).to_numpy() & ~empty
        if single.any():
            faults.append(_no_recaptures(f"'{dim}' {few(labels[single])}", most))
    raise_faults(faults, where="persons")


def _no_recaptures(who: str, most: int | None) -> SchemaError:
    what = "twice" if most == 2 else "more than once"
    return SchemaError(
        f"no one of {who} was caught {what}" if who != "anybody" else f"nobody was caught {what}",
        where=TIMES,
        remedy="the estimate would be infinite: join it with another level, leave the covariate "
        "out, or use model 'chao_corrected'",
        id="NoRecaptures",
    )


def capture_counts(table: xr.DataArray, strata: Sequence[str]) -> xr.DataArray:
    """The table checked, by strata and captures alone."""
    _check(table, (), (), strata)
    return table.sum([d for d in table.dims if d not in (*strata, TIMES)])


def starting_values(model: CountModel, cells: CaptureCells) -> Floats:
    """Parameters to begin with: the rate of people caught once or twice, no covariate."""
    once, twice = (float(cells.people[cells.groups.times == k].sum()) for k in (1, 2))
    start = np.zeros(len(cells.terms) + len(model.extra))
    start[0] = np.log(np.clip(2 * twice / max(once, 1.0), 1e-3, 5.0))
    for k, name in enumerate(model.extra):
        start[len(cells.terms) + k] = 0.0 if name == "log_dispersion" else -2.0
    return start
