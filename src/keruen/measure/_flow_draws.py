# SPDX-License-Identifier: Apache-2.0
"""Random versions of stocks, births, deaths and the mixture weight."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import same_cells
from keruen.core.errors import SchemaError, raise_faults
from keruen.core.random import stream
from keruen.measure._flow_inputs import FlowInputs
from keruen.measure._scaling import Floats


@dataclass(frozen=True)
class Errors:
    """How uncertain each input is.

    Parameters
    ----------
    stock_cv : ndarray [birthplace, place]
        Relative standard error of each foreign-born stock.
    persistence : float
        Share of its variance that both dates have in common.
    births_cv, deaths_cv : float
        Relative standard errors of vital events.
    weight, weight_sd : float
        Mean and standard deviation of the mixture weight.
    """

    stock_cv: Floats
    persistence: float
    births_cv: float
    deaths_cv: float
    weight: float
    weight_sd: float


@dataclass(frozen=True)
class Drawn:
    """Inputs of some trajectories of one table, as ``flows_from_stocks`` takes them."""

    stock_start: xr.DataArray
    stock_end: xr.DataArray
    births: xr.DataArray | None
    deaths: xr.DataArray | None
    population: tuple[xr.DataArray, xr.DataArray]
    weight: xr.DataArray


@dataclass(frozen=True)
class Sampler:
    """Draws of the inputs of one table after another.

    Places are drawn in alphabetical order and each trajectory has its own streams, so that
    neither the order of places nor the number of draws changes a draw.
    """

    versions: Sequence[FlowInputs]
    errors: Errors
    seed: int

    def draw(self, table: int, trajectories: NDArray[np.int64]) -> Drawn:
        """Inputs of one table for some trajectories."""
        main = self.versions[0]
        label = main.label(table)
        start, end = (self._stocks(table, trajectories, name, label) for name in ("start", "end"))

        def array(values: Floats, dims: Sequence[str]) -> xr.DataArray:
            coords = {"trajectory": trajectories} | dict.fromkeys(dims, main.places)
            return xr.DataArray(values, dims=["trajectory", *dims], coords=coords)

        def events(values: Floats | None, cv: float, name: str) -> xr.DataArray | None:
            if values is None:
                return None
            factors = self._normal(trajectories, (len(main.places),), name, label)
            return array(values[table] * _lognormal(factors, np.asarray(cv)), [main.dim])

        people = [
            xr.DataArray(stock[table].sum(axis=0), coords={main.dim: main.places})
            for stock in (main.start, main.end)
        ]
        return Drawn(
            stock_start=array(start, ["birthplace", main.dim]),
            stock_end=array(end, ["birthplace", main.dim]),
            births=events(main.births, self.errors.births_cv, "births"),
            deaths=events(main.deaths, self.errors.deaths_cv, "deaths"),
            population=(people[0], people[1]),
            weight=xr.DataArray(self._weights(trajectories), coords={"trajectory": trajectories}),
        )

    def _stocks(self, table: int, trajectories: NDArray[np.int64], date: str, label: str) -> Floats:
        """Stocks of one date: a mixture of versions, times a random error."""
        shares = self._mixture(trajectories)
        versions = np.stack([(v.start if date == "start" else v.end)[table] for v in self.versions])
        stocks = np.tensordot(shares, versions, axes=1)
        shape = stocks.shape[1:]
        lasting = np.sqrt(self.errors.persistence)
        passing = np.sqrt(1.0 - self.errors.persistence)
        z = lasting * self._normal(trajectories, shape, "stocks", "both dates")
        z = z + passing * self._normal(trajectories, shape, "stocks", date, label)
        return np.asarray(stocks * _lognormal(z, self.errors.stock_cv))

    def _normal(
        self, trajectories: NDArray[np.int64], shape: tuple[int, ...], *name: str
    ) -> Floats:
        """Normal numbers of some trajectories, in the order of the places."""
        order = np.argsort(np.argsort(self.versions[0].places.astype(str)))
        numbers = self._each(trajectories, name, lambda g: g.standard_normal(shape))
        return numbers[:, order] if len(shape) == 1 else numbers[:, order][:, :, order]

    def _mixture(self, trajectories: NDArray[np.int64]) -> Floats:
        """Shares of the versions: any mixture is as likely as any other."""
        count = len(self.versions)
        return self._each(trajectories, ("version",), lambda g: g.dirichlet(np.ones(count)))

    def _weights(self, trajectories: NDArray[np.int64]) -> Floats:
        mean, sd = self.errors.weight, self.errors.weight_sd
        if sd == 0:
            return np.full(len(trajectories), mean)
        size = mean * (1 - mean) / sd**2 - 1
        a, b = mean * size, (1 - mean) * size
        return self._each(trajectories, ("weight",), lambda g: np.asarray(g.beta(a, b)))

    def _each(
        self,
        trajectories: NDArray[np.int64],
        name: tuple[str, ...],
        take: Callable[[np.random.Generator], Floats],
    ) -> Floats:
        return np.stack(
            [take(stream(self.seed, "flows", *name, int(number))) for number in trajectories]
        )


def _lognormal(z: Floats, cv: Floats) -> Floats:
    """Factors of mean 1 and relative standard deviation ``cv`` from standard normal numbers."""
    variance = np.log1p(cv**2)
    return np.asarray(np.exp(np.sqrt(variance) * z - variance / 2))


def read_errors(
    inputs: FlowInputs,
    *,
    stock_cv: float | xr.DataArray,
    persistence: float,
    births_cv: float,
    deaths_cv: float,
    weight: float,
    weight_sd: float,
) -> Errors:
    """Check the standard errors and bring them to the order of the places."""
    sizes = {"births_cv": births_cv, "deaths_cv": deaths_cv, "weight_sd": weight_sd}
    shares = {"persistence": persistence, "weight": weight}
    faults = [
        SchemaError(f"'{name}' must be {limit}, not {value:g}", where=name, remedy="correct it")
        for values, highest, limit in ((sizes, np.inf, "0 or more"), (shares, 1, "from 0 to 1"))
        for name, value in values.items()
        if not 0 <= value <= highest
    ]
    raise_faults(faults, where="the options of flow_intervals")
    if weight_sd > 0 and weight_sd**2 >= weight * (1 - weight):
        raise SchemaError(
            f"no Beta distribution has mean {weight:g} and standard deviation {weight_sd:g}",
            where="weight_sd",
            remedy=f"give less than {np.sqrt(weight * (1 - weight)):.3g}",
        )
    cv = _stock_cv(stock_cv, inputs)
    return Errors(cv, persistence, births_cv, deaths_cv, weight, weight_sd)


def _stock_cv(stock_cv: float | xr.DataArray, inputs: FlowInputs) -> Floats:
    """Relative standard errors ``[birthplace, place]`` in the order of the places."""
    if not isinstance(stock_cv, xr.DataArray):
        stock_cv = xr.DataArray(float(stock_cv))
    dims = ("birthplace", inputs.dim)
    unknown = [str(dim) for dim in stock_cv.dims if dim not in dims]
    if unknown:
        raise SchemaError(
            f"'stock_cv' has the dimension '{unknown[0]}'",
            where="stock_cv",
            remedy=f"give a number, or an array of {' and '.join(dims)}",
        )
    frame = xr.DataArray(
        np.zeros((len(inputs.places),) * 2),
        coords=dict.fromkeys(dims, inputs.places),
        name="stocks",
    )
    _, stock_cv = same_cells(frame, stock_cv.rename("stock_cv"))
    values = stock_cv.broadcast_like(frame).transpose(*dims).to_numpy()
    if not (values >= 0).all():
        raise SchemaError(
            "'stock_cv' is negative or missing", where="stock_cv", remedy="give 0 or more"
        )
    return np.asarray(values, dtype=float)
