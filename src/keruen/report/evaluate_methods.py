# SPDX-License-Identifier: Apache-2.0
"""Methods of policy evaluation as a user asks for them: what each reads, and how it is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import xarray as xr

from keruen.core.arrays import few
from keruen.core.errors import EstimationError, SchemaError
from keruen.core.tables import from_table
from keruen.decide.evaluate import (
    Evaluation,
    difference_in_differences,
    event_study,
    exposure_difference,
    group_time_effects,
    policy_gravity,
    regression_discontinuity,
    synthetic_control,
)
from keruen.decide.evaluate.result import Method
from keruen.sources.evaluation_files import Kind

if TYPE_CHECKING:
    import pandas as pd

Variant = Literal["plain", "ridge", "difference"]


@dataclass(frozen=True)
class EvaluateOptions:
    """What is asked.

    Parameters
    ----------
    method : str
        One of ``keruen.decide.evaluate.result.Method``.
    called : mapping of str to str
        Heading in the file of a column, where it has another name.
    treated, since : str or int, optional
        Unit with the policy and its first year, where the file does not say.
    donors : tuple of str
        Units that a synthetic control may be mixed of; all without the policy when empty.
    besides : tuple of str
        Headings of predictors (synthetic control), covariates (group-time, discontinuity) or
        controls (difference, event study, gravity).
    variant : {"plain", "ridge", "difference"}
        Of the synthetic control.
    cutoff : float, optional
        Of the discontinuity.
    window : tuple of int, optional
        Periods before and after an event.
    scale : {"level", "log"}
        Of the exposure.
    unit : str
        What the outcome is measured in, for the reader.
    level : float
        Probability of the interval.
    seed : int
        Of random starts and bootstrap.
    """

    method: Method
    called: Mapping[str, str] = field(default_factory=dict)
    treated: str | None = None
    since: int | None = None
    donors: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()
    variant: Variant = "plain"
    cutoff: float | None = None
    window: tuple[int, int] | None = None
    scale: Literal["level", "log"] = "level"
    unit: str = ""
    level: float = 0.95
    seed: int = 20_260_101


def _outcome(table: pd.DataFrame, options: EvaluateOptions) -> xr.DataArray:
    array = from_table(table[["unit", "year", "outcome"]], value="outcome", dims=["unit", "year"])
    return array.astype(float).sortby("year").assign_attrs(units=options.unit)


def _of_unit(table: pd.DataFrame, name: str) -> pd.Series:
    """A column that says the same of a unit in every year."""
    differs = table.groupby("unit", sort=False)[name].nunique(dropna=False) > 1
    if differs.any():
        raise SchemaError(
            f"'{name}' differs between the years of a unit",
            where=few(differs.index[differs]),
            remedy="write the same in every row of the unit",
            id="DiffersWithinUnit",
        )
    return table.groupby("unit", sort=False)[name].first()


def first_treated(table: pd.DataFrame, options: EvaluateOptions) -> xr.DataArray:
    """First year with the policy by unit.

    Parameters
    ----------
    table : DataFrame
        Units by year, as of ``read_evaluation``.
    options : EvaluateOptions
        What is asked. The year named there comes before the table, for the unit named; that
        other units had the policy stays as the table says.

    Returns
    -------
    DataArray [unit]
        Missing where the policy never came.

    Raises
    ------
    SchemaError
        Neither table nor options say it (``NoTreated``), the unit named is not in the table
        (``UnknownUnit``), or the table says two years of one unit (``DiffersWithinUnit``).
    """
    units = table["unit"].unique()
    if options.treated is not None and options.treated not in units:
        raise SchemaError(
            f"not among the units of the panel: {options.treated}",
            where=f"--treated; the table has {few(units)}",
            remedy="write the unit as the table does",
            id="UnknownUnit",
        )
    if "treated_from" in table:
        values = _of_unit(table, "treated_from").to_numpy(float, copy=True)
    elif options.treated is not None and options.since is not None:
        values = np.full(len(units), np.nan)
    elif "exposure" in table and options.since is not None:
        exposed = _of_unit(table, "exposure").to_numpy(float) > 0
        values = np.where(exposed, float(options.since), np.nan)
    else:
        raise SchemaError(
            "nothing says which units had the policy, and from when",
            where="treated_from",
            remedy="give the column treated_from, or --treated and --since",
            id="NoTreated",
        )
    if options.treated is not None and options.since is not None:
        values[units == options.treated] = options.since
    return xr.DataArray(values, {"unit": units})


def _cluster(table: pd.DataFrame) -> xr.DataArray | None:
    if "cluster" not in table:
        return None
    return xr.DataArray(_of_unit(table, "cluster").to_numpy(), {"unit": table["unit"].unique()})


def _besides(table: pd.DataFrame, options: EvaluateOptions) -> xr.Dataset | None:
    if not options.besides:
        return None
    keys = ["unit", "year"]
    return xr.Dataset(
        {
            name: from_table(table[[*keys, name]], value=name, dims=keys).sortby("year")
            for name in options.besides
        }
    )


def _synthetic(table: pd.DataFrame, options: EvaluateOptions) -> Evaluation:
    first = first_treated(table, options)
    had = first.dropna("unit")
    treated = options.treated or (str(had.indexes["unit"][0]) if had.size == 1 else "")
    if not treated:
        raise EstimationError(
            f"{had.size} units had the policy: a synthetic control is of one",
            where=few(had.indexes["unit"]),
            remedy="say which with --treated, or choose --method group-time",
            id="NoTreated" if not had.size else "SeveralTreated",
        )
    since = _begun(first, treated, options)
    others = [str(unit) for unit in first.indexes["unit"] if str(unit) != treated]
    free = [unit for unit in others if np.isnan(float(first.sel(unit=unit)))]
    outcome = _outcome(table, options)
    return synthetic_control(
        outcome,
        treated,
        since,
        donors=options.donors or (free if len(free) < len(others) else None),
        predictors=_predictors(table, options, since),
        variant=options.variant,
        level=options.level,
        seed=options.seed,
    )


def _begun(first: xr.DataArray, treated: str, options: EvaluateOptions) -> int:
    """First year of the policy in the treated unit."""
    if options.since is not None:
        return options.since
    begun = float(first.sel(unit=treated))
    if np.isnan(begun):
        raise SchemaError(
            f"nothing says when the policy of {treated} began",
            where="treated_from",
            remedy="give --since, or a unit with a year in the column treated_from",
            id="NoTreated",
        )
    return int(begun)


def _predictors(table: pd.DataFrame, options: EvaluateOptions, since: int) -> xr.DataArray | None:
    """Means of the columns before the policy; years without a figure are left out of a mean."""
    given = _besides(table[table["year"] < since], options)
    return None if given is None else given.mean("year").to_dataarray("series")


def _difference(table: pd.DataFrame, options: EvaluateOptions) -> Evaluation:
    first = first_treated(table, options)
    several = len(np.unique(first.dropna("unit"))) > 1
    return difference_in_differences(
        _outcome(table, options), first, controls=_besides(table, options),
        cluster=_cluster(table), level=options.level,
        estimator="imputation" if several else "two_way",
    )  # fmt: skip


def _group_time(table: pd.DataFrame, options: EvaluateOptions) -> Evaluation:
    given = _besides(table, options)
    covariates = None if given is None else given.isel(year=0, drop=True)
    return group_time_effects(
        _outcome(table, options), first_treated(table, options), seed=options.seed,
        covariates=covariates, cluster=_cluster(table), level=options.level,
    )  # fmt: skip


def _event_study(table: pd.DataFrame, options: EvaluateOptions) -> Evaluation:
    return event_study(
        _outcome(table, options), first_treated(table, options), window=options.window,
        controls=_besides(table, options), cluster=_cluster(table), level=options.level,
    )  # fmt: skip


def _exposure(table: pd.DataFrame, options: EvaluateOptions) -> Evaluation:
    if "exposure" not in table:
        raise SchemaError(
            "the table has no column exposure",
            where="exposure",
            remedy="add it, or name your column with --column exposure=HEADING",
            id="MissingColumn",
        )
    start = options.since
    if start is None:
        start = int(np.nanmin(first_treated(table, options)))
    exposure = xr.DataArray(
        _of_unit(table, "exposure").to_numpy(float), {"unit": table["unit"].unique()}
    )
    return exposure_difference(
        _outcome(table, options), exposure, start=start, scale=options.scale,
        cluster=_cluster(table), level=options.level,
    )  # fmt: skip


def _discontinuity(table: pd.DataFrame, options: EvaluateOptions) -> Evaluation:
    if options.cutoff is None:
        raise SchemaError(
            "a discontinuity needs its cut-off", where="--cutoff", remedy="give --cutoff 65",
            id="NoCutoff",
        )  # fmt: skip
    case = table["case"] if "case" in table else np.arange(1, len(table) + 1)
    cells = {"case": np.asarray(case)}
    covariates = None
    if options.besides:
        names = {"series": list(options.besides)}
        covariates = xr.DataArray(table[list(options.besides)].to_numpy(float).T, names | cells)
    return regression_discontinuity(
        xr.DataArray(table["outcome"].to_numpy(float), cells, attrs={"units": options.unit}),
        xr.DataArray(table["running"].to_numpy(float), cells),
        options.cutoff,
        covariates=covariates,
        level=options.level,
    )


def _gravity(table: pd.DataFrame, options: EvaluateOptions) -> Evaluation:
    keys = ["year", "origin", "destination"]
    given = {
        name: from_table(table[[*keys, name]], value=name, dims=keys).astype(float)
        for name in ("flow", "policy", *options.besides)
    }
    flows, policy = given.pop("flow"), given.pop("policy")
    return policy_gravity(flows, policy, controls=given or None, level=options.level)


METHODS: Final[
    Mapping[Method, tuple[Kind, Callable[[pd.DataFrame, EvaluateOptions], Evaluation]]]
] = {
    "synthetic-control": ("panel", _synthetic),
    "difference": ("panel", _difference),
    "group-time": ("panel", _group_time),
    "event-study": ("panel", _event_study),
    "exposure": ("panel", _exposure),
    "discontinuity": ("cases", _discontinuity),
    "gravity": ("flows", _gravity),
}
"""What each method reads, and how it is run."""
