# SPDX-License-Identifier: Apache-2.0
"""Values of a scenario with their draws: what is not known differs between futures."""

from __future__ import annotations

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import WorkbenchError, raise_faults
from keruen.decide.uncertainty.inputs import Uncertain, sample_inputs
from keruen.scenario.composed import Scenario
from keruen.scenario.schema import Doubt


def drawn(scenario: Scenario, key: str) -> xr.DataArray:
    """A number of the scenario in every year, and in every future where it is uncertain.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    key : str
        Key of a number.

    Returns
    -------
    DataArray [year] or [trajectory, year]
        In the unit of the key. Futures are told apart only where the key is uncertain and the
        scenario has trajectories.

    Raises
    ------
    ScenarioError
        There is no such key, or it is a choice.
    WorkbenchError
        The distribution cannot be drawn from.

    Notes
    -----
    Each key has a random stream of its own name under the seed of the scenario: two scenarios
    over one baseline draw the same numbers, so that their difference is the policy. A draw
    holds in all years: as the value itself, or multiplied with it, or added to it. Draws
    beyond the bounds of the key are refused, never cut.

    Examples
    --------
    >>> from keruen.scenario.compose import compose
    >>> filled = drawn(compose("kaz/quota_5000"), "decide.resettlement.take_up")
    >>> filled.sizes["trajectory"], bool((filled.isel(year=0) == filled.isel(year=-1)).all())
    (200, True)
    """
    held = scenario.series(key)
    doubt = next((one for one in scenario.doubts if one.key == key), None)
    if doubt is None or not scenario.trajectories:
        return held
    draw = sample_inputs(
        [uncertain(doubt, held.attrs["units"])], scenario.trajectories, seed=scenario.seed
    )[key]
    whole = xr.zeros_like(held) + draw
    values = {"value": whole, "scale": held * draw, "add": held + draw}[doubt.how]
    attrs = {name: held.attrs[name] for name in ("units", "kind") if name in held.attrs}
    return stamp(values.transpose("trajectory", "year"), name=key, **attrs)


def uncertain(doubt: Doubt, units: str) -> Uncertain:
    """An uncertain value as the methods of uncertainty know it.

    Parameters
    ----------
    doubt : Doubt
        What a scenario says of it; the distribution is checked when it is drawn from.
    units : str
        Unit of its key.

    Returns
    -------
    Uncertain
    """
    return Uncertain(doubt.key, doubt.dist, doubt.values, units, doubt.source["en"])  # type: ignore[arg-type]


def check_doubts(scenario: Scenario) -> None:
    """Refuse distributions that cannot be drawn from, or that leave the bounds of their key.

    Parameters
    ----------
    scenario : Scenario
        Scenario.

    Raises
    ------
    WorkbenchError
        All faults at once, each with its file and line.
    """
    faults: list[WorkbenchError] = []
    for doubt in scenario.doubts:
        key = scenario.keys[doubt.key]
        try:
            values = drawn(scenario, doubt.key)
        except WorkbenchError as fault:
            fault.where = str(doubt.place)
            faults.append(fault)
            continue
        low, high = float(values.min()), float(values.max())
        if not (np.isfinite([low, high]).all() and key.low <= low and high <= key.high):
            faults.append(
                WorkbenchError(
                    f"draws run from {low:g} to {high:g}, outside {key.low:g} to {key.high:g}",
                    where=str(doubt.place),
                    remedy="choose a distribution that stays within the bounds of the key",
                    id="OutOfBounds",
                )
            )
    raise_faults(faults, where=scenario.name)
