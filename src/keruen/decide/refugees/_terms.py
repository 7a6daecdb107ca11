# SPDX-License-Identifier: Apache-2.0
"""What a caseload run is given: checked, brought to the same cells, turned into numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims, same_cells
from keruen.core.errors import CoverageError, SchemaError, WorkbenchError, raise_faults
from keruen.decide.refugees._queue import Floats, Terms

_SHARES = ("recognition", "appeal", "withdrawal")
_CELLS = ("month", "stage", "origin")


@dataclass(frozen=True)
class Labels:
    """Labels of a run; ``extra`` are the dimensions of draws and scenarios, in order."""

    extra: Mapping[str, np.ndarray]
    cells: Mapping[str, np.ndarray]


def make_terms(
    given: Mapping[str, xr.DataArray | float],
    backlog: xr.DataArray | None,
    *,
    newest_first: bool,
    copies: int,
) -> tuple[Terms, Labels]:
    """Numbers of a run and their labels; all faults at once."""
    arrays = {name: _as_array(value, name) for name, value in given.items()}
    if backlog is not None:
        arrays["backlog"] = backlog.rename("backlog")
    raise_faults(_faults(arrays), where="caseload")
    require_dims(arrays["applications"], "month", name="applications")
    arrays = dict(zip(arrays, same_cells(*arrays.values()), strict=True))
    dedicated = "origin" in arrays["officers"].dims
    labels = _labels(arrays, copies)
    extra = {dim: len(names) for dim, names in labels.extra.items()}
    sizes = {dim: len(names) for dim, names in labels.cells.items()}

    def numbers(name: str, *dims: str) -> Floats:
        wanted = {**extra, **{dim: sizes[dim] for dim in dims}}
        return _spread(arrays[name], wanted, len(extra))

    shares = {name: numbers(name, *_CELLS) for name in _SHARES}
    if sizes["stage"] > 1 and "stage" not in arrays["appeal"].dims:
        shares["appeal"][:, :, -1] = 0.0  # one rate for all stages; the last word is the last
    terms = Terms(
        applications=numbers("applications", "month", "origin"),
        officers=numbers("officers", *_CELLS),
        speed=numbers("rate", *_CELLS) * numbers("productivity", *_CELLS),
        **shares,
        backlog=_waiting(arrays.get("backlog"), extra, sizes),
        dedicated=dedicated,
        newest_first=newest_first,
    )
    return terms, labels


def _as_array(value: xr.DataArray | float, name: str) -> xr.DataArray:
    return value.rename(name) if isinstance(value, xr.DataArray) else xr.DataArray(value, name=name)


def _faults(arrays: Mapping[str, xr.DataArray]) -> list[WorkbenchError]:
    faults: list[WorkbenchError] = []
    for name, array in arrays.items():
        values = np.asarray(array.to_numpy(), dtype=float)
        high = 1.0 if name in _SHARES else np.inf
        above = 0.0 if name in ("rate", "productivity") else -np.inf
        missing = int((~np.isfinite(values)).sum())
        odd = int(((values < 0) | (values > high) | (values <= above)).sum())
        if missing:
            faults.append(
                CoverageError(
                    f"{missing} numbers of '{name}' are missing",
                    where=name,
                    remedy="give a number for every cell",
                    id="MissingCell",
                )
            )
        elif odd:
            wanted = "0 to 1" if name in _SHARES else ("above 0" if above == 0 else "0 or more")
            faults.append(
                SchemaError(
                    f"{odd} numbers of '{name}' are not {wanted}",
                    where=name,
                    remedy=f"give numbers {wanted}",
                    id="NegativeInput" if (values < 0).any() else "BadShare",
                )
            )
    faults += [
        SchemaError(what, where=where, remedy="put them in order", id="BadOrder")
        for where, what in _disorder(arrays)
    ]
    if "stage" in arrays["applications"].dims:
        what = "applications enter the first stage; they have no stage of their own"
        faults.append(SchemaError(what, where="applications", remedy="sum over 'stage'"))
    return faults


def _disorder(arrays: Mapping[str, xr.DataArray]) -> list[tuple[str, str]]:
    """Months that do not go forward, and waits that are not whole months."""
    found = []
    months = arrays["applications"].indexes.get("month")
    if months is not None and not months.is_monotonic_increasing:
        found.append(("applications", "months do not follow on each other"))
    waited = arrays["backlog"].indexes.get("waited") if "backlog" in arrays else None
    if waited is not None and not all(one >= 0 and one == int(one) for one in waited):
        found.append(("backlog", "months waited are not whole numbers of 0 or more"))
    return found


def _labels(arrays: Mapping[str, xr.DataArray], copies: int) -> Labels:
    found: dict[str, np.ndarray] = {}
    for array in arrays.values():
        found |= {str(dim): array[dim].to_numpy() for dim in array.dims if str(dim) not in found}
    cells = {
        "month": found["month"],
        "stage": found.get("stage", np.array(["first"])),
        "origin": found.get("origin", np.array(["all"])),
    }
    extra = {dim: names for dim, names in found.items() if dim not in (*_CELLS, "waited")}
    if copies > 1 and "trajectory" in extra:
        raise SchemaError(
            "the inputs have trajectories of their own",
            where="draws",
            remedy="leave 'draws' out: each trajectory is one course of events",
        )
    if copies > 1:
        extra["trajectory"] = np.arange(copies)
    return Labels(extra, cells)


def _spread(array: xr.DataArray, wanted: Mapping[str, int], extra: int) -> Floats:
    """Numbers [draw, ...] of an array laid out over the dimensions wanted."""
    odd = [str(dim) for dim in array.dims if dim not in wanted]
    if odd:
        raise SchemaError(f"'{array.name}' has the dimension {few(odd)}", where=str(array.name))
    missing = {dim: size for dim, size in wanted.items() if dim not in array.dims}
    full = array.expand_dims(missing).transpose(*wanted).to_numpy().astype(float)
    return np.ascontiguousarray(full.reshape(-1, *full.shape[extra:]))


def _waiting(
    backlog: xr.DataArray | None, extra: Mapping[str, int], sizes: Mapping[str, int]
) -> Floats:
    """Cases at the start [draw, stage, origin, waited], those who have waited longest first."""
    if backlog is None:
        backlog = xr.DataArray(0.0)
    if "stage" not in backlog.dims and sizes["stage"] > 1:
        first = np.eye(sizes["stage"])[0]  # cases of no stated stage wait at the first
        backlog = backlog * xr.DataArray(first, dims="stage")
    if "origin" not in backlog.dims and sizes["origin"] > 1 and bool((backlog > 0).any()):
        raise SchemaError(
            "the backlog has no origins, the applications have",
            where="backlog",
            remedy="give the backlog of each origin",
        )
    if "waited" not in backlog.dims:
        backlog = backlog.expand_dims(waited=[0])
    months = backlog["waited"].to_numpy().astype(int)
    full = np.arange(months.max() + 1)
    backlog = backlog.reindex(waited=full, fill_value=0.0)
    wanted = {**extra, "stage": sizes["stage"], "origin": sizes["origin"], "waited": len(full)}
    return _spread(backlog.rename("backlog"), wanted, len(extra))[..., ::-1].copy()
