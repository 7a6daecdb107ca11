# SPDX-License-Identifier: Apache-2.0
"""Runs on towns as folders: tables, pictures, manifest; all of it or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.core.codes import country_name
from keruen.core.tables import to_table
from keruen.measure.settlement_grid import CELL_CLASSES
from keruen.report import urban_periods as periods
from keruen.report.city_figures import concentration, placed
from keruen.report.flow_run import Step, quiet
from keruen.report.locale import Locale, Message
from keruen.report.release import release
from keruen.report.table_release import write_tables
from keruen.report.towns_run import GridRun, TownsRun

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

_LARGEST_SIDE: Final = 1000  # pixels of the picture of a grid
_COLOURS: Final = {
    30: "#7f2704",
    23: "#d94801",
    22: "#f0913a",
    21: "#fdc38d",
    13: "#6b8e4e",
    12: "#b9d19c",
    11: "#eef3e6",
    10: "#c6dbef",
}
"""Colours of the classes of cells: browns urban, greens rural, blue water."""


def write_towns(run: TownsRun, target: Path, *, step: Step = quiet) -> tuple[Path, ...]:
    """Write the urban account of a country to a folder.

    Parameters
    ----------
    run : TownsRun
        The run.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    tuple of Path
        ``people``, ``growth``, ``periods``, ``breaks`` and, as far as they are held,
        ``regions``, ``region_growth``, ``transfers``, ``cities``, ``concentration`` as CSV and
        Parquet and all of them in ``towns.xlsx``, ``towns.svg`` and ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.

    See Also
    --------
    keruen.report.towns_run.run_towns : Makes the run.
    """

    def fill(folder: Path) -> None:
        step(0.8, "tables")
        write_tables(dict(_tables(run)), folder, workbook="towns")
        step(0.95, "picture")
        if drawing := _picture(run):
            (folder / "towns.svg").write_text(drawing, encoding="utf-8")

    account = run.account
    manifest = {
        "command": "measure urban",
        "options": {"country": run.country},
        "inputs": list(dict.fromkeys([account.source, *account.sources])),
        "method": "natural increase split by people, equal rates in towns and countryside of a "
        "region; residual is migration and reclassification together",
        "residual_holds": list(account.growth.residual_holds) if account.growth else [],
        "breaks": len(account.breaks),
    }
    return release(target, manifest, fill)


def _tables(run: TownsRun) -> Iterator[tuple[str, pd.DataFrame]]:
    """Every table that the account gives, by name."""
    import pandas as pd

    account = run.account
    people = to_table(account.people.rename("people"))
    share = to_table(account.urbanisation.urban_share)
    yield "people", people.merge(share, on="year").assign(status=account.status)
    if account.growth is not None:
        yield "growth", account.growth.to_table().assign(status="estimate")
    if (found := periods.of_country(account)) is not None:
        yield (
            "periods",
            _side_by_side(found, "period").assign(
                doubt=[_said(found.doubts.get(label)) for label in found.labels]
            ),
        )
    rows = [(b.year, b.region, b.documented, _said(b.reason)) for b in account.breaks]
    yield "breaks", pd.DataFrame(rows, columns=["year", "region", "documented", "reason"])
    if (window := periods.of_regions(account)) is not None:
        table = _side_by_side(window, "region")
        yield (
            "regions",
            table.assign(
                first=window.first,
                last=window.last,
                doubt=[_said(window.doubts.get(code)) for code in table["region"]],
            ),
        )
    if account.region_growth is not None:
        yield "region_growth", account.region_growth.to_table().dropna().assign(status="estimate")
    if account.transfers is not None:
        yield "transfers", account.transfers.to_table().dropna()
    if run.cities is not None:
        held = to_table(run.cities.people.rename("people"))
        yield "cities", held.merge(run.cities.table, on="locality").assign(status="estimate")
        first = run.cities.primacy.to_table()
        yield "city_sizes", first.merge(run.cities.rank_size.to_table(), on="year")
    regions = account.region_people
    land = concentration(None if regions is None else regions.sum("residence", min_count=1))
    if land:
        frames = [array.to_series().rename(name) for name, array in land.items()]
        yield "concentration", pd.concat(frames, axis=1).reset_index()


def _side_by_side(found: periods.CountryPeriods | periods.RegionWindow, key: str) -> pd.DataFrame:
    """Parts of growth as columns; for regions the urban shares too."""
    import pandas as pd

    names = ("start", "end", "growth", "natural", "residual", "steps")
    held = {name: getattr(found, name, None) for name in names}
    frames = [part.to_series().rename(name) for name, part in held.items() if part is not None]
    return pd.concat(frames, axis=1).rename_axis(key).dropna(how="all").reset_index()


def _said(reason: Message | None) -> str:
    return "" if reason is None else reason.render(Locale("en"))


def _picture(run: TownsRun) -> str:
    """Map of districts or cities, in English; empty where there is nothing to place."""
    from keruen.report.build import Desk
    from keruen.report.maps import map_credit
    from keruen.report.place_maps import place_map

    found = placed(Desk(run.country), run.cities)
    if found is None:
        return ""
    locale = Locale("en")
    names = [found.name(str(key), locale) for key in found.rows["key"]]
    return place_map(
        found.rows.assign(name=names),
        geography=found.geography,
        focus=run.country if found.geography == "world" else None,
        title=f"{country_name(run.country)}: where people concentrate, {found.year}",
        unit="persons",
        number=locale.number,
        note=map_credit(found.geography),
    )


def write_grid(run: GridRun, target: Path, *, step: Step = quiet) -> tuple[Path, ...]:
    """Write the classes of a grid to a folder.

    Parameters
    ----------
    run : GridRun
        The run.
    target : Path
        Folder; made when it does not exist. Files of an earlier run are replaced or removed.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    tuple of Path
        ``classes`` (people and area by class), ``centres`` (urban centres) and, where the
        file names municipalities, ``units`` as CSV and Parquet and in ``grid.xlsx``;
        ``level2.npy`` and ``centre.npy``, rows by columns of cells of 1 km; ``grid.svg``;
        ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.

    See Also
    --------
    keruen.report.towns_run.run_grid : Makes the run.
    """

    def fill(folder: Path) -> None:
        step(0.85, "tables")
        tables = {"classes": run.grid.to_table(), "centres": run.grid.centres()}
        if (units := run.unit_table()) is not None:
            tables["units"] = units
        write_tables(tables, folder, workbook="grid")
        np.save(folder / "level2.npy", run.grid.level2.to_numpy())
        np.save(folder / "centre.npy", run.grid.centre.to_numpy())
        step(0.95, "picture")
        (folder / "grid.svg").write_text(_grid_picture(run), encoding="utf-8")

    level = run.grid.level2
    manifest = {
        "command": "measure urban-grid",
        "inputs": [dict(run.source)],
        "method": "degree of urbanisation, manual of 2021, levels 1 and 2; no option of built-up "
        "land",
        "cells": [int(size) for size in level.shape],
        "first_cell": {dim: float(level[dim].to_numpy()[0]) for dim in ("y", "x")},
        "codes": {str(code): name for code, name in CELL_CLASSES.items()},
    }
    return release(target, manifest, fill)


def _grid_picture(run: GridRun) -> str:
    """The classes as a picture within an SVG; large grids are thinned, the densest class kept."""
    from keruen.report._svg import MARGIN, Heading, Key, num, page

    cells = run.grid.level2.to_numpy()
    each = -(-max(cells.shape) // _LARGEST_SIDE)
    tall, wide = (-(-size // each) for size in cells.shape)
    padded = np.full((tall * each, wide * each), 10, dtype=np.int8)
    padded[: cells.shape[0], : cells.shape[1]] = cells
    shown = padded.reshape(tall, each, wide, each).max(axis=(1, 3))
    width = 720.0
    scale = min((width - 2 * MARGIN) / wide, 720.0 / tall)
    held = [code for code in CELL_CLASSES if (shown == code).any()]
    body = (
        f'<image x="{num(MARGIN)}" y="0" width="{num(wide * scale)}" height="{num(tall * scale)}" '
        f'style="image-rendering:pixelated" preserveAspectRatio="none" '
        f'href="data:image/png;base64,{_png(shown)}"/>'
    )
    people = run.grid.people.to_series()
    urban = 100 * people[people.index >= 20].sum() / people.sum() if people.sum() else 0.0
    return page(
        body,
        Heading(
            f"{urban:.1f} % of the people live in urban centres and clusters",
            "degree of urbanisation, level 2",
            f"Cells of {each} km show the densest class within." if each > 1 else "",
        ),
        width=width,
        height=tall * scale,
        keys=[Key(CELL_CLASSES[code], _COLOURS[code]) for code in held],
    )


def _png(shown: np.ndarray) -> str:
    """Classes as a picture with a palette, in the letters of base64."""
    import base64
    import struct
    import zlib

    order = list(CELL_CLASSES)
    index = np.zeros(31, dtype=np.uint8)
    index[order] = range(len(order))
    rows = np.concatenate(
        [np.zeros((len(shown), 1), np.uint8), index[shown]], axis=1
    )  # each row is led by its filter: none
    palette = b"".join(bytes.fromhex(_COLOURS[code][1:]) for code in order)

    def chunk(name: bytes, held: bytes) -> bytes:
        return (
            struct.pack(">I", len(held)) + name + held + struct.pack(">I", zlib.crc32(name + held))
        )

    head = struct.pack(">IIBBBBB", shown.shape[1], shown.shape[0], 8, 3, 0, 0, 0)
    parts = (
        (b"IHDR", head),
        (b"PLTE", palette),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
        (b"IEND", b""),
    )
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in parts)).decode()
