# SPDX-License-Identifier: Apache-2.0
"""What must hold of every drawing, and small readers of its parts."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

SVG = "{http://www.w3.org/2000/svg}"


def parse(drawing: str) -> ET.Element:
    """The drawing as a tree, after checking what every drawing must be."""
    root = ET.fromstring(drawing)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert title.text
    assert desc is not None
    assert desc.text
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert drawing.count("http") == 1, "only the name of the SVG format may be an address"
    assert "href" not in drawing
    assert "<script" not in drawing
    assert "__id__" not in drawing
    assert "NaN" not in drawing
    assert "nan" not in re.findall(r'[="\s,(]nan[",)\s]', drawing)
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    assert all(name in ids for name in re.findall(r"url\(#([^)]*)\)", drawing))
    _, _, wide, tall = map(float, root.get("viewBox", "").split())
    assert (str(root.get("width")), str(root.get("height"))) == (f"{wide:g}", f"{tall:g}")
    return root


def texts(root: ET.Element) -> list[str]:
    """All words set on the drawing; the lines of one text joined by spaces."""
    found = []
    for element in root.iter(f"{SVG}text"):
        lines = [span.text or "" for span in element.iter(f"{SVG}tspan")]
        found.append(" ".join(lines) if lines else element.text or "")
    return found


def place(drawing: str, text: str) -> tuple[float, float]:
    """Where a text of a chart stands, relative to its group."""
    found = re.search(
        rf'<text[^>]*transform="translate\(([-\d.]+),([-\d.]+)\)[^>]*>{re.escape(text)}<', drawing
    )
    assert found, f"no text {text!r}"
    return float(found.group(1)), float(found.group(2))


def tooltips(root: ET.Element) -> dict[str, ET.Element]:
    """Parts that carry a title of their own, by that title."""
    return {
        title.text or "": parent
        for parent in root.iter()
        if parent is not root
        for title in parent.findall(f"{SVG}title")
    }


def corners(d: str) -> list[tuple[float, float]]:
    """Corners of a path of ``M`` and relative ``l``."""
    numbers = [(float(x), float(y)) for x, y in re.findall(r"[Ml](-?[\d.]+),(-?[\d.]+)", d)]
    x = y = 0.0
    placed = []
    for dx, dy in numbers:
        x, y = x + dx, y + dy
        placed.append((x, y))
    return placed
