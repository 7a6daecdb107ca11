# SPDX-License-Identifier: Apache-2.0
"""A placement kept so that anybody can check it again: its tables, places, prices and promises."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr

from keruen.core.errors import FileError
from keruen.decide.placement_check import check_placement
from keruen.decide.placement_tables import Jobs, PlacementTables
from keruen.decide.resettle import Placement
from keruen.report.release import MANIFEST, file_digest, write_parquet

if TYPE_CHECKING:
    import pandas as pd

CERTIFICATE: Final = "certificate.json"
_FAMILIES, _LOCALITIES, _PAIRS = (
    "given_families.parquet",
    "given_localities.parquet",
    "given_pairs.parquet",
)
_CHANCES, _JOBS, _TAKEN = "given_chances.parquet", "given_jobs.parquet", "taken_jobs.parquet"


def store(placement: Placement, folder: Path) -> None:
    """Write what a check needs: tables given, places, prices, promises.

    Parameters
    ----------
    placement : Placement
        The placement.
    folder : Path
        Folder that holds the files of the run.
    """
    tables = placement.tables
    write_parquet(_families(placement), folder / _FAMILIES)
    write_parquet(_localities(placement), folder / _LOCALITIES)
    write_parquet(_pairs(tables), folder / _PAIRS)
    if tables.jobs is not None:
        _store_jobs(placement, tables.jobs, folder)
    told = {
        "certificate": _plain(dict(placement.certificate)),
        "services": [str(one) for one in tables.families["service"].values],
        "persons": tables.persons,
        "share_tolerance": tables.share_tolerance,
        "budgets": _cells(tables.budgets),
        "region_share": _cells(tables.region_share),
        "group_floor": _cells(tables.group_floor),
        "links": [list(link) for link in tables.links],
        "cost": tables.cost is not None,
        "voluntary": tables.preferences is not None,
        "minimum": tables.minimum is not None,
        "jobs": tables.jobs is not None,
    }
    text = json.dumps(told, indent=1, ensure_ascii=False)
    (folder / CERTIFICATE).write_text(text + "\n", encoding="utf-8")


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    return float(value) if isinstance(value, float | np.floating) else value


def _cells(array: xr.DataArray | None) -> dict[str, float] | None:
    return None if array is None else {str(k): float(v) for k, v in array.to_series().items()}


def _families(placement: Placement) -> pd.DataFrame:
    import pandas as pd

    needs = placement.tables.families.transpose("family", "service")
    table = pd.DataFrame(needs.to_numpy(), columns=[f"need_{one}" for one in needs.service.values])
    table.insert(0, "family", needs["family"].to_numpy().astype(str))
    for name in ("group", "must_region"):
        if name in needs.coords:
            table[name] = needs[name].to_numpy().astype(str)
    return table.assign(assignment=placement.assignment.to_numpy().astype(str))


def _localities(placement: Placement) -> pd.DataFrame:
    import pandas as pd

    tables = placement.tables
    services = [str(one) for one in tables.families["service"].values]
    room = tables.localities.sel(service=services).transpose("locality", "service")
    parts = {f"room_{one}": room.sel(service=one).to_numpy() for one in services}
    price = placement.prices.sel(service=services)
    parts |= {f"price_{one}": price.sel(service=one).to_numpy() for one in services}
    if tables.minimum is not None:
        least = tables.minimum.sel(service=services)
        parts |= {f"least_{one}": least.sel(service=one).to_numpy() for one in services}
    table = pd.DataFrame(parts)
    table.insert(0, "locality", room["locality"].to_numpy().astype(str))
    table.insert(1, "region", tables.regions)
    return table


def _pairs(tables: PlacementTables) -> pd.DataFrame:
    """Pairs that may be, with what the check needs of each."""
    import pandas as pd

    score = tables.score.transpose("family", "locality").to_numpy()
    family, locality = np.nonzero(np.isfinite(score))
    names = {dim: tables.score.indexes[dim].astype(str) for dim in ("family", "locality")}
    table = pd.DataFrame(
        {
            "family": names["family"].take(family),
            "locality": names["locality"].take(locality),
            "score": score[family, locality],
        }
    )
    for name, array in (("cost", tables.cost), ("rank", tables.preferences)):
        if array is not None:
            table[name] = array.transpose("family", "locality").to_numpy()[family, locality]
    return table


def _store_jobs(placement: Placement, jobs: Jobs, folder: Path) -> None:
    """Chances where a family may be, job places with their prices, and who takes which."""
    import pandas as pd

    assert placement.jobs is not None and placement.job_prices is not None  # noqa: S101, PT018
    tables = placement.tables
    places = placement.job_prices.rename("price").to_series().to_frame()
    places["places"] = jobs.places.transpose(*placement.job_prices.dims).to_series()
    places["factor"] = places.index.get_level_values("tier").map(jobs.factor.to_series().to_dict())
    write_parquet(places.reset_index(), folder / _JOBS)
    write_parquet(placement.jobs, folder / _TAKEN)
    workers = jobs.family.indexes["worker"]
    labels = {"occupation": jobs.places.indexes["occupation"]}
    labels["locality"] = tables.localities.indexes["locality"]
    chance = jobs.chance.sel(worker=workers, **labels)
    chance = chance.transpose("worker", "occupation", "locality")
    score = tables.score.sel(family=jobs.family.to_numpy(), locality=labels["locality"])
    may = np.isfinite(score.transpose("family", "locality").to_numpy())
    worker, occupation, locality = np.nonzero((chance.to_numpy() > 0) & may[:, None, :])
    held = {
        "worker": workers.astype(str).take(worker),
        "family": jobs.family.to_numpy().astype(str)[worker],
        "occupation": labels["occupation"].astype(str).take(occupation),
        "locality": labels["locality"].astype(str).take(locality),
        "chance": chance.to_numpy()[worker, occupation, locality],
    }
    write_parquet(pd.DataFrame(held), folder / _CHANCES)


def _read_jobs(folder: Path, where: np.ndarray) -> tuple[Jobs, pd.DataFrame, xr.DataArray]:
    """The jobs as they were given, who takes which, and their prices."""
    import pandas as pd

    given, taken = pd.read_parquet(folder / _JOBS), pd.read_parquet(folder / _TAKEN)
    chances = pd.read_parquet(folder / _CHANCES)
    dims = ["locality", "occupation", "tier"]
    cells = given.set_index(dims)
    places = cells["places"].to_xarray().sel(locality=where)
    tiers = cells.groupby("tier")["factor"].first()
    owner = chances.drop_duplicates("worker").set_index("worker")["family"]
    labels = {"worker": owner.index, "occupation": places.indexes["occupation"], "locality": where}
    filled = np.full([len(each) for each in labels.values()], np.nan)
    at = [pd.Index(each).get_indexer(pd.Index(chances[name])) for name, each in labels.items()]
    filled[tuple(at)] = chances["chance"].to_numpy()
    jobs = Jobs(
        xr.DataArray(owner.to_numpy().astype(str), {"worker": owner.index}),
        xr.DataArray(filled, labels),
        places,
        xr.DataArray(tiers.to_numpy(), {"tier": tiers.index.to_numpy()}),
    )
    return jobs, taken, cells["price"].to_xarray().sel(locality=where)


def recheck(folder: Path) -> pd.DataFrame:
    """Check a folder of a placement again, from its files alone and without a solver.

    Parameters
    ----------
    folder : Path
        Folder that a run of placement wrote.

    Returns
    -------
    DataFrame
        Columns check, holds, found: files unchanged, then every promise of the placement.

    Raises
    ------
    FileError
        The folder holds no placement, or a file of it cannot be read (``NotAPlacement``).

    See Also
    --------
    keruen.decide.placement_check.check_placement : The check.
    """
    import pandas as pd

    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        told = json.loads((folder / CERTIFICATE).read_text(encoding="utf-8"))
        parts = [pd.read_parquet(folder / name) for name in (_FAMILIES, _LOCALITIES, _PAIRS)]
        listed = {name: one["sha256"] for name, one in manifest["files"].items()}
        shown = pd.read_csv(folder / "assignment.csv", dtype=str, keep_default_na=False)
        tables, placed, prices = _given(told, *parts)
        taken, job_prices = None, None
        if told.get("jobs"):
            jobs, taken, job_prices = _read_jobs(folder, tables.localities["locality"].to_numpy())
            tables = replace(tables, jobs=jobs)
        found = check_placement(
            tables,
            placed,
            prices=prices,
            certificate=told["certificate"],
            jobs=taken,
            job_prices=job_prices,
        )
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise _unreadable(folder, fault) from fault
    changed = [
        name
        for name, digest in listed.items()
        if not (folder / name).is_file() or file_digest(folder / name) != digest
    ]
    same = dict(zip(shown["family"], shown["locality"], strict=True)) == dict(
        zip(parts[0]["family"], parts[0]["assignment"], strict=True)
    )
    own = [
        ("every file is as it was written", not changed, ", ".join(changed) or "all unchanged"),
        ("the list shown is the placement checked", same, "assignment.csv"),
    ]
    return pd.concat([pd.DataFrame(own, columns=found.columns), found], ignore_index=True)


def read_tables(folder: Path) -> tuple[PlacementTables, xr.DataArray]:
    """What a folder of a placement holds: tables as they were given, and places.

    Parameters
    ----------
    folder : Path
        Folder that a run of placement wrote.

    Returns
    -------
    tuple of PlacementTables and DataArray [family]
        The tables, without jobs by occupation, and the locality of each family.

    Raises
    ------
    FileError
        The folder holds no placement that can be read (``NotAPlacement``).
    """
    import pandas as pd

    try:
        told = json.loads((folder / CERTIFICATE).read_text(encoding="utf-8"))
        parts = [pd.read_parquet(folder / name) for name in (_FAMILIES, _LOCALITIES, _PAIRS)]
        tables, placed, _ = _given(told, *parts)
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise _unreadable(folder, fault) from fault
    return tables, placed


def _unreadable(folder: Path, fault: Exception) -> FileError:
    return FileError(
        "the folder holds no placement that can be read",
        where=str(folder),
        remedy=f"name the folder that keruen place wrote; {fault}",
        id="NotAPlacement",
    )


def _given(
    told: dict[str, Any], families: pd.DataFrame, localities: pd.DataFrame, pairs: pd.DataFrame
) -> tuple[PlacementTables, xr.DataArray, xr.DataArray]:
    """The tables as they were given, the places and the prices."""
    import pandas as pd

    services = told["services"]
    who, where = families["family"].to_numpy(), localities["locality"].to_numpy()
    cells = {"locality": where, "service": services}

    def wide(table: pd.DataFrame, prefix: str, labels: dict[str, Any]) -> xr.DataArray:
        return xr.DataArray(table[[f"{prefix}_{one}" for one in services]].to_numpy(), labels)

    def matrix(name: str) -> xr.DataArray:
        filled = np.full((len(who), len(where)), np.nan)
        row = pd.Index(who).get_indexer(pd.Index(pairs["family"]))
        column = pd.Index(where).get_indexer(pd.Index(pairs["locality"]))
        filled[row, column] = pairs[name].to_numpy()
        return xr.DataArray(filled, {"family": who, "locality": where})

    def limits(name: str, dim: str) -> xr.DataArray | None:
        held = told[name]
        return None if held is None else xr.DataArray(list(held.values()), {dim: list(held)})

    needs = wide(families, "need", {"family": who, "service": services})
    for name in ("group", "must_region"):
        if name in families:
            needs = needs.assign_coords({name: ("family", families[name].to_numpy().astype(str))})
    room = wide(localities, "room", cells)
    score = matrix("score")
    tables = PlacementTables(
        needs,
        room.assign_coords(region=("locality", localities["region"].to_numpy().astype(str))),
        score,
        compat=score.notnull(),
        preferences=matrix("rank") if told["voluntary"] else None,
        cost=matrix("cost").fillna(0.0) if told["cost"] else None,
        budgets=limits("budgets", "region"),
        region_share=limits("region_share", "region"),
        share_tolerance=told["share_tolerance"],
        group_floor=limits("group_floor", "group"),
        links=tuple((one, other, what) for one, other, what in told["links"]),
        minimum=wide(localities, "least", cells) if told["minimum"] else None,
        persons=told["persons"],
    )
    placed = xr.DataArray(families["assignment"].to_numpy().astype(str), {"family": who})
    return tables, placed, wide(localities, "price", cells)
