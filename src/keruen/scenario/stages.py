# SPDX-License-Identifier: Apache-2.0
"""Stages of a run kept by the digest of all that decides them: what is done is not done again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from keruen.core.tables import from_table, to_table
from keruen.report.release import complete, file_digest, release, write_parquet
from keruen.scenario.composed import Scenario

Arrays = dict[str, xr.DataArray]
"""What a stage hands on, by name."""

_ATTRS = ("units", "kind", "concept", "moment", "status")
_FACTS = "arrays.json"


@dataclass
class Desk:
    """A run under way: its scenario, where its stages are kept, what was taken from there.

    Parameters
    ----------
    scenario : Scenario
        Scenario.
    folder : Path or None
        Where stages are kept; None keeps none.
    digests : dict of str to str
        Digest of every stage so far.
    kept : list of str
        Stages that were found done.
    """

    scenario: Scenario
    folder: Path | None = None
    digests: dict[str, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)

    def stage(
        self,
        name: str,
        make: Callable[[], Arrays],
        *,
        keys: Sequence[str] = (),
        after: Sequence[str] = (),
    ) -> Arrays:
        """Arrays of a stage: read when they are kept, else made and kept.

        Parameters
        ----------
        name : str
            Name of the stage.
        make : callable
            Makes the arrays.
        keys : sequence of str
            Patterns of the keys that the stage reads.
        after : sequence of str
            Stages whose arrays it reads.

        Returns
        -------
        dict of str to DataArray
        """
        digest = self._digest(name, keys, after)
        self.digests[name] = digest
        if self.folder is None:
            return make()
        home = self.folder / f"{name}-{digest[:16]}"
        manifest = {"stage": name, "digest": digest}
        if complete(home, manifest):
            self.kept.append(name)
            return _read(home)
        arrays = make()
        release(home, manifest, lambda folder: _write(arrays, folder))
        return arrays

    def _digest(self, name: str, keys: Sequence[str], after: Sequence[str]) -> str:
        one = self.scenario
        read = [key for key in sorted(one.keys) if any(fnmatchcase(key, p) for p in keys)]
        said = {
            "stage": name,
            "country": one.country,
            "years": one.years,
            "seed": one.seed,
            "trajectories": one.trajectories,
            "values": {key: one.held(key) for key in read},
            "doubts": [
                [d.key, d.how, d.dist, sorted(d.values.items())]
                for d in one.doubts
                if d.key in read
            ],
            "after": [self.digests[stage] for stage in after],
            "data": data_digest(),
        }
        text = json.dumps(said, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def data_digest() -> str:
    """Digest of the catalogue, which holds the digest of every embedded table.

    Returns
    -------
    str
    """
    with resources.as_file(resources.files("keruen.data") / "catalogue.json") as path:
        return file_digest(path)


def _write(arrays: Mapping[str, xr.DataArray], folder: Path) -> None:
    facts: dict[str, Any] = {}
    for name, array in arrays.items():
        write_parquet(to_table(array.rename(name)), folder / f"{name}.parquet")
        attrs = {key: array.attrs[key] for key in _ATTRS if key in array.attrs}
        facts[name] = {"dims": [str(dim) for dim in array.dims], "attrs": attrs}
    text = json.dumps(facts, indent=2, ensure_ascii=False)
    (folder / _FACTS).write_text(text + "\n", encoding="utf-8")


def _read(folder: Path) -> Arrays:
    facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
    found: Arrays = {}
    for name, one in facts.items():
        table = pd.read_parquet(folder / f"{name}.parquet")
        table.attrs = {}
        found[name] = from_table(table, value=name, dims=one["dims"], **one["attrs"])
    return found
