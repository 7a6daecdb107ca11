# SPDX-License-Identifier: Apache-2.0
"""Does docs/architecture.md name the modules that exist?

A row of its inventory begins with the path below ``src/keruen``: ``| `core/dims.py` | ...``.
Every public module must have one row, and every row must have its file. Kernels
(``_name.py``) belong to the module that calls them and need no row.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

_ROW = re.compile(r"^\| `([\w/-]+\.(?:py|csv|json|yaml))` \|", re.MULTILINE)


def faults(root: Path) -> list[str]:
    """What differs between the page and the tree, one line each."""
    page = root / "docs" / "architecture.md"
    package = root / "src" / "keruen"
    if not page.is_file():
        return [f"{page.relative_to(root)} is missing"]
    rows = Counter(_ROW.findall(page.read_text("utf-8")))
    modules = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if not path.name.startswith("_")
    }
    return [
        *(f"no row for src/keruen/{name}" for name in sorted(modules - rows.keys())),
        *(f"row without a file: {name}" for name in sorted(rows) if not (package / name).is_file()),
        *(f"{number} rows for {name}" for name, number in sorted(rows.items()) if number > 1),
    ]


if __name__ == "__main__":
    found = faults(Path.cwd())
    print(*found, sep="\n")
    sys.exit(bool(found))
