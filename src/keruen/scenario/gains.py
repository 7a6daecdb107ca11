# SPDX-License-Identifier: Apache-2.0
"""Who gains by the people of a return programme: migrants, receiving and sending countries."""

from __future__ import annotations

from typing import Final

import xarray as xr

from keruen.core.arrays import stamp
from keruen.scenario.composed import Scenario
from keruen.scenario.draws import drawn
from keruen.scenario.settlement import FAMILIES, RETENTION, SIZE, TAKE_UP
from keruen.scenario.stages import Arrays

SIDES: Final = ("migrant", "receiving", "sending")
ORIGINS: Final = ("UZB", "TKM", "TJK", "KGZ")
"""Countries that ethnic return comes from and whose moves to Kazakhstan are recorded."""
_USUAL: Final = 1000.0
_DRAWS: Final = 200
_HORIZON: Final = "long_run"


def gains(scenario: Scenario) -> Arrays:
    """Gains a year of each side from the people who come by the programme.

    Parameters
    ----------
    scenario : Scenario
        Scenario.

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
    All people of the quota count, also those whom the published projection includes, so that
    every scenario has its account and two scenarios differ by the policy. The ledger is
    reckoned once, for the mean number of arrivals, and goes with their number: it is nearly
    linear in an inflow that is small beside the labour force. Arrivals are spread over Central
    Asian countries of origin as recorded moves of the last year are; moves from China, where
    many come from, are not recorded by country and are reckoned as the others.
    """
    from keruen.report.welfare_run import run_welfare

    came = scenario.series(FAMILIES) * drawn(scenario, SIZE) * drawn(scenario, TAKE_UP)
    came = came * drawn(scenario, RETENTION)
    usual = float(came.where(came > 0).mean()) if bool((came > 0).any()) else _USUAL
    run = run_welfare(
        scenario.country, inflow=usual, partners=ORIGINS, draws=scenario.trajectories or _DRAWS,
        seed=scenario.seed, sensitivity=False, treasury=False,
    )  # fmt: skip
    ledger = run.directions["in"].ledger
    if ledger is None:
        return {}
    sides = ledger.table.sides().sel(scenario=_HORIZON, drop=True)
    if not scenario.trajectories:
        sides = sides.mean("trajectory")
    each = sides / usual
    return {
        f"welfare_{side}": _money(came * each.sel(party=side, drop=True), side) for side in SIDES
    }


def _money(value: xr.DataArray, side: str) -> xr.DataArray:
    return stamp(value, name=f"welfare_{side}", units="international dollars a year", kind="money")
