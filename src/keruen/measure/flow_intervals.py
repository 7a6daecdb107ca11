# SPDX-License-Identifier: Apache-2.0
"""Intervals of estimated flows, from draws over the inputs that are uncertain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.draws import DEFAULT_PROBS
from keruen.core.errors import SchemaError, UnitsError
from keruen.measure._flow_draws import Sampler, read_errors
from keruen.measure._flow_inputs import FlowInputs, read_inputs
from keruen.measure._flow_quantiles import table_quantiles
from keruen.measure.flow_estimate import FlowEstimate
from keruen.measure.stock_flows import Method, flows_from_stocks

if TYPE_CHECKING:
    import pandas as pd

Stocks = tuple[xr.DataArray, xr.DataArray]


@dataclass(frozen=True)
class FlowIntervals:
    """Quantiles of flows over draws of the inputs.

    Parameters
    ----------
    od : DataArray [quantile, ..., origin, destination], persons
        Flows of each pair. Quantiles of pairs do not add up to those of totals.
    inflow : DataArray [quantile, ..., country], persons
        All who came to a place, summed within each draw.
    outflow : DataArray [quantile, ..., country], persons
        All who left it.
    net : DataArray [quantile, ..., country], persons
        Flows in less flows out.
    world_total : DataArray [quantile, ...], persons
        All flows.
    central : FlowEstimate
        The estimate from the inputs as given.
    draws : int
        Draws used.
    seed : int
        Seed of the random numbers.
    warnings : tuple of str
        What a reader must know before using the numbers.

    See Also
    --------
    flow_intervals : Makes it.
    """

    od: xr.DataArray
    inflow: xr.DataArray
    outflow: xr.DataArray
    net: xr.DataArray
    world_total: xr.DataArray
    central: FlowEstimate
    draws: int
    seed: int
    warnings: tuple[str, ...]

    def to_table(self) -> pd.DataFrame:
        """Tidy table of all pairs that have a flow in the estimate or the highest quantile.

        Returns
        -------
        DataFrame
            The dimensions, ``flow`` (of the inputs as given), ``median``, ``lower`` and
            ``upper`` (the ends of the quantiles asked for), persons over the interval.
        """
        import pandas as pd

        flow = self.central.od()
        od = self.od.transpose("quantile", *flow.dims)
        middle = od.sel(quantile=0.5) if 0.5 in od.indexes["quantile"] else flow
        columns = {
            "flow": flow.to_numpy(),
            "median": middle.to_numpy(),
            "lower": od.isel(quantile=0).to_numpy(),
            "upper": od.isel(quantile=-1).to_numpy(),
        }
        some = (columns["flow"] != 0) | (columns["upper"] != 0)
        where = np.nonzero(some)
        keys = {
            str(dim): flow.indexes[str(dim)].take(index)
            for dim, index in zip(flow.dims, where, strict=True)
        }
        return pd.DataFrame(keys | {name: table[some] for name, table in columns.items()})


def flow_intervals(
    stock_start: xr.DataArray,
    stock_end: xr.DataArray,
    births: xr.DataArray | None = None,
    deaths: xr.DataArray | None = None,
    *,
    seed: int,
    draws: int = 500,
    method: Method = "pseudo_bayes",
    population: Stocks | None = None,
    revisions: Sequence[Stocks] = (),
    stock_cv: float | xr.DataArray = 0.05,
    persistence: float = 0.9,
    births_cv: float = 0.02,
    deaths_cv: float = 0.02,
    weight: float = 0.87,
    weight_sd: float = 0.05,
    probs: Sequence[float] = DEFAULT_PROBS,
    interaction: xr.DataArray | None = None,
    cost: xr.DataArray | None = None,
    epsilon: float = 0.2,
    interval_years: float | xr.DataArray | None = None,
) -> FlowIntervals:
    """Intervals of flows when stocks, births, deaths and the mixture weight are uncertain.

    Parameters
    ----------
    stock_start : DataArray [birthplace, country, ...], persons
        As in ``flows_from_stocks``.
    stock_end : DataArray [birthplace, country, ...], persons
        As in ``flows_from_stocks``.
    births : DataArray [country, ...], persons, optional
        Births in the interval.
    deaths : DataArray [country, ...], persons, optional
        Deaths in the interval.
    seed : int
        Seed of the random numbers.
    draws : int, optional
        Number of draws.
    method : str, optional
        A method of ``flows_from_stocks``.
    population : tuple of two DataArray [country, ...], persons, optional
        Population at the two dates; the columns of the stocks when not given. It is held
        fixed: what is drawn is where people were born, and the native-born are the rest.
    revisions : sequence of tuple of two DataArray, optional
        Other versions of the two stocks (another revision, citizenship in place of birth).
        Each draw takes a random mixture of all versions, the same at both dates.
    stock_cv : float or DataArray, optional
        Relative standard error of each foreign-born stock: a number, or an array of
        birthplaces, countries or both. About 0.05 for a census, 0.10 for a register of
        foreigners, 0.25 for imputed stocks.
    persistence : float, optional
        Share of that error variance which is the same at both dates, because the source is.
    births_cv : float, optional
        Relative standard error of births, independent between places.
    deaths_cv : float, optional
        Relative standard error of deaths.
    weight : float, optional
        Mean of the weight of ``pseudo_bayes``.
    weight_sd : float, optional
        Its standard deviation; ``calibrate_flows`` gives one from reported flows.
    probs : sequence of float, optional
        Quantiles wanted; the ends and middle of a 95% interval when not given.
    interaction : DataArray [origin, destination], optional
        The ``seed`` of ``flows_from_stocks``, under another name because ``seed`` is the
        random seed here.
    cost : DataArray [origin, destination], optional
        As in ``flows_from_stocks``.
    epsilon : float, optional
        As in ``flows_from_stocks``.
    interval_years : float or DataArray, optional
        Years between the dates.

    Returns
    -------
    FlowIntervals
        ``od``, ``inflow``, ``outflow``, ``net``, ``world_total``, each with a ``quantile``
        dimension, and the ``central`` estimate.

    Raises
    ------
    SchemaError
        A standard error, share or number of draws is out of range, or an input is wrong as
        in ``flows_from_stocks``.
    UnitsError
        The stocks are draws already.
    InfeasibleError
        No draw has an account that closes.

    See Also
    --------
    flows_from_stocks : The estimate itself.

    Notes
    -----
    A foreign-born stock is multiplied by ``exp(s z - s^2 / 2)``, ``s^2 = ln(1 + cv^2)``,
    ``z = sqrt(p) z0 + sqrt(1 - p) z1``, with ``z0`` shared by both dates and all tables
    and ``z1`` drawn for each date. Persistence matters most: the error of a *change* has
    variance ``2 (1 - p) cv^2`` of the stock. With independent errors (``p = 0``) the errors
    themselves would be estimated as migration, and the median would lie far above the
    estimate. Births and deaths are multiplied likewise; ``w`` is Beta with the mean and
    standard deviation given.

    The interval holds what was drawn: not the choice of method, nor definitions that both
    versions share. Compare methods beside it.

    References
    ----------
    Azose, J. J. and Raftery, A. E. (2019). PNAS 116(1), 116-122.

    Examples
    --------
    >>> dims = {"birthplace": ["A", "B"], "country": ["A", "B"]}
    >>> start = xr.DataArray([[900.0, 100.0], [50.0, 950.0]], dims)
    >>> end = xr.DataArray([[880.0, 130.0], [50.0, 940.0]], dims)
    >>> result = flow_intervals(start, end, method="closed", seed=1, draws=200)
    >>> low, middle, high = result.od.sel(origin="A", destination="B").values
    >>> bool(low < 25 < high)
    True
    """
    if draws < 1:
        raise SchemaError("there must be a draw", where="draws", remedy="give 500, say")
    given = [(stock_start, stock_end), *revisions]
    if any("trajectory" in array.dims for pair in given for array in pair):
        raise UnitsError(
            "the stocks are draws already",
            where="trajectory",
            remedy="call flows_from_stocks and take quantiles of its od()",
        )
    options: dict[str, Any] = {
        "method": method,
        "seed": interaction,
        "cost": cost,
        "epsilon": epsilon,
    }
    central = flows_from_stocks(
        *given[0],
        births,
        deaths,
        population=population,
        weight=weight,
        interval_years=interval_years,
        **options,
    )
    versions = [
        read_inputs(*pair, births, deaths, population=population, needs_diagonal=True)
        for pair in given
    ]
    main = versions[0]
    errors = read_errors(
        main,
        stock_cv=stock_cv,
        persistence=persistence,
        births_cv=births_cv,
        deaths_cv=deaths_cv,
        weight=weight,
        weight_sd=weight_sd,
    )
    sampler = Sampler(versions, errors, seed)
    tables = [
        table_quantiles(sampler, table, draws, probs, options) for table in range(main.outer.size)
    ]
    return _labelled(tables, central, main, draws, seed)


def _labelled(
    tables: list[tuple[dict[str, xr.DataArray], int]],
    central: FlowEstimate,
    inputs: FlowInputs,
    draws: int,
    seed: int,
) -> FlowIntervals:
    """Tables put back beside each other under the labels of the inputs."""
    notes = list(central.warnings)
    failed = [number for _, number in tables]
    for table, number in enumerate(failed):
        if number:
            label = inputs.label(table)
            notes.append(
                f"{number} of {draws} draws had no account that closes and were left out"
                + (f" ({label})" if label else "")
            )
    facts = {k: v for k, v in central.od().attrs.items() if k in ("concept", "interval_years")}
    arrays = {}
    for name, first in tables[0][0].items():
        rest = [str(dim) for dim in first.dims if dim != "quantile"]
        stacked = np.stack([found[name].transpose("quantile", *rest) for found, _ in tables])
        values = np.moveaxis(stacked, 1, 0).reshape(
            first.sizes["quantile"], *inputs.shape, *stacked.shape[2:]
        )
        coords = {"quantile": first.indexes["quantile"]}
        coords |= {str(d): inputs.outer.indexes[str(d)] for d in inputs.outer.dims}
        coords |= {dim: first.indexes[dim] for dim in rest}
        arrays[name] = stamp(
            xr.DataArray(values, coords=coords, dims=list(coords)),
            name="flows" if name == "od" else name,
            units="persons",
            kind="count",
            inputs=inputs.sources,
            method=central.method,
            draws=draws - max(failed),
            **facts,
        )
    return FlowIntervals(**arrays, central=central, draws=draws, seed=seed, warnings=tuple(notes))
