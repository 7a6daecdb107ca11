# SPDX-License-Identifier: Apache-2.0
"""A run over the price of a personal permit: calibration, prices, peaks, indicators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.errors import FaultsError, SchemaError, WorkbenchError, raise_faults
from keruen.decide.permits import (
    Market,
    PriceCurve,
    Shortfall,
    calibrate_beta,
    price_curve,
    quota_shortfall,
    share_legal,
)
from keruen.decide.uncertainty import Sensitivity, sample_inputs
from keruen.report.flow_run import Step, quiet
from keruen.report.permit_register import Register, empty_register, read_register
from keruen.report.policy_changes import Changes, with_changes
from keruen.report.policy_inputs import Assumed, read_assumptions
from keruen.report.regularise_run import case_of, is_country, sensitivity_of
from keruen.sources.parameters import read_parameters
from keruen.sources.policy_files import PERMIT_PARTS, PolicyFiles, read_policy

_MORE: Final = (0.0, np.inf)
LIMITS: Final[dict[str, tuple[float, float]]] = {
    **dict.fromkeys(("price", "workers", "in_force", "wage_irregular", "paperwork", "sanction",
                     "paid_months", "price_top"), _MORE),
    "quota": (1.0, np.inf),
    "wage_premium": (-1.0, np.inf),
    "detection": (0.0, 1.0),
    "months_per_payment": (0.01, 120.0),
}  # fmt: skip
"""Every assumption of the model, with the least and most it may be."""

_NEEDED: Final = ("price", "in_force", "workers", "wage_irregular", "wage_premium")
_POINTS: Final = 61
_QUOTA_YEAR: Final = "2014-06-01"


@dataclass(frozen=True)
class PermitRun:
    """What a run used and what it found.

    Parameters
    ----------
    curve : PriceCurve
        Prices over all draws.
    today : PriceCurve
        The price asked today.
    at_peaks : dict of str to DataArray
        ``legal_lost`` (persons) and ``revenue_gained`` (money a year) of moving from today's
        price to that of the highest revenue.
    beta : DataArray [trajectory]
        Response to the price.
    shortfall : Shortfall
        Russia 2014: a quota far below those who worked.
    quota_case : (float, float)
        Permits and workers of that year.
    register : Register
        What a register of permits says; empty where none was given.
    sensitivity : Sensitivity or None
        Which assumption moves the price of the highest revenue.
    unmoved : str
        Why there is no sensitivity; empty where there is.
    assumed : Assumed
        Assumptions.
    files : PolicyFiles
        Tables as given.
    priced : str
        Year of the prices; empty where the calendar does not say.
    options : dict
        Options as given.
    """

    curve: PriceCurve
    today: PriceCurve
    at_peaks: Mapping[str, xr.DataArray]
    beta: xr.DataArray
    shortfall: Shortfall
    quota_case: tuple[float, float]
    register: Register
    sensitivity: Sensitivity | None
    unmoved: str
    assumed: Assumed
    files: PolicyFiles
    priced: str
    options: Mapping[str, object]


def run_permits(
    given: Path | str = "KAZ",
    *,
    on: date | None = None,
    draws: int = 4000,
    seed: int = 1,
    size: int = 512,
    changes: Changes | None = None,
    step: Step | None = None,
) -> PermitRun:
    """Run the model of a permit's price over draws of what is not known.

    Parameters
    ----------
    given : Path or str
        Workbook or folder with the sheet or file ``assumptions``, and perhaps ``calendar``
        and ``permits``; or a country with a case in the package (KAZ, RUS).
    on : date, optional
        Day of the indicators; the last first day of a permit when not given.
    draws : int, optional
        Draws.
    seed : int, optional
        Seed of the draws.
    size : int, optional
        Size of a sample for the sensitivity, a power of 2; 0 for none.
    changes : mapping of str to mapping of str to float, optional
        New numbers of assumptions, by name and by which: ``low``, ``value``, ``high``.
    step : callable, optional
        Told how far the work is.

    Returns
    -------
    PermitRun

    Raises
    ------
    WorkbenchError
        Whatever is wrong with the tables, all of it at once.
    CoverageError
        The package has no case of the country (``NoCase``).
    ConvergenceError
        No response to the price explains the permits (``Unidentified``).

    See Also
    --------
    keruen.report.permit_page.permit_report : Tells it.

    Examples
    --------
    >>> run = run_permits("RUS", draws=200, size=0)
    >>> run.curve.revenue.sel(price=0).max().item()
    0.0
    """
    tell = step or quiet
    tell(0.05, "reading")
    name = case_of(given, "", prefix="permits-") if is_country(given) else given
    files = with_changes(read_policy(name, PERMIT_PARTS, needed=["assumptions"]), changes or {})
    assumed, register = _inputs(files, on)
    tell(0.2, "draws")
    inputs = list(assumed.inputs.values())
    drawn = sample_inputs(inputs, draws, seed=seed)
    price = assumed.fixed("price", 0.0)
    today = _curve(drawn, [price])[0]
    top = assumed.fixed("price_top", _round_up(max(4 * price, 1.7 * _middle(today.revenue_peak))))
    prices = [float(one) for one in np.linspace(0.0, top, _POINTS)]
    curve, beta = _curve(drawn, prices)
    tell(0.4, "sensitivity")

    def peak(some: xr.Dataset) -> xr.DataArray:
        return _curve(some, [price])[0].revenue_peak

    moved, why = sensitivity_of(peak, inputs, size, seed)
    law = read_parameters("rus")
    quota, workers = (
        float(str(law.value(key, _QUOTA_YEAR)))
        for key in ("rus.labour_quota.permits", "rus.foreign_workers")
    )
    return PermitRun(
        curve, today, _at_peak(drawn, curve, today, beta), beta,
        quota_shortfall(workers, quota=quota), (quota, workers), register, moved, why, assumed,
        files, _days(files).get("prices", "")[:4],
        {"given": Path(given).name, "case": files.case, "on": on.isoformat() if on else None,
         "draws": draws, "seed": seed, "sensitivity_size": size},
    )  # fmt: skip


def _middle(array: xr.DataArray) -> float:
    return float(np.median(array.to_numpy()))


def _round_up(price: float) -> float:
    """The next number that divides well: 1, 2, 3, 5 or 8 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(price)) if price > 0 else 1.0
    return float(next(n * power for n in (1, 2, 3, 5, 8, 10) if n * power >= price))


