# SPDX-License-Identifier: Apache-2.0
"""Fifty readers at once against the application as it is served, and how fast it starts.

Run: python tests/speed/bench_web.py [--readers 50] [--pages 6]
"""

from __future__ import annotations

import argparse
import http.client
import os
import socket
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

PATHS = (
    "/", "/data?q=population", "/data/un.stock.2024", "/profile/KAZ", "/projection/KAZ",
    "/labour/KAZ", "/flows", "/flows/KAZ", "/policy", "/policy/KAZ", "/methods", "/points",
    "/points/kazakhstan-example?day=2026-11-22", "/draws", "/ledger", "/runs", "/api",
    "/scenarios/package/kaz/baseline", "/profile/KAZ?lang=ru", "/policy/KAZ?lang=kk",
    "/api/v1/data/wpp2024.indicators.tfr?country=KAZ", "/api/v1/catalogue?q=stock",
)  # fmt: skip


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def get(port: int, path: str, cookie: str = "") -> tuple[float, int, int]:
    """Seconds, status and bytes of one page."""
    began = time.perf_counter()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    line.request("GET", path, headers={"Cookie": cookie} if cookie else {})
    answer = line.getresponse()
    size = len(answer.read())
    line.close()
    return time.perf_counter() - began, answer.status, size


def answers(port: int) -> bool:
    try:
        return get(port, "/healthy")[1] == 200
    except OSError:
        return False


def a_cookie(folder: Path) -> str:
    """A session of a viewer, made as the sign-in makes it."""
    from keruen.web.accounts import Role
    from keruen.web.office import open_office
    from keruen.web.sessions import COOKIE
    from keruen.web.settings import Settings

    office = open_office(Settings(folder))
    office.accounts.add("reader", "correct horse battery", Role.viewer)
    return f"{COOKIE}={office.sessions.begin('reader')}"


def served(folder: Path, port: int) -> tuple[subprocess.Popen[bytes], float]:
    """The application in a process of its own, and the seconds until it answered."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "keruen.cli", "serve", "--port", str(port), "--data", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    while not answers(port):
        if process.poll() is not None or time.perf_counter() - began > 120:
            raise RuntimeError("the application does not start")
        time.sleep(0.05)
    return process, time.perf_counter() - began


def restarted(folder: Path, cookie: str) -> None:
    """First answers of a start that finds its pages made."""
    port = free_port()
    process, start = served(folder, port)
    print(f"after a restart, start to first answer: {start:.2f} s")
    try:
        for path in ("/profile/KAZ", "/projection/KAZ", "/flows/KAZ"):
            print(f"  first {1000 * get(port, path, cookie)[0]:6.0f} ms  {path}")
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    told = argparse.ArgumentParser()
    told.add_argument("--readers", type=int, default=50)
    told.add_argument("--pages", type=int, default=6)
    asked = told.parse_args()
    with TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        cookie = a_cookie(folder)
        process, start = served(folder, port)
        print(f"start to first answer: {start:.2f} s (target 3 s)")
        try:
            for path in PATHS:
                cold, status, size = get(port, path, cookie)
                print(f"  cold {1000 * cold:8.0f} ms  {status}  {size:>9,} bytes  {path}")
            many = [PATHS[n % len(PATHS)] for n in range(asked.readers * asked.pages)]
            began = time.perf_counter()
            with ThreadPoolExecutor(asked.readers) as pool:
                found = list(pool.map(lambda path: (path, *get(port, path, cookie)), many))
            whole = time.perf_counter() - began
        finally:
            process.terminate()
            process.wait()
        restarted(folder, cookie)
    for path in PATHS:
        mine = sorted(1000 * one[1] for one in found if one[0] == path)
        print(f"  warm {statistics.median(mine):8.0f} ms median {mine[-1]:8.0f} ms worst  {path}")
    times = [1000 * one[1] for one in found]
    wrong = sum(one[2] != 200 for one in found)
    print(
        f"{asked.readers} readers at once, {len(found)} pages in {whole:.1f} s: median "
        f"{statistics.median(times):.0f} ms (target 300 ms), worst {max(times):.0f} ms, "
        f"errors {wrong}; load of the machine {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
