# SPDX-License-Identifier: Apache-2.0
"""Build the embedded data: ``python -m scripts.build_data FOLDER [--only ID ...]``.

For maintainers. FOLDER holds the source figures; the package's data folder receives one
Parquet file a table, maps, code lists and the catalogue. The same figures give the same
bytes, so a second run shows no difference.
"""

from __future__ import annotations

import argparse
import copy
import json
from pathlib import Path
from typing import Any

import pandas as pd

from . import codelists, kazakhstan, labour, maps, people, regional, world
from .catalogue import Labels, entry
from .common import Maker, read_yaml
from .write import write_table

HERE = Path(__file__).parent
PACKAGE = HERE.parents[1] / "src" / "keruen"
MAKERS: tuple[Maker, ...] = (
    world.prospects, world.intervals, world.stocks, world.flows, world.money, world.places,
    labour.world_bank, labour.ilo, people.protection, people.borders, people.education,
    kazakhstan.population, kazakhstan.movement, kazakhstan.economy, kazakhstan.work,
    kazakhstan.pages, regional.korea, regional.europe, regional.america, regional.finland,
    regional.occupations,
)  # fmt: skip


def descriptions() -> dict[str, dict[str, Any]]:
    """What each table holds, from the YAML files beside this one."""
    tables: dict[str, dict[str, Any]] = {}
    for name in ("tables_world.yaml", "tables_regions.yaml"):
        tables |= copy.deepcopy(read_yaml(name))
    for meta in tables.values():
        values = meta.get("values", [])
        meta["values"] = values if isinstance(values, dict) else dict.fromkeys(values)
    return tables


def arranged(frame: pd.DataFrame, id: str, meta: dict[str, Any]) -> pd.DataFrame:
    """Columns and rows in their final order; refuses missing columns and double keys."""
    keys, values = meta["keys"], list(meta["values"])
    notes = [*meta.get("notes", {}), *meta.get("text", {})]
    wanted = [*keys, *values, *notes]
    if sorted(wanted) != sorted(frame.columns):
        raise ValueError(f"{id}: columns {sorted(frame.columns)}, described {sorted(wanted)}")
    if values:
        frame = frame.dropna(subset=values, how="all")
    if not keys:
        return frame[wanted].reset_index(drop=True)
    if frame[keys].isna().any(axis=None) or frame.duplicated(keys).any():
        raise ValueError(f"{id}: a key is empty or stands twice")
    order = meta.get("order", keys)
    if "cohort" in order:
        frame = frame.assign(cohort=frame.year.astype(int) - frame.age.astype(int))
    return frame.sort_values(order)[wanted].reset_index(drop=True)


def build(folder: Path, out: Path, *, only: list[str]) -> None:
    """Write every table, or those named, and the catalogue."""
    tables, labels, entries = descriptions(), Labels(), {}
    out.mkdir(parents=True, exist_ok=True)
    for maker in MAKERS:
        for id, frame in maker(folder).items():
            meta = tables[id]
            frame = arranged(frame, id, meta)  # noqa: PLW2901
            file = out / f"{id}.parquet"
            if not only or id in only or not file.exists():
                store = {n: (f or {}).get("store", "") for n, f in meta["values"].items()}
                order = meta.get("order", meta["keys"])
                write_table(frame, file, first=order[0] if order else "", store=store)
            entries[id] = entry(id, meta, frame, file, labels)
            print(f"{entries[id]['bytes']:>12,}  {id}", flush=True)
    missing = sorted(set(tables) - set(entries))
    if missing:
        raise ValueError(f"described but not made: {missing}")
    shapes = maps.write(folder / "geo", out / "geo")
    write_catalogue(out, [entries[id] for id in sorted(entries)], labels, shapes)


def write_catalogue(
    out: Path, entries: list[dict[str, Any]], labels: Labels, shapes: list[dict[str, Any]]
) -> None:
    """One JSON file, one entry a line, so that a change of a table is a change of a line."""
    publications = read_yaml("publications.yaml")
    left_out = read_yaml("left_out.yaml")
    parts = {
        "publications": publications, "left_out": left_out, "labels": labels.pool,
        "maps": shapes, "tables": entries,
    }  # fmt: skip
    lines = []
    for name, part in parts.items():
        items = part.items() if isinstance(part, dict) else ((None, item) for item in part)
        body = ",\n".join(
            (f"{json.dumps(key)}: " if key else "") + json.dumps(item, ensure_ascii=False)
            for key, item in items
        )
        opening, closing = "{}" if isinstance(part, dict) else "[]"
        lines.append(f'"{name}": {opening}\n{body}\n{closing}')
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    (out / "catalogue.json").write_text(text, encoding="utf-8")


def main() -> None:
    """Read the arguments and build."""
    parser = argparse.ArgumentParser(prog="build_data", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of the source figures")
    parser.add_argument("--out", type=Path, default=PACKAGE / "data")
    parser.add_argument("--only", nargs="*", default=[], help="write these tables only")
    options = parser.parse_args()
    build(options.folder, options.out, only=options.only)
    codelists.write(options.folder, PACKAGE / "core" / "codelists")


if __name__ == "__main__":
    main()
