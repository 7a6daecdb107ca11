# SPDX-License-Identifier: Apache-2.0
"""A run of flows from stocks: which inputs, which method, and the tables that come out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import xarray as xr

from keruen.core.errors import SchemaError
from keruen.measure.flow_estimate import FlowEstimate
from keruen.measure.flow_intervals import FlowIntervals, flow_intervals
from keruen.measure.stock_flows import Method, flows_from_stocks
from keruen.sources.catalog import dataset
from keruen.sources.flow_files import read_flow_tables
from keruen.sources.flow_inputs import flow_inputs

if TYPE_CHECKING:
    import pandas as pd

Step = Callable[[float, str], None]
"""Told the share that is done, and what is being done."""
_SUFFIXES: Final = (".csv", ".parquet")


def quiet(share: float, what: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class FlowRun:
    """What a run used and what it found.

    Parameters
    ----------
    estimate : FlowEstimate
        Flows of all periods.
    intervals : tuple of FlowIntervals
        One a period, when draws were asked for.
    inputs : tuple of dict
        Every input: identifier or file name, digest, and for embedded tables title,
        citation and licence.
    options : dict
        Options as given.
    merged : DataFrame or None
        Places counted with another, by period; None for a user's own tables.
    """

    estimate: FlowEstimate
    intervals: tuple[FlowIntervals, ...]
    inputs: tuple[Mapping[str, str], ...]
    options: Mapping[str, object]
    merged: pd.DataFrame | None = None

    def flow_table(self) -> pd.DataFrame:
        """All pairs with a flow, one row each.

        Returns
        -------
        DataFrame
            ``year``, ``sex`` (where there are any), ``origin``, ``destination``, ``flow``,
            ``outward``, ``return``, ``transit``; with draws also ``median``, ``lower`` and
            ``upper``.
        """
        import pandas as pd

        table = self.estimate.to_table()
        if not self.intervals:
            return table
        keys = [name for name in table.columns if name in ("year", "sex", "origin", "destination")]
        drawn = pd.concat([one.to_table() for one in self.intervals], ignore_index=True)
        wide = table.merge(drawn.drop(columns="flow"), on=keys, how="outer", sort=True)
        return wide.fillna({name: 0.0 for name in ("flow", "outward", "return", "transit")})  # noqa: C420

    def place_table(self) -> pd.DataFrame:
        """Flows into and out of every place.

        Returns
        -------
        DataFrame
            ``year``, ``sex`` (where there are any), ``country``, ``inflow``, ``outflow``,
            ``net``, and with draws the quantiles of each (``net_lower`` ...).
        """
        od, net = self.estimate.od(), self.estimate.net()
        dim = next(d for d in map(str, net.dims) if d in ("country", "region"))
        arrays = {
            "inflow": od.sum("origin").rename(destination=dim),
            "outflow": od.sum("destination").rename(origin=dim),
            "net": net,
        }
        table = self._kept(_frame(arrays))
        if not self.intervals:
            return table
        drawn = _drawn_table(self.intervals, list(arrays))
        keys = [name for name in table.columns if name not in arrays]
        return table.merge(drawn, on=keys, how="left")

    def _kept(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table without places that are counted with another in the period."""
        if self.merged is None:
            return table
        gone = set(zip(self.merged["year"], self.merged["part"], strict=True))
        keys = zip(table["year"], table["country"], strict=True)
        return table[[key not in gone for key in keys]].reset_index(drop=True)


def _frame(arrays: Mapping[str, xr.DataArray]) -> pd.DataFrame:
    plain = {name: array.assign_attrs() for name, array in arrays.items()}
    frame = xr.Dataset(plain).to_dataframe(dim_order=list(map(str, plain["net"].dims)))
    return frame.reset_index()


def _drawn_table(intervals: tuple[FlowIntervals, ...], names: list[str]) -> pd.DataFrame:
    """Quantiles of places as columns: the ends of the interval and the median."""
    import pandas as pd

    ends = {"lower": 0, "median": 1, "upper": 2}
    tables = []
    for one in intervals:
        arrays = {name: getattr(one, name) for name in names}
        columns = {
            f"{name}_{end}": array.isel(quantile=at, drop=True)
            for name, array in arrays.items()
            for end, at in ends.items()
        }
        frame = xr.Dataset(columns).to_dataframe().reset_index()
        tables.append(frame)
    return pd.concat(tables, ignore_index=True)


@dataclass(frozen=True)
class _Tables:
    """Inputs of either kind, in one form."""

    stocks: tuple[xr.DataArray, xr.DataArray]
    vital: tuple[xr.DataArray, xr.DataArray] | tuple[None, None]
    population: tuple[xr.DataArray, xr.DataArray] | None
    years: float | xr.DataArray | None
    stock_cv: float | xr.DataArray
    inputs: tuple[Mapping[str, str], ...]
    merged: pd.DataFrame | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


