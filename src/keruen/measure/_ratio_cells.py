# SPDX-License-Identifier: Apache-2.0
"""The ratio model between labelled arrays and its kernel: cells, starts, samples, totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import few
from keruen.core.errors import SchemaError
from keruen.measure._ratio_fit import Floats, RatioCells, RatioFit, height, log_mean, ratio_fit

_STARTS: Final = np.array([1e-4, 1e-3, 1e-2, 1e-1])
"""Values of gamma to begin with: the likelihood may have several tops."""


def ratio_cells(
    apprehended: xr.DataArray,
    others: Sequence[Floats],
    places: NDArray[np.int64],
    exponents: Mapping[str, Sequence[str]],
) -> tuple[RatioCells, list[str]]:
    """Cells at the places with registered people; designs and names of the exponents."""
    identified, registered = others
    at = tuple(places.T)
    position = {dim: places[:, k] for k, dim in enumerate(apprehended.dims)}
    designs, terms = [], []
    for name, dims in exponents.items():
        columns = [np.ones(len(places))]
        terms.append(name)
        for dim in dims:
            for k, label in enumerate(apprehended.indexes[dim][1:], start=1):
                columns.append((position[dim] == k).astype(float))
                terms.append(f"{name}: {dim}={label}")
        designs.append(np.column_stack(columns))
    cells = RatioCells(
        caught=apprehended.to_numpy()[at].astype(float),
        ratio=identified[at] / registered[at],
        log_registered=np.log(registered[at]),
        alpha=designs[0],
        beta=designs[1],
    )
    informative = np.linalg.matrix_rank(
        np.column_stack([designs[0] * cells.log_registered[:, None], designs[1]])
    )
    if len(places) <= len(terms) + 1 or informative < len(terms):
        raise SchemaError(
            f"{len(places)} cells with registered people do not determine {len(terms) + 1} terms",
            where=few(terms),
            remedy="let fewer dimensions into alpha and beta, or give more citizenships",
            id="Unidentified",
        )
    return cells, [*terms, "log_gamma"]


def fitted(cells: RatioCells, family: str) -> tuple[float, RatioFit]:
    """The best of several starts; with a negative binomial also its dispersion."""
    starts = np.zeros((_STARTS.size, cells.alpha.shape[1] + cells.beta.shape[1] + 1))
    starts[:, 0], starts[:, cells.alpha.shape[1]], starts[:, -1] = 0.7, 0.6, np.log(_STARTS)
    weights = np.ones((1, cells.caught.size))
    copies = np.repeat(weights, len(starts), axis=0)

    def best(dispersion: float, start: Floats, given: Floats) -> RatioFit:
        many = ratio_fit(cells, given, start, dispersion=dispersion)
        level = height(cells, log_mean(cells, many.parameters)[0], given, dispersion)
        top = int(np.argmax(np.where(many.settled, level, -np.inf)))
        one = slice(top, top + 1)
        return RatioFit(many.parameters[one], many.settled[one], many.information[one])

    found = best(0.0, starts, copies)
    if family == "poisson":
        return 0.0, found
    from scipy.optimize import minimize_scalar

    def loss(log_dispersion: float) -> float:
        trial = best(float(np.exp(log_dispersion)), found.parameters, weights)
        return -log_likelihood(cells, trial, float(np.exp(log_dispersion)))

    chosen = minimize_scalar(loss, bounds=(-8.0, 4.0), method="bounded")
    dispersion = float(np.exp(chosen.x))
    return dispersion, best(dispersion, found.parameters, weights)


def sampled_parameters(
    cells: RatioCells,
    clusters: NDArray[np.int64],
    found: RatioFit,
    dispersion: float,
    *,
    draws: int,
    seed: int,
) -> Floats:
    """Parameters fitted to samples of whole citizenships; unsettled ones are missing."""
    rng = np.random.default_rng(seed)
    names, member = np.unique(clusters, return_inverse=True)
    times = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=draws)
    refit = ratio_fit(
        cells, times[:, member].astype(float), found.parameters[0], dispersion=dispersion
    )
    return np.where(refit.settled[:, None], refit.parameters, np.nan)


def sizes(cells: RatioCells, parameters: Floats) -> Floats:
    """Irregular residents of each cell [draw, cell]."""
    power = parameters[:, : cells.alpha.shape[1]] @ cells.alpha.T
    return np.exp(power * cells.log_registered)


def membership(
    like: xr.DataArray, places: NDArray[np.int64], total_by: Sequence[str]
) -> tuple[Floats, xr.DataArray]:
    """Which total each cell belongs to [cell, total], and the labels of the totals."""
    labels = {dim: like.indexes[dim] for dim in total_by}
    shape = tuple(len(one) for one in labels.values())
    number = xr.DataArray(
        np.arange(int(np.prod(shape))).reshape(shape), coords=labels, dims=list(total_by)
    )
    own = number.to_numpy()[tuple(places[:, like.dims.index(dim)] for dim in total_by)]
    own = np.broadcast_to(own, len(places))
    return (own[:, None] == np.arange(number.size)).astype(float), number


def log_likelihood(cells: RatioCells, found: RatioFit, dispersion: float) -> float:
    """Poisson or negative binomial log-likelihood at the parameters found."""
    from scipy.special import gammaln

    mean = np.exp(log_mean(cells, found.parameters)[0][0])
    k = cells.caught
    if dispersion == 0:
        return float((k * np.log(mean) - mean - gammaln(k + 1)).sum())
    size = 1 / dispersion
    parts = gammaln(k + size) - gammaln(size) - gammaln(k + 1)
    share = dispersion * mean
    return float((parts + k * np.log(share) - (k + size) * np.log1p(share)).sum())
