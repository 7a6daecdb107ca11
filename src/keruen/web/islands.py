# SPDX-License-Identifier: Apache-2.0
"""The script islands: whether npm has built them, and the tags that ask for them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

BUILT: Final = Path(__file__).parent / "static" / "built"


def islands() -> str:
    """What the islands were made from, which is part of their addresses; empty without them.

    Returns
    -------
    str
        A word that changes with the files, so that a browser never keeps old ones.
    """
    try:
        return (BUILT / "made-from").read_text("ascii").strip()
    except FileNotFoundError:
        return ""
