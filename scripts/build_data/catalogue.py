# SPDX-License-Identifier: Apache-2.0
"""The machine-readable catalogue: one entry a table, labels of keys pooled."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd

from keruen.core.dims import DIMENSIONS
from keruen.core.variables import variable

from .common import read_yaml

KEYS = {
    "procedure": "G government, U UNHCR, J joint",
    "application": "N new, R repeat, A appeal, other codes of UNHCR",
    "level": "level of decision, code of UNHCR",
    "counted": "P persons, C cases",
}
"""Keys beside the canonical dimensions."""


class Labels:
    """Label lists, each stored once; whole numbers without gaps as their ends."""

    def __init__(self) -> None:
        self.pool: list[Any] = []
        self._known: dict[str, int] = {}

    def add(self, labels: list[Any]) -> int:
        """Number of a label list in the pool."""
        packed: Any = labels
        whole = all(isinstance(label, int) for label in labels)
        if whole and labels == list(range(labels[0], labels[-1] + 1)) and len(labels) > 2:
            packed = {"from": labels[0], "to": labels[-1]}
        text = json.dumps(packed, ensure_ascii=False)
        if text not in self._known:
            self._known[text] = len(self.pool)
            self.pool.append(packed)
        return self._known[text]


def _labels(column: pd.Series) -> list[Any]:
    return sorted(column.unique().tolist())


def entry(
    id: str, meta: dict[str, Any], frame: pd.DataFrame, file: Path, labels: Labels
) -> dict[str, Any]:
    """Catalogue entry of a table that has been written."""
    content = file.read_bytes()
    result: dict[str, Any] = {
        "id": id,
        "title": meta["title"],
        "publication": meta["from"],
        "file": file.name,
        "rows": len(frame),
        "bytes": len(content),
        "digest": hashlib.sha256(content).hexdigest(),
        "years": _years(frame),
        "columns": _columns(meta, frame),
    }
    result["labels"] = {key: labels.add(_labels(frame[key])) for key in meta["keys"]}
    if "series" in meta["keys"]:
        result["series"] = {
            str(name): _series(str(name), rows, meta["keys"], labels)
            for name, rows in frame.groupby("series", sort=True)
        }
    for fact in ("table_only", "age", "projected_from", "interval_years", "derived", "note"):
        if fact in meta:
            result[fact] = meta[fact]
    result["defects"] = _defects(meta, frame)
    return result


def _years(frame: pd.DataFrame) -> list[int]:
    if "year" in frame:
        return [int(frame.year.min()), int(frame.year.max())]
    if "date" in frame:
        dates = pd.to_datetime(frame.date)
        return [int(dates.min().year), int(dates.max().year)]
    return []


def _series(name: str, rows: pd.DataFrame, keys: list[str], labels: Labels) -> dict[str, Any]:
    known = variable(name)
    return {
        "units": known.units,
        "kind": known.kind,
        "description": known.en,
        "rows": len(rows),
        "years": _years(rows),
        "labels": {key: labels.add(_labels(rows[key])) for key in keys if key != "series"},
    }


def _columns(meta: dict[str, Any], frame: pd.DataFrame) -> list[dict[str, Any]]:
    columns = []
    for name in frame.columns:
        if name in meta["keys"]:
            text = KEYS.get(name) or DIMENSIONS[name]
            columns.append({"name": name, "role": "key", "description": text})
        elif name in meta["values"]:
            columns.append(_value(name, meta["values"][name] or {}, meta))
        else:
            text = {**meta.get("notes", {}), **meta.get("text", {})}[name]
            columns.append({"name": name, "role": "note", "description": text})
    return columns


def _value(name: str, facts: dict[str, Any], meta: dict[str, Any]) -> dict[str, Any]:
    column: dict[str, Any] = {"name": name, "role": "value"}
    if name != "value":
        known = variable(name)
        column |= {"units": known.units, "kind": known.kind, "description": known.en}
        if known.concept:
            column["concept"] = known.concept
        if known.concept == "stock" and "moment" in meta:
            column["moment"] = meta["moment"]
    column |= {key: fact for key, fact in facts.items() if key != "store"}
    if facts.get("store"):
        column["encoding"] = facts["store"]
    return column


def _defects(meta: dict[str, Any], frame: pd.DataFrame) -> list[dict[str, Any]]:
    defects = [
        {
            "id": d["id"],
            "text": d["text"],
            "where": d.get("where", {}),
            "doubt": d.get("doubt", False),
        }
        for d in meta.get("defects", [])
    ]
    if "defects_from" in meta:
        defects += _marked(frame, meta["defects_from"], meta["keys"])
    return [{**defect, "text": _in_all_languages(defect["text"])} for defect in defects]


def _in_all_languages(text: str) -> dict[str, str]:
    """A text with its translations; a text without them stops the build."""
    known = read_yaml("translations.yaml")
    if text not in known:
        raise SystemExit(f"translations.yaml has no Russian and Kazakh for: {text}")
    return {"en": text, **known[text]}


def _marked(frame: pd.DataFrame, note: str, keys: list[str]) -> list[dict[str, Any]]:
    """Defects written beside the rows: one a text and year."""
    rows = frame[frame[note].notna()]
    return [
        {
            "id": f"{note}-{year}-{number}",
            "text": text,
            "where": {key: _labels(part[key]) for key in keys},
            "doubt": True,
        }
        for number, ((year, text), part) in enumerate(rows.groupby(["year", note], sort=True), 1)
    ]
