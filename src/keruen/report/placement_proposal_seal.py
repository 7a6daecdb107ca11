# SPDX-License-Identifier: Apache-2.0
"""A proposal as a folder: its documents, the decisions, digests of all; drafts, seals, checks."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from keruen.core.errors import FileError
from keruen.report.locale import Lang, Locale
from keruen.report.pages import write_pages
from keruen.report.placement_archive import recheck
from keruen.report.placement_decision_log import Mark
from keruen.report.placement_decisions import PlacementDecisions
from keruen.report.placement_proposal import Proposal, ProposalDetails, read_proposal
from keruen.report.placement_proposal_annex import annex_report
from keruen.report.placement_proposal_ledger import LedgerChoice, placement_awards
from keruen.report.placement_proposal_page import proposal_report
from keruen.report.release import MANIFEST, file_digest, release
from keruen.sources.output import staged_folder

if TYPE_CHECKING:
    import pandas as pd

    from keruen.decide.ledger import QuotaLedger

LOG: Final = "decisions.jsonl"
RUN: Final = "run-manifest.json"
SUMS: Final = "SHA256SUMS"
_MANY: Final = 2_000
"""Families above which the annex is a workbook alone."""


@dataclass(frozen=True)
class Forms:
    """What a proposal is written as.

    Parameters
    ----------
    proposal : mapping of str to sequence of str
        Formats of the proposal by language.
    annex : mapping of str to sequence of str
        Formats of the annex by language.
    template : Path or None
        Word template of the office.
    """

    proposal: Mapping[Lang, Sequence[str]]
    annex: Mapping[Lang, Sequence[str]]
    template: Path | None = None


def write_proposal(
    proposal: Proposal, target: Path, forms: Forms, *, run: Path, log: bytes
) -> tuple[Path, ...]:
    """Write a proposal and its annex to a folder, with what they are matched with.

    Parameters
    ----------
    proposal : Proposal
        The proposal; a draft says so on its first page.
    target : Path
        Folder; made when it does not exist.
    forms : Forms
        Languages and formats.
    run : Path
        Folder of the run.
    log : bytes
        The log of decisions.

    Returns
    -------
    tuple of Path
        ``proposal.*`` (may be published), ``annex.*``, ``decisions.jsonl`` (for the office
        alone), ``run-manifest.json``, ``SHA256SUMS`` and ``manifest.json``.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``), or holds a sealed proposal
        (``SealedAlready``); nothing has been changed then.
    """
    if _held(target).get("sealed"):
        raise FileError(
            "the folder holds a sealed proposal",
            where=str(target),
            remedy="name another folder",
            id="SealedAlready",
        )

    def fill(folder: Path) -> None:
        (folder / LOG).write_bytes(log)
        shutil.copyfile(run / MANIFEST, folder / RUN)
        many = len(proposal.families) > _MANY
        both = (
            ("proposal", proposal_report(proposal), forms.proposal),
            ("annex", annex_report(proposal), {one: ["xlsx"] for one in forms.annex} if many
             else forms.annex),
        )  # fmt: skip
        for name, report, asked in both:
            for lang, formats in asked.items():
                style = forms.template if "docx" in formats else None
                stem = f"{name}.{lang}"
                write_pages(report, Locale(lang), folder, stem, formats=formats, template=style)
        sums = [f"{file_digest(one)}  {one.name}\n" for one in sorted(folder.iterdir())]
        (folder / SUMS).write_text("".join(sums), encoding="utf-8")

    return release(target, _manifest(proposal), fill)


def _manifest(proposal: Proposal) -> dict[str, object]:
    return {
        "command": "place proposal",
        "sealed": proposal.sealed,
        "version": proposal.version,
        "number": proposal.number,
        "details": asdict(proposal.details),
        "digests": [list(one) for one in proposal.digests],
        "families": len(proposal.families),
        "undecided": proposal.undecided,
        "practice_data": proposal.practice,
    }


def seal_proposal(
    run: Path,
    decisions: PlacementDecisions,
    details: ProposalDetails,
    target: Path,
    forms: Forms,
    *,
    at: datetime,
    book: QuotaLedger | None = None,
    choice: LedgerChoice | None = None,
    replace_left: bool = False,
) -> Mark:
    """Freeze the decisions, write the documents, and award the places of a quota: all or nothing.

    Parameters
    ----------
    run : Path
        Folder of the run.
    decisions : PlacementDecisions
        Decisions; every family has one.
    details : ProposalDetails
        What the office says; its officer seals.
    target : Path
        Folder for the documents; new or empty.
    forms : Forms
        Languages and formats.
    at : datetime
        When.
    book : QuotaLedger, optional
        Ledger.
    choice : LedgerChoice, optional
        Quota of the ledger that the places are awarded from.
    replace_left : bool, optional
        Remove what an earlier try to seal this version left in the folder.

    Returns
    -------
    Mark
        The seal: its number, and in ``facts`` what was written to the ledger.

    Raises
    ------
    RefusedError
        A family is undecided, the proposal is sealed already, or the ledger cannot take the
        awards: nothing is sealed or written then.
    FileError
        The folder holds files already (``NotEmpty``), or cannot be written.

    Notes
    -----
    The documents are written first, then the awards, then the seal. A machine that stops in
    between leaves a proposal that is not sealed; sealing it again takes awards that stand in
    the ledger already as written.
    """
    officer = details.officer

    def work(log: bytes) -> tuple[str, dict[str, str]]:
        found = read_proposal(run, decisions, details, log=log)
        proposal = replace(found, sealed=True)
        events = []
        if book is not None and choice is not None:
            events = placement_awards(book, proposal, choice, at=at, by=officer)
        facts = {k: str(v) for k, v in asdict(details).items() if v not in {None, ""}}
        left = _held(target).get("version", decisions.version)
        if replace_left and target.is_dir() and left == decisions.version:
            shutil.rmtree(target)  # left by a machine that stopped before it sealed
        with staged_folder(_empty(target)) as folder:
            write_proposal(proposal, folder, forms, run=run, log=log)
            if book is not None and choice is not None:
                last = book.append(*events) if events else 0
                facts |= _entries(choice, events, last)
        return proposal.number, facts

    return decisions.seal(work, officer=officer, at=at)


def _empty(target: Path) -> Path:
    if target.exists() and any(target.iterdir()):
        raise FileError(
            "the folder holds files already",
            where=str(target),
            remedy="name a new folder: a sealed proposal stands alone",
            id="NotEmpty",
        )
    return target


def _entries(choice: LedgerChoice, events: Sequence[Any], last: int) -> dict[str, str]:
    awards = [one for one in events if one.kind == "Awarded"]
    return {
        "ledger": choice.quota,
        "awards": str(len(awards)),
        "units": str(sum(int(one.facts["units"]) for one in awards)),
        "first": str(last - len(events) + 1) if events else "",
        "last": str(last) if events else "",
    }


def check_proposal(
    folder: Path, *, run: Path | None = None, books: Sequence[Path] = ()
) -> pd.DataFrame:
    """Check the folder of a sealed proposal, its run, and the workbook that it was made from.

    Parameters
    ----------
    folder : Path
        Folder of the proposal.
    run : Path, optional
        Folder of the run.
    books : sequence of Path, optional
        Workbooks or tables that were placed.

    Returns
    -------
    DataFrame
        Columns check, holds, found.

    Raises
    ------
    FileError
        The folder holds no proposal (``NotAProposal``), or no run.

    See Also
    --------
    keruen.report.placement_archive.recheck : Checks the run.
    """
    import pandas as pd

    told = _held(folder)
    if not {"number", "digests", "details", "files"} <= told.keys():
        raise FileError(
            "the folder holds no proposal",
            where=str(folder),
            remedy="name the folder that keruen place proposal wrote",
            id="NotAProposal",
        )
    digests = {str(name): str(digest) for name, digest in told["digests"]}
    changed = [
        name
        for name, one in told["files"].items()
        if not (folder / name).is_file() or file_digest(folder / name) != one["sha256"]
    ]
    kept = {MANIFEST: folder / RUN, LOG: folder / LOG}
    rows: list[tuple[str, bool, str]] = [
        ("the proposal is sealed", bool(told["sealed"]), f"version {told['version']}"),
        ("every file is as it was written", not changed, ", ".join(changed) or "all unchanged"),
        ("the number of the seal follows from it", _number(told) == told["number"],
         str(told["number"])),
        *((f"{path.name} is the one printed", _same(path, digests[name]), digests[name])
          for name, path in kept.items()),
    ]  # fmt: skip
    if run is not None:
        rows.append(
            ("the run is the one sealed", _same(run / MANIFEST, digests[MANIFEST]), str(run))
        )
    named = digests.values()
    rows += [(f"{one.name} is the one placed", _same(one, *named), str(one)) for one in books]
    table = pd.DataFrame(rows, columns=["check", "holds", "found"])
    return table if run is None else pd.concat([table, recheck(run)], ignore_index=True)


def _number(told: Mapping[str, Any]) -> str:
    """The number as it follows from version, words of the office and digests."""
    held = {"version": told["version"], **told["details"], "digests": told["digests"]}
    text = json.dumps(held, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _same(path: Path, *digests: str) -> bool:
    return path.is_file() and file_digest(path) in digests


def _held(folder: Path) -> dict[str, Any]:
    """The manifest of a folder; empty when there is none."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
