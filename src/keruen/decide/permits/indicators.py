# SPDX-License-Identifier: Apache-2.0
"""What a table of permits says: issued, in force, months paid, refusals, quota, employers."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import few, stamp
from keruen.core.errors import AccountError, SchemaError, WorkbenchError, raise_faults
from keruen.decide.permits.renewals import PAID

if TYPE_CHECKING:
    import pandas as pd

NEEDED: Final = ("permit", "outcome", "start", "end")
OUTCOMES: Final = ("issued", "refused")
_LARGEST: Final = 5


def permit_indicators(permits: pd.DataFrame, *, on: date, quota: int | None = None) -> pd.DataFrame:
    """Indicators of a table of permits on a day.

    Parameters
    ----------
    permits : DataFrame
        A row an application: ``permit`` (number, each once), ``outcome`` (``issued`` or
        ``refused``), ``start`` and ``end`` (first day of the permit, and first day after it;
        empty where refused); and where held ``paid_months``, ``paid`` (money),
        ``employer``, ``reason`` (of refusal), ``complaint`` (0 or 1).
    on : date
        Day of the report: permits begun later are left out.
    quota : int, optional
        Most permits of the period.

    Returns
    -------
    DataFrame
        Columns ``indicator``, ``item`` (reason or rank of employers), ``value``, ``unit``,
        ``of`` (cases behind it). An indicator whose column is not held is not there.

    Raises
    ------
    SchemaError
        A column is missing (``MissingColumn``), a permit stands twice (``DuplicateKey``), an
        outcome is unknown, or an issued permit has no days or ends before it starts
        (``InputError``); all faults at once.
    AccountError
        More permits were issued than the quota has (``CoherenceError``).

    See Also
    --------
    keruen.decide.permits.mean_paid_months : Months paid, with those still paying.

    Notes
    -----
    In force: ``start <= on < end``. Revenue a worker: money paid over permits issued.
    Concentration of employers: the Herfindahl index of their shares of permits issued, and
    the share of the five largest.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({
    ...     "permit": ["a", "b", "c"], "outcome": ["issued", "issued", "refused"],
    ...     "start": pd.to_datetime(["2026-01-01", "2026-05-01", None]),
    ...     "end": pd.to_datetime(["2026-04-01", "2026-08-01", None]),
    ...     "reason": ["", "", "criminal record"]})
    >>> found = permit_indicators(table, on=date(2026, 6, 30), quota=4)
    >>> found[["indicator", "item", "value"]].values.tolist()
    [['issued', '', 2.0], ['in_force', '', 1.0], ['refused', '', 1.0],
     ['refused_for', 'criminal record', 1.0], ['quota_use', '', 0.5]]
    """
    import pandas as pd

    raise_faults(_faults(permits), where="the table of permits")
    day = pd.Timestamp(on)
    held = permits[~(permits["start"] > day)]
    issued = held[held["outcome"] == "issued"]
    refused = held[held["outcome"] == "refused"]
    in_force = int(((issued["start"] <= day) & (issued["end"] > day)).sum())
    rows: list[tuple[str, str, float, str, int]] = [
        ("issued", "", len(issued), "persons", len(held)),
        ("in_force", "", in_force, "persons", len(issued)),
        ("refused", "", len(refused), "persons", len(held)),
    ]
    if "reason" in held:
        counts = refused["reason"].replace("", None).fillna("not stated").value_counts()
        ordered = sorted(counts.items(), key=lambda one: (-one[1], str(one[0])))
        rows += [("refused_for", str(why), n, "persons", len(refused)) for why, n in ordered]
    rows += list(_paid(issued))
    if quota is not None:
        rows.append(("quota_use", "", _quota_use(len(issued), quota), "share", len(issued)))
    rows += list(_employers(issued))
    if "complaint" in held:
        rows.append(("complaints", "", float(held["complaint"].sum()), "persons", len(held)))
    frame = pd.DataFrame(rows, columns=["indicator", "item", "value", "unit", "of"])
    return frame.astype({"value": float})


def paid_month_counts(permits: pd.DataFrame, *, on: date) -> tuple[xr.DataArray, xr.DataArray]:
    """People who stopped paying after each month paid for, and those who could have.

    Parameters
    ----------
    permits : DataFrame
        As of :func:`permit_indicators`, with ``paid_months`` in whole months of 1 or more.
    on : date
        Day of the report: a permit that still runs then has not been stopped.

    Returns
    -------
    tuple of DataArray [paid_month], persons
        ``ended`` and ``at_risk``, for :func:`~keruen.decide.permits.renewal_hazard`, up to
        the last month in which anybody was at risk.

    Raises
    ------
    SchemaError
        Months paid for are missing or not whole, of an issued permit (``InputError``), or
        nobody has stopped yet (``NothingEnded``).

    See Also
    --------
    keruen.decide.permits.renewal_survival : Makes the curve of it.

    Notes
    -----
    Who paid for ``k`` months and whose permit has ended was at risk after each month up to
    ``k`` and stopped after it; whose permit still runs was at risk up to ``k - 1``, and no
    further than the months that have passed: months paid ahead are not taken for staying.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({
    ...     "permit": ["a", "b", "c"], "outcome": "issued", "paid_months": [1, 2, 2],
    ...     "start": pd.to_datetime("2026-01-01"),
    ...     "end": pd.to_datetime(["2026-02-01", "2026-03-01", "2026-12-01"])})
    >>> ended, at_risk = paid_month_counts(table, on=date(2026, 6, 30))
    >>> ended.values.tolist(), at_risk.values.tolist()
    ([1, 1], [3, 1])
    """
    import pandas as pd

    day = pd.Timestamp(on)
    issued = permits[(permits["outcome"] == "issued") & ~(permits["start"] > day)]
    months = issued["paid_months"].to_numpy(dtype=float)
    odd = ~(np.isfinite(months) & (months >= 1) & (months == np.floor(months)))
    if odd.any():
        raise SchemaError("months paid for are missing or not whole",
                          where=few(issued.loc[odd, "permit"]), remedy="give 1 or more",
                          id="InputError")  # fmt: skip
    over = (issued["end"] <= day).to_numpy()
    if not over.any():
        raise SchemaError(
            "no permit has ended yet", where=f"on {on}", remedy="look later, or give older permits",
            id="NothingEnded",
        )  # fmt: skip
    seen = np.where(over, months, np.minimum(months - 1, _months_since(issued["start"], day)))
    steps = np.arange(1, int(seen.max()) + 1)
    ended = ((months == steps[:, None]) & over).sum(axis=1)
    at_risk = (seen >= steps[:, None]).sum(axis=1)
    label = {PAID: steps}
    return (
        stamp(xr.DataArray(ended, label), name="ended", units="persons", kind="count"),
        stamp(xr.DataArray(at_risk, label), name="at_risk", units="persons", kind="count"),
    )


def _months_since(start: pd.Series[pd.Timestamp], day: pd.Timestamp) -> np.ndarray:
    """Whole months of the calendar from each start to a day."""
    passed = (day.year - start.dt.year) * 12 + day.month - start.dt.month
    return (passed - (day.day < start.dt.day)).to_numpy()


def _faults(permits: pd.DataFrame) -> list[WorkbenchError]:
    lacks = [name for name in NEEDED if name not in permits]
    if lacks:
        return [SchemaError(f"the table has no column {few(lacks)}", where=few(permits.columns),
                            remedy="add it", id="MissingColumn")]  # fmt: skip
    found: list[WorkbenchError] = []
    twice = permits.loc[permits["permit"].duplicated(), "permit"]
    odd = permits.loc[~permits["outcome"].isin(OUTCOMES), "permit"]
    issued = permits[permits["outcome"] == "issued"]
    undated = issued.loc[issued["start"].isna() | issued["end"].isna(), "permit"]
    reverse = issued.loc[issued["end"] <= issued["start"], "permit"]
    for cases, what, remedy, id in (
        (twice, "permits stand twice", "keep one row of each", "DuplicateKey"),
        (odd, "an outcome is unknown", f"write {' or '.join(OUTCOMES)}", "InputError"),
        (undated, "issued permits have no first or last day", "give both", "InputError"),
        (reverse, "permits end before they start", "correct the days", "InputError"),
    ):
        if len(cases):
            found.append(SchemaError(what, where=few(cases), remedy=remedy, id=id))
    return found


def _paid(issued: pd.DataFrame) -> list[tuple[str, str, float, str, int]]:
    rows = []
    for name, key, unit in (
        ("paid_months", "mean_paid_months", "months"), ("paid", "revenue_per_worker", "money"),
    ):  # fmt: skip
        if name in issued and issued[name].notna().any():
            known = issued[name].dropna()
            rows.append((key, "", float(known.mean()), unit, len(known)))
    return rows


def _quota_use(issued: int, quota: int) -> float:
    if issued > quota:
        raise AccountError(
            f"{issued:,} permits were issued under a quota of {quota:,}",
            where="quota",
            remedy="give the quota of the period that the table covers",
            id="CoherenceError",
        )
    return issued / quota if quota else float("nan")


def _employers(issued: pd.DataFrame) -> list[tuple[str, str, float, str, int]]:
    if "employer" not in issued:
        return []
    counts: Any = issued["employer"].replace("", None).dropna().value_counts()
    if not len(counts):
        return []
    shares = counts / counts.sum()
    known = int(counts.sum())
    return [
        ("employers", "", float(len(counts)), "employers", known),
        ("employer_concentration", "", float((shares**2).sum()), "index", known),
        ("largest_employers", str(_LARGEST), float(shares.head(_LARGEST).sum()), "share", known),
    ]
