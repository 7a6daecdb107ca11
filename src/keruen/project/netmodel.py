# SPDX-License-Identifier: Apache-2.0
"""The fitted autoregression of net migration: draws of its parameters, and their state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import xarray as xr

if TYPE_CHECKING:
    import pandas as pd

Errors = Literal["normal", "student"]
"""Distribution of the shocks: light tails, or heavy ones with common degrees of freedom."""

HYPER: Final = ("world_mean", "world_spread", "shape", "scale")
"""Parameters of the world, from which those of the places are drawn."""


@dataclass(frozen=True)
class NetMigrationModel:
    """Posterior draws of the hierarchical autoregression of net migration rates.

    Parameters
    ----------
    mean : DataArray [trajectory, country], per person and period
        Level to which each country returns.
    persistence : DataArray [trajectory, country]
        Share of a departure from the mean that is left one period later, 0 to 1.
    deviation : DataArray [trajectory, country], per person and period
        Standard deviation of the shocks (scale, for Student errors).
    hyper : DataArray [trajectory, parameter]
        Mean and spread of the countries' means, shape and scale of their variances, and the
        degrees of freedom (infinite for normal errors).
    diagnostics : DataFrame
        ``parameter``, ``place``, ``r_hat`` and ``effective_sample`` of every parameter.
    unidentified : tuple of str
        Places with too few pairs of periods, described by the other places alone.
    interval_years : int
        Length of a period.
    """

    mean: xr.DataArray
    persistence: xr.DataArray
    deviation: xr.DataArray
    hyper: xr.DataArray
    diagnostics: pd.DataFrame
    unidentified: tuple[str, ...]
    interval_years: int

    def to_table(self) -> pd.DataFrame:
        """Mean and standard deviation of every parameter of every place.

        Returns
        -------
        DataFrame
            Columns: the place, then ``mean``, ``persistence`` and ``deviation``, each with
            its posterior standard deviation, and ``identified``.
        """
        import pandas as pd

        place = next(str(dim) for dim in self.mean.dims if dim != "trajectory")
        labels = self.mean.indexes[place]
        columns: dict[str, object] = {place: labels}
        for name in ("mean", "persistence", "deviation"):
            draws: xr.DataArray = getattr(self, name)
            columns[name] = draws.mean("trajectory").to_numpy()
            columns[f"{name}_sd"] = draws.std("trajectory").to_numpy()
        columns["identified"] = ~labels.isin(self.unidentified)
        return pd.DataFrame(columns)
