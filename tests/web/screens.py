# SPDX-License-Identifier: Apache-2.0
"""Photograph every page for those who review: ``python tests/web/screens.py OUTDIR [WORD...]``.

Pages stand in three languages, as wide as a desk and as a phone. Words leave out the
addresses that hold none of them. The office of the pictures is kept in ``OUTDIR/office``,
so that a second call begins at once.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from web.browser import Served

_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def main(out: Path, *words: str) -> None:
    """Photograph."""
    from playwright.sync_api import sync_playwright

    from keruen.report.locale import LANGS
    from web.browser import DESK, PHONE, serving
    from web.routes import addresses, furnish, role_of

    out.mkdir(parents=True, exist_ok=True)
    kept = out / "facts.json"
    with serving(out / "office") as served, sync_playwright() as playwright:
        if not kept.exists():
            kept.write_text(json.dumps(furnish(served)))
        facts: dict[str, str] = json.loads(kept.read_text())
        wanted = [one for one in addresses(served.app, facts) if _wanted(one, words)]
        names = {value: key for key, value in facts.items()}
        browser = playwright.chromium.launch(
            executable_path=next(filter(None, map(shutil.which, _CHROMIUM))), args=["--no-sandbox"]
        )
        for lang, size in product(LANGS, (DESK, PHONE)):
            for address in wanted:
                name = re.sub(r"\W+", "-", _plain(address, names)).strip("-") or "home"
                file = out / f"{name[:60]}.{lang}.{size[0]}.png"
                asked = {"role": role_of(address), "lang": lang, "size": size}
                _photograph(served, browser, address, file, **asked)
        browser.close()


def _wanted(address: str, words: tuple[str, ...]) -> bool:
    return not words or any(word in address for word in words)


def _plain(address: str, names: dict[str, str]) -> str:
    for value, name in names.items():
        address = address.replace(value, name)
    return address


def _photograph(served: Served, browser: Browser, address: str, file: Path, **asked: Any) -> None:
    size = asked["size"]
    context = served.context(browser, **asked)
    page = context.new_page()
    page.goto(address, timeout=120_000)
    high = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size[0], "height": min(int(high), 6000)})
    page.screenshot(path=file)
    context.close()
    print(file)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    sys.path[0] = str(Path(__file__).parents[1])  # the folder that ``web`` stands in
    main(Path(sys.argv[1]), *sys.argv[2:])
