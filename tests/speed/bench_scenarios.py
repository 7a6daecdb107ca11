# SPDX-License-Identifier: Apache-2.0
"""The baseline of Kazakhstan with 200 futures, and two runs set side by side.

Run: python tests/speed/bench_scenarios.py [--trajectories 200]

The run is the command itself, in a process of its own whose time and most memory are taken by the
system. The comparison stands beside a plain one, which takes one year and region at a time.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np


def made(name: str, out: Path, trajectories: int) -> tuple[float, float, int]:
    """Seconds by the clock, seconds of processors, and megabytes of one run."""
    head = f"scenario: {out.name}\ntitle: {out.name}\nbased_on: [{name}]\n"
    path = out.with_suffix(".yaml")
    path.write_text(f"{head}trajectories: {trajectories}\n", encoding="utf-8")
    began = time.perf_counter()
    command = [sys.executable, "-m", "keruen.cli", "run", str(path), "--out", str(out)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError("the run failed")
    seconds = time.perf_counter() - began
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss >> 10


def plain(folders: list[Path]) -> int:
    """Differences of means and intervals, one year and region at a time."""
    from keruen.scenario.results import read_run

    first, second = (read_run(one).outcomes for one in folders)
    count = 0
    for name, array in first.items():
        more = second[name] - array
        dims = [dim for dim in more.dims if dim != "trajectory"]
        for _, cell in more.stack(cell=dims).groupby("cell"):
            float(cell.mean()), np.quantile(cell, [0.025, 0.975])
            count += 1
    return count


def told(folders: list[Path]) -> int:
    """The differences and their intervals, as the page takes them."""
    from keruen.scenario.compare import compare_runs

    return len(compare_runs(folders).differences)


def shown(folders: list[Path]) -> int:
    """The page of a comparison; its letters."""
    from keruen.report.locale import Locale
    from keruen.report.pages import html_page
    from keruen.scenario.compare import compare_runs
    from keruen.scenario.compare_page import comparison_report

    return len(html_page(comparison_report(compare_runs(folders)), Locale("en")))


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--trajectories", type=int, default=200)
    asked = options.parse_args()
    with TemporaryDirectory() as name:
        folders = [Path(name) / "baseline", Path(name) / "quota"]
        for place, scenario in zip(folders, ("kaz/baseline", "kaz/quota_5000"), strict=True):
            clock, cpu, most = made(scenario, place, asked.trajectories)
            print(f"{scenario}, {asked.trajectories} futures: {clock:.1f} s by the clock (target")
            print(f"180 s), {cpu:.1f} s of processors, {most} MB at most (target 4096)")
        shown(folders)  # modules and catalogues are read once
        for what, work in (
            ("comparison as a page", shown),
            ("its differences alone", told),
            ("plain differences alone", plain),
        ):
            began, cpu = time.perf_counter(), time.process_time()
            work(folders)
            clock, cpu = time.perf_counter() - began, time.process_time() - cpu
            print(f"{what}: {clock:.2f} s by the clock, {cpu:.2f} s of processors")
    print(f"load of the machine {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
