# SPDX-License-Identifier: Apache-2.0
"""Does every text that a reader can meet stand in English, Russian and Kazakh?

Sentences in the code are English; those marked for translation (``[tool.babel]`` in
pyproject.toml says how) must stand in every catalogue, finished and with the same
``{values}``. Texts by language in YAML (``en: ..., ru: ..., kk: ...``) and in columns of
CSV tables must have all three.
"""

from __future__ import annotations

import ast
import csv
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from string import Formatter

from babel.messages import Catalog, Message
from babel.messages.pofile import read_po
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

_LANGUAGES = ("en", "ru", "kk")
_TRANSLATED = ("ru", "kk")


def faults(root: Path) -> list[str]:
    """What is missing or wrong, one line each."""
    package = root / "src" / "keruen"
    sentences = extract(root)
    found = []
    for lang in _TRANSLATED:
        path = package / "report" / "locales" / lang / "LC_MESSAGES" / "keruen.po"
        if path.is_file():
            with path.open("rb") as file:
                found += [
                    f"{lang}: {fault}" for fault in compare(sentences, read_po(file, locale=lang))
                ]
        else:
            found.append(f"{lang}: {path.relative_to(root)} is missing")
    for path in sorted(package.rglob("*.py")):
        found += [f"{path.relative_to(root)}:{fault}" for fault in out_of_sight(path)]
    for path in sorted((*package.rglob("*.yaml"), *package.rglob("*.csv"))):
        texts = yaml_texts if path.suffix == ".yaml" else csv_texts
        found += [f"{path.relative_to(root)}: {fault}" for fault in texts(path)]
    return found


def extract(root: Path) -> Catalog:
    """Sentences that the code marks for translation."""
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "keruen.pot"
        command = ("extract", "--mapping", "pyproject.toml", "--output", template)
        babel = (sys.executable, "-m", "babel.messages.frontend", "--quiet")
        subprocess.run((*babel, *command, "src/keruen"), cwd=root, check=True)
        with template.open("rb") as file:
            return read_po(file)


def out_of_sight(path: Path) -> Iterator[str]:
    """Sentences given by a variable: nobody finds them to translate."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        literal = node.args and isinstance(node.args[0], ast.Constant)
        if node.func.id in {"msg", "nmsg"} and not literal:
            yield f"{node.lineno}: write the sentence itself inside {node.func.id}(...)"


def compare(sentences: Catalog, catalogue: Catalog) -> Iterator[str]:
    """What a catalogue lacks, has too much or has wrong."""
    wanted = {_forms(message.id) for message in sentences if message.id}
    there = {_forms(message.id): message for message in catalogue if message.id}
    for key in wanted - there.keys():
        yield f"not in the catalogue (run `make messages`): {key[0]!r}"
    for key in there.keys() - wanted:
        yield f"no longer in the code (run `make messages`): {key[0]!r}"
    plurals = Catalog(catalogue.locale).plural_forms
    if catalogue.plural_forms != plurals:
        yield f"the heading must say Plural-Forms: {plurals}"
    for key in wanted & there.keys():
        for fault in _wrong(there[key], catalogue.num_plurals):
            yield f"{fault}: {key[0]!r}"


def _forms(text: str | Iterable[str] | None) -> tuple[str, ...]:
    """A text in its forms: one, or as many as it has for plurals."""
    return (text,) if isinstance(text, str) else tuple(text or ())


def _wrong(message: Message, plurals: int) -> Iterator[str]:
    """Faults of one translation."""
    texts = _forms(message.string)
    if message.fuzzy:
        yield "marked as doubtful (fuzzy)"
    forms = plurals if message.pluralizable else 1
    if len(texts) != forms or not all(texts):
        yield "not translated" + (f", or not in its {forms} plural forms" if forms > 1 else "")
        return
    for text in texts:
        if values(text) != values(_forms(message.id)[-1]):
            yield f"the {{values}} differ from those of the English text in {text!r}"


def values(text: str) -> set[str] | None:
    """Names of the values that a text asks for; None when its braces do not close.

    >>> sorted(values("{n} people left in {year}"))
    ['n', 'year']
    """
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        return None


def yaml_texts(path: Path) -> Iterator[str]:
    """Texts of a YAML file that lack a language."""
    try:
        tree = YAML(typ="safe").load(path.read_text("utf-8"))
    except YAMLError as error:
        yield f"cannot be read: {error}"
        return
    for place, texts in _texts(tree, ""):
        for lang in _LANGUAGES:
            if not str(texts.get(lang) or "").strip():
                yield f"{place} has no text in '{lang}'"


def csv_texts(path: Path) -> Iterator[str]:
    """Rows of a table that lack a language, when it has a column for any."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if not set(rows.fieldnames or ()) & set(_LANGUAGES):
            return
        for number, row in enumerate(rows, start=2):
            for lang in _LANGUAGES:
                if not (row.get(lang) or "").strip():
                    yield f"row {number} has no text in '{lang}'"


def _texts(tree: object, place: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Mappings by language in a tree, with the path to each."""
    if isinstance(tree, dict):
        if tree.keys() & set(_LANGUAGES):
            yield place, tree
            return
        for key, branch in tree.items():
            yield from _texts(branch, f"{place}.{key}" if place else str(key))
    elif isinstance(tree, list):
        for number, branch in enumerate(tree):
            yield from _texts(branch, f"{place}[{number}]")


if __name__ == "__main__":
    found = sorted(faults(Path.cwd()))
    print(*found, sep="\n")
    sys.exit(bool(found))
