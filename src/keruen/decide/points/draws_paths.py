# SPDX-License-Identifier: Apache-2.0
"""Simulated rounds: cut-offs with intervals, waiting times by score, who is invited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.decide.points._draws_kernel import Floats
from keruen.decide.points.draws_policy import Round

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class DrawPaths:
    """What many simulated futures of a pool have in common, and how they differ.

    Parameters
    ----------
    rounds : tuple of Round
        Rounds in the order of their days.
    cutoff : DataArray [round, trajectory], points
        Score of the last invited; missing where nobody was.
    tie_wait : DataArray [round, trajectory], weeks
        Weeks since the submission of the last invited.
    invited : DataArray [round, trajectory, segment], persons
        Invitations.
    flows : DataArray [week, series, trajectory, segment], persons
        ``arrivals``, ``accepted``, ``withdrawn``, ``expired``, and ``pool`` after the week.
    start : DataArray [segment], persons
        The pool before the first week.
    leavers : DataArray [score, series, trajectory, segment], persons
        Over all weeks ``accepted``, ``withdrawn``, ``expired``; at the end ``left``.
    waits : DataArray [score, weeks], persons
        Invitations of all trajectories by weeks since submission.
    expired_before : int
        Candidates of the pool given who had expired before the first day and took no part.

    See Also
    --------
    keruen.decide.points.draws_simulation.simulate_draws : Makes it.
    """

    rounds: tuple[Round, ...]
    cutoff: xr.DataArray
    tie_wait: xr.DataArray
    invited: xr.DataArray
    flows: xr.DataArray
    start: xr.DataArray
    leavers: xr.DataArray
    waits: xr.DataArray
    expired_before: int

    def cutoffs(self, probs: Sequence[float] = (0.1, 0.5, 0.9)) -> xr.DataArray:
        """Quantiles of the cut-off of each round, over the futures in which somebody was invited.

        Parameters
        ----------
        probs : sequence of float, optional
            Probabilities.

        Returns
        -------
        DataArray [round, quantile], points
            Missing where nobody was invited in any future.
        """
        known = self.cutoff.transpose("trajectory", "round")
        levels = np.asarray(probs, dtype=float)
        found = np.full((levels.size, known.sizes["round"]), np.nan)
        some = known.notnull().any("trajectory").to_numpy()
        found[:, some] = np.nanquantile(known.to_numpy()[:, some], levels, axis=0)
        cells = {"quantile": levels, "round": known["round"]}
        return stamp(xr.DataArray(found, cells), name="cutoff", units="points", kind="index")

    def chance(self, scores: Sequence[float]) -> xr.DataArray:
        """Chance that a score has been invited by each round, for who is in the pool throughout.

        Parameters
        ----------
        scores : sequence of float
            Scores, for rounds without a category.

        Returns
        -------
        DataArray [score, round], probability
            Counted above the cut-off only: at the cut-off the time of submission decides.
        """
        general = np.array([not each.category for each in self.rounds])
        open_ = self.cutoff.where(xr.DataArray(general, dims="round"))
        above = np.asarray(scores, dtype=float)
        lowest = np.fmin.accumulate(
            open_.transpose("trajectory", "round").fillna(np.inf).to_numpy(), axis=1
        )
        share = (above[:, None, None] > lowest).mean(axis=1)
        cells = {"score": above, "round": self.cutoff["round"]}
        return stamp(xr.DataArray(share, cells), name="chance", units="", kind="probability")

    def waiting(self, probs: Sequence[float] = (0.1, 0.5, 0.9), *, step: int = 10) -> pd.DataFrame:
        """Waiting time and outcome by class of scores, over all futures.

        Parameters
        ----------
        probs : sequence of float, optional
            Probabilities of the quantiles of waiting time.
        step : int, optional
            Width of a class of scores.

        Returns
        -------
        DataFrame
            ``score`` (lower end), ``invitations`` a future, ``weeks_<percent>`` since
            submission of those invited, and the shares of those who were in the pool that
            ``accepted``, ``withdrawn``, ``expired`` or ``left`` waiting at the end.
        """
        import pandas as pd

        lower = (self.waits.indexes["score"].to_numpy() // step * step).astype(float)
        classes, place = np.unique(lower, return_inverse=True)
        counts = np.zeros((classes.size, self.waits.sizes["weeks"]))
        np.add.at(counts, place, self.waits.transpose("score", "weeks").to_numpy())
        ends = self.leavers.sum(["trajectory", "segment"]).transpose("series", "score")
        shares = np.zeros((ends.sizes["series"], classes.size))
        np.add.at(shares.T, place, ends.to_numpy().T)
        futures = self.cutoff.sizes["trajectory"]
        table = pd.DataFrame({"score": classes, "invitations": counts.sum(axis=1) / futures})
        for prob in probs:
            table[f"weeks_{100 * prob:g}"] = _weighted_quantile(counts, prob)
        whole = shares.sum(axis=0)
        for name, share in zip(ends.indexes["series"], shares, strict=True):
            table[str(name)] = np.where(whole > 0, share / np.where(whole > 0, whole, 1.0), np.nan)
        return table

    def account(self) -> xr.DataArray:
        """Persons by which each week's account fails to close: 0 everywhere.

        Returns
        -------
        DataArray [week, trajectory, segment], persons
            Pool before and arrivals, less accepted, withdrawn, expired and pool after.
        """
        part = {str(name): self.flows.sel(series=name) for name in self.flows.indexes["series"]}
        first = xr.zeros_like(part["pool"].isel(week=[0])) + self.start
        earlier = xr.concat([first, part["pool"].isel(week=slice(None, -1))], "week")
        earlier = earlier.assign_coords(week=part["pool"]["week"])
        gone = part["accepted"] + part["withdrawn"] + part["expired"] + part["pool"]
        return earlier + part["arrivals"] - gone


def _weighted_quantile(counts: Floats, prob: float) -> Floats:
    """Weeks at which a share of each row's persons has been reached; missing without persons."""
    reached = np.cumsum(counts, axis=1)
    whole = reached[:, -1]
    weeks = (reached >= prob * whole[:, None]).argmax(axis=1).astype(float)
    return np.where(whole > 0, weeks, np.nan)
