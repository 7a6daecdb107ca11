# SPDX-License-Identifier: Apache-2.0
"""Employment and output: how it answers growth, and what demand for products asks of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import CoverageError, InfeasibleError, SchemaError
from keruen.core.random import stream
from keruen.project._skillchecks import cells, check_counts, check_years
from keruen.project.participation import FEWEST


@dataclass(frozen=True)
class OutputElasticity:
    """By what percent employment grew for each percent of output.

    Parameters
    ----------
    value : float
        The elasticity.
    error : float
        Its standard error.
    residual : float
        Standard deviation of yearly growth of employment that output does not explain.
    years : int
        Years of growth it rests on.

    See Also
    --------
    output_elasticity : Estimates it.
    """

    value: float
    error: float
    residual: float
    years: int


def output_elasticity(employment: xr.DataArray, output: xr.DataArray) -> OutputElasticity:
    """Percent growth of employment for each percent growth of output.

    Parameters
    ----------
    employment : DataArray [year], persons
        Employed people, two years or more in a row.
    output : DataArray [year], constant prices
        Output of the same years, in any unit.

    Returns
    -------
    OutputElasticity

    Raises
    ------
    CoverageError
        Years do not line up (``YearsDiffer``), or fewer than eight years of growth.
    SchemaError
        A figure is negative, missing or 0, or output never changed.

    Notes
    -----
    Least squares of ``d ln E`` on ``d ln Y`` without a constant: the elasticity is the mean
    answer to growth, weighted by its square. It holds past conditions; employment was also
    limited by the people who offered themselves.

    References
    ----------
    Kapsos, S. (2005). The employment intensity of growth. ILO Employment Strategy Paper 12.

    Examples
    --------
    >>> years = {"year": range(2010, 2020)}
    >>> output = xr.DataArray(100 * 1.04 ** np.arange(10), years)
    >>> round(output_elasticity(output ** 0.5, output).value, 6)
    0.5
    """
    check_counts(employment=employment, output=output)
    check_years(employment, output, names=("employment", "output"))
    people, product = (one.sortby("year") for one in (employment, output))
    for name, one in (("employment", people), ("output", product)):
        if bool((one <= 0).any()):
            raise SchemaError(
                f"'{name}' is 0 in some year: its growth has no meaning",
                where=cells(one <= 0),
                remedy="leave these years out",
                id="NegativeInput",
            )
    steps = np.diff(people.indexes["year"].to_numpy()) == 1
    grown = np.diff(np.log(people.to_numpy()))[steps]
    made = np.diff(np.log(product.to_numpy()))[steps]
    if len(grown) < FEWEST or not (made**2).sum():
        raise CoverageError(
            f"an elasticity needs {FEWEST} years of growth, there are {len(grown)}",
            where="employment and output",
            remedy="give more years in a row",
            id="TooFewYears",
        )
    value = float((made * grown).sum() / (made**2).sum())
    residual = float(np.sqrt(((grown - value * made) ** 2).sum() / (len(grown) - 1)))
    error = residual / float(np.sqrt((made**2).sum()))
    return OutputElasticity(value, error, residual, len(grown))


def employment_by_output(
    base: xr.DataArray, output: xr.DataArray, elasticity: float | xr.DataArray
) -> xr.DataArray:
    """Employment that follows a path of output.

    Parameters
    ----------
    base : DataArray [...], persons
        Employment in the first year of the path.
    output : DataArray [year, ...], constant prices
        Output from the base year on.
    elasticity : float or DataArray [...]
        Percent of employment for each percent of output.

    Returns
    -------
    DataArray [year, ...], persons
        The first year is the base.

    Raises
    ------
    SchemaError
        A figure is negative, missing or 0.

    Notes
    -----
    ``E[t] = E[0] (Y[t] / Y[0])^e``.

    Examples
    --------
    >>> path = xr.DataArray([100.0, 121.0], {"year": [2024, 2026]})
    >>> employment_by_output(xr.DataArray(50.0), path, 0.5).round(6).values.tolist()
    [50.0, 55.0]
    """
    check_counts(base=base, output=output)
    if bool((output <= 0).any()):
        raise SchemaError(
            "output is 0", where=cells(output <= 0), remedy="give output above 0",
            id="NegativeInput",
        )  # fmt: skip
    path = output.sortby("year")
    growth = path / path.isel(year=0, drop=True)
    found = base * growth**elasticity
    return stamp(
        found, name="employed", units="persons", kind="count", concept="stock",
        inputs=(base, output),
    )  # fmt: skip


def employment_paths(
    base: float,
    *,
    years: Sequence[int],
    growth: xr.DataArray,
    elasticity: OutputElasticity,
    trajectories: int,
    seed: int = 0,
) -> xr.DataArray:
    """Employment along many paths of output, of its elasticity and of what neither explains.

    Parameters
    ----------
    base : float
        Employment in the year before the first.
    years : sequence of int
        Years wanted, one after another.
    growth : DataArray [year], per year
        Past growth of output; paths have its mean and its spread.
    elasticity : OutputElasticity
        As estimated.
    trajectories : int
        Number of paths.
    seed : int, optional
        Seed of the draws.

    Returns
    -------
    DataArray [trajectory, year], persons

    Notes
    -----
    ``d ln E = e g + u``: ``e`` is drawn once a path, ``g`` and ``u`` every year, all normal.

    Examples
    --------
    >>> growth = xr.DataArray([0.02, 0.04], {"year": [2022, 2023]})
    >>> sure = OutputElasticity(0.5, 0.0, 0.0, 10)
    >>> paths = employment_paths(100.0, years=range(2024, 2034), growth=growth,
    ...     elasticity=sure, trajectories=400)
    >>> bool(abs(paths.sel(year=2033).mean() - 116) < 1)
    True
    """
    rng = stream(seed, "project", "employment", "paths")
    shape = (trajectories, len(years))
    answer = rng.normal(elasticity.value, elasticity.error, size=(trajectories, 1))
    made = rng.normal(float(growth.mean()), float(growth.std(ddof=1)), size=shape)
    other = rng.normal(0.0, elasticity.residual, size=shape)
    logs = np.cumsum(answer * np.log1p(made) + other, axis=1)
    coords = {"trajectory": np.arange(trajectories), "year": list(years)}
    found = xr.DataArray(base * np.exp(logs), coords=coords, dims=list(coords))
    return stamp(found, name="employed", units="persons", kind="count", concept="stock")


def employment_by_input_output(
    inputs: xr.DataArray, demand: xr.DataArray, employed_per_output: xr.DataArray
) -> xr.DataArray:
    """Employment that final demand for products asks of every industry.

    Parameters
    ----------
    inputs : DataArray [sector, sector_used], share
        Input of the product ``sector`` in a unit of output of ``sector_used``.
    demand : DataArray [..., sector], money
        Final demand by product, one year or many.
    employed_per_output : DataArray [..., sector], persons per money
        Employed for a unit of output.

    Returns
    -------
    DataArray [..., sector], persons

    Raises
    ------
    CoverageError
        Industries differ between the tables.
    SchemaError
        A figure is negative or missing.
    InfeasibleError
        Industries use more than they make: a column sum at or above 1 leaves no output that
        meets the demand (``NotProductive``).

    Notes
    -----
    ``x = (I - A)^{-1} f``, ``E = l x``. The table is held as given; an updated one comes from
    :func:`~keruen.measure.margins` fitting.

    References
    ----------
    Miller, R., Blair, P. (2009). Input-Output Analysis. 2nd ed. Cambridge University Press.

    Examples
    --------
    >>> table = xr.DataArray([[0.2, 0.3], [0.1, 0.4]], {"sector": ["A", "C"],
    ...     "sector_used": ["A", "C"]})
    >>> demand = xr.DataArray([100.0, 200.0], {"sector": ["A", "C"]})
    >>> per = xr.DataArray([0.01, 0.005], {"sector": ["A", "C"]})
    >>> employment_by_input_output(table, demand, per).round(4).values.tolist()
    [2.6667, 1.8889]
    """
    require_dims(inputs, "sector", "sector_used", name="inputs")
    require_dims(demand, "sector", name="demand")
    check_counts(inputs=inputs, demand=demand, employed_per_output=employed_per_output)
    order = inputs.indexes["sector"]
    if set(order) != set(inputs.indexes["sector_used"]):
        raise CoverageError(
            "the table has other industries in its rows than in its columns",
            where=f"{set(order) ^ set(inputs.indexes['sector_used'])}",
            remedy="give a square table",
            id="NotSquare",
        )
    table = inputs.sel(sector_used=order).transpose("sector", "sector_used").rename("inputs")
    table, demand, per = same_cells(
        table, demand.rename("demand"), employed_per_output.rename("employed_per_output")
    )
    A = np.asarray(table.to_numpy(), dtype=float)
    if np.abs(np.linalg.eigvals(A)).max() >= 1:
        raise InfeasibleError(
            "industries use more of their products than they make",
            where="inputs",
            remedy="give inputs as shares of the output of the industry that uses them",
            id="NotProductive",
        )
    wanted = demand.transpose(..., "sector")
    flat = np.asarray(wanted.to_numpy(), dtype=float)
    output = np.linalg.solve(np.eye(len(A)) - A, flat.reshape(-1, len(A)).T).T
    made = wanted.copy(data=output.reshape(flat.shape))
    return stamp(
        made * per, name="employed", units="persons", kind="count", concept="stock",
        inputs=(demand,),
    )  # fmt: skip
