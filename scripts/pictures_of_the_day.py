# SPDX-License-Identifier: Apache-2.0
"""Walk through "a day at the ministry" in a real browser, and take the pictures of its page.

    .venv/bin/python scripts/pictures_of_the_day.py [FOLDER]

Without a folder the pictures of docs/pictures are renewed. Every step is one that the page tells;
a step that cannot be done ends the walk with its name.
"""

from __future__ import annotations

import io
import re
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn
from openpyxl import load_workbook
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from keruen.sources.practice_placement import write_practice_placement
from keruen.web.accounts import Role
from keruen.web.app import create_app
from keruen.web.settings import Settings

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
PASSWORD = "correct horse battery"
SIZE = {"width": 1100, "height": 760}
MOST = 150_000
FAMILIES = 120
TRAJECTORIES = 20

_DRAWN = """() => [...document.images].filter(one => {
    const box = one.getBoundingClientRect();
    return box.top < innerHeight && box.bottom > 0;
}).every(one => one.complete && one.naturalWidth)"""


@contextmanager
def served(data: Path) -> Iterator[str]:
    """The application over a fresh folder, with a planner who may do everything of the day."""
    app = create_app(Settings(data, megabytes=6000, seconds=900))
    app.state.office.accounts.add("aigerim", PASSWORD, Role.officer)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def spoil(sound: Path, broken: Path) -> None:
    """The three slips of the page: a word for a number, a district unknown, a family twice."""
    book = load_workbook(sound)
    book["families"]["F7"] = "пять"
    book["families"]["A9"] = book["families"]["A8"].value
    book["scores"]["B12"] = "999999999"
    book.save(broken)


