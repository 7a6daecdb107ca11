# SPDX-License-Identifier: Apache-2.0
"""What a policy does to bilateral flows: Poisson gravity with fixed effects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells
from keruen.core.errors import ConvergenceError, CoverageError, EstimationError, SchemaError
from keruen.decide.evaluate._fixed_effects import Fit, fit
from keruen.decide.evaluate._number import Reading, evaluation_of, of_fit
from keruen.decide.evaluate._panel import FEW_CLUSTERS, Bools, Ints, adjustments_of, choice
from keruen.decide.evaluate.result import Check, Evaluation, refuse_level

if TYPE_CHECKING:
    import pandas as pd

Effect = Literal["origin", "destination", "year", "pair", "origin_year", "destination_year"]
"""Fixed effects of a gravity model."""

DIMS: Final = ("year", "origin", "destination")
_LEAD: Final = 0.05


def policy_gravity(
    flows: xr.DataArray,
    policy: xr.DataArray,
    *,
    controls: Mapping[str, xr.DataArray] | None = None,
    effects: Sequence[Effect] = ("origin_year", "destination_year", "pair"),
    level: float = 0.95,
) -> Evaluation:
    """Effect of a policy on flows between places, with zeros kept.

    Parameters
    ----------
    flows : DataArray [year, origin, destination], persons
        0 or more. Missing cells and flows of a place to itself are left out; where nobody moved
        write 0, or the check ``zero_flows`` fails.
    policy : DataArray [year, origin, destination], any unit
        The policy, such as 1 where a visa is required. It may lack the year or the origin, if
        the fixed effects leave it something to explain.
    controls : mapping of str to DataArray, optional
        Other terms, in the dimensions of the policy or fewer.
    effects : sequence of str, optional
        Fixed effects: ``origin``, ``destination``, ``year``, ``pair``, ``origin_year``,
        ``destination_year``.
    level : float, optional
        Probability of the interval.

    Returns
    -------
    Evaluation
        The estimate is the coefficient; table ``percent`` says what it does to the flow in per
        cent, ``terms`` has the controls. Separated cells stand in the adjustments.

    Raises
    ------
    EstimationError
        The fixed effects explain the policy in full, as effects of destination-years explain a
        policy of destinations (``NotIdentified``), or all pairs but one are empty
        (``OneCluster``).
    SchemaError
        A flow is negative (``NegativeInput``), or a dimension or effect is unknown.
    CoverageError
        Labels differ, or a policy or control is missing where the flow is known.
    ConvergenceError
        The regression has not converged.

    See Also
    --------
    keruen.project.gravity.fit_gravity : Flows foretold from population and distance.

    Notes
    -----
    ``E[M_odt] = exp(beta policy_odt + gamma X_odt + fixed effects)``, Poisson
    pseudo-likelihood by pyfixest, errors by pair. Cells that a fixed effect foretells without
    error, as those of a pair that never had a flow, tell nothing and are left out. The effect in
    per cent is ``100 (exp(beta) - 1)``. Effects of origin-years and destination-years stand for
    all that a place offers or closes to everybody (multilateral resistance); without them the
    check of that name fails. With effects of all three kinds and few places errors come out
    somewhat too small (Weidner and Zylkin). The check ``lead`` adds the policy of the next
    year, which must not move flows of this one.

    References
    ----------
    Santos Silva, J. M. C. and Tenreyro, S. (2006). Review of Economics and Statistics 88(4).
    Correia, S., Guimaraes, P. and Zylkin, T. (2020). Stata Journal 20(1), 95-115.
    Weidner, M. and Zylkin, T. (2021). Journal of International Economics 132, 103513.
    Bertoli, S. and Fernandez-Huertas Moraga, J. (2013). Journal of Development Economics 102.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> cells = {"year": [1, 2, 3, 4], "origin": list("abcdef"), "destination": list("abcdef")}
    >>> visa = xr.DataArray(rng.integers(0, 2, (4, 6, 6)), cells)
    >>> flows = xr.DataArray(rng.poisson(200 * np.exp(-0.5 * visa)), cells)
    >>> found = policy_gravity(flows, visa)
    >>> found.tables["percent"]["percent"].round(-1).tolist()
    [-40.0]
    """
    refuse_level(level)
    for one in effects:
        choice(one, get_args(Effect), "effects")
    table, listed = _table(flows, policy, controls or {}, effects)
    names = {"policy": str(policy.name or "policy")}
    names |= {f"control_{n}": str(name) for n, name in enumerate(controls or {})}
    terms = list(names)
    try:
        found = fit(table, terms, list(effects), model="poisson", names=names)
    except EstimationError as error:
        raise _explained(error, policy, effects) from error
    kept = np.ones(len(table), dtype=bool)
    kept[found.left_out] = False
    checks = (
        _lead(table, policy, terms, effects),
        _resistance(effects),
        Check("clusters", found.degrees + 1 >= FEW_CLUSTERS, found.degrees + 1, FEW_CLUSTERS),
        _zeros(table, listed),
        Check("separated", None, float((~kept).mean())),
    )
    reading = Reading(
        method="gravity",
        units="log points per unit of policy",
        assumption="policy_not_driven_by_flows",
        checks=checks,
        does_not_say=("general_equilibrium", "other_policies", "irregular_flows"),
        tables=_tables(found, names, level),
        adjustments=adjustments_of(*listed, *_separated(table[~kept], flows)),
        options={"effects": list(effects), "controls": list(controls or {})},
    )
    return evaluation_of(of_fit(found, level), reading, [flows, policy])


def _resistance(effects: Sequence[Effect]) -> Check:
    """Whether all that places offer to everybody is held."""
    held = {"origin_year", "destination_year"} <= set(effects)
    return Check("multilateral_resistance", held, float(held), 1.0)


def _table(
    flows: xr.DataArray,
    policy: xr.DataArray,
    controls: Mapping[str, xr.DataArray],
    effects: Sequence[Effect],
) -> tuple[pd.DataFrame, list[tuple[str, object, object, str]]]:
    """One row a known flow between two places, with its terms and fixed effects."""
    import pandas as pd

    require_dims(flows, *DIMS, name="flows")
    if flows.ndim != 3:
        raise SchemaError("flows have a year, an origin and a destination",
                          where=f"dimensions {', '.join(map(str, flows.dims))}",
                          remedy="select one of each other dimension")  # fmt: skip
    flows = flows.transpose(*DIMS)
    values = np.asarray(flows, dtype=np.float64)
    if (values < 0).any():
        raise SchemaError("a flow is negative", where=str(flows.name or "flows"),
                          remedy="give gross flows, not net ones", id="NegativeInput")  # fmt: skip
    ends = [flows.indexes[dim] for dim in DIMS]
    own = np.equal.outer(np.asarray(ends[1]), np.asarray(ends[2]))
    known = np.isfinite(values) & ~own
    missing = int((~np.isfinite(values) & ~own).sum())
    listed: list[tuple[str, object, object, str]] = []
    if missing:
        between = int(np.broadcast_to(~own, values.shape).sum())
        listed.append(("flows", between, between - missing, "missing flows left out"))
    year, origin, destination = np.nonzero(known)
    table = pd.DataFrame(
        {
            "y": values[known],
            "policy": _term(policy, flows, known, "policy"),
            **{
                f"control_{n}": _term(control, flows, known, name)
                for n, (name, control) in enumerate(controls.items())
            },
            "at_year": year,
            "at_origin": origin,
            "at_destination": destination,
            "cluster": origin * len(ends[2]) + destination,
        }
    )
    size = len(ends[0])
    codes: dict[str, Ints] = {
        "origin": origin,
        "destination": destination,
        "year": year,
        "pair": origin * len(ends[2]) + destination,
        "origin_year": origin * size + year,
        "destination_year": destination * size + year,
    }
    return table.assign(**{str(one): codes[one] for one in effects}), listed


def _term(term: xr.DataArray, flows: xr.DataArray, known: Bools, name: str) -> np.ndarray:
    """Values of a term in the cells known."""
    unknown = [str(dim) for dim in term.dims if dim not in DIMS]
    if unknown:
        raise SchemaError(f"'{name}' has dimensions that flows have not", where=", ".join(unknown),
                          remedy="select one of each")  # fmt: skip
    term = same_cells(flows, term.rename(name))[1].broadcast_like(flows).transpose(*DIMS)
    values: np.ndarray = np.asarray(term, dtype=np.float64)
    bad = known & ~np.isfinite(values)
    if bad.any():
        at = np.argwhere(bad)[0]
        where = ", ".join(
            f"{dim}={flows.indexes[dim][place]}" for dim, place in zip(DIMS, at, strict=True)
        )
        raise CoverageError(
            f"'{name}' is missing for {int(bad.sum())} flows", where=f"for example {where}",
            remedy="fill it, or leave the flows empty there",
        )  # fmt: skip
    return values[known]


def _explained(
    error: EstimationError, policy: xr.DataArray, effects: Sequence[Effect]
) -> EstimationError:
    """Say which fixed effect explains the policy, and what can be asked instead."""
    ends = {"origin": "destination", "destination": "origin"}
    for side, other in ends.items():
        flat = side not in policy.dims or not bool((policy.max(side) > policy.min(side)).any())
        culprit = f"{other}_year"
        if error.id == "NotIdentified" and culprit in effects and flat:
            rest = [str(one) for one in effects if one != culprit]
            rest += [one for one in (other, "year") if one not in rest]
            return EstimationError(
                "the effect of the policy is not identified",
                where=f"it is the same for every {side}: "
                f"effects of {other}-years explain it in full",
                remedy="interact it with something bilateral, such as a common language, or take "
                f"effects={tuple(rest)} and say that what else changed in the {other} is not held",
                id="NotIdentified",
            )
    return error


def _separated(gone: pd.DataFrame, flows: xr.DataArray) -> list[tuple[str, object, object, str]]:
    """Every cell that left the regression because fixed effects foretell it without error."""
    names = {dim: flows.indexes[dim] for dim in DIMS}
    places = gone[[f"at_{dim}" for dim in DIMS]].itertuples(index=False)
    reason = "separated: fixed effects foretell no flow"
    return [
        (", ".join(f"{dim}={names[dim][at]}" for dim, at in zip(DIMS, row, strict=True)),
         0, "left out", reason)
        for row in places
    ]  # fmt: skip


def _zeros(table: pd.DataFrame, listed: list[tuple[str, object, object, str]]) -> Check:
    """Share of zero flows; none at all beside missing ones says that zeros were left empty."""
    share = float((table["y"] == 0).mean())
    empty = any(key == "flows" for key, *_ in listed)
    return Check("zero_flows", False if empty and share == 0 else None, share)


def _lead(
    table: pd.DataFrame, policy: xr.DataArray, terms: list[str], effects: Sequence[Effect]
) -> Check:
    """Whether the policy of next year already goes with flows of this one."""
    keys = ["at_year", "at_origin", "at_destination"]
    later = table[[*keys, "policy"]].assign(at_year=table["at_year"] - 1)
    later = later.rename(columns={"policy": "lead"})
    both = table.merge(later, on=keys, how="inner")
    none = Check("lead", None, float("nan"), _LEAD)
    if "year" not in policy.dims or both["at_year"].nunique() < 2:
        return none
    try:
        found = fit(both, [*terms, "lead"], list(effects), model="poisson")
    except (EstimationError, ConvergenceError):
        return none
    chance = float(found.p_values()[-1])
    return Check("lead", chance >= _LEAD, chance, _LEAD)


def _tables(found: Fit, names: dict[str, str], level: float) -> dict[str, pd.DataFrame]:
    import pandas as pd

    low, high = found.interval(level)
    terms = pd.DataFrame(
        {"term": list(names.values()), "effect": found.estimate, "standard_error": found.error,
         "low": low, "high": high, "p_value": found.p_values()}
    )  # fmt: skip
    percent = {
        name: 100.0 * np.expm1(ends)
        for name, ends in (("percent", found.estimate), ("low", low), ("high", high))
    }
    return {
        "terms": terms,
        "percent": pd.DataFrame({"term": list(names.values()), **percent}).iloc[:1],
    }
