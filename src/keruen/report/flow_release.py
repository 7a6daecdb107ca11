# SPDX-License-Identifier: Apache-2.0
"""A run of flows as a folder: tables, manifest, picture; all of it or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.codes import countries
from keruen.report.chord import chord_svg
from keruen.report.flow_run import FlowRun, Step, quiet
from keruen.report.release import release, write_parquet

if TYPE_CHECKING:
    import pandas as pd

_LARGEST_PLACES: Final = 14
_REST: Final = "Others"
_MERGED: Final = {"CHI": "Northern Europe", "ANT": "Caribbean", "SCG": "Southern Europe"}
_REGIONS: Final = {
    "Australia/New Zealand": "Oceania",
    "Melanesia": "Oceania",
    "Micronesia": "Oceania",
    "Polynesia": "Oceania",
    "Caribbean": "Central America and Caribbean",
    "Central America": "Central America and Caribbean",
    "Eastern Africa": "Sub-Saharan Africa",
    "Middle Africa": "Sub-Saharan Africa",
    "Southern Africa": "Sub-Saharan Africa",
    "Western Africa": "Sub-Saharan Africa",
}


def write_flows(run: FlowRun, target: Path, *, step: Step | None = None) -> tuple[Path, ...]:
    """Write a run of flows to a folder.

    Parameters
    ----------
    run : FlowRun
        The run.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    tuple of Path
        ``flows`` and ``places`` as CSV and Parquet, ``adjustments.parquet``,
        ``merged.csv`` (for embedded stocks), ``flows.svg`` and ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.

    See Also
    --------
    keruen.report.flow_run.run_flows : Makes the run.

    Notes
    -----
    The same inputs, options and versions give the same bytes: no file holds a date or a
    place on the disk. CSV has ten significant digits, Parquet all.
    """
    tell = step or quiet

    def fill(folder: Path) -> None:
        tell(0.9, "tables")
        _write_table(run.flow_table(), folder, "flows")
        _write_table(run.place_table(), folder, "places")
        write_parquet(run.estimate.adjustments, folder / "adjustments.parquet")
        if run.merged is not None:
            run.merged.to_csv(folder / "merged.csv", index=False)
        tell(0.97, "picture")
        (folder / "flows.svg").write_text(_picture(run), encoding="utf-8")

    return release(target, _manifest(run), fill)


def _write_table(table: pd.DataFrame, folder: Path, name: str) -> None:
    table.to_csv(folder / f"{name}.csv", index=False, float_format="%.10g")
    write_parquet(table, folder / f"{name}.parquet")


def _manifest(run: FlowRun) -> dict[str, object]:
    """Everything needed to make the same files again, and to trust them."""
    estimate = run.estimate
    diagnostics = {
        name: np.atleast_1d(values.to_numpy()).tolist()
        for name, values in estimate.diagnostics.items()
    }
    notes = [note for one in run.intervals for note in one.warnings]
    return {
        "command": "measure flows",
        "options": dict(run.options),
        "concept": "transitions",
        "units": "persons over the interval",
        "inputs": [dict(one) for one in run.inputs],
        "diagnostics": {str(name): values for name, values in diagnostics.items()},
        "warnings": list(dict.fromkeys([*estimate.warnings, *notes])),
    }


def _picture(run: FlowRun) -> str:
    """Chord diagram of the last period, both sexes together."""
    od = run.estimate.od()
    title = "Migration between world regions"
    if "year" in od.dims:
        last = od.indexes["year"][-1]
        od = od.sel(year=last, drop=True)
        years = run.estimate.diagnostics.get("interval_years")
        if years is not None:
            length = float(np.ravel(years.to_numpy())[-1])
            title = f"{title}, {last}-{int(last + length)}"
    if "sex" in od.dims:
        od = od.sum("sex")
    groups = _groups(od)
    if set(groups.values()) & set(od.indexes["origin"]):
        title = title.replace("world regions", "places")
    grouped = _grouped(od, groups)
    scale, unit = (1e6, "million") if float(grouped.sum()) > 3e6 else (1e3, "thousand")
    return chord_svg(
        grouped / scale,
        title=title,
        unit=f"{unit} people who lived elsewhere at the start of the period",
        smallest=float(grouped.max()) / scale / 100,
        note=f"Estimated from migrant stocks by method {run.estimate.method}; transitions.",
    )


def _groups(od: xr.DataArray) -> dict[str, str]:
    """World region of each code, or the largest places and the rest for other codes."""
    codes = [str(code) for code in od.indexes["origin"]]
    known = countries()
    if all(code in known or code in _MERGED for code in codes) and len(codes) > _LARGEST_PLACES:
        return {code: _region(code) for code in codes}
    size = (od.sum("origin").to_numpy() + od.sum("destination").to_numpy()).tolist()
    order = sorted(zip(codes, size, strict=True), key=lambda pair: (-pair[1], pair[0]))
    shown = [code for code, _ in order[:_LARGEST_PLACES]]
    return {code: code if code in shown else _REST for code in codes}


def _region(code: str) -> str:
    country = countries().get(code)
    area = _MERGED.get(code, "") if country is None else country.subregion or country.region
    return _REGIONS.get(area, area)


def _grouped(od: xr.DataArray, groups: dict[str, str]) -> xr.DataArray:
    names = sorted(set(groups.values()))
    place = np.array([names.index(groups[str(code)]) for code in od.indexes["origin"]])
    member = (place[:, None] == np.arange(len(names))).astype(float)
    cells = member.T @ od.transpose("origin", "destination").to_numpy() @ member
    return xr.DataArray(cells, coords={"origin": names, "destination": names})
