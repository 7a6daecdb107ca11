# SPDX-License-Identifier: Apache-2.0
"""Who gains by the people of a return programme: migrants, receiving and sending countries."""

from __future__ import annotations

from typing import Final

import xarray as xr

from keruen.core.arrays import stamp
from keruen.scenario.composed import Scenario
from keruen.scenario.stages import Arrays

SIDES: Final = ("migrant", "receiving", "sending")
_DRAWS: Final = 200
_HORIZON: Final = "long_run"


def gains(scenario: Scenario, newcomers: xr.DataArray) -> Arrays:
    """Gains a year of each side from the people who come by the programme.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    newcomers : DataArray [year, region] or [trajectory, year, region], persons
        People who come beyond the published projection.

    Returns
    -------
    dict of str to DataArray
        ``welfare_migrant``, ``welfare_receiving`` and ``welfare_sending``: what one year's
        arrivals bring a year in the long run, sides never added.

    See Also
    --------
    keruen.report.welfare_run.run_welfare : The ledger itself.

    Notes
    -----
    The ledger is reckoned once, for the mean number of arrivals, and goes with their number:
    it is nearly linear in an inflow that is small beside the labour force. Arrivals are spread
    over countries of origin as the country's immigrants of today are.
    """
    from keruen.report.welfare_run import run_welfare

    came = newcomers.sum("region")
    usual = float(came.where(came != 0).mean())
    if not abs(usual) > 0:
        return {f"welfare_{side}": _money(0.0 * came, side) for side in SIDES}
    run = run_welfare(
        scenario.country, inflow=abs(usual), draws=scenario.trajectories or _DRAWS,
        seed=scenario.seed, sensitivity=False, treasury=False,
    )  # fmt: skip
    ledger = run.directions["in"].ledger
    if ledger is None:
        return {}
    sides = ledger.table.sides().sel(scenario=_HORIZON, drop=True)
    if not scenario.trajectories:
        sides = sides.mean("trajectory")
    each = sides / abs(usual)
    return {
        f"welfare_{side}": _money(came * each.sel(party=side, drop=True), side) for side in SIDES
    }


def _money(value: xr.DataArray, side: str) -> xr.DataArray:
    return stamp(value, name=f"welfare_{side}", units="international dollars a year", kind="money")
