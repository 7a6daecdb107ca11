#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Feed the readers of tables with random and spoiled files, and keep what upsets them.

    scripts/fuzz_readers.py --minutes 10 --seed 1 --keep build/fuzz

Any answer is good but a traceback, a crash, a minute's silence: a file is read, or refused
with a FileError or SchemaError. The files are read in a process of their own, so that a
crash of compiled code is found too.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import select
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
SILENCE = 60
READER = "reader"
TABLE = "region_population"


def seeds() -> list[tuple[str, bytes]]:
    """Whole files of every format, as name and content."""
    sys.path.insert(0, str(ROOT / "tests"))
    import whole_files

    quoted = 'region,note,value\n"KZ-10","a ""b"", c\nd",1.5\n' * 30
    return [
        ("a.csv", whole_files.TEXT.encode()),
        ("a.csv", quoted.encode()),
        ("a.csv", whole_files.TEXT.encode("cp1251")),
        ("a.csv", whole_files.TEXT.encode("utf-16")),
        ("a.tsv", whole_files.TEXT.replace(";", "\t").encode("utf-8-sig")),
        ("a.csv.gz", gzip.compress(whole_files.TEXT.encode())),
        ("a.xlsx", whole_files.workbook(40)),
        ("a.xlsx", laid_out()),
        ("a.xlsx", whole_files.packed(whole_files.parts())),
        ("a.ods", whole_files.ods()),
        ("a.xls", whole_files.xls()),
        ("a.parquet", whole_files.parquet(300)),
    ]


def laid_out() -> bytes:
    """A workbook as a statistics office lays it out."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Численность населения, тыс. человек"])
    sheet.merge_cells("A1:D1")
    sheet.append(["Регион", 2022, 2023, "2024¹"])
    for number, region in enumerate(["Абай", "Алматы", "Астана", "Шымкент", "Ұлытау"]):
        sheet.append([region, 100.5 + number, f"1 {number}34,5", "…"])
    sheet.append(["Всего", "=SUM(B3:B7)", 5, 6])
    sheet.append(["¹ предварительные данные"])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def spoiled(random: np.random.Generator, content: bytes) -> bytes:
    """A copy with some bytes changed, lost, doubled or moved."""
    found = bytearray(content)
    for _ in range(random.integers(1, 12)):
        if not found:
            break
        place = int(random.integers(len(found)))
        length = int(min(random.geometric(0.05), len(found) - place))
        part = found[place : place + length]
        change = random.integers(6)
        if change == 0:
            found[place] ^= 1 << int(random.integers(7))
        elif change == 1:
            noise = random.random() < 0.2
            signs = random.bytes(length) if noise else bytes(random.permutation(part))
            found[place : place + length] = signs
        elif change == 2:
            del found[place : place + length]
        elif change == 3:
            found[place:place] = part * int(random.integers(1, 9))
        elif change == 4:
            found[place : place + length] = bytes([int(random.choice([0, 255, 34, 59, 44, 10]))])
        else:
            other = int(random.integers(len(found)))
            found[other:other] = part
    return bytes(found)


def spoiled_part(random: np.random.Generator, content: bytes) -> bytes:
    """An archive of which a part is spoiled, its checksums in order."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    victim = str(random.choice(list(parts)))
    parts[victim] = spoiled(random, parts[victim])
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return file.getvalue()


def made(random: np.random.Generator, whole: list[tuple[str, bytes]]) -> tuple[str, bytes]:
    """Name and content of the next file."""
    name, content = whole[int(random.integers(len(whole)))]
    if random.random() < 0.05:
        return name, random.bytes(int(random.integers(1, 3000)))
    if name.endswith((".xlsx", ".ods")) and random.random() < 0.7:
        return name, spoiled_part(random, content)
    if name.endswith(".gz") and random.random() < 0.5:
        return name, gzip.compress(spoiled(random, gzip.decompress(content)))
    return name, spoiled(random, content)


def read_all() -> None:
    """Read the files whose names come in, and say how each went."""
    for line in sys.stdin:
        path = Path(json.loads(line))
        answers = [_answer(read, path) for read in (_by_cell, _by_column, _as_table)]
        print(json.dumps(answers), flush=True)


def _by_cell(path: Path) -> None:
    from keruen.sources._cells import read_numbers
    from keruen.sources._grid import read_sheets
    from keruen.sources._number_forms import split_note

    for sheet in read_sheets(path):
        for column in sheet.cells:
            read_numbers(sheet.cells[column]).changes()
            for cell in sheet.cells[column]:
                if isinstance(cell, str):
                    split_note(cell)


def _by_column(path: Path) -> None:
    from keruen.sources._cells import read_numbers
    from keruen.sources._grid import read_columns

    table = read_columns(path).table
    for place in range(table.shape[1]):
        read_numbers(table.iloc[:, place]).changes()


def _as_table(path: Path) -> None:
    from keruen.sources.files import check_table

    check_table(path, TABLE)


def _answer(read, path: Path) -> str:
    from keruen.core.errors import FileError, SchemaError

    try:
        read(path)
    except (FileError, SchemaError) as refused:
        str(refused)
        return refused.id
    except BaseException:  # noqa: BLE001  (whatever it is, it is a finding)
        return "!" + traceback.format_exc()
    return "read"


class Reader:
    """The process that reads; a new one after a crash or a long silence."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, READER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def ask(self, path: Path) -> list[str]:
        self.process.stdin.write(json.dumps(str(path)).encode() + b"\n")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], SILENCE)
        line = self.process.stdout.readline() if ready else b""
        if line:
            return json.loads(line)
        self.process.kill()
        how = self.process.wait()
        self.start()
        return [f"!the reader ended with {how}" if ready else "!no answer"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"))
    asked = parser.parse_args()
    random, whole, reader = np.random.default_rng(asked.seed), seeds(), Reader()
    answers: Counter[str] = Counter()
    findings = files = 0
    end = time.monotonic() + 60 * asked.minutes
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end:
            name, content = made(random, whole)
            path = Path(folder, name)
            path.write_bytes(content)
            files += 1
            found = reader.ask(path)
            answers.update(f"{name[1:]} {answer}" for answer in found if not answer.startswith("!"))
            for answer in found:
                if answer.startswith("!"):
                    findings += 1
                    asked.keep.mkdir(parents=True, exist_ok=True)
                    kept = asked.keep / f"{asked.seed}-{files}-{name}"
                    kept.write_bytes(content)
                    print(f"{kept}\n{answer[1:]}", flush=True)
    reader.process.kill()
    for answer, number in sorted(answers.items()):
        print(f"{number:8} {answer}")
    print(f"{files} files, {findings} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    if sys.argv[1:] == [READER]:
        read_all()
    else:
        sys.exit(main())
