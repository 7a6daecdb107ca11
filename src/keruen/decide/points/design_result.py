# SPDX-License-Identifier: Apache-2.0
"""A grid proposed: its points, how far they are known, what it is worth, whom it favours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class GridDesign:
    """A grid proposed, what it is worth, and what is not known.

    Parameters
    ----------
    points : DataArray [level], points
        Points of each level, labelled ``factor=level``; 0 for the least level of a factor and
        for factors that are left out.
    spread : DataArray [level, quantile], points
        Points in samples drawn again: 5, 50 and 95 per cent.
    kept : tuple of str
        Factors that earn points.
    intercept, scale : float
        ``chance = 1 / (1 + exp(-(intercept + scale score)))``.
    score : DataArray [candidate], points
        Points of every candidate, admitted or not.
    quality : DataFrame
        ``grid`` (proposed or current), ``cohorts`` (learned from or later), ``persons``,
        ``auc``, ``brier``, ``log_loss``. The current grid's chances are fitted to the same
        cohorts as the proposed one's.
    calibration : DataFrame
        Predicted and observed outcomes by class of scores, in the later cohorts where there
        are some.
    effects : DataFrame
        By protected ``attribute`` and ``group``: ``persons``, ``selected``, the ``ratio`` to the
        best group with ``ratio_low`` and ``ratio_high`` (95 per cent, by the logarithm of
        the ratio), ``flag`` (``below_0.8``, ``small`` or empty), ``proxy_auc`` (0.5: points do not
        tell the group), and ``gained`` and ``lost`` beside the grid in force.
    bounds : DataFrame
        By class of scores of all applicants: ``applicants``, ``admitted``, ``observed`` among
        these, and the worst-case bounds ``low`` and ``high``.
    pass_mark : float
        Score that selects the share asked for.
    warnings : tuple of str
        ``only_admitted`` (nothing is known of the refused), ``no_later_cohort``,
        ``small_group``, ``below_0.8``, ``few_outcomes``.

    See Also
    --------
    keruen.decide.points.design.design_grid : Makes it.
    """

    points: xr.DataArray
    spread: xr.DataArray
    kept: tuple[str, ...]
    intercept: float
    scale: float
    score: xr.DataArray
    quality: pd.DataFrame
    calibration: pd.DataFrame
    effects: pd.DataFrame
    bounds: pd.DataFrame
    pass_mark: float
    warnings: tuple[str, ...]

    def to_table(self) -> pd.DataFrame:
        """One row a level.

        Returns
        -------
        DataFrame
            ``factor``, ``level``, ``points``, ``low``, ``median``, ``high`` (samples drawn
            again).
        """
        import pandas as pd

        names = [str(one).split("=", 1) for one in self.points.indexes["level"]]
        table = pd.DataFrame(names, columns=pd.Index(["factor", "level"]))
        table["points"] = self.points.to_numpy()
        ends = self.spread.transpose("quantile", "level").to_numpy()
        return table.assign(low=ends[0], median=ends[1], high=ends[2])
