# SPDX-License-Identifier: Apache-2.0
"""Source and licence of an array as sentences that travel with it."""

from __future__ import annotations

from keruen.core.origin import LICENCES
from keruen.sources._catalogue import read_catalogue
from keruen.sources.formats.cube import Cube


def source_of(cube: Cube) -> str:
    """Citations and licences of what an array was made from.

    Parameters
    ----------
    cube : Cube
        The array; what its file said of the source comes first.

    Returns
    -------
    str
        Empty when nothing is known.
    """
    attrs = cube.array.attrs
    known = {one.id: one.source.citation for one in read_catalogue()}
    named = [cube.source] if cube.source else []
    named += [known.get(id, str(id)) for id in _several(attrs.get("origin", ()))]
    licences = [
        f"{LICENCES[id].name} {LICENCES[id].address}".strip() if id in LICENCES else str(id)
        for id in _several(attrs.get("licence", ()))
    ]
    text = " ".join(dict.fromkeys(one.rstrip(". ") + "." for one in named if one.strip()))
    return f"{text} Licence: {'; '.join(licences)}.".strip() if licences else text


def _several(given: object) -> tuple[str, ...]:
    if isinstance(given, str):
        return (given,)
    return tuple(map(str, given)) if isinstance(given, tuple | list) else ()
