# SPDX-License-Identifier: Apache-2.0
"""A run that learns a points grid from a user's table of people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from keruen.core.errors import SchemaError
from keruen.decide.points.design import design_grid
from keruen.decide.points.design_result import GridDesign
from keruen.report.flow_run import Step, quiet
from keruen.sources.design_files import DesignFile, read_design

_YEAR = "year"
_CURRENT = "current"


@dataclass(frozen=True)
class DesignRun:
    """A grid learned from a table.

    Parameters
    ----------
    found : GridDesign
        The grid, its worth, its effects.
    file : DesignFile
        People as read.
    options : dict
        Options as used.
    """

    found: GridDesign
    file: DesignFile
    options: Mapping[str, object]


def run_design(
    path: Path,
    *,
    ordered: Sequence[str],
    unordered: Sequence[str] = (),
    groups: Sequence[str] = (),
    current: bool = False,
    test_from: int | None = None,
    most_points: int = 10,
    most_factors: int | None = None,
    selected_share: float = 0.5,
    age_in_law: bool = False,
    draws: int = 100,
    seed: int = 1,
    step: Step = quiet,
) -> DesignRun:
    """Learn a grid from a table of people.

    Parameters
    ----------
    path : Path
        People: ``candidate``, factors, ``outcome``.
    ordered : sequence of str
        Factors whose levels stand in the order of their names, as in "1 none", "2 basic".
    unordered : sequence of str, optional
        Factors without order.
    groups : sequence of str, optional
        Protected attributes, to see the effect on them.
    current : bool, optional
        Whether a column ``current`` holds the points under the grid in force.
    test_from : int, optional
        Year from which cohorts are kept to judge the grid by; the table then has ``year``.
    most_points, most_factors : int, optional
        Most points of a factor, and most factors.
    selected_share : float, optional
        Share that passes, for the effect on groups.
    age_in_law : bool, optional
        Whether the law in force uses age.
    draws : int, optional
        Samples drawn again.
    seed : int, optional
        The same seed gives the same spread.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    DesignRun

    Raises
    ------
    SchemaError
        A heading is named twice, or the table has faults; as
        :func:`~keruen.decide.points.design.design_grid`.
    """
    named = [*ordered, *unordered, *groups]
    if len(set(named)) < len(named) or not (ordered or unordered):
        raise SchemaError(
            "a heading is named twice, or no factor is named",
            where="--ordered, --unordered, --groups",
            remedy="name each heading once, and one factor at least",
            id="BadSetting",
        )
    step(0.1, "people")
    numbers = ([_YEAR] if test_from is not None else []) + ([_CURRENT] if current else [])
    file = read_design(path, texts=named, numbers=numbers)
    table = file.table
    who = {"candidate": table["candidate"].to_numpy(dtype=object)}

    def column(name: str) -> xr.DataArray:
        return xr.DataArray(table[name].to_numpy(), who)

    factors = xr.Dataset({name: column(name) for name in (*ordered, *unordered)})
    step(0.3, "grid")
    found = design_grid(
        factors,
        column("outcome"),
        order={name: np.unique(table[name].to_numpy(dtype=str)).tolist() for name in ordered},
        most_points=most_points,
        most_factors=most_factors,
        cohort=column(_YEAR) if test_from is not None else None,
        test_from=test_from,
        current=column(_CURRENT) if current else None,
        groups=xr.Dataset({name: column(name) for name in groups}) if groups else None,
        selected_share=selected_share,
        age_in_law=age_in_law,
        draws=draws,
        seed=seed,
    )
    return DesignRun(
        found=found,
        file=file,
        options={
            "ordered": list(ordered), "unordered": list(unordered), "groups": list(groups),
            "current": current, "test_from": test_from, "most_points": most_points,
            "most_factors": most_factors, "selected_share": selected_share,
            "age_in_law": age_in_law, "draws": draws, "seed": seed,
        },
    )  # fmt: skip
