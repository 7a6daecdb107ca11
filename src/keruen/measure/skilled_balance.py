# SPDX-License-Identifier: Apache-2.0
"""Skilled emigration weighed: immigrants taken off, gains through schooling, skills unused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims, same_cells, stamp
from keruen.core.errors import AccountError, ConvergenceError, SchemaError
from keruen.measure._checks import Floats, cells_where, missing_reason, over, refuse_negative
from keruen.measure._least_squares import robust_fit
from keruen.measure._tables import stacked

if TYPE_CHECKING:
    import pandas as pd

_QUANTILES: Final = (0.025, 0.5, 0.975)
_ROUNDING: Final = 1e-9  # percentage points, below which an effect is none


@dataclass(frozen=True)
class BrainGain:
    """Whether the prospect of leaving has raised schooling by more than leaving took away.

    Parameters
    ----------
    coefficient : DataArray [quantile, term], elasticity
        Estimate (0.5) and 95% interval of the constant, ``rate``, ``share`` and controls.
    effect : DataArray [quantile, country], percentage points
        Share of the highly schooled among residents, less what it would be had they left no
        more often than the others; above 0 is a gain.
    long_run : float
        Elasticity of schooling to the rate when all has worked through.
    winners : int
        Countries whose whole interval lies above 0.
    losers : int
        Countries whose whole interval lies below 0.
    countries : int
        Countries used.
    """

    coefficient: xr.DataArray
    effect: xr.DataArray
    long_run: float
    winners: int
    losers: int
    countries: int

    def to_table(self) -> pd.DataFrame:
        """One row a number."""
        return stacked(self)


def net_skilled_emigration(
    emigrants: xr.DataArray, residents: xr.DataArray, immigrants: xr.DataArray
) -> xr.DataArray:
    """Emigrants less immigrants of each schooling, of all who are from the country.

    Parameters
    ----------
    emigrants : DataArray [..., country, education], persons
        Without unknown schooling, as ``EmigrationRates.emigrants`` holds them.
    residents : DataArray [..., country, education], persons
        Residents, immigrants among them.
    immigrants : DataArray [..., country, education], persons
        Born abroad.

    Returns
    -------
    DataArray [..., country, education], percent
        Above 0 where more left than came; missing where a figure is.

    Raises
    ------
    CoverageError
        Labels differ.
    SchemaError
        A figure is negative (``NegativeInput``).
    AccountError
        Immigrants are more than residents (``PartAboveWhole``).

    Notes
    -----
    ``(M - I) / (N - I + M)``.

    References
    ----------
    Artuc, E., Docquier, F., Ozden, C. and Parsons, C. (2015). A global assessment of human
    capital mobility. World Development 65, 6-26.

    Examples
    --------
    >>> cells = {"country": ["AAA"], "education": ["high"]}
    >>> left, live, came = (xr.DataArray([[n]], coords=cells) for n in (30.0, 110.0, 10.0))
    >>> round(net_skilled_emigration(left, live, came).item(), 2)
    15.38
    """
    for name, array in (
        ("emigrants", emigrants),
        ("residents", residents),
        ("immigrants", immigrants),
    ):
        require_dims(array, "country", "education", name=name)
        refuse_negative(array, name=name)
    left, live, came = xr.broadcast(*same_cells(emigrants, residents, immigrants))
    if found := cells_where(live, (came > live).to_numpy()):
        raise AccountError(
            "immigrants are more than residents",
            where=found,
            remedy="give residents with immigrants among them, of the same ages",
            id="PartAboveWhole",
        )
    natives = live - came + left
    net = 100.0 * (left - came) / natives.where(natives > 0)
    return stamp(
        net, name="net_skilled_emigration", units="percent", kind="index",
        inputs=(emigrants, residents, immigrants),
        **missing_reason(net, {"a figure is missing": np.isnan(net.to_numpy())}),
    )  # fmt: skip


def brain_gain(
    share_before: xr.DataArray,
    share_after: xr.DataArray,
    rate_high: xr.DataArray,
    rate_low: xr.DataArray,
    *,
    controls: xr.DataArray | None = None,
) -> BrainGain:
    """Test whether emigration of the skilled raised schooling at home.

    Parameters
    ----------
    share_before, share_after : DataArray [country], share
        Highly schooled among all from the country, residents and emigrants, at two dates.
    rate_high, rate_low : DataArray [country], share
        Emigration rates of the highly schooled and of all others at the first date.
    controls : DataArray [country, term], any unit, optional
        Further explanations, such as the logarithm of density.

    Returns
    -------
    BrainGain

    Raises
    ------
    CoverageError
        Labels differ.
    SchemaError
        A share is not between 0 and 1 (``OutOfRange``).
    ConvergenceError
        There are fewer countries than the terms need, or terms cannot be told apart
        (``Unidentified``).

    Notes
    -----
    ``ln h_1 - ln h_0 = a0 + a1 ln e_h + a2 ln h_0 + controls`` by least squares with
    standard errors that allow unequal variances (HC1). The share among residents is
    ``p = h_1 (1 - e_h) / (h_1 (1 - e_h) + (1 - h_1) (1 - e_l))``; without selection it would
    be ``h_1 (e_l / e_h)^a1``. Rates are not drawn by lot: where countries that grow
    differently also send differently, the coefficient is not an effect.

    References
    ----------
    Beine, M., Docquier, F. and Rapoport, H. (2008). Brain drain and human capital formation
    in developing countries: winners and losers. Economic Journal 118(528), 631-652.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> def share(low, high):
    ...     return xr.DataArray(rng.uniform(low, high, 90), coords={"country": np.arange(90)})
    >>> before, high, low = share(0.02, 0.3), share(0.02, 0.4), share(0.01, 0.05)
    >>> after = before ** 0.8 * high ** 0.05
    >>> found = brain_gain(before, after, high, low)
    >>> round(found.coefficient.sel(quantile=0.5, term="rate").item(), 6), found.countries
    (0.05, 90)
    """
    arrays = dict(
        zip(
            ("share_before", "share_after", "rate_high", "rate_low"),
            same_cells(share_before, share_after, rate_high, rate_low),
            strict=True,
        )
    )
    for name, array in arrays.items():
        require_dims(array, "country", name=name)
        if found := cells_where(array, ((array <= 0) | (array >= 1)).to_numpy()):
            raise SchemaError(
                f"{name} is not between 0 and 1",
                where=found,
                remedy="give shares, not percentages; leave out countries without emigrants",
                id="OutOfRange",
            )
    first, second, high, low = (array.to_numpy().astype(float) for array in arrays.values())
    terms = ["constant", "rate", "share"]
    design = [np.ones_like(first), np.log(high), np.log(first)]
    if controls is not None:
        extra = same_cells(arrays["share_before"], controls)[1].transpose("country", "term")
        terms += [str(term) for term in extra.indexes["term"]]
        design += list(extra.to_numpy().astype(float).T)
    matrix = np.stack(design, axis=1)
    growth = np.log(second) - np.log(first)
    used = np.isfinite(matrix).all(axis=1) & np.isfinite(growth) & np.isfinite(low)
    _refuse_unidentified(matrix[used], terms)
    estimate, ends = robust_fit(matrix[used], growth[used])
    lines = np.stack([ends[0], estimate, ends[1]])
    effect = np.full((3, len(first)), np.nan)
    now = second * (1 - high) / (second * (1 - high) + (1 - second) * (1 - low))
    for place, slope in enumerate(lines[:, 1]):
        effect[place, used] = 100 * (now - second * (low / high) ** slope)[used]
    effect = np.sort(effect, axis=0)  # a larger elasticity lowers the effect where e_h < e_l
    inputs = tuple(arrays.values())
    places = {"country": arrays["share_before"].indexes["country"]}
    return BrainGain(
        coefficient=stamp(
            xr.DataArray(lines, coords={"quantile": list(_QUANTILES), "term": terms}),
            name="coefficient", units="elasticity", kind="index", inputs=inputs,
        ),
        effect=stamp(
            xr.DataArray(
                effect,
                coords={"quantile": list(_QUANTILES), **places},
            ),
            name="effect", units="percentage points", kind="index", inputs=inputs,
        ),
        long_run=float(-estimate[1] / estimate[2]),
        winners=int((effect[0] > _ROUNDING).sum()),
        losers=int((effect[2] < -_ROUNDING).sum()),
        countries=int(used.sum()),
    )  # fmt: skip


def _refuse_unidentified(design: Floats, terms: list[str]) -> None:
    rank = int(np.linalg.matrix_rank(design)) if len(design) else 0
    if len(design) <= len(terms) or rank < len(terms):
        raise ConvergenceError(
            f"{len(design)} countries do not determine {len(terms)} terms",
            where=few(terms),
            remedy="add countries, or leave out controls that follow from others",
            id="Unidentified",
            diagnostics={"countries": len(design), "rank": rank, "terms": len(terms)},
        )


def overqualification(workers: xr.DataArray) -> xr.DataArray:
    """Highly schooled workers in jobs that ask for less.

    Parameters
    ----------
    workers : DataArray [..., occupation], persons
        Highly schooled people at work by ISCO-08; any level of its codes. Armed forces
        (``0``) are left out.

    Returns
    -------
    DataArray [...], percent
        Missing where nobody is at work.

    Raises
    ------
    SchemaError
        The dimension is missing, a code is none of ISCO-08 (``UnknownOccupation``), or a
        figure is negative (``NegativeInput``).

    Notes
    -----
    Major groups 4 to 9 of all in 1 to 9; managers, professionals and associate
    professionals (1 to 3) are taken as jobs for the highly schooled.

    Examples
    --------
    >>> jobs = xr.DataArray([60.0, 20.0, 20.0], coords={"occupation": ["2", "5", "9"]})
    >>> overqualification(jobs).item()
    40.0
    """
    require_dims(workers, "occupation", name="workers")
    refuse_negative(workers, name="workers")
    codes = [str(code) for code in workers.indexes["occupation"]]
    wrong = [code for code in codes if code[:1] not in "0123456789" or not code.isdigit()]
    if wrong:
        raise SchemaError(
            f"{few(wrong)} are not occupations of ISCO-08",
            where="occupation",
            remedy="give codes such as 2 or 2411",
            id="UnknownOccupation",
        )
    group = np.array([int(code[0]) for code in codes])
    counts = workers.transpose(..., "occupation").to_numpy().astype(float)
    share = 100 * over(counts[..., group >= 4].sum(-1), counts[..., group >= 1].sum(-1))
    like = workers.isel(occupation=0, drop=True)
    return stamp(
        like.copy(data=share), name="overqualification", units="percent", kind="share",
        inputs=(workers,), **missing_reason(like, {"nobody at work": np.isnan(share)}),
    )  # fmt: skip
