# SPDX-License-Identifier: Apache-2.0
"""Shortages by many indicators: which pass, by how much, and what would turn the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims, stamp
from keruen.core.errors import CoverageError, SchemaError

if TYPE_CHECKING:
    import pandas as pd

Direction = Literal["high", "low"]
"""Whether high or low values of an indicator speak of a shortage."""

Rule = Literal["median_and_half", "quantile", "absolute"]
"""How the threshold of an indicator is set."""

_HALF: Final = 0.5


@dataclass(frozen=True)
class ShortageFlags:
    """Which indicators each occupation passes, and whether that makes a shortage.

    Parameters
    ----------
    indicators : DataArray [series, occupation]
        The values judged.
    threshold : DataArray [series]
        Value from which an indicator passes.
    direction : mapping of str to {"high", "low"}
        Which side of the threshold passes.
    passes : DataArray [series, occupation], 0 or 1
        Missing where the indicator is.
    score : DataArray [occupation], share
        Weighted share of the known indicators that pass.
    flagged : DataArray [occupation], 0 or 1
        Whether the score reaches one half; missing where too few indicators are known.
    margin : DataArray [occupation]
        Smallest change of one indicator that turns the verdict, relative to the spread of
        that indicator over occupations; missing where no single one can.
    turned_by : DataArray [occupation] of str
        The indicator of the margin.

    See Also
    --------
    shortage_flags : Makes it.
    """

    indicators: xr.DataArray
    threshold: xr.DataArray
    direction: Mapping[str, Direction]
    passes: xr.DataArray
    score: xr.DataArray
    flagged: xr.DataArray
    margin: xr.DataArray
    turned_by: xr.DataArray

    def reason(self, occupation: str) -> str:
        """Why an occupation is flagged or not, with its figures.

        Parameters
        ----------
        occupation : str
            Code.

        Returns
        -------
        str
        """
        cell = self.passes.sel(occupation=occupation)
        known = [str(name) for name in cell.series.values[cell.notnull().to_numpy()]]
        told = [self._told(name, occupation) for name in known if cell.sel(series=name) == 1]
        text = f"{len(told)} of {len(known)} known indicators pass"
        return f"{text}: {'; '.join(told)}" if told else text

    def _told(self, name: str, occupation: str) -> str:
        value = float(self.indicators.sel(series=name, occupation=occupation))
        sign = ">=" if self.direction[name] == "high" else "<="
        return f"{name} {value:.3g} {sign} {float(self.threshold.sel(series=name)):.3g}"

    def to_table(self) -> pd.DataFrame:
        """One row an occupation: score, verdict, margin and reason.

        Returns
        -------
        DataFrame
            ``occupation``, ``known``, ``passed``, ``score``, ``flagged``, ``margin``,
            ``turned_by``, ``reason``.
        """
        import pandas as pd

        codes = [str(code) for code in self.score.indexes["occupation"]]
        return pd.DataFrame(
            {
                "occupation": codes,
                "known": self.passes.notnull().sum("series").to_numpy(),
                "passed": self.passes.sum("series").to_numpy().astype(int),
                "score": self.score.to_numpy(),
                "flagged": self.flagged.to_numpy(),
                "margin": self.margin.to_numpy(),
                "turned_by": self.turned_by.to_numpy(),
                "reason": [self.reason(code) for code in codes],
            }
        )


def shortage_flags(
    indicators: xr.DataArray,
    *,
    direction: Mapping[str, Direction],
    rule: Rule = "median_and_half",
    level: float | Mapping[str, float] = 0.75,
    weights: Mapping[str, float] | None = None,
    smallest: float = _HALF,
) -> ShortageFlags:
    """Occupations in shortage by the share of indicators that pass, as the United Kingdom's.

    Parameters
    ----------
    indicators : DataArray [series, occupation]
        Indicators of pay, volume, vacancies and employers' reports; missing allowed.
    direction : mapping of str to {"high", "low"}
        For each indicator, which values speak of a shortage.
    rule : {"median_and_half", "quantile", "absolute"}, optional
        Threshold: the median over occupations and half of it more (less, where low values
        speak of a shortage); the quantile ``level`` (``1 - level``); or ``level`` itself.
    level : float or mapping of str to float, optional
        Probability or value of the last two rules, for all indicators or each.
    weights : mapping of str to float, optional
        Weight of each indicator; equal when not given.
    smallest : float, optional
        Share of all indicators that must be known for a verdict.

    Returns
    -------
    ShortageFlags

    Raises
    ------
    CoverageError
        An indicator has no direction, weight or level, or is missing everywhere.
    SchemaError
        A weight is not above 0.

    See Also
    --------
    keruen.project.shortage_lists.shortage_list : Skilled, in shortage, sensible.
    keruen.project.shortage_lists.flag_stability : How often a verdict holds under resampling.

    Notes
    -----
    Flagged when indicators that pass hold at least half of the weight of those known. With
    a negative median half of its absolute value is added, so that the bar is always above
    the middle. The margin holds thresholds where they are: it asks how far one value of
    this occupation is from turning its verdict.

    References
    ----------
    Migration Advisory Committee (2017). Assessing labour market shortages: a methodology
    update.

    Examples
    --------
    >>> told = {"series": ["pay", "idle"], "occupation": ["2221", "5120", "9112"]}
    >>> values = xr.DataArray([[6.0, 2.0, 1.0], [0.2, 3.0, 4.0]], told)
    >>> found = shortage_flags(values, direction={"pay": "high", "idle": "low"})
    >>> found.flagged.values.tolist(), found.reason("2221")
    ([1.0, 0.0, 0.0], '2 of 2 known indicators pass: pay 6 >= 3; idle 0.2 <= 1.5')
    """
    require_dims(indicators, "series", "occupation", name="indicators")
    names = [str(name) for name in indicators.indexes["series"]]
    _refuse_incomplete(indicators, names, direction, level if rule != "median_and_half" else None)
    weight = _weights(names, weights)
    high = xr.DataArray([direction[n] == "high" for n in names], {"series": names}, ["series"])
    threshold = _threshold(indicators, high, rule, level)
    above = (indicators >= threshold).where(high, indicators <= threshold)
    known = indicators.notnull()
    passes = above.astype(float).where(known)
    share = (weight * passes).sum("series") / (weight * known).sum("series")
    enough = known.mean("series") >= smallest
    flagged = (share >= _HALF - 1e-12).astype(float).where(enough)
    margin, turned = _margin(indicators, threshold, passes, weight, flagged)
    return ShortageFlags(
        indicators=indicators,
        threshold=stamp(threshold, name="threshold", units="", kind="index"),
        direction=dict(direction),
        passes=stamp(passes, name="passes", units="", kind="index"),
        score=stamp(share, name="score", units="share", kind="share"),
        flagged=stamp(flagged, name="flagged", units="", kind="index"),
        margin=stamp(margin, name="margin", units="standard deviations", kind="index"),
        turned_by=turned,
    )


def _refuse_incomplete(
    indicators: xr.DataArray,
    names: list[str],
    direction: Mapping[str, Direction],
    level: float | Mapping[str, float] | None,
) -> None:
    silent = [name for name in names if direction.get(name) not in ("high", "low")]
    if isinstance(level, Mapping):
        silent += [name for name in names if name not in level]
    if silent:
        raise CoverageError(
            f"{len(silent)} indicators have no direction or level",
            where=few(silent),
            remedy="say 'high' or 'low' for each, and its level where the rule needs one",
        )
    empty = indicators.isnull().all([d for d in indicators.dims if d != "series"])
    if bool(empty.any()):
        raise CoverageError(
            "an indicator is missing for every occupation",
            where=few(name for name, gone in zip(names, empty.to_numpy(), strict=True) if gone),
            remedy="leave it out",
        )


def _weights(names: list[str], weights: Mapping[str, float] | None) -> xr.DataArray:
    given = dict.fromkeys(names, 1.0) if weights is None else dict(weights)
    lacking = [name for name in names if name not in given]
    if lacking:
        raise CoverageError("indicators have no weight", where=few(lacking))
    if not all(given[name] > 0 for name in names):
        raise SchemaError("weights are above 0", where="weights", remedy="leave out indicators")
    return xr.DataArray([given[name] for name in names], {"series": names}, ["series"])


def _threshold(
    indicators: xr.DataArray, high: xr.DataArray, rule: Rule, level: float | Mapping[str, float]
) -> xr.DataArray:
    names = [str(name) for name in indicators.indexes["series"]]
    if rule == "median_and_half":
        middle = indicators.median("occupation")
        return middle + (2.0 * high - 1.0) * abs(middle) / 2.0
    told = level if isinstance(level, Mapping) else dict.fromkeys(names, level)
    levels = xr.DataArray([told[name] for name in names], {"series": names}, ["series"])
    if rule == "absolute":
        return levels
    parts = [
        indicators.sel(series=name).quantile(
            told[name] if bool(high.sel(series=name)) else 1.0 - told[name], dim="occupation"
        )
        for name in names
    ]
    return xr.concat(parts, dim="series").drop_vars("quantile").assign_coords(series=names)


def _margin(
    indicators: xr.DataArray,
    threshold: xr.DataArray,
    passes: xr.DataArray,
    weight: xr.DataArray,
    flagged: xr.DataArray,
) -> tuple[xr.DataArray, xr.DataArray]:
    """The smallest step of one indicator to its threshold that turns the verdict."""
    known = passes.notnull()
    whole = (weight * known).sum("series")
    passed = (weight * passes).sum("series")
    turned = passed + weight * (1.0 - 2.0 * passes)  # weight that passes when this one turns
    other = ((turned / whole >= _HALF - 1e-12).astype(float) != flagged) & known
    spread = indicators.std("occupation")
    step = abs(indicators - threshold) / spread.where(spread > 0)
    step = step.where(other & flagged.notnull(), np.inf).transpose("series", ...)
    step = step.fillna(np.inf)
    least = step.min("series")
    names = np.append(np.asarray(indicators.indexes["series"], dtype=object), "")
    index = np.where(
        np.isfinite(least.to_numpy()), step.argmin("series").to_numpy(), len(names) - 1
    )
    return least.where(np.isfinite(least)), least.copy(data=names[index]).rename("turned_by")
