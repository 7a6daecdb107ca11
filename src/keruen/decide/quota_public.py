# SPDX-License-Identifier: Apache-2.0
"""What a quota office may publish of its ledger: counts without anybody in them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.decide.ledger import QuotaLedger
from keruen.decide.ledger_indicators import quota_indicators
from keruen.decide.quota_forecast import exhaustion_forecast
from keruen.measure.disclosure import TOTAL, ProtectedCounts, hide_small_counts

if TYPE_CHECKING:
    import pandas as pd

_ACCOUNTS: Final = ("reserved", "used", "free")
_RATES: Final = {"use rate": "used", "reserve rate": "reserved"}
_NO_GROUP: Final = "none"


def public_tables(
    ledger: QuotaLedger, *, on: datetime, threshold: int = 5, log: bool = True
) -> dict[str, pd.DataFrame]:
    """Tables of a quota report in which no small count can be read or worked out.

    Parameters
    ----------
    ledger : QuotaLedger
        The ledger.
    on : datetime
        Day of the report, with its time zone.
    threshold : int, optional
        Smallest count of people or cases that may be shown.
    log : bool, optional
        Whether the whole chain is wanted too, which is long.

    Returns
    -------
    dict of str to DataFrame
        ``balances`` (quota, year, region, programme, total, carried_in, carried_out, reserved,
        used, free, closed, hidden), ``cases`` (quota, group, state, cases, hidden),
        ``indicators``, ``spending`` (quota, support, cases, amount, hidden; totals of cases
        count a case once for each kind of support), ``forecast``, and
        ``log`` (seq, digest, hash). A figure that is hidden is missing, and ``hidden`` says why:
        ``small``, or ``secondary`` so that a small one cannot be worked out.

    Raises
    ------
    SchemaError
        The day has no time zone, or the threshold is below 2.

    See Also
    --------
    keruen.measure.disclosure.hide_small_counts : The method.

    Notes
    -----
    Balances are protected as one table whose total is what was available; cases as one table
    by quota, group and state with all its totals, so that no two margins undo each other. Of an
    indicator, the number of cases is rounded to a multiple of the threshold and a share to a
    whole percent, without its interval, since exact ones would be sums of hidden cells; a share
    whose cases, or those counted or left out by it, are few is hidden.
    """
    balances = _balances(ledger, threshold)
    return {
        "balances": balances,
        "cases": _cases(ledger, threshold),
        "indicators": _indicators(ledger, balances, on, threshold),
        "spending": _spending(ledger, threshold),
        "forecast": _forecast(ledger, on),
        **({"log": ledger.public_log()} if log else {}),
    }


def _balances(ledger: QuotaLedger, threshold: int) -> pd.DataFrame:
    table = ledger.balances()
    shown = table.drop(columns=["waiting", "spent"])
    if table.empty:
        return shown.assign(hidden="")
    counts = xr.DataArray(
        table[list(_ACCOUNTS)].to_numpy(dtype=np.int64),
        coords={"quota": table["quota"].tolist(), "account": list(_ACCOUNTS)},
        dims=("quota", "account"),
    )
    safe = hide_small_counts(counts, threshold=threshold)
    own = {"quota": table["quota"].tolist()}
    for name in _ACCOUNTS:
        shown[name] = safe.counts.sel(own, drop=True).sel(account=name).to_numpy()
    why = safe.changed.sel(own).sel(account=list(_ACCOUNTS)).to_numpy()
    words = [
        "; ".join(f"{a}: {w}" for a, w in zip(_ACCOUNTS, row, strict=True) if w) for row in why
    ]
    return shown.assign(hidden=words)


def _cases(ledger: QuotaLedger, threshold: int) -> pd.DataFrame:
    import pandas as pd

    cases = ledger.cases()
    columns = ["quota", "group", "state", "cases", "hidden"]
    if cases.empty:
        return pd.DataFrame(columns=columns)
    cases["group"] = cases["group"].replace("", _NO_GROUP)
    counted = cases.groupby(["quota", "group", "state"]).size()
    return _table(hide_small_counts(_counts(counted), threshold=threshold), "cases")[columns]


def _counts(series: pd.Series[int]) -> xr.DataArray:
    """Counts of all combinations of labels, zero where nobody is."""
    return xr.DataArray.from_series(series).fillna(0).astype(np.int64)


def _table(safe: ProtectedCounts, name: str) -> pd.DataFrame:
    """One row a cell, those of nobody left out."""
    frame = safe.counts.to_series().rename(name).reset_index()
    frame["hidden"] = safe.changed.to_series().to_numpy()
    return frame[frame[name] != 0].reset_index(drop=True)


def _spending(ledger: QuotaLedger, threshold: int) -> pd.DataFrame:
    import pandas as pd

    paid = ledger.spending()
    columns = ["quota", "support", "cases", "amount", "hidden"]
    if paid.empty:
        return pd.DataFrame(columns=columns)
    counts = _counts(paid.set_index(["quota", "support"])["cases"])
    shown = _table(hide_small_counts(counts, threshold=threshold), "cases")
    amounts = {
        key: frame["amount"].sum()
        for by in (["quota", "support"], ["quota"], ["support"], [])
        for key, frame in _each(paid, by)
    }
    keys = list(zip(shown["quota"], shown["support"], strict=True))
    hidden = [key for key, why in zip(keys, shown["hidden"], strict=True) if why]
    # Rules tell what a payment may be, so a sum of money tells of its parts what a sum of
    # cases does not: it is shown only with all of them.
    whole = [not any(_within(part, key) for part in hidden) for key in keys]
    amount = pd.Series([amounts[key] for key in keys], dtype=float)
    return shown.assign(amount=amount.where(pd.Series(whole, dtype=bool)))[columns]


def _within(part: tuple[str, str], cell: tuple[str, str]) -> bool:
    return all(outer in {inner, TOTAL} for inner, outer in zip(part, cell, strict=True))


def _each(paid: pd.DataFrame, by: list[str]) -> list[tuple[tuple[str, str], pd.DataFrame]]:
    """Rows by the labels of a cell, the total where a label is not asked for."""
    groups = paid.groupby(by) if by else [((), paid)]
    found = []
    for labels, frame in groups:
        named = dict(zip(by, labels, strict=True))
        found.append(((str(named.get("quota", TOTAL)), str(named.get("support", TOTAL))), frame))
    return found


def _indicators(
    ledger: QuotaLedger, balances: pd.DataFrame, on: datetime, threshold: int
) -> pd.DataFrame:
    import pandas as pd

    found = quota_indicators(ledger, on=on).drop(columns=["lower", "upper"])
    if found.empty:
        return found.assign(hidden="")
    value, cases = found["value"], found["cases"]
    hits = value * cases / 100
    few = (cases > 0) & (cases < threshold)
    some = ((hits > 0.5) & (hits < threshold - 0.5)) | (
        (cases - hits > 0.5) & (cases - hits < threshold - 0.5)
    )
    account = found["indicator"].map(_RATES)
    held = balances.set_index("quota")[list(_ACCOUNTS)].isna()
    of_account = pd.Series(
        [
            bool(held.loc[quota, name]) if isinstance(name, str) else False
            for quota, name in zip(found["quota"], account, strict=True)
        ]
    )
    shares = found["unit"].eq("percent") & account.isna()
    hidden = few | (some & shares) | of_account
    rough = (cases / threshold).round() * threshold
    return found.assign(
        value=value.round(0).where(shares, value.round(1)).mask(hidden),
        cases=rough.where(account.isna(), cases).mask(hidden),
        hidden=hidden.map({True: "small", False: ""}),
    )


def _forecast(ledger: QuotaLedger, on: datetime) -> pd.DataFrame:
    """Days alone: how many ask, and for how much, would tell of the last few."""
    found = exhaustion_forecast(ledger, on=on)
    return found[["quota", "early", "middle", "late", "forecast"]]
