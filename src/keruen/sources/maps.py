# SPDX-License-Identifier: Apache-2.0
"""The embedded maps: boundaries of countries, regions and districts as GeoJSON."""

from __future__ import annotations

import json
from typing import Any

from keruen.core.errors import CodeError
from keruen.sources._catalogue import read_maps, verify
from keruen.sources.datasets import DataMap


def maps() -> tuple[DataMap, ...]:
    """All embedded maps of boundaries.

    Returns
    -------
    tuple of DataMap

    Examples
    --------
    >>> [one.id for one in maps() if "regions" in one.id]
    ['geo.kaz.regions.2000', 'geo.kaz.regions.2018', 'geo.kaz.regions.2022']
    """
    return read_maps()


def load_map(id: str) -> dict[str, Any]:
    """A map of boundaries as GeoJSON.

    Parameters
    ----------
    id : str
        Identifier of the map.

    Returns
    -------
    dict
        Feature collection; properties ``country``, ``region`` or ``locality`` hold the codes.

    Raises
    ------
    CodeError
        No such map.
    FileError
        The file is damaged (``DigestMismatch``).

    Examples
    --------
    >>> len(load_map("geo.kaz.regions.2022")["features"])
    20
    """
    known = {one.id: one for one in read_maps()}
    if id not in known:
        raise CodeError(
            f"'{id}' is not an embedded map", remedy=f"choose one of {', '.join(known)}"
        )
    verify(known[id].file, known[id].digest)
    shape: dict[str, Any] = json.loads(known[id].file.read_text("utf-8"))
    return shape
