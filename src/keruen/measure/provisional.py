# SPDX-License-Identifier: Apache-2.0
"""Provisional figures of long-term migration, with intervals, and how they were revised.

Whether a recent crossing is a migration is not yet known: under the 12/16-month rule a month is
final some 17 months after it ends. Until then each open crossing gets a chance, learned from
crossings that looked the same when they were as old. Crossings are described in classes inside
the engine and only counts come out: models are fitted to counts with weights, so that no table
of persons is ever made, and memory does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import SchemaError, raise_faults
from keruen.core.records import PersonRecords
from keruen.core.tables import to_table
from keruen.measure._propensity import MODELS, Model
from keruen.measure._revisions import Published, Scores, score, watch
from keruen.measure._snapshots import OPEN, Snapshots, schema
from keruen.measure._statements import months_in
from keruen.measure._triangle import figures_of, final_of, timeline
from keruen.measure._vintages import Plan, estimate, prepared
from keruen.measure.residence import Gap, Initial, Unit
from keruen.measure.residence import prepared as crossings_and_rule

if TYPE_CHECKING:
    import pandas as pd

_FEATURES: Final = ("citizenship", "visa_class", "sex")
_COUNTRY: Final = ("country_previous", "country_next")


@dataclass(frozen=True)
class ProvisionalMigration:
    """Figures as published at each vintage, and what became of them.

    Parameters
    ----------
    estimate, lower, upper : DataArray [method, vintage, elapsed, direction, ...], persons
        Long-term migrations of the month that began ``elapsed`` months before the vintage, and
        the bounds of the 95% interval. Missing before the first month with full records.
    known, open : DataArray [vintage, elapsed, direction, ...], persons
        Migrations known at the vintage, and crossings without an answer.
    variance : DataArray [method, vintage, elapsed, direction, ...], persons squared
        Variance of the estimate.
    final : DataArray [vintage, elapsed, direction, ...], persons
        The figure today; missing while it is not final.
    scores : Scores
        Revisions and coverage by model and months elapsed; the models accepted.
    widening : DataArray [method, vintage], ratio
        Factor by which intervals were widened because revisions had grown too large.
    alarm : DataArray [method, vintage], 0 or 1
        Marks such vintages: behaviour has changed and the figures are to be flagged.
    unsettled : int
        Crossings older than the window without an answer, because the status before is not
        known. They are in no figure.
    """

    estimate: xr.DataArray
    lower: xr.DataArray
    upper: xr.DataArray
    known: xr.DataArray
    open: xr.DataArray
    variance: xr.DataArray
    final: xr.DataArray
    scores: Scores
    widening: xr.DataArray
    alarm: xr.DataArray
    unsettled: int

    def to_table(self) -> pd.DataFrame:
        """Revision triangle: a row for each model, vintage, month and cell.

        Returns
        -------
        DataFrame
        """
        names = ("estimate", "lower", "upper", "known", "open", "final")
        arrays = xr.broadcast(*(getattr(self, name) for name in names))
        table = to_table(arrays[0].rename(names[0]))
        for name, array in zip(names[1:], arrays[1:], strict=True):
            table[name] = array.transpose(*arrays[0].dims).to_numpy().ravel()
        table = table[table["estimate"].notna()].reset_index(drop=True)
        month = table["vintage"].to_numpy().astype("datetime64[M]") - table["elapsed"].to_numpy()
        table.insert(2, "month", month.astype(str))
        return table

    def latest(self, model: str | None = None) -> pd.DataFrame:
        """The figures to publish: the last vintage, by the model chosen.

        Parameters
        ----------
        model : str, optional
            Another model.

        Returns
        -------
        DataFrame
            A row a month and cell, with ``status``: provisional or final.
        """
        table: pd.DataFrame = self.to_table()
        table = table[table["vintage"] == table["vintage"].max()]
        table = table[table["method"] == (model or self.scores.chosen)]
        last = table["elapsed"] == self.estimate["elapsed"].max().item()
        table = table.assign(status=np.where(last, "final", "provisional"))
        columns = [name for name in table.columns if name not in {"method", "final"}]
        return table[columns].sort_values("month", kind="stable", ignore_index=True)


def provisional_migration(
    records: PersonRecords,
    *,
    threshold_days: int,
    window_days: int,
    observed_from: date,
    observed_until: date,
    seed: int,
    by: Sequence[str] = (),
    features: Sequence[str] | None = None,
    models: Sequence[Model] = MODELS,
    vintages: int = 42,
    training_months: int = 36,
    refit_months: int = 3,
    refits: int = 20,
    gap: Gap = "midpoint",
    unit: Unit = "days",
    initial: Initial = "opposite",
    echo_minutes: int = 240,
    deaths: PersonRecords | None = None,
    births: PersonRecords | None = None,
    status_known: PersonRecords | None = None,
) -> ProvisionalMigration:
    """Monthly long-term migration before it is final, as it would have been published.

    Parameters
    ----------
    records : PersonRecords
        Crossings, as for :func:`keruen.measure.residence.classify_crossings`. ``birth_date``
        gives the age.
    threshold_days, window_days : int
        The rule: days on the new side, of days after the crossing.
    observed_from, observed_until : date
        First day observed, and first day not observed: the first of a month. Months are
        published from one window after the first day.
    seed : int
        Seed of refits and simulated sums.
    by : sequence of str, optional
        Columns by which figures are given, besides direction.
    features : sequence of str, optional
        Text columns that may tell migrants from others; when not given, those found of
        citizenship, visa_class, sex, and country (``country_previous`` of arrivals,
        ``country_next`` of departures).
    models : sequence of {"cells", "logistic", "boosting"}, optional
        Models to try. ``cells``: shares of one year earlier by direction, visa, citizenship,
        age and months elapsed. ``logistic``: regression with a ridge penalty. ``boosting``:
        boosted trees, calibrated by months elapsed.
    vintages : int, optional
        Monthly vintages, the last at ``observed_until``.
    training_months : int, optional
        Final months that models learn from.
    refit_months : int, optional
        Models are fitted anew every so many vintages, and at the last.
    refits : int, optional
        Fits to resampled months, for the variance between fits.
    gap : {"midpoint", "drop_earlier", "drop_later", "reject_person", "none"}, optional
        This and the rest are as for :func:`keruen.measure.residence.classify_crossings`.
    unit : {"days", "calendar"}, optional
        Count days, or whole calendar months.
    initial : {"unknown", "opposite"}, optional
        Status before the first crossing when nothing tells it.
    echo_minutes : int, optional
        A crossing repeated within so many minutes is one scanned twice.
    deaths, births, status_known : PersonRecords, optional
        Statements about persons from other sources.

    Returns
    -------
    ProvisionalMigration

    Raises
    ------
    SchemaError
        A setting is out of range (``BadSetting``, ``RuleNotPossible``), a column is missing
        (``MissingColumn``), or the ``records`` extra is not installed (``ExtraMissing``).
    CoverageError
        The records are too short for the vintages and months of training (``TooShort``).
    ConvergenceError
        The logistic regression did not settle.

    See Also
    --------
    keruen.measure.residence.classify_crossings : Answers that are known.

    Notes
    -----
    At each vintage the rule is applied to what had happened by then. A cell's estimate is the
    migrations known plus the sum of the chances ``p`` of the crossings still open; its variance
    ``sum(p (1 - p))`` plus that between fits to months drawn in blocks of three. The interval
    is that of simulated sums. A model used at a vintage has seen only answers known then, and
    each crossing only as far as it was observed at the same number of months elapsed. Four
    further months, almost final, count with inverse chances of being final so early.

    A model is accepted if 90 to 98 percent of final figures lie in its intervals and its mean
    absolute revision is below that of ``cells``, over 24 months or more. One that covers more
    is not accepted, but chosen before ``cells`` when its revisions are smaller: intervals too
    wide do less harm than figures far off. Figures whose interval holds a single number are
    not judged by coverage, and a final figure at a bound counts only with that part of its
    chance that makes up 95 percent: sums are whole numbers. ``widening`` compares
    revisions from one vintage to the next with those expected; above 1.5 times for two vintages,
    intervals are widened by the ratio and the vintage is marked.

    Where ``gap`` repairs histories, a later crossing may change an answer. Models learn from
    answers as they stand today.

    References
    ----------
    Stats NZ (2019). Outcomes-based migration estimates: provisional estimation method.

    Australian Bureau of Statistics (2007). Statistical implications of improved methods for
    estimating net overseas migration. Cat. no. 3107.0.55.005.

    Examples
    --------
    See ``docs/provisional.md``.
    """
    stated, rule = crossings_and_rule(
        records,
        threshold_days=threshold_days,
        window_days=window_days,
        observed_from=observed_from,
        observed_until=observed_until,
        gap=gap,
        unit=unit,
        initial=initial,
        echo_minutes=echo_minutes,
        sides={"deaths": deaths, "births": births, "status_known": status_known},
    )
    texts = _texts(records, by, features)
    plan = Plan(
        horizon=months_in(window_days) + 2,
        training=training_months,
        refit_every=refit_months,
        refits=refits,
        models=tuple(models),
        texts=texts,
        by=tuple(by),
        seed=seed,
    )
    first, published = timeline(plan, observed_from, observed_until, window_days, vintages)
    earliest = max(first + 1, published[0] - plan.horizon - plan.training)
    kernel = Snapshots(
        rule, tuple(range(earliest, published[-1] + 1)), plan.horizon, texts, plan.by
    )
    wanted = schema(texts)
    counted = stated.apply(kernel, wanted, order=["event_time"])
    keys = [name for name in wanted.names if name != "crossings"]
    rows = prepared(counted.tabulate(keys, total=["crossings"]), first)
    return _result(rows, published, plan, first)


def _texts(
    records: PersonRecords, by: Sequence[str], features: Sequence[str] | None
) -> tuple[str, ...]:
    names = records.schema.names
    has_country = all(name in names for name in _COUNTRY)
    if features is None:
        features = [name for name in _FEATURES if name in names]
        features += ["country"] if has_country else []
    texts = tuple(dict.fromkeys([*features, *by]))
    raise_faults(
        SchemaError(f"no column '{name}'", where="records", remedy="add it", id="MissingColumn")
        for name in texts
        if name not in names and not (name == "country" and has_country)
    )
    return texts


def _result(
    rows: pd.DataFrame, published: list[int], plan: Plan, first: int
) -> ProvisionalMigration:
    """Figures as arrays, scored and watched."""
    figures = estimate(rows, published, plan)
    arrays = figures_of(figures, plan, first)
    final = final_of(rows, arrays["known"], plan, published[-1])
    widening, alarm = watch(arrays["estimate"], arrays["variance"])
    middle = arrays["estimate"]
    below = middle - widening * (middle - arrays["lower"])
    above = middle + widening * (arrays["upper"] - middle)
    below = below.where(~(below < arrays["known"]), arrays["known"])
    lower = arrays["lower"].where(widening == 1, below)
    upper = arrays["upper"].where(widening == 1, above)
    at_bounds = {name: arrays[name].where(widening == 1, 1.0) for name in ("at_lower", "at_upper")}
    scores = score(Published(middle, lower, upper, arrays["open"], **at_bounds), final)
    late = (rows["counts"] == OPEN) & (rows["elapsed"] == plan.horizon)
    made: dict[str, xr.DataArray] = {"lower": lower, "upper": upper, "final": final}
    made |= {name: arrays[name] for name in ("estimate", "known", "open")}
    return ProvisionalMigration(
        **{
            name: stamp(array, name=name, units="persons", kind="count")
            for name, array in made.items()
        },
        variance=stamp(arrays["variance"], name="variance", units="persons squared", kind="index"),
        scores=scores,
        widening=stamp(widening, name="widening", units="ratio", kind="index"),
        alarm=stamp(alarm, name="alarm", units="0 or 1", kind="index"),
        unsettled=int(rows["crossings"][late].sum()),
    )
