# SPDX-License-Identifier: Apache-2.0
"""Kernel of group-time effects: every cohort and period, with each unit's influence on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from keruen.core.errors import EstimationError
from keruen.decide.evaluate._panel import Bools, Floats, Ints, Panel

Controls = Literal["never", "not_yet"]
Base = Literal["varying", "universal"]

_STEPS: Final = 50
_SURE: Final = 1.0 - 1e-8
"""A chance of treatment from which on no control can stand for a treated unit."""


@dataclass(frozen=True)
class Cells:
    """Effects of cohorts by period (cell,), and influence (unit, cell); missing where none."""

    cohort: Floats
    period: Floats
    base: Floats
    effect: Floats
    influence: Floats
    treated: Ints
    controls: Ints
    largest_chance: float

    def pick(self, cells: Bools) -> Cells:
        """Some of the cells."""
        return Cells(
            **{
                name: getattr(self, name)[cells]
                for name in ("cohort", "period", "base", "effect", "treated", "controls")
            },
            influence=self.influence[:, cells],
            largest_chance=self.largest_chance,
        )

    @property
    def after(self) -> Bools:
        """Cells of treated periods that could be estimated."""
        known: Bools = np.isfinite(self.effect) & (self.period >= self.cohort)
        return known

    def before(self, anticipation: int) -> Bools:
        """Cells that must be zero if trends are parallel; not those of the base."""
        early = self.period < self.cohort - anticipation
        known: Bools = np.isfinite(self.effect) & early & (self.period != self.base)
        return known


@dataclass
class _Found:
    """Cells as they are gathered, cohort by cohort."""

    columns: dict[str, list[Floats]] = field(default_factory=dict)

    def add(self, **parts: Floats) -> None:
        for name, part in parts.items():
            self.columns.setdefault(name, []).append(part)

    def joined(self, name: str) -> Floats:
        axis = 1 if name == "influence" else 0
        return np.concatenate(self.columns[name], axis=axis)


def estimate_cells(panel: Panel, controls: Controls, base: Base, anticipation: int) -> Cells:
    """Difference of each cohort from its base period, less that of its controls."""
    found = _Found()
    robust = _Robust(panel) if panel.covariates.shape[1] else None
    for date in panel.cohorts:
        bases = _bases(panel.periods, date, base, anticipation)
        change = panel.values - panel.values[:, bases]
        seen = np.isfinite(change)
        own = seen & (panel.cohort == date)[:, None]
        later = np.maximum(panel.periods, panel.periods[bases]) + anticipation
        wait = panel.cohort[:, None] > later
        others = seen & (np.isinf(panel.cohort)[:, None] if controls == "never" else wait)
        others &= (panel.cohort != date)[:, None]
        if base == "varying":  # a first period has nothing before it
            own[:, bases == np.arange(len(bases))] = False
        if robust is None:
            effect, influence = _plain(change, own, others)
        else:
            effect, influence = robust.cells(change, own, others, date)
        keep = own.any(0)
        found.add(
            cohort=np.full(keep.sum(), date),
            period=panel.periods[keep],
            base=panel.periods[bases][keep],
            effect=effect[keep],
            influence=influence[:, keep],
            treated=own.sum(0)[keep],
            controls=others.sum(0)[keep],
        )
    cells = Cells(
        **{name: found.joined(name) for name in ("cohort", "period", "base", "effect")},
        influence=found.joined("influence"),
        treated=found.joined("treated").astype(np.int64),
        controls=found.joined("controls").astype(np.int64),
        largest_chance=np.nan if robust is None else robust.largest,
    )
    if not cells.after.any():
        _refuse(panel, controls)
    return cells


def _bases(periods: Floats, date: float, base: Base, anticipation: int) -> Ints:
    """Place of the period each period is compared with."""
    place = np.arange(len(periods))
    last = int(np.flatnonzero(periods < date - anticipation)[-1])
    if base == "universal":
        return np.full(len(periods), last)
    return np.where(place > last, last, np.maximum(place - 1, 0))


def _plain(change: Floats, own: Bools, others: Bools) -> tuple[Floats, Floats]:
    """Mean change of the cohort less that of its controls, all periods at once."""
    both = own | others
    change = np.where(both, change, 0.0)
    count = np.stack([own.sum(0), others.sum(0)]).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.stack([(change * own).sum(0), (change * others).sum(0)]) / count
        weight = len(change) / count
        influence = own * (weight[0] * (change - means[0]))
        influence -= others * (weight[1] * (change - means[1]))
    return means[0] - means[1], np.where(np.isfinite(influence), influence, 0.0)


def _refuse(panel: Panel, controls: Controls) -> None:
    remedy = "add units that were not treated"
    if controls == "never" and not np.isinf(panel.cohort).any():
        remedy = 'compare with units not yet treated: controls="not_yet"'
    raise EstimationError(
        "no treated period has controls",
        where=f"controls={controls}",
        remedy=remedy,
        id="NoControls",
    )


class _Robust:
    """Doubly robust differences; the chance of treatment is fitted once a set of units."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        scale = panel.covariates.std(0)
        if (scale == 0).any():
            name = panel.covariate_names[int(np.argmax(scale == 0))]
            raise EstimationError(
                f"covariate '{name}' is the same for all units",
                where="covariates",
                remedy="leave it out",
                id="NotIdentified",
            )
        centred = (panel.covariates - panel.covariates.mean(0)) / scale
        self.design = np.column_stack([np.ones(len(centred)), centred])
        self.largest = 0.0
        self.fitted: dict[bytes, Floats] = {}

    def cells(
        self, change: Floats, own: Bools, others: Bools, date: float
    ) -> tuple[Floats, Floats]:
        effect = np.full(change.shape[1], np.nan)
        influence = np.zeros(change.shape)
        for column in np.flatnonzero(own.any(0) & others.any(0)):
            rows = own[:, column] | others[:, column]
            treated = own[rows, column].astype(np.float64)
            period = self.panel.periods[column]
            where = f"cohort {date:g}, {self.panel.time} {period:g}"
            design = self.design[rows]
            if (change[rows, column] == 0).all():  # the base period itself
                effect[column] = 0.0
                continue
            chance = self._chance(design, treated, rows, where)
            effect[column], part = doubly_robust(change[rows, column], treated, design, chance)
            influence[rows, column] = part * (len(change) / rows.sum())
        return effect, influence

    def _chance(self, design: Floats, treated: Floats, rows: Bools, where: str) -> Floats:
        key = rows.tobytes() + treated.tobytes()
        if key not in self.fitted:
            _full_rank(design, where)
            self.fitted[key] = logit_chances(design, treated, where)
            _full_rank(design[treated == 0], where)
            self.largest = max(self.largest, float(self.fitted[key].max()))
        return self.fitted[key]


