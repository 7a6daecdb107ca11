# SPDX-License-Identifier: Apache-2.0
"""A run that reads cut-offs off published bands, beside those of rounds that took place."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr

from keruen.core.arrays import few
from keruen.core.errors import CoverageError
from keruen.core.tables import from_table
from keruen.decide.points.draws_bands import TOTAL, CutoffPrediction, finest_bands, predict_cutoff
from keruen.report.flow_run import Step, quiet
from keruen.sources.draw_files import is_practice
from keruen.sources.files import read_table

_WHOLE: Final = "pool"


@dataclass(frozen=True)
class CutoffRun:
    """Cut-offs predicted from bands.

    Parameters
    ----------
    tail, even : CutoffPrediction
        By the exponential tail, and with even bands.
    bands : DataArray [held, band], persons
        The finest bands.
    size : DataArray [held], persons
        Invitations.
    actual : DataArray [held], points
        Cut-offs that were published; missing where they were not given.
    files : dict of str to str
        SHA-256 of every file read, by name.
    practice : bool
        Whether a file says that it is made up.
    """

    tail: CutoffPrediction
    even: CutoffPrediction
    bands: xr.DataArray
    size: xr.DataArray
    actual: xr.DataArray
    files: dict[str, str]
    practice: bool

    def errors(self) -> dict[str, float]:
        """Mean absolute error of each method, in points, over rounds that can be compared.

        Returns
        -------
        dict of str to float
            ``exponential`` and ``linear``; missing where no cut-off is known.
        """
        misses = {
            name: np.abs(one.cutoff - self.actual)
            for name, one in (("exponential", self.tail), ("linear", self.even))
        }
        return {name: float(one.mean()) for name, one in misses.items()}


def run_cutoffs(bands: Path, rounds: Path, *, step: Step = quiet) -> CutoffRun:
    """Predict the cut-off of each round from the pool by band.

    Parameters
    ----------
    bands : Path
        ``held``, ``band``, ``persons``; the total of all as ``pool``.
    rounds : Path
        ``held``, ``size``, and ``cutoff`` where it is known.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    CutoffRun

    Raises
    ------
    FaultsError
        A table has faults, or bands do not add up: all of them at once.
    CoverageError
        A round has no bands (``NoBands``).
    """
    step(0.1, "tables")
    table = read_table(bands, "points_bands").table
    told = table.assign(band=table["band"].replace({_WHOLE: TOTAL}))
    held = read_table(rounds, "points_past_rounds").table.set_index("held").sort_index()
    pool = from_table(told[["held", "band", "persons"]], value="persons")
    lacking = held.index.difference(pool.indexes["held"])
    if len(lacking):
        raise CoverageError(
            f"no bands for the rounds of {few(lacking)}",
            where=bands.name,
            remedy="give the pool by band just before each round",
            id="NoBands",
        )
    pool = pool.sel(held=held.index.to_numpy())
    days = {"held": held.index.to_numpy()}
    size = xr.DataArray(held["size"].to_numpy(dtype=float), days, name="size")
    known = held["cutoff"] if "cutoff" in held else held["size"] * np.nan
    step(0.5, "cut-offs")
    return CutoffRun(
        tail=predict_cutoff(pool, size),
        even=predict_cutoff(pool, size, method="linear"),
        bands=finest_bands(pool),
        size=size,
        actual=xr.DataArray(known.to_numpy(dtype=float), days, name="actual"),
        files={one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in (bands, rounds)},
        practice=is_practice(bands) or is_practice(rounds),
    )