def _days(files: PolicyFiles) -> dict[str, str]:
    """Events of the calendar, where there is one."""
    if "calendar" not in files.tables:
        return {}
    calendar = files.tables["calendar"]
    return {str(e): str(d) for e, d in zip(calendar["event"], calendar["day"], strict=True)}


def _inputs(files: PolicyFiles, on: date | None) -> tuple[Assumed, Register]:
    """Assumptions and what the register says, the faults of both at once."""
    priced = _days(files).get("prices")
    assumed, register, faults = None, empty_register(), list[WorkbenchError]()
    try:
        assumed = read_assumptions(
            files.tables["assumptions"], LIMITS, needed=_NEEDED,
            day=None if priced is None else date.fromisoformat(str(priced)[:10]),
        )  # fmt: skip
    except FaultsError as found:
        faults += found.faults
    except WorkbenchError as fault:
        faults.append(fault)
    try:
        if "permits" in files.tables:
            limited = assumed is not None and "quota" in assumed.inputs
            quota = round(assumed.fixed("quota", 0)) if assumed and limited else None
            register = read_register(files.tables["permits"], on=on, quota=quota)
    except FaultsError as found:
        faults += found.faults
    except WorkbenchError as fault:
        faults.append(fault)
    raise_faults(faults, where="the tables of permits")
    if assumed is None:
        raise SchemaError("there are no assumptions", where=str(files.case))
    return assumed, register


def _market(drawn: xr.Dataset) -> tuple[Market, dict[str, xr.DataArray]]:
    """The market of each draw, and the inputs by name."""
    held = {str(name): drawn[name].drop_attrs() for name in drawn.data_vars}
    optional = ("paperwork", "detection", "sanction", "months_per_payment", "paid_months")
    market = Market(
        held["workers"],
        held["wage_irregular"] * (1 + held["wage_premium"]),
        held["wage_irregular"],
        **{name: held[name] for name in optional if name in held},
    )
    return market, held


def _curve(drawn: xr.Dataset, prices: list[float]) -> tuple[PriceCurve, xr.DataArray]:
    """Prices for draws of the inputs, with the response that today's pair implies."""
    market, held = _market(drawn)
    beta = calibrate_beta(market, price=held["price"], in_force=held["in_force"])
    return price_curve(market, prices, beta=beta, quota=held.get("quota")), beta


def _at_peak(
    drawn: xr.Dataset, curve: PriceCurve, today: PriceCurve, beta: xr.DataArray
) -> dict[str, xr.DataArray]:
    """What the price of the highest revenue does, against today's."""
    market, held = _market(drawn)
    asked = share_legal(market, curve.revenue_peak, beta=beta) * held["workers"]
    legal = asked if "quota" not in held else asked.where(asked <= held["quota"], held["quota"])
    checked = market.checked()
    each = curve.revenue_peak / checked["months_per_payment"] * checked["paid_months"]
    return {
        "legal_lost": today.legal.isel(price=0, drop=True) - legal,
        "revenue_gained": each * legal - today.revenue.isel(price=0, drop=True),
    }
