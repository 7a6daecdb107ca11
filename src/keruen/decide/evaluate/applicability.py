# SPDX-License-Identifier: Apache-2.0
"""Which method of evaluation fits which question and data, and what must be shown with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from keruen.core.errors import SchemaError
from keruen.decide.evaluate.discontinuity import DISTINCT
from keruen.decide.evaluate.result import Method

if TYPE_CHECKING:
    import pandas as pd

Fit = Literal["fits", "weak", "no"]

LONG: Final = 10
"""Years before the policy that a synthetic control should have."""


@dataclass(frozen=True)
class Tool:
    """A situation, the method for it, and what must be shown with its number.

    Parameters
    ----------
    situation : str
        Stable name of the situation.
    method : str
        One of ``Method``; empty where the package has none.
    shown : tuple of str
        Stable names of what must be shown with it.
    """

    situation: str
    method: Method | Literal[""]
    shown: tuple[str, ...]


TOOLS: Final = (
    Tool(
        "one_unit",
        "synthetic-control",
        ("pre_fit", "weights", "placebo_rank", "one_donor_out"),
    ),
    Tool("one_date", "difference", ("pre_trend", "one_date", "clusters")),
    Tool("many_dates", "group-time", ("cohort_size", "pre_trend", "two_way_comparison")),
    Tool("intensity", "exposure", ("exposure_distribution", "pre_trend_by_exposure")),
    Tool("cutoff", "discontinuity", ("density", "balance", "bandwidth_path")),
    Tool("announcement", "event-study", ("clean_window", "other_events")),
    Tool("pairs", "gravity", ("multilateral_resistance", "zero_flows", "clusters")),
    Tool("areas", "", ("exogenous_shares", "rotemberg_weights", "effective_shocks")),
)
"""Situations of policy evaluation, each with its method."""


@dataclass(frozen=True)
class Facts:
    """What is known of the data, as far as it applies.

    Parameters
    ----------
    treated, controls : int, optional
        Units with the policy, and units that it never reached.
    dates : int, optional
        Different dates at which it began.
    before, after : int, optional
        Periods before the first date and since.
    exposure : bool, optional
        Whether it reached units with different strength.
    cutoff : bool, optional
        Whether a cut-off decides whom it reaches.
    distinct : int, optional
        Distinct values of what the cut-off is set on, on the side with fewer.
    pairs : bool, optional
        Whether the outcome is a flow between places.
    """

    treated: int = 0
    controls: int = 0
    dates: int = 0
    before: int = 0
    after: int = 0
    exposure: bool = False
    cutoff: bool = False
    distinct: int = 0
    pairs: bool = False


def applicability(facts: Facts) -> pd.DataFrame:
    """Which methods fit the data, and why the others do not.

    Parameters
    ----------
    facts : Facts
        What is known of the data.

    Returns
    -------
    DataFrame
        One row a situation: ``situation``, ``method``, ``fit`` (``fits``, ``weak`` or
        ``no``), ``reason``, ``shown``. That a method fits the data does not make its
        assumption true: its checks and the knowledge of the case do.

    Raises
    ------
    SchemaError
        A number of the facts is negative.

    See Also
    --------
    keruen.decide.evaluate.Evaluation : What each method answers with.

    Examples
    --------
    >>> found = applicability(Facts(treated=1, controls=38, dates=1, before=19, after=12))
    >>> found.loc[found["fit"] == "fits", "method"].tolist()
    ['synthetic-control']
    >>> found.set_index("method")["reason"]["group-time"]
    'one_date_only'
    """
    import pandas as pd

    counts = (facts.treated, facts.controls, facts.dates, facts.before, facts.after)
    if min(*counts, facts.distinct) < 0:
        raise SchemaError("a number of the facts is negative", where=str(facts))
    rows = [
        (tool.situation, tool.method, *next(_judged(tool.situation, facts)), ", ".join(tool.shown))
        for tool in TOOLS
    ]
    return pd.DataFrame(rows, columns=pd.Index(["situation", "method", "fit", "reason", "shown"]))


def _judged(situation: str, facts: Facts) -> Iterator[tuple[Fit, str]]:
    """What speaks against a method first, then what weakens it."""
    if situation == "areas":
        yield "no", "not_in_package"
    if situation == "pairs":
        yield ("fits", "flows_between_places") if facts.pairs else ("no", "no_flows")
    if situation == "cutoff":
        yield from _at_cutoff(facts)
    if not (facts.treated and facts.before and facts.after):
        yield "no", "no_treated_unit_over_time"
    if situation == "intensity":
        yield ("fits", "different_strength") if facts.exposure else ("no", "no_exposure")
    if not facts.controls:
        yield "no", "no_control_units"
    yield from _over_time(situation, facts)


def _at_cutoff(facts: Facts) -> Iterator[tuple[Fit, str]]:
    if not facts.cutoff:
        yield "no", "no_cutoff"
    yield ("fits", "rule_with_cutoff") if facts.distinct >= DISTINCT else ("weak", "few_distinct")


def _over_time(situation: str, facts: Facts) -> Iterator[tuple[Fit, str]]:
    if situation == "one_unit":
        if facts.treated > 1:
            yield "weak", "several_treated"
        yield ("fits", "long_before") if facts.before >= LONG else ("weak", "short_before")
    if situation == "many_dates":
        yield ("fits", "several_dates") if facts.dates > 1 else ("no", "one_date_only")
    if facts.treated == 1:
        yield "no", "one_treated_only"
    if situation == "one_date":
        yield ("fits", "one_date_many_units") if facts.dates == 1 else ("weak", "several_dates")
    yield ("fits", "periods_around_event") if facts.before > 1 else ("weak", "short_before")
