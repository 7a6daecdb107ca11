# SPDX-License-Identifier: Apache-2.0
"""Choice among options when the future is not known: regret, targets met, the worst case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import xarray as xr

from keruen.core.arrays import few, require_dims, same_cells, stamp
from keruen.core.errors import CodeError, CoverageError, SchemaError
from keruen.core.tables import to_table

if TYPE_CHECKING:
    import pandas as pd

Better = Literal["more", "less"]
_TAIL: Final = 0.9


@dataclass(frozen=True)
class Robustness:
    """How each option fares over all futures.

    Parameters
    ----------
    regret : DataArray [scenario, trajectory], unit of the outcome
        What the option loses, future by future, against the best option of that future.
    expected, worst : DataArray [scenario], unit of the outcome
        Mean outcome, and the outcome of the option's worst future.
    regret_max, regret_90 : DataArray [scenario], unit of the outcome
        Largest regret, and the regret that nine futures in ten stay within.
    satisfied : DataArray [scenario], share, or None
        Share of futures in which all targets hold; None when no targets were given.
    best : mapping of str to str
        Option that each rule picks: ``expected``, ``maximin`` (best worst case), ``regret``
        (least largest regret), and ``satisficing`` when there were targets. Rules may
        disagree; none of them decides.

    See Also
    --------
    robustness : Makes it.
    """

    regret: xr.DataArray
    expected: xr.DataArray
    worst: xr.DataArray
    regret_max: xr.DataArray
    regret_90: xr.DataArray
    satisfied: xr.DataArray | None
    best: Mapping[str, str]

    def to_table(self) -> pd.DataFrame:
        """Table of options, one row an option.

        Returns
        -------
        DataFrame
            ``scenario``, ``expected``, ``worst``, ``regret_max``, ``regret_90``, ``satisfied``
            when there were targets, and ``picked_by``: the rules that pick the option.
        """
        table = to_table(self.expected)
        parts = [self.worst, self.regret_max, self.regret_90]
        for part in (*parts, *([] if self.satisfied is None else [self.satisfied])):
            table[str(part.name)] = part.to_numpy()
        picked = {name: [] for name in table["scenario"]}  # type: dict[str, list[str]]
        for rule, name in self.best.items():
            picked[name].append(rule)
        table["picked_by"] = [", ".join(picked[name]) for name in table["scenario"]]
        return table


def robustness(
    outcome: xr.DataArray, *, better: Better = "more", satisfied: xr.DataArray | None = None
) -> Robustness:
    """Options compared over many futures by the rules of robust choice.

    Parameters
    ----------
    outcome : DataArray [scenario, trajectory]
        Outcome of each option in each future; the same trajectory is the same future.
    better : {"more", "less"}, optional
        Whether more or less of the outcome is wanted.
    satisfied : DataArray [scenario, trajectory], true or false, optional
        Where all targets hold, for example from :func:`targets_met`.

    Returns
    -------
    Robustness

    Raises
    ------
    SchemaError
        A dimension is missing or stands too many, or there is no option or future.
    CoverageError
        An outcome is missing, or targets are for other options or futures.
    CodeError
        ``better`` is neither of the two.

    See Also
    --------
    targets_met : Futures in which all targets hold.
    discover_failures : The conditions under which they do not.

    Notes
    -----
    Regret of option ``s`` in future ``t`` is ``max_s y[s, t] - y[s, t]`` (with the sign turned
    where less is better). Among equals a rule picks the first option.

    References
    ----------
    Savage, L. J. (1951). Journal of the American Statistical Association 46, 55-67.
    Lempert, R. J., Groves, D. G., Popper, S. W. and Bankes, S. C. (2006). Management Science
    52(4), 514-528.

    Examples
    --------
    >>> places = xr.DataArray([[9.0, 1.0], [6.0, 5.0]],
    ...     {"scenario": ["wait", "build"], "trajectory": [0, 1]}, ("scenario", "trajectory"))
    >>> found = robustness(places, satisfied=places >= 5)
    >>> found.regret_max.values.tolist(), found.best["regret"], found.satisfied.values.tolist()
    ([4.0, 3.0], 'build', [0.5, 1.0])
    """
    if better not in get_args(Better):
        raise CodeError(f"no direction '{better}'", where="better", remedy="use more or less")
    ordered = _checked(outcome)
    gain = ordered if better == "more" else -ordered
    regret = gain.max("scenario") - gain
    met = None
    if satisfied is not None:
        require_dims(satisfied, "scenario", "trajectory", name="satisfied")
        _, same = same_cells(ordered.rename("outcome"), satisfied.rename("satisfied"))
        share = same.astype(float).mean("trajectory")
        met = stamp(share, name="satisfied", units="share", kind="share")
    units = str(outcome.attrs.get("units", ""))
    sign = 1 if better == "more" else -1
    parts = {
        "expected": sign * gain.mean("trajectory"),
        "worst": sign * gain.min("trajectory"),
        "regret": regret,
        "regret_max": regret.max("trajectory"),
        "regret_90": regret.quantile(_TAIL, "trajectory").drop_vars("quantile"),
    }
    rules = {
        "expected": sign * parts["expected"],
        "maximin": sign * parts["worst"],
        "regret": -parts["regret_max"],
        **({} if met is None else {"satisficing": met}),
    }
    stamped = {
        name: stamp(part, name=name, units=units, kind="index", inputs=[outcome])
        for name, part in parts.items()
    }
    best = {rule: str(value.idxmax("scenario").item()) for rule, value in rules.items()}
    return Robustness(**stamped, satisfied=met, best=best)


def _checked(outcome: xr.DataArray) -> xr.DataArray:
    require_dims(outcome, "scenario", "trajectory", name="outcome")
    if outcome.ndim != 2 or not outcome.size:
        raise SchemaError(
            f"the outcome has {dict(outcome.sizes)}",
            where="outcome",
            remedy="give one outcome for each scenario and trajectory; select one of others",
        )
    missing = outcome.isnull()
    if bool(missing.any()):
        options = outcome["scenario"].to_numpy()[missing.any("trajectory").to_numpy()]
        raise CoverageError(
            f"{int(missing.sum())} outcomes are missing",
            where=f"scenario {few(options)}",
            remedy="run every option in every future",
        )
    return outcome.transpose("scenario", "trajectory").astype(float)


def targets_met(
    outcomes: Mapping[str, xr.DataArray],
    *,
    at_least: Mapping[str, float] | None = None,
    at_most: Mapping[str, float] | None = None,
) -> xr.DataArray:
    """Futures in which every target holds.

    Parameters
    ----------
    outcomes : mapping of str to DataArray [scenario, trajectory]
        Outcomes by name.
    at_least, at_most : mapping of str to float, optional
        Targets of outcomes, each in the outcome's unit; at least one of all.

    Returns
    -------
    DataArray [scenario, trajectory], true or false

    Raises
    ------
    SchemaError
        There is no target (``NoTarget``).
    CodeError
        A target is for no outcome.
    CoverageError
        Outcomes have different options or futures, or one is missing.

    Examples
    --------
    >>> cell = {"scenario": ["build"], "trajectory": [0, 1]}
    >>> wait, cost = (xr.DataArray([v], cell, tuple(cell)) for v in ([3.0, 9.0], [5.0, 5.0]))
    >>> targets_met({"wait": wait, "cost": cost}, at_most={"wait": 6, "cost": 8}).values.tolist()
    [[True, False]]
    """
    wanted = [(name, value, 1) for name, value in (at_least or {}).items()]
    wanted += [(name, value, -1) for name, value in (at_most or {}).items()]
    stranger = [name for name, _, _ in wanted if name not in outcomes]
    if not wanted:
        raise SchemaError("there is no target", where="at_least, at_most", id="NoTarget")
    if stranger:
        raise CodeError(f"no outcome {few(stranger)}", remedy=f"outcomes are {few(outcomes)}")
    arrays = same_cells(*(_checked(outcomes[name]).rename(name) for name, _, _ in wanted))
    holds = xr.ones_like(arrays[0], dtype=bool)
    for array, (_, value, sign) in zip(arrays, wanted, strict=True):
        holds = holds & (sign * array >= sign * value)
    return stamp(holds, name="satisfied", units="true or false", kind="index")
