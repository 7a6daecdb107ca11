# SPDX-License-Identifier: Apache-2.0
"""Qualifications: what occupations ask for, what people have, and how far apart the two are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import AccountError
from keruen.core.tables import to_table
from keruen.measure.margins import fit_margins
from keruen.project._skillchecks import check_counts, check_shares

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class QualificationGap:
    """How far occupations must move from the qualifications they prefer.

    Parameters
    ----------
    gap : DataArray [..., occupation], share
        Workers whose level is not the preferred one: 0 none, 1 all.
    up : DataArray [..., occupation], share
        The part who have more than is preferred.
    under : DataArray [..., occupation], share
        The part who have less.

    See Also
    --------
    qualification_gap : Makes it.
    """

    gap: xr.DataArray
    up: xr.DataArray
    under: xr.DataArray

    def to_table(self) -> pd.DataFrame:
        """Tidy table, one row an occupation.

        Returns
        -------
        DataFrame
            Keys, then ``qualification_gap``, ``up_qualified`` and ``under_qualified``.
        """
        table = to_table(self.gap)
        for part in (self.up, self.under):
            table[str(part.name)] = to_table(part)[str(part.name)]
        return table


def qualification_demand(employment: xr.DataArray, profile: xr.DataArray) -> xr.DataArray:
    """Workers that occupations prefer, by level of education.

    Parameters
    ----------
    employment : DataArray [year, ..., occupation], persons
        Employed people by occupation.
    profile : DataArray [..., occupation, education], share
        Levels of education in each occupation; with ``year`` when it changes.

    Returns
    -------
    DataArray [year, ..., occupation, education], persons

    Raises
    ------
    AccountError
        Shares do not add to 1 (``NotShares``).
    CoverageError
        Occupations or years differ.

    See Also
    --------
    reconcile_qualifications : Sets it against what people have.

    Notes
    -----
    ``E[o, t] g[q|o, t]``. Profiles of later years: ``project_shares`` on a table of the
    occupations by education, with the occupation as sector.

    Examples
    --------
    >>> jobs = xr.DataArray([200.0], {"occupation": ["21"]})
    >>> levels = xr.DataArray([[0.25, 0.75]], {"occupation": ["21"], "education": ["5", "6"]})
    >>> qualification_demand(jobs, levels).values.tolist()
    [[50.0, 150.0]]
    """
    require_dims(employment, "occupation", name="employment")
    require_dims(profile, "occupation", "education", name="profile")
    check_counts(employment=employment)
    check_shares(profile, "education", name="profile")
    employment, profile = same_cells(employment.rename("employment"), profile.rename("profile"))
    return stamp(
        employment * profile,
        name="employed",
        units="persons",
        kind="count",
        inputs=(employment, profile),
    )


def reconcile_qualifications(
    demand: xr.DataArray, supply: xr.DataArray, *, rtol: float = 1e-9
) -> xr.DataArray:
    """Workers by occupation and education, nearest to what occupations prefer.

    Parameters
    ----------
    demand : DataArray [..., occupation, education], persons
        Workers that occupations prefer.
    supply : DataArray [..., education], persons
        Workers there will be, by level of education, adding to the same total.
    rtol : float, optional
        Largest relative error of a margin.

    Returns
    -------
    DataArray [..., occupation, education], persons
        Occupations keep their totals, levels take those of the supply.

    Raises
    ------
    AccountError
        The totals of demand and supply differ; the message says by how much
        (``InconsistentTotals``).
    CoverageError
        Levels of education differ.

    See Also
    --------
    qualification_gap : How far the two tables are apart.
    keruen.measure.margins.fit_margins : The fit.

    Examples
    --------
    >>> cells = {"occupation": ["21", "91"], "education": ["3", "6"]}
    >>> wanted = xr.DataArray([[10.0, 90.0], [80.0, 20.0]], cells)
    >>> there = xr.DataArray([60.0, 140.0], {"education": ["3", "6"]})
    >>> reconcile_qualifications(wanted, there).round(1).values.tolist()
    [[3.5, 96.5], [56.5, 43.5]]
    """
    require_dims(demand, "occupation", "education", name="demand")
    require_dims(supply, "education", name="supply")
    check_counts(demand=demand, supply=supply)
    demand, supply = same_cells(demand.rename("demand"), supply.rename("supply"))
    wanted, there = demand.sum(["occupation", "education"]), supply.sum("education")
    off = abs(wanted - there)
    if bool((off > 1e-9 * (wanted + there)).any()):
        raise AccountError(
            f"demand and supply differ by {float(off.max()):,.6g} persons",
            where=f"demand {float(wanted.max()):,.6g}, supply {float(there.max()):,.6g}",
            remedy="bring both to one total first: unemployed people are not in the table",
            id="InconsistentTotals",
        )
    fit = fit_margins(demand, [demand.sum("education"), supply], rtol=rtol)
    return stamp(fit.flows, name="employed", units="persons", kind="count", inputs=(demand, supply))


def qualification_gap(preferred: xr.DataArray, reconciled: xr.DataArray) -> QualificationGap:
    """Share of workers of each occupation who do not have the preferred level.

    Parameters
    ----------
    preferred, reconciled : DataArray [..., occupation, education], persons
        The table that occupations prefer and the one that supply allows, with education
        from the lowest level to the highest.

    Returns
    -------
    QualificationGap
        Missing where nobody works.

    Raises
    ------
    CoverageError
        Labels differ.
    SchemaError
        A count is negative or missing.

    See Also
    --------
    reconcile_qualifications : Gives the second table.

    Notes
    -----
    ``sum_q |p[q] - r[q]| / 2`` over shares, in the style of Cedefop. Each level with too
    many is paired with the levels that lack some in proportion to what they lack: above
    them it counts as up-qualified, below as under-qualified, so the parts add to the gap.

    References
    ----------
    Cedefop (2012). Skills supply and demand in Europe: methodological framework. Research
    Paper 25, 10.2801/85871.

    Examples
    --------
    >>> cells = {"occupation": ["21"], "education": ["3", "5", "6"]}
    >>> wanted = xr.DataArray([[0.0, 50.0, 50.0]], cells)
    >>> found = qualification_gap(wanted, xr.DataArray([[10.0, 20.0, 70.0]], cells))
    >>> [round(part.item(), 3) for part in (found.gap, found.up, found.under)]
    [0.3, 0.2, 0.1]
    """
    check_counts(preferred=preferred, reconciled=reconciled)
    preferred, reconciled = same_cells(
        preferred.rename("preferred"), reconciled.rename("reconciled")
    )
    wanted, there = (
        one / one.sum("education").where(one.sum("education") > 0)
        for one in (preferred, reconciled)
    )
    excess = (there - wanted).transpose(..., "education")
    over, lack = excess.clip(min=0.0), (-excess).clip(min=0.0)
    gap = lack.sum("education", skipna=False)
    below = lack.cumsum("education") - lack
    share = below / gap.where(gap > 0)
    up = (over * share).sum("education", skipna=False).where(gap > 0, gap)
    parts = {"qualification_gap": gap, "up_qualified": up, "under_qualified": gap - up}
    stamped = [
        stamp(part, name=name, units="share", kind="share", inputs=(preferred,))
        for name, part in parts.items()
    ]
    return QualificationGap(*stamped)
