# SPDX-License-Identifier: Apache-2.0
"""What a back-test found: scores, skill, and the sentence a report prints beside a forecast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import xarray as xr

from keruen.core.errors import CoverageError
from keruen.project._scores import inside_name
from keruen.project.scores import LEVELS
from keruen.project.skill import Skill, skill

if TYPE_CHECKING:
    import pandas as pd

Design = Literal["vintage", "pseudo"]
"""Data as published at each origin, or today's data cut there."""

NOT_EVALUATED: Final = "not evaluated"


@dataclass(frozen=True)
class TrackRecord:
    """What a report prints beside a projection.

    Parameters
    ----------
    years : int
        Years ahead.
    skill : Skill
        Skill of the median in mean absolute error over the best naive rival.
    coverage : mapping of float to float
        Share of outcomes inside central intervals, by the probability claimed; empty for a
        point forecast.
    origins : tuple of int
        Last years of data of the forecasts tested.
    design : {"vintage", "pseudo"}
        Whose data the forecasts saw.
    tested : date
        Day of the back-test.
    """

    years: int
    skill: Skill
    coverage: Mapping[float, float]
    origins: tuple[int, ...]
    design: Design
    tested: date

    def __str__(self) -> str:
        one = self.skill
        held = "".join(
            f"; {level:.0%} interval held {share:.0%}" for level, share in self.coverage.items()
        )
        data = "data of the time" if self.design == "vintage" else "today's data cut at the origin"
        return (
            f"{self.years} years ahead: {one.verdict} than {one.rival} "
            f"(skill {one.value:.2f}, {one.lower:.2f} to {one.upper:.2f}){held}; "
            f"{len(self.origins)} {'origin' if len(self.origins) == 1 else 'origins'}, "
            f"{data}, tested {self.tested.isoformat()}"
        ).replace("no clear difference than", "no clear difference from")


@dataclass(frozen=True)
class BackTest:
    """Scores of a method and its rivals in the same cells.

    Parameters
    ----------
    cells : Dataset [forecaster, base_year, lead, country, ...]
        ``absolute_error`` (of the median), ``crps``, ``interval_score_80`` and
        ``inside_50``, ``inside_80``, ``inside_95``, the last four missing for point
        forecasts; and the ``outcome``. ``lead`` counts periods from the origin ``base_year``.
    period_years : int
        Years in a period.
    design : {"vintage", "pseudo"}
        Whose data the forecasts saw.
    tested : date
        Day of the back-test.
    block : str
        Dimension that is resampled for skill.
    seed : int
        Seed of the resampling.
    """

    cells: xr.Dataset
    period_years: int
    design: Design
    tested: date
    block: str
    seed: int

    def skill(self, leads: Sequence[int] | None = None) -> Skill:
        """Skill of the median over the best naive rival.

        Parameters
        ----------
        leads : sequence of int, optional
            Periods ahead that count; all when not given.

        Returns
        -------
        Skill
        """
        errors = self.cells["absolute_error"].sel(lead=self._leads(leads))
        own, *rivals = self.cells.indexes["forecaster"]
        others = {str(name): errors.sel(forecaster=name, drop=True) for name in rivals}
        own_errors = errors.sel(forecaster=own, drop=True)
        return skill(own_errors, others, block=self.block, seed=self.seed)

    def record(self, leads: Sequence[int] | None = None) -> TrackRecord:
        """Record to print beside a projection that far ahead.

        Parameters
        ----------
        leads : sequence of int, optional
            Periods ahead that count; all when not given.

        Returns
        -------
        TrackRecord
        """
        chosen = self._leads(leads)
        own = self.cells.isel(forecaster=0).sel(lead=chosen)
        tested = own["absolute_error"].notnull().any([d for d in own.dims if d != "base_year"])
        shares = {level: float(own[inside_name(level)].mean()) for level in LEVELS}
        return TrackRecord(
            years=self.period_years * max(chosen),
            skill=self.skill(chosen),
            coverage={level: share for level, share in shares.items() if np.isfinite(share)},
            origins=tuple(int(year) for year in own.indexes["base_year"][tested.to_numpy()]),
            design=self.design,
            tested=self.tested,
        )

    def to_table(self, *, pooled: bool = False) -> pd.DataFrame:
        """Scores, one row a method and lead.

        Parameters
        ----------
        pooled : bool, optional
            Whether all leads are taken together.

        Returns
        -------
        DataFrame
            ``method``, ``years`` (ahead), ``cells``, ``mae``, ``median_error``, ``wape``
            (percent), ``crps``, ``interval_score_80`` and ``coverage_50``, ``_80``, ``_95``.
        """
        import pandas as pd

        leads = [int(lead) for lead in self.cells.indexes["lead"]]
        groups = [leads] if pooled else [[lead] for lead in leads]
        rows = [
            self._row(str(method), group)
            for group in groups
            for method in self.cells.indexes["forecaster"]
        ]
        return pd.DataFrame(rows)

    def _leads(self, leads: Sequence[int] | None) -> list[int]:
        known = [int(lead) for lead in self.cells.indexes["lead"]]
        wrong = sorted(set(leads or ()) - set(known))
        if wrong:
            raise CoverageError(
                f"{wrong[0]} periods ahead were not tested",
                where=f"leads 1 to {known[-1]}",
                id=NOT_EVALUATED,
            )
        return list(leads) if leads else known

    def _row(self, method: str, leads: list[int]) -> dict[str, object]:
        part = self.cells.sel(forecaster=method, lead=leads)
        error = part["absolute_error"]
        size = abs(part["outcome"]).where(error.notnull())
        return {
            "method": method,
            "years": self.period_years * leads[-1],
            "cells": int(error.notnull().sum()),
            "mae": float(error.mean()),
            "median_error": float(error.median()),
            "wape": 100.0 * float(error.sum() / size.sum()),
            "crps": float(part["crps"].mean()),
            "interval_score_80": float(part["interval_score_80"].mean()),
            **{
                f"coverage_{level:.0%}"[:-1]: float(part[inside_name(level)].mean())
                for level in LEVELS
            },
        }


def record_text(record: TrackRecord | None) -> str:
    """Sentence on the record of a projection, for a report.

    Parameters
    ----------
    record : TrackRecord or None
        Record of the method on this series at this horizon, if there is one.

    Returns
    -------
    str
        ``not evaluated`` when there is none.

    Examples
    --------
    >>> record_text(None)
    'not evaluated'
    """
    return NOT_EVALUATED if record is None else str(record)
