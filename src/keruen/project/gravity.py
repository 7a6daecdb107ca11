# SPDX-License-Identifier: Apache-2.0
"""Gravity: flows between places explained by their sizes, their distance and their ties.

Good for filling empty cells and splitting totals; not a method of forecasting, and the
results say so unless a test shows otherwise. Needs the extra ``econometrics``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, stamp
from keruen.core.errors import CoverageError, SchemaError
from keruen.project import _gravityfit
from keruen.project._flowinputs import Array, population_values
from keruen.project.flowrecord import FlowRecord, flow_record

if TYPE_CHECKING:
    import pandas as pd

Effect = Literal["origin", "destination", "year"]
"""Fixed effects: of sending places, of receiving places, of periods."""

_ENDS: Final = ("log_origin", "log_destination")
_NOT_A_FORECAST: Final = "fitted levels, not a forecast"


@dataclass(frozen=True)
class GravityModel:
    """A gravity model of flows.

    Parameters
    ----------
    coefficients : DataFrame
        ``term``, ``estimate`` and ``std_error`` (clustered by origin).
    fitted : DataArray [year, origin, destination], persons
        Expected flows; missing for places left out.
    left_out : tuple of str
        Places without distances.
    effects : tuple of str
        Fixed effects in the model.
    pseudo_r2 : float
        1 less the ratio of log likelihoods with and without all terms.
    """

    coefficients: pd.DataFrame
    fitted: xr.DataArray
    left_out: tuple[str, ...]
    effects: tuple[Effect, ...]
    pseudo_r2: float


def places_without_distance(places: Sequence[str], distance: xr.DataArray) -> tuple[str, ...]:
    """Places that have no distance to any other.

    Parameters
    ----------
    places : sequence of str
        Places that flows refer to.
    distance : DataArray [origin, destination], km
        Distances.

    Returns
    -------
    tuple of str
        In alphabetical order.

    Examples
    --------
    >>> known = xr.DataArray(
    ...     [[0.0, 5.0], [5.0, 0.0]], coords={"origin": ["A", "B"], "destination": ["A", "B"]},
    ...     dims=("origin", "destination"),
    ... )
    >>> places_without_distance(["A", "B", "C"], known)
    ('C',)
    """
    require_dims(distance, "origin", "destination", name="distance")
    names = list(places)
    table = distance.transpose("origin", "destination").reindex(origin=names, destination=names)
    values = np.array(table, dtype=np.float64)
    np.fill_diagonal(values, np.nan)
    known = ~np.isnan(values)
    alone = ~(known.any(axis=0) | known.any(axis=1))
    return tuple(sorted(np.asarray(names)[alone].tolist()))


def fit_gravity(
    flows: xr.DataArray,
    population: xr.DataArray,
    *,
    distance: xr.DataArray,
    ties: Mapping[str, xr.DataArray] | None = None,
    effects: Sequence[Effect] = ("origin", "destination", "year"),
    missing: Literal["raise", "leave_out"] = "raise",
) -> GravityModel:
    """Gravity model of flows by Poisson pseudo-likelihood with fixed effects.

    Parameters
    ----------
    flows : DataArray [year, origin, destination], persons
        Flows of one or more periods; the diagonal zero or missing.
    population : DataArray [year, country or region], persons
        Population at the start of every period.
    distance : DataArray [origin, destination], km
        Distances above zero between different places.
    ties : mapping of str to DataArray [origin, destination], optional
        Further terms, missing nowhere: common border, language, colony.
    effects : sequence of {"origin", "destination", "year"}, optional
        Fixed effects; none for an empty sequence.
    missing : {"raise", "leave_out"}, optional
        What to do with places that have no distances.

    Returns
    -------
    GravityModel

    Raises
    ------
    CoverageError
        Places lack distances (all are named), or a tie or distance lacks a pair.
    SchemaError
        Flows are not square or negative, or an effect is unknown.
    WorkbenchError
        The extra ``econometrics`` is not installed (``MissingExtra``).

    See Also
    --------
    backtest_gravity : The record beside persistence.

    Notes
    -----
    ``ln E[flow] = a + b1 ln P_i + b2 ln P_j + g ln dist + ...`` plus effects, by Poisson
    pseudo-likelihood, which keeps zeros. Standard errors are clustered by origin. Terms
    that the effects explain wholly are dropped by the estimator and missing from the table.

    References
    ----------
    Santos Silva, J. and Tenreyro, S. (2006). Review of Economics and Statistics 88(4),
    641-658.
    Beyer, R., Schewe, J. and Lotze-Campen, H. (2022). Humanities and Social Sciences
    Communications 9, 454.

    Examples
    --------
    >>> import numpy as np
    >>> places = list("ABCDEF")
    >>> pairs = {"origin": places, "destination": places}
    >>> km = 100.0 * (1 + abs(np.subtract.outer(np.arange(6), np.arange(6))))
    >>> people = np.array([1e5, 2e5, 4e5, 8e5, 1e6, 3e6])
    >>> true = 0.01 * people[:, None] ** 0.8 * people**0.7 / km**1.2 * (1 - np.eye(6))
    >>> model = fit_gravity(
    ...     xr.DataArray(true[None], coords={"year": [2015], **pairs}),
    ...     xr.DataArray(people[None], coords={"year": [2015], "country": places}),
    ...     distance=xr.DataArray(km, coords=pairs),
    ...     effects=(),
    ... )
    >>> model.coefficients.set_index("term").estimate.round(3)["ln distance"].item()
    -1.2
    """
    unknown = sorted(set(effects) - set(get_args(Effect)))
    if unknown:
        raise SchemaError(
            f"no effect is called {', '.join(unknown)}",
            where="effects",
            remedy=f"choose among {', '.join(get_args(Effect))}",
        )
    ties = dict(ties or {})
    alone = places_without_distance(list(flows.indexes["origin"]), distance)
    if alone and missing == "raise":
        raise CoverageError(
            f"{len(alone)} of {flows.sizes['origin']} places have no distances",
            where=", ".join(alone),
            remedy='leave them out with missing="leave_out", or add distances',
        )
    cells = _gravityfit.observations(flows, population, distance, ties, alone)
    fit = _gravityfit.estimate(cells, len(ties), tuple(effects))
    values = np.full((flows.sizes["year"], *[flows.sizes["origin"]] * 2), np.nan)
    values[cells.place] = fit.expected
    return GravityModel(
        coefficients=_gravityfit.named(fit.coefficients, list(ties)),
        fitted=_as_flows(values, flows, _NOT_A_FORECAST),
        left_out=alone,
        effects=tuple(effects),
        pseudo_r2=fit.pseudo_r2,
    )


def backtest_gravity(
    flows: xr.DataArray,
    population: xr.DataArray,
    *,
    distance: xr.DataArray,
    ties: Mapping[str, xr.DataArray] | None = None,
    effects: Sequence[Effect] = ("origin", "destination"),
    missing: Literal["raise", "leave_out"] = "raise",
    seed: int = 0,
) -> FlowRecord:
    """The record of a gravity model on the last period, beside persistence.

    Parameters
    ----------
    flows : DataArray [year, origin, destination], persons
        As for ``fit_gravity``; the last period is held out.
    population : DataArray [year, country], persons
        That of the last period is known.
    distance : DataArray [origin, destination], km
        As for ``fit_gravity``.
    ties : mapping of str to DataArray, optional
        As for ``fit_gravity``.
    effects : sequence of str, optional
        Of origins and destinations; effects of years have no future.
    missing : {"raise", "leave_out"}, optional
        What to do with places that have no distance.
    seed : int, optional
        Seed of the resampling of origins.

    Returns
    -------
    FlowRecord
        Its ``label`` is ``forecast`` only if the model beats persistence on the changes
        held out. All rivals are scored on the places that have distances.

    Raises
    ------
    SchemaError
        Effects of years are asked for, or an input of ``fit_gravity`` is wrong.

    See Also
    --------
    predict_flows : Levels, labelled by this record.
    """
    if "year" in effects:
        raise SchemaError(
            "the effect of a future year is not known", where="effects", remedy="leave it out"
        )
    seen = flows.isel(year=slice(None, -1))
    model = fit_gravity(
        seen, population, distance=distance, ties=ties, effects=effects, missing=missing
    )
    year = int(flows.indexes["year"][-1])
    guess = predict_flows(model, seen, population, year=year)
    kept = [place for place in flows.indexes["origin"] if place not in model.left_out]
    cells = {"origin": kept, "destination": kept}
    return flow_record({"gravity": guess.sel(cells)}, flows.sel(cells), population, seed=seed)


def predict_flows(
    model: GravityModel,
    flows: xr.DataArray,
    population: xr.DataArray,
    *,
    year: int,
    record: FlowRecord | None = None,
) -> xr.DataArray:
    """Expected flows of a gravity model for the populations of another year.

    Parameters
    ----------
    model : GravityModel
        Fitted model.
    flows : DataArray [year, origin, destination], persons
        The flows it was fitted to.
    population : DataArray [year, country or region], persons
        Population, in the last year of the flows and in ``year``.
    year : int
        Year wanted.
    record : FlowRecord, optional
        Record of the same model by ``backtest_gravity``.

    Returns
    -------
    DataArray [origin, destination], persons
        ``attrs["label"]`` is ``forecast`` only when the record beats persistence, else
        ``fitted levels, not a forecast``.

    Raises
    ------
    CoverageError
        Population lacks a place or year.

    Notes
    -----
    The expected flow of the last period times the growth of both populations, each to the
    power of its coefficient.
    """
    last = int(flows.indexes["year"][-1])
    places = flows.indexes["origin"]
    before, after = population_values(population, places, [last, year])
    growth = np.log(after / before)
    found = model.coefficients.set_index("term")["estimate"]
    sent, received = (float(found.get(_gravityfit.NAMES[end], 0.0)) for end in _ENDS)
    level = model.fitted.sel(year=last, drop=True).to_numpy()
    factor = np.exp(sent * growth[:, None] + received * growth)
    label = record.label if record is not None else _NOT_A_FORECAST
    return _as_flows(level * factor, flows, label)


def _as_flows(values: Array, flows: xr.DataArray, label: str) -> xr.DataArray:
    """Expected persons with the labels of the flows, with or without their years."""
    places = list(flows.indexes["origin"])
    coords: dict[str, object] = {"year": flows.indexes["year"]} if values.ndim > 2 else {}
    coords |= {"origin": places, "destination": places}
    return stamp(
        xr.DataArray(values, dims=list(coords), coords=coords),
        name="flows",
        units="persons",
        kind="count",
        inputs=[flows],
        label=label,
    )
