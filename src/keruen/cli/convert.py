# SPDX-License-Identifier: Apache-2.0
"""``keruen data convert``: figures from one format into another."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from keruen.cli.terminal import Lang

if TYPE_CHECKING:
    from keruen.core._lists import Lang as LangCode
    from keruen.sources.exchange import Conversion, Format


class FormatName(StrEnum):
    """Formats by name."""

    sdmx_csv = "sdmx-csv"
    sdmx_csv_1 = "sdmx-csv-1.0"
    json_stat = "json-stat"
    px = "px"
    flowmap = "flowmap"
    csv = "csv"
    xlsx = "xlsx"
    parquet = "parquet"


def convert(
    source: Annotated[
        str, typer.Argument(metavar="IN", help="File or folder, or the id of a table inside.")
    ],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="File or folder to write.")],
    *,
    from_: Annotated[
        FormatName | None,
        typer.Option("--from", help="Format of IN; told by ending and content when not given."),
    ] = None,
    as_: Annotated[
        FormatName | None,
        typer.Option("--as", help="Format of OUT; told by its ending when not given."),
    ] = None,
    lang: Annotated[Lang | None, typer.Option(help="Language of labels.")] = None,
    value: Annotated[
        str, typer.Option(help="Column of values, when a long table has several.")
    ] = "",
) -> None:
    """Write figures in another format: SDMX-CSV, JSON-stat, PX (read), flow map, own tables.

    Examples: keruen data convert wpp2024.indicators.births births.json --lang kk;
    keruen data convert migr_imm.csv immigration.xlsx; keruen data convert moves.xlsx map/
    """
    from keruen.sources.exchange import convert as run

    done = run(
        source,
        target,
        read_as=cast("Format | None", from_ and from_.value),
        write_as=cast("Format | None", as_ and as_.value),
        lang=cast("LangCode | None", lang and lang.value),
        value=value,
    )
    for line in _told(done, source, target):
        typer.echo(line)


def _told(done: Conversion, source: str, target: Path) -> list[str]:
    """What was read, how large it is, and what did not come across."""
    array = done.cube.array
    missing = int(array.isnull().sum())
    sizes = ", ".join(f"{dim} {size:,}" for dim, size in array.sizes.items())
    single = [
        f"{name}={array.coords[name].item()}" for name in array.coords if not array[name].dims
    ]
    units = array.attrs.get("units", "")
    lines = [
        f"read {source} ({done.read_as}): {array.name}" + (f", {units}" if units else ""),
        f"  dimensions: {', '.join(filter(None, [sizes, *single])) or 'none'}",
        f"  cells: {array.size:,}" + (f", of which missing {missing:,}" if missing else ""),
    ]
    lines += [f"  note: {note}" for note in done.cube.notes]
    lines.append(f"wrote {target} ({done.written_as})")
    return lines + [f"  not carried: {loss}" for loss in done.losses]
