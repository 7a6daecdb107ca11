# SPDX-License-Identifier: Apache-2.0
"""Every page of the application with an address to visit, taken from the application itself.

A page without parameters is found by itself. One with parameters needs a line in
``EXAMPLES``; a route that is no page, such as a download, stands in ``FILES``.
"""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fastapi import FastAPI

from keruen.web.policy_forms import TOOLS
from web.browser import Served
from web.test_reports import FACTS

QUOTA: Final = "kandas-2026-KZ-55"
SYSTEM: Final = "kazakhstan-example"
_ASKED: Final = "&".join(f"{name}={value}" for name, value in FACTS.items())
EXAMPLES: Final[Mapping[str, tuple[str, ...]]] = {
    "/profile/{country}": ("/profile/KAZ",),
    "/projection/{country}": ("/projection/KAZ",),
    "/labour/{country}": ("/labour/KAZ",),
    "/flows/{country}": ("/flows/KAZ", "/flows/KAZ?year=1995"),
    "/points/{system}": (f"/points/{SYSTEM}?day=2026-11-22",),
    "/points/{system}/result": (f"/points/{SYSTEM}/result?{_ASKED}", f"/points/{SYSTEM}/result"),
    "/runs/{id}": ("/runs/{run}", "/runs/{failed}"),
    "/runs/{id}/page": ("/runs/{run}/page",),
    "/compare": ("/compare?run={run}&run={other}",),
    "/placement/{id}": ("/placement/{placement}", "/placement/{faulty}"),
    "/placement/{id}/families/{family}": ("/placement/{placement}/families/F00001",),
    "/placement/{id}/files/{lang}/{name}": ("/placement/{placement}/files/en/letters.kk.html",),
    "/ledger/quotas/{quota}": (f"/ledger/quotas/{QUOTA}",),
    "/placement/{id}/proposal": ("/placement/{placement}/proposal",),
    "/placement/{id}/proposal/draft/{name}": (
        "/placement/{placement}/proposal/draft/proposal.html",
    ),
    "/placement/{id}/proposal/{version}/{name}": (),  # the same page as the draft
    "/scenarios/{place}/{home}/{name}": ("/scenarios/package/kaz/quota_5000",),
    "/scenarios/own/{account}/{name}/edit": (),  # the same form as /scenarios/new
    "/draws/{id}": (),  # the same page as /draws/practice
    "/policy/{country}": ("/policy/KAZ", "/policy/DEU"),
    "/policy/{country}/{tool}": tuple(f"/policy/KAZ/{tool}" for tool in TOOLS),
    "/policy/{country}/{tool}/result": tuple(f"/policy/KAZ/{tool}/result" for tool in TOOLS),
    "/methods/{name}": ("/methods/measure.indices.migration_effectiveness",),
    "/data/{id}": ("/data/kaz.return_quota",),
}
"""Addresses of the pages that need parameters; braces are filled by ``furnish``."""
FILES: Final = ("/healthy", "/workbook", "/files/{name}", "/files/{lang}/{name}", "/yaml", "/state")
"""How routes end that are no pages, beside those whose last name has an ending."""
FAULTS: Final = ("/nowhere", "/profile/XXX", "/profile/KAZ?year=1")
"""Addresses that end in a page of a fault."""
PERSONAL: Final = "/placement"
"""What stands below it is for the officer who made it alone."""


def routes(app: FastAPI) -> list[str]:
    """Paths that answer a reader's GET, in the order of the application."""
    return [path for path, told in app.openapi()["paths"].items() if "get" in told]


def is_file(path: str) -> bool:
    """Whether a route is no page."""
    return path.endswith(FILES) or "." in path.rpartition("/")[2]


def unknown(app: FastAPI) -> list[str]:
    """Routes with parameters that neither table names."""
    return [one for one in routes(app) if "{" in one and one not in EXAMPLES and not is_file(one)]


def addresses(app: FastAPI, facts: Mapping[str, str]) -> list[str]:
    """Every page to visit."""
    pages = [one for one in routes(app) if one not in EXAMPLES and not is_file(one)]
    told = [one.format(**facts) for path in EXAMPLES for one in EXAMPLES[path]]
    return [*(one for one in pages if "{" not in one), *told, *FAULTS]


def role_of(address: str) -> str:
    """Who looks at a page: files of persons are for the officer who sent them."""
    if address.startswith("/sign-in"):
        return ""
    return "officer" if address.startswith(PERSONAL) else "administrator"


def _cookies(served: Served, role: str) -> dict[str, str]:
    from keruen.web.sessions import COOKIE

    return {COOKIE: served.office.sessions.begin(role)}


def furnish(served: Served) -> dict[str, str]:
    """An office in use: two scenarios run, families placed, a quota with a case, and faults."""
    from keruen.sources.practice_placement import write_practice_placement
    from keruen.web.files import keep_file

    office = served.office
    ask = office.jobs.ask
    made = {
        "run": ask("scenario", "Baseline", "administrator",
                   {"scenario": "kaz/baseline", "trajectories": 4}),
        "other": ask("scenario", "Foreign labour quota doubled", "administrator",
                     {"scenario": "kaz/labour_quota_doubled", "trajectories": 4}),
        "failed": ask("scenario", "Wrong", "administrator", {"scenario": "kaz/none"}),
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "families.xlsx"
        write_practice_placement(book, families=12, seed=1)
        books = {"placement": book.read_bytes(), "faulty": _without_a_code(book)}
    for name, content in books.items():
        place = keep_file(office.settings, "officer", "families.xlsx", io.BytesIO(content))
        facts = {"gap": 0.01, "voluntary": False, "letters": 4, "file": place}
        made[name] = ask("placement", "families.xlsx", "officer", facts)
    _set_quota(served)
    while any(not office.jobs.get(id).over for id in made.values()):
        time.sleep(0.2)
    states = {name: office.jobs.get(id).state for name, id in made.items()}
    assert states == {**dict.fromkeys(made, "done"), "failed": "failed", "faulty": "failed"}
    return made


def _without_a_code(path: Path) -> bytes:
    from openpyxl import load_workbook

    book, told = load_workbook(path), io.BytesIO()
    sheet = book["localities"]
    sheet.cell(sheet.max_row, 1).value = None
    book.save(told)
    return told.getvalue()


def _set_quota(served: Served) -> None:
    """A quota with one case, told as an officer tells it."""
    import httpx

    from web.conftest import token_of

    one = f"/ledger/quotas/{QUOTA}"
    with httpx.Client(base_url=served.address, cookies=_cookies(served, "officer")) as client:
        token = token_of(client.get("/ledger").text)
        told = [
            ("/ledger", {"quota": QUOTA, "year": "2026", "programme": "kandas", "region": "KZ-55",
                         "total": "10", "legal_ref": "Order 1"}),
            (f"{one}/apply", {"case": "P-1", "units": "5"}),
            (f"{one}/record", {"kind": "decide", "case": "P-1", "fact_eligible": "yes",
                               "fact_reason_code": "documents", "fact_rule_version": "2026-1"}),
            (f"{one}/record", {"kind": "waitlist", "case": "P-1"}),
        ]  # fmt: skip
        for path, facts in told:
            answer = client.post(path, data={**facts, "token": token})
            assert answer.status_code == 303, answer.text