def _full_rank(design: Floats, where: str) -> None:
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise EstimationError(
            f"covariates cannot be told apart among {len(design)} units",
            where=where,
            remedy="leave covariates out, or compare with more units",
            id="NotIdentified",
        )


def logit_chances(design: Floats, treated: Floats, where: str) -> Floats:
    """Chances of treatment by a logit, fitted by Newton's steps."""
    beta = np.zeros(design.shape[1])
    beta[0] = np.log(treated.mean() / (1.0 - treated.mean()))
    before = np.inf
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(design @ beta, -500.0, 500.0)))
        likely = np.where(treated > 0, chance, 1.0 - chance)
        deviance = -2.0 * float(np.log(np.maximum(likely, 1e-300)).sum())
        if deviance < 1e-6 * len(treated) or chance[treated > 0].max() > _SURE:
            break
        if abs(before - deviance) <= 1e-12 * (deviance + 1e-12):
            return chance
        before = deviance
        slope = design.T @ (treated - chance)
        curve = (design * (chance * (1.0 - chance))[:, None]).T @ design
        if np.linalg.cond(curve) > 1e14:
            break
        beta = beta + np.linalg.solve(curve, slope)
    raise EstimationError(
        "the covariates tell treated units and controls apart perfectly",
        where=where,
        remedy="leave out the covariate that no control shares, or join small cohorts",
        id="PerfectSeparation",
    )


def doubly_robust(
    change: Floats, treated: Floats, design: Floats, chance: Floats
) -> tuple[float, Floats]:
    """Effect on the treated and influence; right if either of its two models is.

    The influence carries that both the logit and the regression of controls are estimated.
    """
    untreated = 1.0 - treated
    odds = untreated * chance / (1.0 - chance)
    own, other = treated / treated.mean(), odds / odds.mean()
    gram = (design * untreated[:, None]).T @ design / len(change)
    beta = np.linalg.solve(gram, design.T @ (untreated * change) / len(change))
    rest = change - design @ beta
    of_own, of_other = float((own * rest).mean()), float((other * rest).mean())
    regression = (design * (untreated * rest)[:, None]) @ np.linalg.inv(gram)
    curve = (design * (chance * (1.0 - chance))[:, None]).T @ design / len(change)
    logit = (design * (treated - chance)[:, None]) @ np.linalg.inv(curve)
    moved = (design * (own - other)[:, None]).mean(0)
    tilted = (design * (other * (rest - of_other))[:, None]).mean(0)
    influence = own * (rest - of_own) - other * (rest - of_other)
    influence = influence - regression @ moved - logit @ tilted
    return of_own - of_other, influence
