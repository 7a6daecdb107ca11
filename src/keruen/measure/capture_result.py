# SPDX-License-Identifier: Apache-2.0
"""What is told of a population estimated from one list of apprehensions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

from keruen.measure.irregular_estimates import IrregularEstimate

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Goodness:
    """Tests of fitted against observed numbers by times caught.

    Parameters
    ----------
    chi_squared, likelihood_ratio : float
        Pearson's statistic, and twice the sum of observed times ln(observed / fitted).
    freedom : int
        Groups less one, less parameters; with covariates less two, an approximation.
    p_value : float
        Of Pearson's statistic; missing when no degree of freedom is left.
    groups : int
        Numbers of captures compared; those with fitted numbers below 5 stand together.
    """

    chi_squared: float
    likelihood_ratio: float
    freedom: int
    p_value: float
    groups: int


@dataclass(frozen=True)
class CaptureRecapture:
    """A population estimated from repeated captures.

    Parameters
    ----------
    estimate : IrregularEstimate
        Whole population with its log-normal interval, or that of the bootstrap.
    strata : IrregularEstimate or None
        The same for each stratum, where strata were asked for.
    standard_error : DataArray [], persons
        Of the whole population.
    interval : DataArray [series, bound], persons
        95 % intervals ``normal``, ``log_normal`` and, with draws, ``bootstrap``.
    coefficients : DataArray [term, statistic]
        ``estimate`` and ``standard_error`` of the logarithm of the mean number of captures,
        then of the other parameters.
    frequencies : DataArray [series, captures], persons
        ``observed`` and ``fitted`` numbers by times caught; those never caught, 0, are fitted
        alone.
    goodness : Goodness or None
        Tests of the fit; None for lower bounds, which fit nothing.
    log_likelihood, aic, bic : float
        Of the model; those of zelterman and chao use people caught once or twice alone, and
        are missing so that they are not compared with the others.

    See Also
    --------
    capture_recapture : Makes it.
    """

    estimate: IrregularEstimate
    strata: IrregularEstimate | None
    standard_error: xr.DataArray
    interval: xr.DataArray
    coefficients: xr.DataArray
    frequencies: xr.DataArray
    goodness: Goodness | None
    log_likelihood: float
    aic: float
    bic: float

    def to_table(self) -> pd.DataFrame:
        """Tidy table of the whole population, then of the strata.

        Returns
        -------
        DataFrame
        """
        import pandas as pd

        parts = [self.estimate.to_table()]
        if self.strata is not None:
            parts.append(self.strata.to_table())
        return pd.concat(parts, ignore_index=True)
