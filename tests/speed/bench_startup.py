# SPDX-License-Identifier: Apache-2.0
"""How long a user waits before Keruen says anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

KERUEN = Path(sys.executable).with_name("keruen")


@pytest.mark.benchmark(group="keruen --help: target under 0.5 s")
def bench_help(benchmark):
    def ask() -> str:
        command = [KERUEN, "--help"]
        return subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout

    shown = benchmark.pedantic(ask, rounds=10, warmup_rounds=1)
    assert "profile" in shown


@pytest.mark.benchmark(group="import keruen: target under 0.1 s")
def bench_import(benchmark):
    def ask() -> int:
        return subprocess.run([sys.executable, "-c", "import keruen"], check=True).returncode

    assert benchmark.pedantic(ask, rounds=10, warmup_rounds=1) == 0
