# SPDX-License-Identifier: Apache-2.0
"""What a regularisation programme says, and what is known of the people it is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from keruen.decide._policy_numbers import Number
from keruen.decide.regularise.takeup import Fee

PULL_RANGE: Final = (0.0, 0.2)
"""Newcomers drawn by a programme, least and most shown when nothing else is stated: studies
disagree, and none was found after Spain 2005."""
_YEAR_DAYS: Final = 365.25


@dataclass(frozen=True)
class Programme:
    """What the law of a programme says.

    Parameters
    ----------
    opens, closes : date
        First day of the window, and first day after it.
    permit_years : int
        Length of the permit.
    fees : sequence of Fee
        Fees by their first days.
    arrived_by : date, optional
        Last day of arrival; anybody when not given.
    employer_needed : bool
        Whether an employer must sign.
    clean_record_needed : bool
        Whether a record excludes.

    See Also
    --------
    regularise : Runs it.
    """

    opens: date
    closes: date
    permit_years: int
    fees: Sequence[Fee]
    arrived_by: date | None = None
    employer_needed: bool = False
    clean_record_needed: bool = False

    @property
    def last_day(self) -> date:
        """Last day on which people can apply."""
        return self.closes - timedelta(days=1)

    @property
    def least_stay_years(self) -> float:
        """Years in the country that the rule asks for on the opening day."""
        if self.arrived_by is None:
            return 0.0
        return max((self.opens - self.arrived_by).days / _YEAR_DAYS, 0.0)


@dataclass(frozen=True)
class Context:
    """What is known or assumed of the people and the years after, beside wages and status.

    Parameters
    ----------
    approval_rate : float or DataArray, share
        Of applicants, those approved.
    employer, clean_record : float or DataArray, share, optional
        Share that has an employer ready to sign, and that has no excluding record.
    new_irregular : float or DataArray, persons a year
        Newcomers without permission, programme or not.
    pull : float or DataArray, share
        By how much the programme raises their number.
    pull_range : (float, float), share
        Least and most of it that are shown beside.
    remittance_share : float or DataArray, share
        Of added income, what is sent to families at home.

    See Also
    --------
    regularise : Uses it.
    """

    approval_rate: Number = 1.0
    employer: Number | None = None
    clean_record: Number | None = None
    new_irregular: Number = 0.0
    pull: Number = 0.0
    pull_range: tuple[float, float] = PULL_RANGE
    remittance_share: Number = 0.0
