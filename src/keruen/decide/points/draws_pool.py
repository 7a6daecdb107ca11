# SPDX-License-Identifier: Apache-2.0
"""The pool of people who have expressed interest: scores, times, categories, expiry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims, same_cells
from keruen.core.errors import CoverageError, SchemaError, WorkbenchError, raise_faults

if TYPE_CHECKING:
    import pandas as pd

LIFETIME_DAYS: Final = 365
"""How long an expression of interest is valid when nothing else is said."""

EVERYONE: Final = "all"
"""Group of a pool without groups."""


@dataclass(frozen=True)
class Pool:
    """People who may be invited, one label a candidate.

    Parameters
    ----------
    score : DataArray [candidate], points
        Points under the grid in force.
    submitted : DataArray [candidate], datetime64
        Moment of submission in UTC. An update of the profile keeps it.
    expires : DataArray [candidate], datetime64
        Moment from which the candidate is no longer in the pool.
    member : DataArray [candidate, category], bool
        Categories that a candidate belongs to; there may be none.
    group : DataArray [candidate], text
        Group that results are shown by; it plays no part in a draw.

    See Also
    --------
    make_pool : Checks the arrays and makes it.
    """

    score: xr.DataArray
    submitted: xr.DataArray
    expires: xr.DataArray
    member: xr.DataArray
    group: xr.DataArray

    def __len__(self) -> int:
        return int(self.score.sizes["candidate"])

    @property
    def categories(self) -> tuple[str, ...]:
        """Names of the categories."""
        return tuple(str(name) for name in self.member.indexes["category"])

    def only(self, kept: xr.DataArray) -> Pool:
        """The part of the pool that is kept.

        Parameters
        ----------
        kept : DataArray [candidate], bool
            Who is kept.

        Returns
        -------
        Pool
        """
        which = np.flatnonzero(kept.to_numpy())
        return Pool(*(part.isel(candidate=which) for part in self._parts()))

    def updated(self, score: xr.DataArray) -> Pool:
        """The pool with new scores of some candidates; their times stay.

        Parameters
        ----------
        score : DataArray [candidate], points
            New scores.

        Returns
        -------
        Pool

        Raises
        ------
        CoverageError
            A candidate is not in the pool (``UnknownCandidate``).
        """
        places = self._places(score.indexes["candidate"])
        values = self.score.to_numpy().copy()
        values[places] = score.to_numpy()
        return replace(self, score=self.score.copy(data=values))

    def withdrawn(self, candidates: Sequence[str]) -> Pool:
        """The pool without candidates who withdrew.

        Parameters
        ----------
        candidates : sequence of str
            Who withdrew. To come back they submit again, at a new time.

        Returns
        -------
        Pool

        Raises
        ------
        CoverageError
            A candidate is not in the pool (``UnknownCandidate``).
        """
        import pandas as pd

        kept = xr.ones_like(self.score, dtype=bool)
        kept[self._places(pd.Index(candidates))] = False
        return self.only(kept)

    def joined(self, other: Pool) -> Pool:
        """This pool and new submissions.

        Parameters
        ----------
        other : Pool
            Candidates who submitted, with the same categories.

        Returns
        -------
        Pool

        Raises
        ------
        SchemaError
            A candidate is in both (``DuplicateKey``).
        CoverageError
            Categories differ.
        """
        pairs = [
            xr.concat(same_cells(mine, theirs, exclude=["candidate"]), "candidate")
            for mine, theirs in zip(self._parts(), other._parts(), strict=True)
        ]
        require_dims(pairs[0], "candidate", name="the joined pool")
        return Pool(*pairs)

    def _parts(self) -> tuple[xr.DataArray, ...]:
        return self.score, self.submitted, self.expires, self.member, self.group

    def _places(self, candidates: pd.Index) -> np.ndarray:
        places = np.asarray(self.score.indexes["candidate"].get_indexer(candidates))
        if (places < 0).any():
            raise CoverageError(
                f"not in the pool: {few(candidates[places < 0])}",
                where="candidate",
                remedy="name candidates who are in the pool",
                id="UnknownCandidate",
            )
        return places


def make_pool(
    score: xr.DataArray,
    submitted: xr.DataArray,
    *,
    expires: xr.DataArray | None = None,
    member: xr.DataArray | None = None,
    group: xr.DataArray | None = None,
    lifetime_days: int = LIFETIME_DAYS,
) -> Pool:
    """A pool from scores and times, all faults found at once.

    Parameters
    ----------
    score : DataArray [candidate], points
        Points of each candidate, 0 or more. Labels are codes, never names.
    submitted : DataArray [candidate], datetime64
        Moment of submission in UTC.
    expires : DataArray [candidate], datetime64, optional
        Moment of expiry; `lifetime_days` after submission when not given.
    member : DataArray [candidate, category], bool, optional
        Categories for which rounds may be held.
    group : DataArray [candidate], text, optional
        Group that results are shown by.
    lifetime_days : int, optional
        Validity of an expression of interest.

    Returns
    -------
    Pool

    Raises
    ------
    SchemaError
        A candidate stands twice (``DuplicateKey``), a score or time is missing
        (``MissingCell``), a score is negative (``NegativeInput``), an expiry is not after
        its submission (``BadExpiry``).
    CoverageError
        Candidates differ between the arrays.

    See Also
    --------
    keruen.decide.points.draws.hold_draw : Holds a round.

    Examples
    --------
    >>> who = {"candidate": ["a", "b"]}
    >>> times = np.array(["2020-04-01T19:38:41", "2020-04-02T10:42:01"], "datetime64[ns]")
    >>> pool = make_pool(xr.DataArray([431, 431], who), xr.DataArray(times, who))
    >>> len(pool), str(pool.expires.values[0])[:10]
    (2, '2021-04-01')
    """
    if expires is None:
        expires = submitted + np.timedelta64(lifetime_days, "D")
    if member is None:
        member = xr.DataArray(
            np.zeros((score.sizes.get("candidate", 0), 0), dtype=bool),
            coords={"candidate": score["candidate"], "category": np.array([], dtype=str)},
        )
    if group is None:
        group = xr.full_like(score, EVERYONE, dtype=object)
    named = {
        "score": score,
        "submitted": submitted,
        "expires": expires,
        "member": member,
        "group": group,
    }
    for name, array in named.items():
        require_dims(array, "candidate", *(["category"] if name == "member" else []), name=name)
    score, submitted, expires, member, group = same_cells(
        *(array.rename(name) for name, array in named.items())
    )
    raise_faults(_faults(score, submitted, expires), where="the pool")
    return Pool(
        score=score.astype(float),
        submitted=submitted.astype("datetime64[ns]"),
        expires=expires.astype("datetime64[ns]"),
        member=member.transpose("candidate", "category").astype(bool),
        group=group.astype(object),
    )


def _faults(
    score: xr.DataArray, submitted: xr.DataArray, expires: xr.DataArray
) -> Iterator[WorkbenchError]:
    """What is wrong with scores and times."""
    labels = score.indexes["candidate"]
    for array in (score, submitted, expires):
        gone = array.isnull().to_numpy()
        if gone.any():
            yield SchemaError(
                f"'{array.name}' is missing for {few(labels[gone])}",
                where="the pool",
                remedy="give a value for every candidate",
                id="MissingCell",
            )
    values = np.asarray(score.to_numpy(), dtype=float)
    wrong = (values < 0) | np.isinf(values)
    if wrong.any():
        yield SchemaError(
            f"the score is below 0 or not finite for {few(labels[wrong])}",
            where="score",
            remedy="give points of 0 or more",
            id="NegativeInput",
        )
    late = expires.to_numpy() <= submitted.to_numpy()
    if late.any():
        yield SchemaError(
            f"the expiry is not after the submission of {few(labels[late])}",
            where="expires",
            remedy="mend the dates, or leave the expiry out",
            id="BadExpiry",
        )
