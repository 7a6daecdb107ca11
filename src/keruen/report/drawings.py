# SPDX-License-Identifier: Apache-2.0
"""Pictures of a report for documents: as SVG that prints everywhere, and as PNG."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

FONTS: Final = Path(__file__).parent / "fonts"
"""Fonts of the package, with the letters of the three languages; licence beside them."""
_SIZE: Final = re.compile(r'<svg\b[^>]*?\bwidth="([\d.]+)"[^>]*?\bheight="([\d.]+)"', re.DOTALL)
_DOTS: Final = 2.0  # dots of a PNG for each unit of its drawing: 192 to the inch


def size_of(svg: str) -> tuple[float, float]:
    """Width and height of a drawing; a usual size where it does not say.

    Parameters
    ----------
    svg : str
        The drawing.

    Returns
    -------
    tuple of float

    Examples
    --------
    >>> size_of('<svg xmlns="http://www.w3.org/2000/svg" width="640" height="320"></svg>')
    (640.0, 320.0)
    """
    found = _SIZE.search(svg)
    return (float(found[1]), float(found[2])) if found else (640.0, 400.0)


def png(svg: str) -> bytes:
    """A drawing as PNG, with the fonts of the package.

    Parameters
    ----------
    svg : str
        The drawing.

    Returns
    -------
    bytes
    """
    import vl_convert

    _register()
    return bytes(vl_convert.svg_to_png(svg, scale=_DOTS))


@cache
def _register() -> None:
    import vl_convert

    vl_convert.register_font_directory(str(FONTS))
