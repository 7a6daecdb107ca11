# SPDX-License-Identifier: Apache-2.0
"""The profile of Kazakhstan as page, workbook, Word and PDF, and a scenario with 200 futures."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from keruen.report.document import Report
from keruen.report.locale import Locale
from keruen.report.pages import write_pages
from keruen.report.profile import build_profile

MEGABYTE = 1_000_000
LARGEST = {"html": 3, "xlsx": 2, "docx": 4, "pdf": 8}
"""Megabytes that a reader must not be asked to download more than."""


@cache
def profile() -> Report:
    """The figures, with what every document of a day shares already loaded."""
    report = build_profile("KAZ")
    write_pages(report, Locale("en"), Path(mkdtemp()), "first", formats=("html",))
    return report


@pytest.mark.benchmark(group="documents: profile of Kazakhstan, 61 tables, 30 pictures")
@pytest.mark.parametrize("kind", list(LARGEST))
def bench_profile(benchmark, kind, tmp_path):
    """Writing alone; Word and PDF take the pictures that the page has drawn."""
    report = profile()
    benchmark.pedantic(
        lambda: write_pages(report, Locale("en"), tmp_path, "p", formats=(kind,)), rounds=2
    )
    size = (tmp_path / f"p.{kind}").stat().st_size / MEGABYTE
    benchmark.extra_info["megabytes"] = round(size, 2)
    assert size < LARGEST[kind]


@pytest.mark.benchmark(group="documents: pictures drawn anew")
def bench_fresh_word(benchmark, tmp_path):
    """A Word document in a language that no page was written in before."""
    report = profile()
    benchmark.pedantic(
        lambda: write_pages(report, Locale("kk"), tmp_path, "p", formats=("docx",)), rounds=1
    )


@pytest.mark.benchmark(group="scenario of Kazakhstan, 200 futures: target under 3 minutes")
def bench_scenario(benchmark):
    from keruen.scenario.compose import compose
    from keruen.scenario.run import run_scenario

    run = benchmark.pedantic(lambda: run_scenario(compose("kaz/quota_5000")), rounds=1)
    assert benchmark.stats["max"] < 180
    assert run.outcomes["population"].sizes["trajectory"] == 200


@pytest.mark.benchmark(group="measurement of a scenario: target under 5 s")
def bench_measurement(benchmark):
    from keruen.scenario.compose import compose
    from keruen.scenario.measurement import measured

    scenario = compose("kaz/baseline")
    benchmark.pedantic(lambda: measured(scenario), rounds=3)
    assert benchmark.stats["median"] < 5
