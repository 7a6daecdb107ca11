# SPDX-License-Identifier: Apache-2.0
"""Which uncertain value of a scenario moves which outcome: shares of variance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import xarray as xr

from keruen.core.errors import ScenarioError
from keruen.report.flow_run import Step, quiet
from keruen.scenario.composed import Scenario, with_draws
from keruen.scenario.draws import uncertain
from keruen.scenario.measurement import UNDERCOUNT
from keruen.scenario.outcomes import OUTCOMES
from keruen.scenario.run import deterministic, follow
from keruen.scenario.settlement import RETENTION, SIZE, TAKE_UP
from keruen.scenario.stages import Arrays

if TYPE_CHECKING:
    import pandas as pd

_SIZE: Final = 1024
_COMING: Final = (SIZE, TAKE_UP, RETENTION)
_REGIONAL: Final = "_by_region"
_OTHER: Final = "welfare_"
"""Outcomes with draws of their own; ``keruen welfare`` tells what is behind those."""


def sensitivity(scenario: Scenario, *, size: int = _SIZE, step: Step = quiet) -> pd.DataFrame:
    """Shares of the variance of each outcome that each uncertain value accounts for.

    Parameters
    ----------
    scenario : Scenario
        Scenario with uncertain values.
    size : int, optional
        Size of one sample, a power of 2.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    DataFrame
        ``outcome, input, first, first_low, first_high, total, total_low, total_high``: the
        shares of Sobol with 95% bootstrap intervals. Flows are summed over the horizon, stocks
        are those of its last year. An outcome that no uncertain value moves has no rows.

    Raises
    ------
    ScenarioError
        Nothing in the scenario is uncertain (``NothingVaries``), or the undercount is, whose
        effect goes through the whole projection (``NotVaried``).
    SchemaError
        SALib is not installed (``ExtraMissing``), or the size is not a power of 2.

    See Also
    --------
    keruen.decide.uncertainty.sobol_indices : The shares.

    Notes
    -----
    Population and labour stand on their medium here, so that the shares are of what is not
    known about the policy alone. They answer a programme in proportion to the people who
    come, because the cohort-component model is linear in migrants: two runs, without the
    programme and with it, give every other one exactly.

    Examples
    --------
    >>> from keruen.scenario.compose import compose
    >>> table = sensitivity(compose("kaz/quota_5000"), size=64)
    >>> came = table[table["outcome"] == "newcomers"].set_index("input")["first"]
    >>> came.idxmax()
    'decide.resettlement.persons_per_family'
    """
    from keruen.decide.uncertainty import sobol_indices

    if not scenario.doubts:
        raise ScenarioError(
            "nothing in the scenario is uncertain",
            where=scenario.name,
            remedy="give 'uncertain:' with distributions",
            id="NothingVaries",
        )
    if any(one.key == UNDERCOUNT for one in scenario.doubts):
        raise ScenarioError(
            "what an uncertain undercount moves is not told",
            where=scenario.name,
            remedy=f"ask for the sensitivity with {UNDERCOUNT} set to one value",
            id="NotVaried",
        )
    without, given = deterministic(with_draws(scenario, 0, scenario.seed), step=step)
    inputs = [uncertain(one, scenario.keys[one.key].unit) for one in scenario.doubts]

    def model(drawn: xr.Dataset) -> xr.DataArray:
        return _outcomes(scenario, without, given, drawn)

    found = sobol_indices(model, inputs, size=size, seed=scenario.seed).to_table()
    return found.dropna(subset=["first"]).reset_index(drop=True)


def _outcomes(
    scenario: Scenario, without: Arrays, given: Arrays, drawn: xr.Dataset
) -> xr.DataArray:
    """Outcomes of the country for every draw, along one dimension."""

    def value(key: str) -> xr.DataArray:
        held = scenario.series(key)
        doubt = next((one for one in scenario.doubts if one.key == key), None)
        if doubt is None:
            return held
        draw = drawn[key]
        return {"value": xr.zeros_like(held) + draw, "scale": held * draw, "add": held + draw}[
            doubt.how
        ]

    ratio: xr.DataArray | float = 1.0
    for key in _COMING:
        ratio = ratio * (value(key) / scenario.series(key)).isel(year=0, drop=True)
    arrays = {
        name: without[name] + (array - without[name]) * ratio if name in without else array
        for name, array in given.items()
    }
    arrays["newcomers"] = given["newcomers"] * ratio
    arrays |= follow(scenario, arrays, value)
    parts = []
    for name, one in OUTCOMES.items():
        if (
            name.endswith(_REGIONAL)
            or name.startswith(_OTHER)
            or (scenario.outcomes and name not in scenario.outcomes)
        ):
            continue
        years = one.of(arrays).sel(year=slice(scenario.years[0], scenario.years[-1]))
        total = years.sum("year") if one.flow else years.isel(year=-1, drop=True)
        whole = total + 0.0 * drawn[scenario.doubts[0].key]
        parts.append(whole.expand_dims(outcome=[name]))
    return xr.concat(parts, "outcome").transpose("trajectory", "outcome")
