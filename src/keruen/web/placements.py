# SPDX-License-Identifier: Apache-2.0
"""Placements of an officer: found for their owner alone, with their decisions."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import HTTPException

from keruen.core.errors import CodeError
from keruen.report.locale import LANGS
from keruen.report.placement_decisions import PlacementDecisions
from keruen.web.jobs import Job
from keruen.web.office import Office, Visitor

KIND: Final = "placement"
"""Kind of the jobs that place families."""


def own(office: Office, visitor: Visitor, id: str) -> Job:
    """A placement of one's own: nobody else may know that it is there."""
    try:
        job = office.jobs.get(id)
    except CodeError as fault:
        raise HTTPException(404) from fault
    if job.account != visitor.account.name or job.kind != KIND:
        raise HTTPException(404)
    return job


def done(office: Office, visitor: Visitor, id: str) -> Job:
    """A finished placement of one's own."""
    job = own(office, visitor, id)
    if job.state != "done":
        raise HTTPException(404)
    return job


def run_folder(office: Office, job: Job) -> Path:
    """Folder of the run that decisions and proposals refer to."""
    return office.jobs.folder(job.id) / LANGS[0]


def kept_folder(office: Office, job: Job) -> Path:
    """Folder of the workbook, of the decisions and of what was sealed: its owner's alone."""
    return (office.settings.data / job.facts["file"]).parent


def decisions_of(office: Office, job: Job) -> PlacementDecisions:
    """What was decided on a placement."""
    log = kept_folder(office, job) / "decisions.jsonl"
    return PlacementDecisions(run_folder(office, job), log)


def sealed_folder(office: Office, job: Job, version: int) -> Path:
    """Folder of the documents of a sealed version."""
    return kept_folder(office, job) / "sealed" / str(version)