def run_flows(
    stocks: str = "un.stock.2024",
    *,
    vital: Path | None = None,
    method: Method = "pseudo_bayes",
    first: int | None = None,
    last: int | None = None,
    by_sex: bool = False,
    years: float | None = None,
    draws: int = 0,
    seed: int = 1,
    step: Step | None = None,
) -> FlowRun:
    """Estimate flows from embedded stocks or from a user's own tables.

    Parameters
    ----------
    stocks : str, optional
        Identifier of a UN revision, or a CSV or Parquet file as ``read_flow_tables`` takes.
    vital : Path, optional
        File of births and deaths, beside a file of stocks.
    method : str, optional
        A method of ``flows_from_stocks``.
    first : int, optional
        Year that the first period starts in, for embedded stocks.
    last : int, optional
        Year that the last period ends in.
    by_sex : bool, optional
        Women and men apart, for embedded stocks.
    years : float, optional
        Length of the interval of a user's own tables.
    draws : int, optional
        Draws for intervals; none when 0.
    seed : int, optional
        Seed of the draws.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    FlowRun

    Raises
    ------
    CoverageError
        The stocks are not embedded, or have no such period.
    SchemaError
        A file is wrong, or an option does not go with the stocks.
    FileError
        A file cannot be read.

    See Also
    --------
    write_flows : Writes the run to a folder.

    Examples
    --------
    >>> run = run_flows(first=2020, method="closed")
    >>> len(run.inputs), run.estimate.od().sizes["year"]
    (4, 1)
    """
    tell = step or quiet
    tell(0.0, "inputs")
    own = stocks.lower().endswith(_SUFFIXES)
    tables = (
        _own(Path(stocks), vital, years, {"first": first, "last": last, "by_sex": by_sex})
        if own
        else _embedded(stocks, vital, years, first, last, by_sex=by_sex)
    )
    tell(0.1, method)
    estimate = flows_from_stocks(
        *tables.stocks,
        *tables.vital,
        method=method,
        population=tables.population,
        interval_years=tables.years,
    )
    intervals = _intervals(tables, method, draws, seed, tell) if draws else ()
    options: dict[str, object] = {"stocks": Path(stocks).name if own else stocks, "method": method}
    options |= {"by_sex": by_sex, "draws": draws, **tables.facts}
    options |= {"seed": seed} if draws else {}
    return FlowRun(estimate, intervals, tables.inputs, options, tables.merged)


def _embedded(
    stocks: str,
    vital: Path | None,
    years: float | None,
    first: int | None,
    last: int | None,
    *,
    by_sex: bool,
) -> _Tables:
    given = [name for name, value in (("--vital", vital), ("--years", years)) if value is not None]
    if given:
        raise SchemaError(
            f"{' and '.join(given)} go with your own stocks, not with {stocks}",
            where="options",
            remedy="leave them out, or give --stocks a CSV or Parquet file",
        )
    found = flow_inputs(stocks, first=first, last=last, by_sex=by_sex)
    starts = [int(year) for year in found.births.indexes["year"]]
    ends = [start + int(found.interval_years.sel(year=start)) for start in starts]
    return _Tables(
        stocks=(found.stock_start, found.stock_end),
        vital=(found.births, found.deaths),
        population=found.population,
        years=found.interval_years,
        stock_cv=found.stock_cv,
        inputs=tuple(_described(id) for id in found.sources),
        merged=found.merged,
        facts={"periods": [f"{a}-{b}" for a, b in zip(starts, ends, strict=True)]},
    )


def _described(id: str) -> dict[str, str]:
    table = dataset(id)
    source = table.source
    return {
        "id": id,
        "sha256": table.digest,
        "title": table.title,
        "citation": source.citation,
        "licence": source.licence.id,
    }


def _own(
    stocks: Path, vital: Path | None, years: float | None, unused: Mapping[str, object]
) -> _Tables:
    given = [name for name, value in unused.items() if value]
    if given:
        raise SchemaError(
            f"{' and '.join(given)} choose among the embedded stocks",
            where=stocks.name,
            remedy="leave them out: a table of your own says itself which years and sexes it has",
        )
    arrays = read_flow_tables(stocks, vital)
    files = [stocks] if vital is None else [stocks, vital]
    return _Tables(
        stocks=(arrays["stock_start"], arrays["stock_end"]),
        vital=(arrays["births"], arrays["deaths"]) if vital else (None, None),
        population=None,
        years=years,
        stock_cv=0.05,
        inputs=tuple(
            {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
            for path in files
        ),
        facts={"interval_years": years},
    )


def _intervals(
    tables: _Tables, method: Method, draws: int, seed: int, tell: Step
) -> tuple[FlowIntervals, ...]:
    """Intervals period by period: the draws of one do not depend on the others."""
    if "year" not in tables.stocks[0].dims:
        tell(0.2, f"{draws} draws")
        return (_drawn(tables, method, draws, seed, {}),)
    starts = list(tables.stocks[0].indexes["year"])
    found = []
    for number, start in enumerate(starts):
        tell(0.2 + 0.7 * number / len(starts), f"{draws} draws of {start}")
        found.append(_drawn(tables, method, draws, seed, {"year": [start]}))
    return tuple(found)


def _drawn(
    tables: _Tables, method: Method, draws: int, seed: int, where: dict[str, Any]
) -> FlowIntervals:
    def part(array: Any) -> Any:  # noqa: ANN401
        known = isinstance(array, xr.DataArray)
        return array.sel({d: v for d, v in where.items() if d in array.dims}) if known else array

    people = tables.population
    return flow_intervals(
        part(tables.stocks[0]),
        part(tables.stocks[1]),
        part(tables.vital[0]),
        part(tables.vital[1]),
        seed=seed,
        draws=draws,
        method=method,
        population=None if people is None else (part(people[0]), part(people[1])),
        stock_cv=tables.stock_cv,
        interval_years=part(tables.years),
    )
