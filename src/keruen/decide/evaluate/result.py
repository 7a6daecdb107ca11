# SPDX-License-Identifier: Apache-2.0
"""What every evaluation answers with: a number, how sure, on what assumption, and its checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import xarray as xr

from keruen.core.errors import SchemaError

if TYPE_CHECKING:
    import pandas as pd

Method = Literal[
    "synthetic-control",
    "difference",
    "group-time",
    "event-study",
    "exposure",
    "discontinuity",
    "gravity",
]
"""Methods of evaluation; a sentence about each stands in the report."""


def no_adjustments() -> pd.DataFrame:
    """An empty table of adjustments.

    Returns
    -------
    DataFrame
        Columns ``key``, ``before``, ``after``, ``reason``.
    """
    import pandas as pd

    return pd.DataFrame(columns=pd.Index(["key", "before", "after", "reason"]))


@dataclass(frozen=True)
class Check:
    """One diagnostic that could break the identifying assumption.

    Parameters
    ----------
    id : str
        Stable name, such as ``pre_fit``; the report says in the reader's language what it means.
    passed : bool or None
        Whether it passed; None where it is shown and not judged.
    value : float
        What was found.
    threshold : float, optional
        What it was held against; missing where there is none.
    where : str, optional
        Unit, year or variable it is about, where there are several.
    """

    id: str
    passed: bool | None
    value: float
    threshold: float = float("nan")
    where: str = ""


@dataclass(frozen=True)
class Evaluation:
    """An estimate of what a policy changed, in the same form for every method.

    Parameters
    ----------
    method : str
        One of ``Method``.
    estimate : DataArray [...], in units of the outcome
        The effect; without dimensions, or one a cell.
    interval : DataArray [quantile, ...], in units of the outcome
        Lower and upper end, labelled with their probabilities; missing where the method gives
        none, infinite where the data set no limit.
    level : float
        Probability of the interval, such as 0.95.
    standard_error : DataArray [...], in units of the outcome
        Missing where inference does not rest on one.
    p_value : DataArray [...], probability
        Of an effect at least so large where there is none; missing where not defined.
    clusters : int
        Units or clusters that inference rests on.
    assumption : str
        Stable name of the sentence that says what must hold for the estimate to be an effect.
    checks : tuple of Check
        Diagnostics, each passed, failed, or shown.
    does_not_say : tuple of str
        Stable names of the sentences that say what must not be read into the estimate.
    tables : mapping of str to DataFrame
        Effects by time or group, weights, placebos ...
    adjustments : DataFrame
        What was left out or changed: ``key``, ``before``, ``after``, ``reason``.
    library : str, optional
        Name and version of the library that computed it; empty where the package did.
    options : mapping of str to object, optional
        Options it was computed with.

    See Also
    --------
    keruen.decide.evaluate.synthetic_control : One treated unit.
    keruen.decide.evaluate.regression_discontinuity : A cut-off rule.

    Examples
    --------
    >>> found = Evaluation(
    ...     method="difference", estimate=xr.DataArray(-2.0, name="effect"),
    ...     interval=bounds(-3.0, -1.0, level=0.9), level=0.9,
    ...     standard_error=xr.DataArray(0.6), p_value=xr.DataArray(0.001), clusters=20,
    ...     assumption="parallel_trends", checks=(Check("pre_trend", True, 0.4, 0.05),))
    >>> found.to_table()[["effect", "low", "high", "passed", "failed"]].to_dict("list")
    {'effect': [-2.0], 'low': [-3.0], 'high': [-1.0], 'passed': [1], 'failed': [0]}
    """

    method: Method
    estimate: xr.DataArray
    interval: xr.DataArray
    level: float
    standard_error: xr.DataArray
    p_value: xr.DataArray
    clusters: int
    assumption: str
    checks: tuple[Check, ...] = ()
    does_not_say: tuple[str, ...] = ()
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    adjustments: pd.DataFrame = field(default_factory=no_adjustments)
    library: str = ""
    options: Mapping[str, object] = field(default_factory=dict)

    def to_table(self) -> pd.DataFrame:
        """Tidy table, one row an estimate.

        Returns
        -------
        DataFrame
            Dimensions of the estimate, ``method``, ``effect``, ``low``, ``high``, ``level``,
            ``standard_error``, ``p_value``, ``clusters``, ``assumption``, ``passed`` and
            ``failed`` (checks), ``library``.
        """
        import pandas as pd

        low, high = (self.interval.isel(quantile=end, drop=True) for end in (0, 1))
        dims = [str(dim) for dim in self.estimate.dims]
        parts = {
            "effect": self.estimate,
            "low": low,
            "high": high,
            "standard_error": self.standard_error,
            "p_value": self.p_value,
        }
        cells = {
            name: part.broadcast_like(self.estimate).transpose(*dims).to_numpy().ravel()
            for name, part in parts.items()
        }
        if dims:
            keys = self.estimate.stack(cell=dims).indexes["cell"].to_frame(index=False)
        else:
            keys = pd.DataFrame(index=[0])
        judged = [one.passed for one in self.checks if one.passed is not None]
        table: pd.DataFrame = keys.assign(
            method=self.method,
            **cells,
            level=self.level,
            clusters=self.clusters,
            assumption=self.assumption,
            passed=sum(judged),
            failed=len(judged) - sum(judged),
            library=self.library,
        )
        return table

    def checks_table(self) -> pd.DataFrame:
        """Tidy table of the checks, one row each.

        Returns
        -------
        DataFrame
            ``check``, ``where``, ``result`` (``passed``, ``failed`` or ``shown``), ``value``,
            ``threshold``.
        """
        import pandas as pd

        words = {True: "passed", False: "failed", None: "shown"}
        rows = [
            (one.id, one.where, words[one.passed], one.value, one.threshold) for one in self.checks
        ]
        names = pd.Index(["check", "where", "result", "value", "threshold"])
        return pd.DataFrame(rows, columns=names)


def bounds(low: float | xr.DataArray, high: float | xr.DataArray, *, level: float) -> xr.DataArray:
    """Both ends of an interval as one array, labelled with their probabilities.

    Parameters
    ----------
    low, high : float or DataArray [...]
        The ends.
    level : float
        Probability of the interval, above 0 and below 1.

    Returns
    -------
    DataArray [quantile, ...]

    Raises
    ------
    SchemaError
        The level is outside 0 to 1.

    Examples
    --------
    >>> bounds(-1.0, 2.0, level=0.9).indexes["quantile"].tolist()
    [0.05, 0.95]
    """
    refuse_level(level)
    tail = round((1.0 - level) / 2.0, 12)
    ends = [end if isinstance(end, xr.DataArray) else xr.DataArray(end) for end in (low, high)]
    both = xr.concat(ends, dim="quantile", coords="minimal", compat="override")
    return both.assign_coords(quantile=[tail, 1.0 - tail]).rename("interval")


def refuse_level(level: float) -> None:
    """Refuse a level of confidence outside 0 to 1.

    Parameters
    ----------
    level : float
        Probability of an interval.

    Raises
    ------
    SchemaError
        It is not above 0 and below 1 (``BadLevel``).
    """
    if not 0.0 < level < 1.0:
        raise SchemaError(
            f"a level of confidence lies between 0 and 1: {level}",
            where="level",
            remedy="give for example 0.95",
            id="BadLevel",
        )


def normal_interval(
    estimate: float | np.ndarray, standard_error: float | np.ndarray, *, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the interval of an estimate that is normal around the truth.

    Parameters
    ----------
    estimate, standard_error : float or ndarray
        Estimates and their standard errors.
    level : float
        Probability of the interval.

    Returns
    -------
    tuple of ndarray
        Lower and upper ends.

    Examples
    --------
    >>> low, high = normal_interval(1.0, 0.5, level=0.95)
    >>> round(float(low), 3), round(float(high), 3)
    (0.02, 1.98)
    """
    from scipy.special import ndtri

    refuse_level(level)
    reach = float(ndtri(0.5 + level / 2.0)) * np.asarray(standard_error)
    return np.asarray(estimate) - reach, np.asarray(estimate) + reach
