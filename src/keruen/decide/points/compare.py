# SPDX-License-Identifier: Apache-2.0
"""Who gains and who loses when other rules hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from keruen.core.arrays import same_cells, stamp
from keruen.core.errors import SchemaError
from keruen.decide.points.score import Scores

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Comparison:
    """Two results for the same profiles: who gains and who loses.

    Parameters
    ----------
    change : DataArray [profile], points
        Second total less the first.
    outcome : DataArray [profile]
        ``passes now``, ``fails now``, ``passes still``, ``fails still``; nothing when one of
        the two has no mark.
    factors : DataFrame
        ``factor``, ``before``, ``after``: mean points by factor, in one or both rule sets.
    """

    change: xr.DataArray
    outcome: xr.DataArray | None
    factors: pd.DataFrame

    def by_group(self, group: xr.DataArray | None = None) -> pd.DataFrame:
        """Numbers of profiles that gain and lose, in all or by group.

        Parameters
        ----------
        group : DataArray [profile], optional
            Group of each profile.

        Returns
        -------
        DataFrame
            ``group``, ``profiles``, ``gain``, ``lose``, ``same``, ``mean_change``, and
            ``passes_now``, ``fails_now`` where both results have a mark.
        """
        import pandas as pd

        change = self.change.to_numpy()
        table: dict[str, Any] = {
            "profiles": 1, "gain": change > 0, "lose": change < 0, "same": change == 0,
            "mean_change": change,
        }  # fmt: skip
        if self.outcome is not None:
            for name in ("passes now", "fails now"):
                table[name.replace(" ", "_")] = self.outcome.to_numpy() == name
        rows = pd.DataFrame(table, index=self.change.indexes["profile"])
        if group is None:
            rows["group"] = "all"
        else:
            rows["group"] = same_cells(self.change, group)[1].to_numpy()
        found = rows.groupby("group", sort=True)
        return found.agg(
            {name: "mean" if name == "mean_change" else "sum" for name in table}
        ).reset_index()


def compare_scores(before: Scores, after: Scores) -> Comparison:
    """Who gains and who loses when other rules hold: another day, or another rule set.

    Parameters
    ----------
    before, after : Scores
        Results of :func:`score_profiles` for the same profiles.

    Returns
    -------
    Comparison

    Raises
    ------
    SchemaError
        The profiles differ (``OtherProfiles``).

    See Also
    --------
    score_profiles : Makes the results.
    """
    import pandas as pd

    if not before.total.indexes["profile"].equals(after.total.indexes["profile"]):
        raise SchemaError(
            "the two results are for other profiles",
            where="before, after",
            remedy="score the same profiles, in the same order, by both rule sets",
            id="OtherProfiles",
        )
    change = after.total - before.total
    outcome = None
    if before.passed is not None and after.passed is not None:
        old, new = before.passed.to_numpy(), after.passed.to_numpy()
        words = np.select(
            [new & ~old, old & ~new, new], ["passes now", "fails now", "passes still"],
            "fails still",
        )  # fmt: skip
        outcome = xr.DataArray(words, coords=before.passed.coords, name="outcome")
    means = [one.points.mean("profile").to_series() for one in (before, after)]
    factors = pd.concat(means, axis=1, keys=["before", "after"]).rename_axis("factor")
    return Comparison(
        stamp(change, name="change", units="points", kind="count"), outcome, factors.reset_index()
    )
