# SPDX-License-Identifier: Apache-2.0
"""The worker's program for many jobs, each in a process of its own that is forked, not started.

Names of jobs come in, one a line; for each, the exit status and the most memory in MB go out. The
modules are read once here, which is what takes long when a worker starts.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

import duckdb  # noqa: F401 - read here, so that no job has to
import pyarrow.parquet  # noqa: F401
import ruamel.yaml  # noqa: F401

import keruen.report.draw_release
import keruen.report.draw_run
import keruen.report.placement_letters
import keruen.report.placement_release
import keruen.report.placement_run  # noqa: F401
from keruen.core.errors import FaultsError
from keruen.sources.database import open_database
from keruen.sources.placement_files import read_placement
from keruen.sources.schemas import schemas
from keruen.web import worker
from keruen.web.troubles import pack
from web.broken_uploads import tables


def warm() -> None:
    """Read lists of codes, words of all languages, and what else is kept once read."""
    schemas()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        path.write_bytes(next(tables())[2])
        try:
            read_placement(path)
        except FaultsError as fault:
            pack(fault)


def main(data: str) -> None:
    warm()
    open_database(os.environ["KERUEN_DATABASE"]).dispose()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            worker.main(data, line.strip())
            os._exit(0)
        _, status, used = os.wait4(child, 0)
        told = [os.waitstatus_to_exitcode(status), used.ru_maxrss >> 10]
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
