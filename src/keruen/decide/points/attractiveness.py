# SPDX-License-Identifier: Apache-2.0
"""How attractive countries are for talent: an index whose weights the reader sets.

No rank stands without its interval: weights are a matter of opinion, so ranks are worked out
under thousands of weights drawn at random, and again without each variable.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims, same_cells, stamp
from keruen.core.errors import CoverageError, SchemaError, WorkbenchError, raise_faults
from keruen.core.random import stream

if TYPE_CHECKING:
    import pandas as pd

DIMENSIONS: Final[tuple[str, ...]] = (
    "opportunities",
    "income_and_tax",
    "prospects",
    "family",
    "skills_environment",
    "inclusiveness",
    "quality_of_life",
)
"""The seven dimensions of the OECD's indicators of talent attractiveness."""

OPTIONAL: Final[tuple[str, ...]] = ("health",)
"""Dimensions that may be added."""

_INTERVAL: Final = (0.05, 0.95)


@dataclass(frozen=True)
class Attractiveness:
    """Index and ranks of countries, never one without its interval.

    Parameters
    ----------
    index : DataArray [country], 0 to 1
        Under the weights given.
    rank : DataArray [country]
        1 is the best; equal countries share the better rank.
    rank_interval : DataArray [quantile, country]
        Ranks under random weights: 5 and 95 per cent of the draws.
    without : DataArray [indicator, country]
        Ranks when a variable is left out.
    scores : DataArray [dimension, country], 0 to 1
        Means of the variables of a dimension.
    scaled : DataArray [indicator, country], 0 to 1
        Every variable on the scale of its lowest and highest country.
    weights : DataArray [dimension], share
        Weights given; they add to 1.
    accessibility : DataArray [country], share
        Factor of access, 1 when it was not given.
    absent : tuple of str
        Dimensions of ``DIMENSIONS`` for which no variable was given.
    draws : int
        Number of random weights.

    See Also
    --------
    talent_attractiveness : Makes it.
    """

    index: xr.DataArray
    rank: xr.DataArray
    rank_interval: xr.DataArray
    without: xr.DataArray
    scores: xr.DataArray
    scaled: xr.DataArray
    weights: xr.DataArray
    accessibility: xr.DataArray
    absent: tuple[str, ...]
    draws: int

    def to_table(self) -> pd.DataFrame:
        """Countries from the best.

        Returns
        -------
        DataFrame
            ``country``, ``index``, ``rank``, ``rank_low``, ``rank_high`` (random weights),
            ``without_low``, ``without_high`` (a variable left out), then the dimensions.
        """
        import pandas as pd

        low, high = self.rank_interval.transpose("quantile", "country").to_numpy()
        table = pd.DataFrame(
            {
                "country": self.index.indexes["country"],
                "index": self.index.to_numpy(),
                "rank": self.rank.to_numpy().astype(int),
                "rank_low": low,
                "rank_high": high,
                "without_low": self.without.min("indicator").to_numpy(),
                "without_high": self.without.max("indicator").to_numpy(),
            }
        )
        for name in self.scores.indexes["dimension"]:
            table[str(name)] = self.scores.sel(dimension=name).to_numpy()
        return table.sort_values(["rank", "country"], ignore_index=True)