class Camera:
    """Takes pictures small enough for a repository."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page, self.folder = page, folder

    def take(self, name: str, *, at: str = "", height: int = SIZE["height"]) -> None:
        """The window from an element on, or from the top."""
        self.page.set_viewport_size({**SIZE, "height": height})
        self.page.wait_for_timeout(400)
        if at:
            self.page.locator(at).first.evaluate(
                "one => window.scrollTo(0, one.getBoundingClientRect().top + scrollY - 16)"
            )
        else:
            self.page.evaluate("window.scrollTo(0, 0)")
        self.page.wait_for_function(_DRAWN)
        self.page.wait_for_timeout(400)
        picture = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        for colours in (128, 64, 32, 16):
            made = io.BytesIO()
            picture.quantize(colours, dither=Image.Dither.NONE).save(made, "PNG", optimize=True)
            if made.tell() <= MOST:
                break
        (self.folder / f"{name}.png").write_bytes(made.getvalue())
        print(name, made.tell())


def walk(page: Page, address: str, folder: Path, out: Path) -> None:
    camera = Camera(page, out)
    sound, broken = folder / "practice.xlsx", folder / "spoilt.xlsx"
    write_practice_placement(sound, families=FAMILIES, seed=1)
    spoil(sound, broken)
    page.set_default_timeout(240_000)
    page.goto(f"{address}/sign-in?lang=ru")
    page.fill("#name", "aigerim")
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.goto(f"{address}/?lang=ru")
    camera.take("day-home")

    page.goto(f"{address}/placement")
    send(page, broken)
    page.get_by_role("alert").first.wait_for()
    camera.take("day-faults", at="h1", height=520)
    page.goto(f"{address}/placement")
    send(page, sound)
    page.locator("form[action$='/confirm']").first.wait_for()
    run = page.url.split("?")[0]
    camera.take("day-proposed", at="form[action$='/confirm']", height=640)
    camera.take("day-map", at="img.map", height=620)

    move_one(page, run)
    camera.take("day-override", at="form[action$='/override']", height=700)
    letters(page, run, camera)
    scenarios(page, address, camera)

    page.goto(f"{run}?lang=ru")
    page.locator("input[name=all]").evaluate("one => one.closest('details').open = true")
    page.check("input[name=all]")
    page.locator("form", has=page.locator("input[name=all]")).locator("button").click()
    set_quota(page, address)
    page.goto(f"{run}/proposal")
    page.fill("#office", "Департамент труда и миграции (пример)")
    page.select_option("#quota", "kandas-2026")
    page.check("input[name=take_in]")
    camera.take("day-seal", at="form[action$='/seal']", height=740)
    page.click("form[action$='/seal'] button")
    page.locator("dd.digest").wait_for()
    camera.take("day-sealed", at="h1")
    page.goto(f"{run}/proposal/1/proposal.ru.html")
    camera.take("day-document", height=900)
    page.goto(f"{address}/flows?country=KAZ&lang=en")
    camera.take("application", height=900)  # of the README
    page.goto(f"{address}/ledger/quotas/kandas-2026?lang=kk")
    camera.take("day-ledger", at="h1", height=760)


def send(page: Page, workbook: Path) -> None:
    page.locator("#file").set_input_files(workbook)
    page.locator("form[enctype] button[type=submit]").click()


def move_one(page: Page, run: str) -> None:
    """The first family that may be somewhere else, where there is room, goes there."""
    for number in range(1, FAMILIES + 1):
        page.goto(f"{run}/families/F{number:05}")
        # a place that is full says so behind a second point
        free = [
            str(one["value"])
            for one in page.locator("#locality option").evaluate_all(
                "all => all.map(one => ({value: one.value, text: one.text}))"
            )
            if one["value"] and one["text"].count("·") == 1
        ]
        if free:
            page.select_option("#locality", free[0])
            page.fill("#reason", "Там живёт сестра; семья просила письменно.")
            page.click("form[action$='/override'] button")
            page.locator("td", has_text="сестра").wait_for()
            return
    raise SystemExit("no family may be moved")


def letters(page: Page, run: str, camera: Camera) -> None:
    page.goto(run)
    href = page.locator("a[href$='letters.kk.html']").get_attribute("href")
    page.goto(re.sub(r"(https?://[^/]+).*", r"\1", run) + str(href))
    camera.take("day-letter", height=640)


def scenarios(page: Page, address: str, camera: Camera) -> None:
    """Two quotas, run one after the other, and side by side."""
    runs = []
    for name in ("kaz/quota_5000", "kaz/quota_20000"):
        page.goto(f"{address}/runs?lang=ru")
        page.locator("form[action='/runs'] [name=scenario]").select_option(name)
        page.locator("form[action='/runs'] [name=trajectories]").fill(str(TRAJECTORIES))
        page.locator("form[action='/runs'] button[type=submit]").first.click()
        runs.append(page.url.split("?")[0].rsplit("/", 1)[1])
    for one in runs:
        while "/cancel" in page.request.get(f"{address}/runs/{one}").text():
            time.sleep(3)
    page.goto(f"{address}/compare?" + "&".join(f"run={one}" for one in runs))
    camera.take("day-compare", at="#table-population_levels", height=820)


def set_quota(page: Page, address: str) -> None:
    page.goto(f"{address}/ledger")
    page.fill("#quota", "kandas-2026")
    page.fill("#year", "2026")
    page.fill("#programme", "kandas")
    page.fill("#total", "2281")
    page.fill("#legal_ref", "Приказ от 12 декабря 2025 года")
    page.locator("form[action='/ledger'] button[type=submit]").click()
    page.wait_for_load_state()


def main() -> None:
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    out.mkdir(parents=True, exist_ok=True)
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    options = {"executable_path": found, "args": ["--no-sandbox", "--disable-gpu"]}
    with (
        TemporaryDirectory() as name,
        served(Path(name) / "office") as address,
        sync_playwright() as tools,
    ):
        browser = tools.chromium.launch(**options)
        walk(browser.new_page(viewport=SIZE), address, Path(name), out)
        browser.close()


if __name__ == "__main__":
    main()
