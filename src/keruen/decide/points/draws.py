# SPDX-License-Identifier: Apache-2.0
"""Rounds of invitations: who is invited, the cut-off, the tie-break, who stays.

One round is exact and stands here; the simulation of many rounds and the prediction of
cut-offs from published bands stand in modules of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import few, stamp
from keruen.core.errors import CoverageError, SchemaError
from keruen.decide.points.draws_pool import LIFETIME_DAYS, Pool, make_pool

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LIFETIME_DAYS", "OUTCOMES", "Draw", "Pool", "hold_draw", "make_pool"]

OUTCOMES: Final = (
    "invited",
    "below_cutoff",
    "after_tie_break",
    "below_minimum",
    "not_in_category",
    "expired",
    "not_yet_submitted",
)
"""What a round may mean for a candidate: each is the whole reason."""

_INVITED, _BELOW, _TIE, _MINIMUM, _CATEGORY, _EXPIRED, _LATER = range(len(OUTCOMES))


@dataclass(frozen=True)
class Draw:
    """One round of invitations: a proposal, and the reason for every candidate.

    Parameters
    ----------
    rank : DataArray [candidate]
        The candidates invited, in the order of invitation, with their rank from 1.
    outcome : DataArray [candidate], text
        One of ``OUTCOMES`` for everybody in the pool.
    cutoff : float
        Score of the last invited; missing when nobody is.
    tie_break : datetime64
        Submission of the last invited: of those with the cut-off score, only who submitted
        by then is invited. Missing when nobody is.
    left_at_cutoff : int
        Candidates with the cut-off score who stay.
    after : Pool
        The pool after the round, without the invited and the expired.
    scores : DataArray [candidate], points
        Scores at the round, for the table.
    submitted : DataArray [candidate], datetime64
        Submissions, for the table.

    See Also
    --------
    hold_draw : Makes it.
    """

    rank: xr.DataArray
    outcome: xr.DataArray
    cutoff: float
    tie_break: np.datetime64
    left_at_cutoff: int
    after: Pool
    scores: xr.DataArray
    submitted: xr.DataArray

    @property
    def invited(self) -> int:
        """Number of candidates invited."""
        return int(self.rank.size)

    def to_table(self) -> pd.DataFrame:
        """Everybody in the pool: the invited in order, then the others as they stood.

        Returns
        -------
        DataFrame
            ``candidate``, ``score``, ``submitted``, ``outcome``, ``rank`` (missing when not
            invited).
        """
        import pandas as pd

        table = pd.DataFrame(
            {
                "score": self.scores.to_series(),
                "submitted": self.submitted.to_series(),
                "outcome": self.outcome.to_series(),
                "rank": self.rank.to_series().reindex(self.scores.indexes["candidate"]),
            }
        ).astype({"rank": "Int64"})
        return table.sort_values("rank", kind="stable").reset_index()


def hold_draw(
    pool: Pool,
    *,
    held: str | np.datetime64,
    size: int | None = None,
    minimum: float | None = None,
    category: str = "",
) -> Draw:
    """Hold one round of invitations.

    Parameters
    ----------
    pool : Pool
        Who may be invited.
    held : str or datetime64
        Moment of the round in UTC; whoever has expired by then, or submits after it, takes
        no part.
    size : int, optional
        Number of invitations; everybody who may be invited when not given.
    minimum : float, optional
        Lowest score that is invited.
    category : str, optional
        Invite only candidates of this category.

    Returns
    -------
    Draw

    Raises
    ------
    SchemaError
        Neither a size nor a minimum is given, or the size is not a whole number of 0 or more
        (``BadSetting``).
    CoverageError
        There is no such category (``UnknownCategory``).

    See Also
    --------
    keruen.decide.points.draws_simulation.simulate_draws : Many rounds ahead.

    Notes
    -----
    Order: score from the highest, then moment of submission from the earliest, then label. The
    cut-off is the score of the last invited and the tie-break its moment of submission. Groups
    play no part.

    Examples
    --------
    >>> who = {"candidate": ["a", "b", "c"]}
    >>> times = np.array(["2020-04-01", "2020-04-02", "2020-04-03"], "datetime64[ns]")
    >>> pool = make_pool(xr.DataArray([431, 431, 431], who), xr.DataArray(times, who))
    >>> round_ = hold_draw(pool, held="2020-06-25", size=2)
    >>> round_.cutoff, str(round_.tie_break)[:10], round_.left_at_cutoff, len(round_.after)
    (431.0, '2020-04-02', 1, 1)
    """
    moment = np.datetime64(held).astype("datetime64[ns]")
    _check(pool, size, minimum, category)
    score, submitted = pool.score.to_numpy(), pool.submitted.to_numpy()
    code = np.full(len(pool), _BELOW)
    if minimum is not None:
        code[score < minimum] = _MINIMUM
    if category:
        code[~pool.member.sel(category=category).to_numpy()] = _CATEGORY
    code[submitted > moment] = _LATER
    code[pool.expires.to_numpy() <= moment] = _EXPIRED
    labels = pool.score.indexes["candidate"].to_numpy().astype(str)
    order = np.lexsort((labels, submitted, -score))
    order = order[code[order] == _BELOW][:size]
    code[order] = _INVITED
    tied = np.zeros(0, dtype=int)
    if order.size:
        tied = np.flatnonzero((code == _BELOW) & (score == score[order[-1]]))
        code[tied] = _TIE
    kept = pool.score.copy(data=(code != _INVITED) & (code != _EXPIRED))
    names = {"candidate": pool.score.indexes["candidate"][order]}
    return Draw(
        rank=stamp(
            xr.DataArray(np.arange(1, order.size + 1), names), name="rank", units="", kind="index"
        ),
        outcome=pool.group.copy(data=np.array(OUTCOMES, dtype=object)[code]).rename("outcome"),
        cutoff=float(score[order[-1]]) if order.size else float("nan"),
        tie_break=submitted[order[-1]] if order.size else np.datetime64("NaT"),
        left_at_cutoff=int(tied.size),
        after=pool.only(kept),
        scores=pool.score,
        submitted=pool.submitted,
    )


def _check(pool: Pool, size: int | None, minimum: float | None, category: str) -> None:
    """Refuse a round that says nothing, or a category that is not there."""
    if size is None and minimum is None:
        raise SchemaError(
            "a round needs a size or a minimum",
            where="hold_draw",
            remedy="give size=3500, minimum=450, or both",
            id="BadSetting",
        )
    if size is not None and (isinstance(size, bool) or size != int(size) or size < 0):
        raise SchemaError(
            f"a round of {size} invitations",
            where="size",
            remedy="give a whole number, 0 or more",
            id="BadSetting",
        )
    if category and category not in pool.categories:
        raise CoverageError(
            f"there is no category '{category}'",
            where=f"categories: {few(pool.categories) or 'none'}",
            remedy="name one of them, or leave the category out",
            id="UnknownCategory",
        )