def talent_attractiveness(
    indicators: xr.DataArray,
    *,
    dimension: Mapping[str, str],
    lower_is_better: Collection[str] = (),
    weights: Mapping[str, float] | None = None,
    accessibility: xr.DataArray | None = None,
    draws: int = 5000,
    seed: int = 1,
) -> Attractiveness:
    """Index of attractiveness, with intervals of the ranks.

    Parameters
    ----------
    indicators : DataArray [country, indicator], any units
        Values of each variable; none missing.
    dimension : mapping of str to str
        Dimension of each variable: one of ``DIMENSIONS`` or ``OPTIONAL``.
    lower_is_better : collection of str, optional
        Variables of which less is better, such as unemployment.
    weights : mapping of str to float, optional
        Weight of each dimension, 0 or more; they are shown as shares. Equal when not given.
    accessibility : DataArray [country], share, optional
        Share of applications that are accepted: how far a country lets people in. 1 for all
        when not given, and the index then says nothing of access.
    draws : int, optional
        Number of random weights.
    seed : int, optional
        The same seed gives the same intervals.

    Returns
    -------
    Attractiveness

    Raises
    ------
    SchemaError
        A value is missing (``MissingCell``), a variable has no dimension or the same value in
        all countries (``NoSpread``), a weight is negative or for a dimension without a
        variable (``BadWeight``), or accessibility is outside 0 to 1 (``BadShare``).
    CoverageError
        There are fewer than three countries (``TooFew``), or countries differ.

    Notes
    -----
    ``z = (x - min) / (max - min)``, reversed where less is better; a dimension is the mean of
    its ``z``; ``index = A sum(w d) / sum(w)``. That accessibility multiplies is a choice of
    this package: the OECD publishes it as a dimension that overarches the others. Random weights
    are Dirichlet(1, ..., 1): every mix of the dimensions is equally likely. The scale is that of
    the countries given: adding one may change the others.

    References
    ----------
    Tuccio, M. (2019). Measuring and assessing talent attractiveness in OECD countries. OECD
    Social, Employment and Migration Working Papers 229.

    Examples
    --------
    >>> table = xr.DataArray([[1.0, 9.0], [2.0, 5.0], [3.0, 1.0]],
    ...     {"country": ["AAA", "BBB", "CCC"], "indicator": ["pay", "unemployed"]})
    >>> found = talent_attractiveness(table, lower_is_better=["unemployed"],
    ...     dimension={"pay": "income_and_tax", "unemployed": "opportunities"})
    >>> found.rank.values.tolist(), found.rank_interval.sel(country="CCC").values.tolist()
    ([3, 2, 1], [1, 1])
    >>> found.absent[:2]
    ('prospects', 'family')
    """
    require_dims(indicators, "country", "indicator", name="indicators")
    table = indicators.transpose("country", "indicator").astype(float)
    raise_faults(_faults(table, dimension, lower_is_better, draws), where="indicators")
    names = [str(name) for name in table.indexes["indicator"]]
    kinds = [one for one in (*DIMENSIONS, *OPTIONAL) if one in {dimension[n] for n in names}]
    shares = _shares(weights, kinds)
    access = _access(accessibility, table)
    reverse = np.isin(names, list(lower_is_better))
    span = table.max("country") - table.min("country")
    scaled = (table - table.min("country")) / span
    scaled = scaled.where(xr.DataArray(~reverse, dims="indicator"), 1.0 - scaled)
    belongs = np.array([[dimension[name] == kind for kind in kinds] for name in names], dtype=float)
    means = scaled.to_numpy() @ (belongs / belongs.sum(axis=0))
    index = access.to_numpy() * (means @ shares)
    drawn = stream(seed, "attractiveness", "weights").dirichlet(np.ones(len(kinds)), size=draws)
    ranks = _ranks((means @ drawn.T * access.to_numpy()[:, None]).T)
    country = {"country": table.indexes["country"]}
    quantile = np.quantile(ranks, _INTERVAL, axis=0, method="inverted_cdf")

    def made(values: object, name: str, **dims: object) -> xr.DataArray:
        array = xr.DataArray(values, {**dims}, dims=list(dims))
        return stamp(array, name=name, units="", kind="index", inputs=(indicators,))

    return Attractiveness(
        index=made(index, "index", **country),
        rank=made(_ranks(index[None])[0], "rank", **country),
        rank_interval=made(quantile, "rank_interval", quantile=list(_INTERVAL), **country),
        without=made(
            _left_out(scaled.to_numpy(), belongs, shares, access.to_numpy()),
            "without", indicator=names, **country,
        ),
        scores=made(means, "scores", **country, dimension=kinds),
        scaled=made(scaled.to_numpy(), "scaled", **country, indicator=names),
        weights=made(shares, "weights", dimension=kinds),
        accessibility=access,
        absent=tuple(one for one in DIMENSIONS if one not in kinds),
        draws=draws,
    )  # fmt: skip


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks along the last axis, 1 the highest; equal values share the better rank."""
    from scipy.stats import rankdata

    rounded = np.round(values, 12)  # equal up to the order of additions is equal
    return np.asarray(rankdata(-rounded, method="min", axis=-1), dtype=np.int64)


def _left_out(
    scaled: np.ndarray, belongs: np.ndarray, shares: np.ndarray, access: np.ndarray
) -> np.ndarray:
    """Ranks without each variable; a dimension that loses its only one leaves its weight."""
    keep = 1.0 - np.eye(len(belongs))
    counts = keep @ belongs  # [variable left out, dimension]
    parts = keep[:, :, None] * belongs / np.where(counts > 0, counts, 1.0)[:, None, :]
    means = np.einsum("ci,kid->kcd", scaled, parts)
    weight = np.where(counts > 0, shares, 0.0)
    whole = weight.sum(axis=1, keepdims=True)
    weight = np.where(whole > 0, weight / np.where(whole > 0, whole, 1.0), 0.0)
    return _ranks(np.einsum("kcd,kd->kc", means, weight) * access)


def _shares(weights: Mapping[str, float] | None, kinds: list[str]) -> np.ndarray:
    """Weights of the dimensions there are, as shares."""
    given = dict.fromkeys(kinds, 1.0) if weights is None else dict(weights)
    faults = [
        SchemaError(
            f"there is no variable of the dimension '{name}'",
            where="weights",
            remedy=f"give weights for {', '.join(kinds)}",
            id="BadWeight",
        )
        for name in given
        if name not in kinds
    ]
    values = np.array([float(given.get(kind, 0.0)) for kind in kinds])
    if not (np.isfinite(values).all() and (values >= 0).all() and values.sum() > 0):
        faults.append(
            SchemaError(
                "weights are missing, negative or all zero",
                where="weights",
                remedy="give 0 or more for each dimension, and more than 0 for one",
                id="BadWeight",
            )
        )
    raise_faults(faults, where="weights")
    return np.asarray(values / values.sum())


def _access(accessibility: xr.DataArray | None, table: xr.DataArray) -> xr.DataArray:
    """Access of each country, in the order of the table."""
    first = table.isel(indicator=0, drop=True)
    if accessibility is None:
        return stamp(xr.ones_like(first), name="accessibility", units="", kind="share")
    _, access = same_cells(first.rename("indicators"), accessibility.rename("accessibility"))
    if not bool(((access >= 0) & (access <= 1)).all()):
        raise SchemaError(
            "accessibility is missing or outside 0 to 1",
            where="accessibility",
            remedy="give the share of applications accepted for every country",
            id="BadShare",
        )
    return access.astype(float)


def _faults(
    table: xr.DataArray, dimension: Mapping[str, str], reverse: Collection[str], draws: int
) -> Iterator[WorkbenchError]:
    """What is wrong with the variables."""
    if table.sizes["country"] < 3:
        yield CoverageError(
            f"{table.sizes['country']} countries cannot be ranked",
            where="indicators",
            remedy="give three or more",
            id="TooFew",
        )
        return
    if draws < 100:
        yield SchemaError(
            f"{draws} draws", where="draws", remedy="give 100 or more", id="BadSetting"
        )
    for name in table.indexes["indicator"]:
        values = table.sel(indicator=name)
        gone = values.isnull().to_numpy()
        if gone.any():
            yield SchemaError(
                f"'{name}' is missing for {few(table.indexes['country'][gone])}",
                where="indicators",
                remedy="fill it, or leave out the variable or the countries",
                id="MissingCell",
            )
        elif bool(values.max() == values.min()):
            yield SchemaError(
                f"'{name}' is the same in all countries",
                where="indicators",
                remedy="leave it out: it cannot tell them apart",
                id="NoSpread",
            )
        if dimension.get(str(name)) not in (*DIMENSIONS, *OPTIONAL):
            yield SchemaError(
                f"'{name}' has no dimension",
                where="dimension",
                remedy=f"choose one of {', '.join((*DIMENSIONS, *OPTIONAL))}",
            )
    strange = [name for name in reverse if name not in table.indexes["indicator"]]
    if strange:
        yield SchemaError(
            f"there is no variable {few(strange)}",
            where="lower_is_better",
            remedy="name variables of the table",
        )
