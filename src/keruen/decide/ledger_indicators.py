# SPDX-License-Identifier: Apache-2.0
"""What came of the awards of a quota: use, delays, work, staying, costs."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from keruen.core.errors import SchemaError
from keruen.decide.ledger import QuotaLedger

if TYPE_CHECKING:
    import pandas as pd

_DELAYS: Final = {
    "application to decision": ("received", "decided"),
    "decision to arrival": ("decided", "arrived"),
    "arrival to first job": ("arrived", "first_job"),
}
_WORK_MONTHS: Final = (6, 12, 24)
_STAY_MONTHS: Final = (12, 36)
_LAPSED: Final = ("no_show", "expired")
_WINDOW_MONTHS: Final = 3
"""An observation of work counts for a month when it is at most this far from it."""


def quota_indicators(ledger: QuotaLedger, *, on: datetime) -> pd.DataFrame:
    """How a quota is used, and what became of those who came.

    Parameters
    ----------
    ledger : QuotaLedger
        The ledger.
    on : datetime
        Day of the report, with its time zone; a share after some months counts only cases that
        arrived at least so long before it.

    Returns
    -------
    DataFrame
        Columns quota, indicator, value, lower, upper, unit, cases. Shares (percent) have a 95%
        Wilson interval; ``value`` is missing where there is no case.

    Raises
    ------
    SchemaError
        The day has no time zone (``NoTimeZone``).

    Notes
    -----
    Shares of work and of staying are over cohorts that have been there long enough, so that a
    growing programme does not look worse than it is. Work is observed only where somebody
    asked: the observation nearest the month counts, within three months.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference.
    Journal of the American Statistical Association 22, 209-212.

    Examples
    --------
    >>> from datetime import UTC
    >>> from tempfile import TemporaryDirectory
    >>> from keruen.sources.events import open_events
    >>> with TemporaryDirectory() as folder, open_events(f"{folder}/ledger.db") as store:
    ...     len(quota_indicators(QuotaLedger(store), on=datetime(2027, 1, 1, tzinfo=UTC)))
    0
    """
    import pandas as pd

    if on.tzinfo is None:
        raise SchemaError("the day has no time zone", where="on", id="NoTimeZone")
    cases, work = ledger.cases(), ledger.work_observed()
    balances = ledger.balances().set_index("quota")
    rows: list[tuple[str, str, float, float, float, str, int]] = []
    for quota, account in balances.iterrows():
        own = cases[cases["quota"] == quota]
        available = account["total"] + account["carried_in"]
        found = [
            _plain("use rate", 100 * account["used"] / available, "percent", available),
            _plain("reserve rate", 100 * account["reserved"] / available, "percent", available),
            *_shares(own),
            *_delays(own),
            *_working(own, work, on),
            *_staying(own, on),
            *_cost(own, on),
        ]
        rows += [(str(quota), *row) for row in found]
    columns = ["quota", "indicator", "value", "lower", "upper", "unit", "cases"]
    return pd.DataFrame(rows, columns=columns)


_Row = tuple[str, float, float, float, str, int]
_NONE: Final = float("nan")


def _plain(name: str, value: float, unit: str, cases: int) -> _Row:
    return name, value if cases else _NONE, _NONE, _NONE, unit, int(cases)


def _share(name: str, hits: int, cases: int) -> _Row:
    from scipy.special import ndtri

    if not cases:
        return name, _NONE, _NONE, _NONE, "percent", 0
    z2 = float(ndtri(0.975)) ** 2
    share = hits / cases
    middle = (share + z2 / (2 * cases)) / (1 + z2 / cases)
    half = (z2 * (share * (1 - share) + z2 / (4 * cases)) / cases) ** 0.5 / (1 + z2 / cases)
    # At none or all the formula meets 0 or 1 up to rounding.
    low = 0.0 if hits == 0 else middle - half
    high = 1.0 if hits == cases else middle + half
    return name, 100 * share, 100 * low, 100 * high, "percent", int(cases)


def _shares(cases: pd.DataFrame) -> list[_Row]:
    awarded = cases[cases["awarded"].notna()]
    ended = awarded[awarded["state"] != "awarded"]
    appeals = cases[cases["appealed"]]
    return [
        _share("no-show rate", int(ended["state"].isin(_LAPSED).sum()), len(ended)),
        _share("appeals upheld", int(appeals["upheld"].sum()), len(appeals)),
        _share("awards overridden", int(awarded["overridden"].sum()), len(awarded)),
    ]


def _delays(cases: pd.DataFrame) -> list[_Row]:
    found = []
    for name, (start, end) in _DELAYS.items():
        days = (cases[end] - cases[start]).dropna().dt.total_seconds() / 86_400
        median = float(days.median()) if len(days) else _NONE
        found.append(_plain(f"{name}, median", median, "days", len(days)))
    return found


def _working(cases: pd.DataFrame, work: pd.DataFrame, on: datetime) -> list[_Row]:
    import pandas as pd

    came = cases.loc[cases["arrived"].notna(), ["case", "arrived"]]
    seen = came.merge(work, on="case")
    found = []
    for months in _WORK_MONTHS:
        aim = seen["arrived"] + pd.DateOffset(months=months)
        timed = seen.assign(miss=(seen["at"] - aim).abs())
        near = timed[(timed["miss"] <= pd.Timedelta(days=30.44 * _WINDOW_MONTHS)) & (aim <= on)]
        nearest = near.sort_values("miss").drop_duplicates("case")
        name = f"employed at {months} months, of those observed"
        found.append(_share(name, int(nearest["employed"].sum()), len(nearest)))
    return found


def _staying(cases: pd.DataFrame, on: datetime) -> list[_Row]:
    import pandas as pd

    came = cases[cases["arrived"].notna()]
    found = []
    for months in _STAY_MONTHS:
        aim = came["arrived"] + pd.DateOffset(months=months)
        long = aim <= on
        stayed = came["left"].isna() | (came["left"] > aim)
        name = f"still in the region after {months} months"
        found.append(_share(name, int((stayed & long).sum()), int(long.sum())))
    return found


def _cost(cases: pd.DataFrame, on: datetime) -> list[_Row]:
    import pandas as pd

    came = cases[cases["arrived"].notna()]
    aim = came["arrived"] + pd.DateOffset(months=_STAY_MONTHS[0])
    stayed = (aim <= on) & (came["left"].isna() | (came["left"] > aim))
    long = came[aim <= on]
    count = int(stayed.sum())
    cost = float(long["paid"].sum()) / count if count else _NONE
    return [_plain(f"cost per case that stayed {_STAY_MONTHS[0]} months", cost, "money", count)]
