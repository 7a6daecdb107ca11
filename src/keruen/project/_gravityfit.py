# SPDX-License-Identifier: Apache-2.0
"""The Poisson regression behind gravity models; the only module that knows pyfixest."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import require_dims
from keruen.core.errors import ConvergenceError, CoverageError, WorkbenchError
from keruen.project._flowinputs import Array, flow_values, population_values

if TYPE_CHECKING:
    import pandas as pd

NAMES: Final = {
    "log_origin": "ln population, origin",
    "log_destination": "ln population, destination",
    "log_distance": "ln distance",
    "Intercept": "constant",
}
"""Terms of the regression in words."""


@dataclass(frozen=True)
class Cells:
    """One row a period and pair, and where each stands in (periods, origins, destinations)."""

    table: pd.DataFrame
    place: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True)
class Estimate:
    """Coefficients with standard errors, expected flows (rows,), and the pseudo R squared."""

    coefficients: pd.DataFrame
    expected: Array
    pseudo_r2: float


def observations(
    flows: xr.DataArray,
    population: xr.DataArray,
    distance: xr.DataArray,
    ties: Mapping[str, xr.DataArray],
    left_out: tuple[str, ...],
) -> Cells:
    """All pairs of different places in all periods, save the places left out."""
    import pandas as pd

    values = flow_values(flows)
    places = flows.indexes["origin"]
    years = [int(year) for year in flows.indexes["year"]]
    people = np.log(population_values(population, places, years))
    used = ~places.isin(left_out)
    pairs = used[:, None] & used & ~np.eye(len(places), dtype=bool)
    origin, destination = np.nonzero(pairs)
    period = np.repeat(np.arange(len(years)), len(origin))
    origin, destination = (np.tile(end, len(years)) for end in (origin, destination))
    terms = {"log_distance": np.log(_by_pair(distance, places, pairs, "distance"))}
    terms |= {
        f"tie_{number}": _by_pair(tie, places, pairs, name)
        for number, (name, tie) in enumerate(ties.items())
    }
    table = pd.DataFrame(
        {
            "flow": values[period, origin, destination],
            "year": period,
            "origin": origin,
            "destination": destination,
            "log_origin": people[period, origin],
            "log_destination": people[period, destination],
            **{name: np.tile(term, len(years)) for name, term in terms.items()},
        }
    )
    return Cells(table=table, place=(period, origin, destination))


def _by_pair(array: xr.DataArray, places: pd.Index, pairs: NDArray[np.bool_], name: str) -> Array:
    require_dims(array, "origin", "destination", name=name)
    names = list(places)
    table = array.transpose("origin", "destination").reindex(origin=names, destination=names)
    values = np.asarray(table, dtype=np.float64)
    bad = pairs & (np.isnan(values) | ((name == "distance") & ~(values > 0)))
    if bad.any():
        origin, destination = np.argwhere(bad)[0]
        raise CoverageError(
            f"{int(bad.sum())} pairs have no {name}",
            where=f"for example {names[origin]} to {names[destination]}",
            remedy="fill them, or take the places out",
        )
    return values[pairs]


def estimate(cells: Cells, ties: int, effects: tuple[str, ...]) -> Estimate:
    """Poisson pseudo-likelihood; standard errors clustered by origin.

    Rows whose effects are minus infinity (nobody ever left, or came) leave the regression;
    their expected flow is zero.
    """
    try:
        import pyfixest
    except ImportError as error:
        raise WorkbenchError(
            "gravity models need pyfixest",
            where="keruen.project.gravity",
            remedy="install the extra: pip install 'keruen[econometrics]'",
            id="MissingExtra",
        ) from error
    terms = ["log_origin", "log_destination", "log_distance", *(f"tie_{n}" for n in range(ties))]
    formula = f"flow ~ {' + '.join(terms)}" + (f" | {' + '.join(effects)}" if effects else "")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # separated rows, and its use of older pandas calls
        fit = pyfixest.fepois(formula, data=cells.table, vcov={"CRV1": "origin"})
        found = np.asarray(fit.predict(type="response"), dtype=np.float64)
        coefficients = fit.tidy().reset_index()
    if not fit.convergence:
        raise ConvergenceError("the gravity model has not converged", where=formula)
    expected = np.zeros(len(cells.table))
    kept = np.ones(len(expected), dtype=bool)
    kept[np.asarray(fit.na_index, dtype=np.int64)] = False
    expected[kept] = found
    return Estimate(
        coefficients=coefficients,
        expected=expected,
        pseudo_r2=_pseudo_r2(cells.table["flow"].to_numpy()[kept], found),
    )


def _pseudo_r2(flow: Array, expected: Array) -> float:
    """1 less the ratio of Poisson log likelihoods, of the model and of the mean alone."""
    from scipy.special import gammaln, xlogy

    constant = float(gammaln(flow + 1.0).sum())
    own = float((xlogy(flow, expected) - expected).sum()) - constant
    null = float((xlogy(flow, flow.mean()) - flow.mean()).sum()) - constant
    return 1.0 - own / null


def named(coefficients: pd.DataFrame, ties: list[str]) -> pd.DataFrame:
    """Coefficients under the names a reader knows."""
    words = NAMES | {f"tie_{number}": name for number, name in enumerate(ties)}
    table = coefficients.rename(
        columns={"Coefficient": "term", "Estimate": "estimate", "Std. Error": "std_error"}
    )
    table["term"] = [words[str(term)] for term in table["term"]]
    return table[["term", "estimate", "std_error"]]
