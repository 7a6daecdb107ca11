# SPDX-License-Identifier: Apache-2.0
"""From the sampler's arrays to a model with labels and a table of its convergence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import stamp
from keruen.project import _gibbs
from keruen.project._diagnostics import effective_sample_size, split_r_hat
from keruen.project._gibbs import Array
from keruen.project._netinputs import check_rates, place_of
from keruen.project.netmodel import HYPER, Errors, NetMigrationModel

if TYPE_CHECKING:
    import pandas as pd


def label_draws(
    found: _gibbs.Draws, rates: xr.DataArray, *, errors: Errors, told: NDArray[np.bool_]
) -> NetMigrationModel:
    """The model with its labels; ``told`` says which places had pairs of their own."""
    place = place_of(rates)
    interval = check_rates(rates, place)
    labels = rates.indexes[place]

    def country(values: Array, name: str, units: str) -> xr.DataArray:
        flat = values.reshape(-1, values.shape[-1])
        coords = {"trajectory": np.arange(len(flat)), place: labels}
        array = xr.DataArray(flat, dims=("trajectory", place), coords=coords)
        return stamp(
            array,
            name=name,
            units=units,
            kind="rate",
            inputs=[rates],
            interval_years=interval,
            errors=errors,
        )

    freedom = found.nu if errors == "student" else np.full_like(found.nu, np.inf)
    world = np.stack([found.lam, found.tau, found.a, found.b, freedom], axis=-1)
    world = world.reshape(-1, world.shape[-1])
    hyper = xr.DataArray(
        world,
        dims=("trajectory", "parameter"),
        coords={
            "trajectory": np.arange(len(world)),
            "parameter": [*HYPER, "degrees_of_freedom"],
        },
    )
    return NetMigrationModel(
        mean=country(found.mu, "mean", "per person"),
        persistence=country(found.phi, "persistence", "share"),
        deviation=country(found.sigma, "deviation", "per person"),
        hyper=stamp(hyper, name="hyper", units="various", kind="index"),
        diagnostics=diagnose(found, labels, errors),
        unidentified=tuple(str(label) for label in labels[~told]),
        interval_years=interval,
    )


def diagnose(found: _gibbs.Draws, labels: pd.Index, errors: Errors) -> pd.DataFrame:
    """R-hat and effective sample of every parameter, one row each."""
    import pandas as pd

    tables = []
    for name, draws in (
        ("mean", found.mu),
        ("persistence", found.phi),
        ("deviation", found.sigma),
        ("world_mean", found.lam),
        ("world_spread", found.tau),
        ("shape", np.log(found.a - 1.0)),  # it lies against 1, where only the logarithm tells
        ("scale", np.log(found.b)),
        *((("degrees_of_freedom", np.log(found.nu)),) if errors == "student" else ()),
    ):
        place = labels if draws.ndim > 2 else ["all"]
        columns = {
            "parameter": name,
            "place": place,
            "r_hat": np.atleast_1d(split_r_hat(draws)),
            "effective_sample": np.atleast_1d(effective_sample_size(draws)),
        }
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)
