# SPDX-License-Identifier: Apache-2.0
"""Profiles of applicants for a points system: one row a person, all faults by cell.

What may stand in the table follows from the rule file: its inputs are the columns. Nothing
else is taken in; a heading that the rules do not ask for is left unread, and said.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from keruen.core._lists import plain
from keruen.core.errors import FaultsError
from keruen.sources._cells import State, read_numbers
from keruen.sources._grid import is_large, read_columns, read_sheets
from keruen.sources.fault_texts import Fact
from keruen.sources.faults import FaultList, as_errors
from keruen.sources.point_rules import RuleFile
from keruen.sources.schemas import Column, TableSchema

if TYPE_CHECKING:
    import pandas as pd

_LOOKED: Final = 20
_YES: Final = ("yes", "1", "true", "да", "иә", "y")
_NO: Final = ("no", "0", "false", "нет", "жоқ", "n")
_PROFILE: Final = Column(
    name="profile",
    role="key",
    kind="text",
    required=True,
    units="",
    low=None,
    high=None,
    additive=False,
    labels={"en": "Profile", "ru": "Профиль", "kk": "Бейін"},
    note={
        "en": "A code, never a name.",
        "ru": "Код, а не имя.",
        "kk": "Код, аты-жөні емес.",
    },
    aliases=("id", "code", "candidate", "код", "заявитель", "өтініш беруші"),
)


@dataclass(frozen=True)
class ProfileFile:
    """Profiles as a user gave them, without faults.

    Parameters
    ----------
    table : DataFrame
        ``profile``, and the inputs of the rules that the file has: numbers, and codes as
        categories; nothing where the cell is empty.
    file, digest : str
        Name and SHA-256 of the file.
    unread : tuple of str
        Headings that the rules do not ask for.
    """

    table: pd.DataFrame
    file: str
    digest: str
    unread: tuple[str, ...]


def profile_schema(rules: RuleFile) -> TableSchema:
    """The table that a rule file asks for.

    Parameters
    ----------
    rules : RuleFile
        Rule file, without faults.

    Returns
    -------
    TableSchema
    """
    told = rules.content
    title = {lang: str(text) for lang, text in told["title"].items()}
    columns = [_column(name, one) for name, one in told["inputs"].items()]
    return TableSchema(str(told["id"]), title, dict(told["source"]), (_PROFILE, *columns))


def _column(name: str, one: Mapping[str, Any]) -> Column:
    return Column(
        name=name,
        role="value",
        kind="number" if one["kind"] == "number" else "text",
        required=one.get("if_empty") is None,
        units=str(one.get("unit") or ""),
        low=one.get("low"),
        high=one.get("high"),
        additive=False,
        labels=_three(one["label"]),
        note=dict.fromkeys(("en", "ru", "kk"), ""),
        aliases=(),
    )


def _three(text: Any) -> dict[str, str]:  # noqa: ANN401 - a text, or texts by language
    if isinstance(text, Mapping):
        return {str(lang): str(one) for lang, one in text.items()}
    return dict.fromkeys(("en", "ru", "kk"), str(text))


def codes_of(rules: RuleFile, name: str) -> dict[str, dict[str, str]]:
    """Codes of an input with their labels; yes and no of a flag, none of a number.

    Parameters
    ----------
    rules : RuleFile
        Rule file.
    name : str
        Input.

    Returns
    -------
    dict of str to dict
    """
    one = rules.content["inputs"][name]
    if one["kind"] == "flag":
        return {
            "no": {"en": "no", "ru": "нет", "kk": "жоқ"},
            "yes": {"en": "yes", "ru": "да", "kk": "иә"},
        }
    return {code: _three(label) for code, label in (one.get("codes") or {}).items()}


def read_profiles(path: Path, rules: RuleFile, *, sheet: str | None = None) -> ProfileFile:
    """Read the profiles that a rule set is to score.

    Parameters
    ----------
    path : Path
        CSV, Excel or Parquet; one row a person, with a code instead of a name.
    rules : RuleFile
        Rules, whose inputs are the columns; headings may be names or labels in English,
        Russian or Kazakh, and so may codes.
    sheet : str, optional
        Sheet of a workbook; the one with most of the headings when not given.

    Returns
    -------
    ProfileFile

    Raises
    ------
    FaultsError
        A code is not known, a cell is no number or out of its range, a profile stands twice:
        all of it at once, by cell. An empty cell is no fault here: it may have a meaning.
    FileError
        The file cannot be read at all.

    Examples
    --------
    >>> import tempfile
    >>> from keruen.sources.point_rules import read_point_rules
    >>> rules, = read_point_rules("canada-fsw")
    >>> file = Path(tempfile.mkdtemp()) / "people.csv"
    >>> _ = file.write_text("Профиль;Возраст;Образование" + chr(10) + "A1;36;магистр")
    >>> try:
    ...     read_profiles(file, rules)
    ... except FaultsError as fault:
    ...     print(fault.faults[0].what, "|", fault.faults[0].where)
    'магистр' is not in the list education | people.csv, column C, row 2
    """
    wanted = profile_schema(rules)
    body, places, faults = _opened(path, wanted, sheet)
    made: dict[str, Any] = {}
    for name, place in places.items():
        one = wanted.column(name)
        cells, where = body.iloc[:, place], body.index.to_numpy()
        if name == "profile":
            made[name] = _labels(cells, where, place, faults)
        elif one.kind == "number":
            made[name] = _numbers(cells, where, place, one, faults)
        else:
            made[name] = _codes(cells, where, place, one, codes_of(rules, name), faults=faults)
    listed = faults.table()
    if len(listed):
        raise FaultsError(as_errors(listed), where=path.name)
    import pandas as pd

    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    heads = [str(head) for head in body.columns]
    unread = tuple(head for at, head in enumerate(heads) if head and at not in set(places.values()))
    return ProfileFile(pd.DataFrame(made).reset_index(drop=True), path.name, digest, unread)


def _opened(
    path: Path, wanted: TableSchema, sheet: str | None
) -> tuple[pd.DataFrame, dict[str, int], FaultList]:
    """Rows under their headings, the index being the row of the file; places of the columns."""
    if sheet is None and is_large(path):
        body, name = read_columns(path).table, ""
    else:
        body, name = _best_sheet(path, wanted, sheet)
    faults = FaultList(path.name, name)
    known = {text: one.name for one in wanted.columns for text in one.headings}
    places: dict[str, int] = {}
    for at, head in enumerate(map(str, body.columns)):
        column = known.get(plain(head))
        if column in places:
            faults.add("DuplicateColumn", letters=(head,), column=wanted.column(column))
        elif column is not None:
            places[column] = at
        elif head:
            _near(head, at, known, wanted, faults)
    if "profile" not in places:
        heads = tuple(str(head) for head in body.columns if head)
        faults.add("MissingColumn", column=_PROFILE, headings=heads)
    if not len(body):
        faults.add("NoRows")
    return body, places, faults


def _near(
    head: str, at: int, known: Mapping[str, str], wanted: TableSchema, faults: FaultList
) -> None:
    """A heading that is nearly one of the table is a fault, never left out in silence."""
    from difflib import get_close_matches

    near = get_close_matches(plain(head), known, n=1, cutoff=0.9)
    if near:
        column = wanted.column(known[near[0]])
        faults.add("MisspeltHeading", rows=[1], columns=at, values=[head], column=column)


def _best_sheet(path: Path, wanted: TableSchema, sheet: str | None) -> tuple[pd.DataFrame, str]:
    known = {text for one in wanted.columns for text in one.headings}
    best: tuple[int, Any, int] = (-1, None, 0)
    for one in read_sheets(path, sheet=sheet):
        if one.hidden and sheet is None:
            continue
        for row in range(min(_LOOKED, len(one.cells))):
            texts = one.cells.iloc[row].tolist()
            count = sum(plain(str(text)) in known for text in texts if text is not None)
            if count > best[0]:
                best = (count, one, row)
    _, found, head = best
    cells = found.cells
    body = cells.iloc[head + 1 :].copy()
    body.index = np.arange(head + 2, len(cells) + 1)
    body.columns = ["" if cell is None else str(cell).strip() for cell in cells.iloc[head].tolist()]
    return body[body.notna().any(axis=1)], found.name


def _labels(
    cells: pd.Series, rows: NDArray[Any], place: int, faults: FaultList
) -> NDArray[np.object_]:
    import pandas as pd

    plain_cells = cells.astype(object)
    empty = plain_cells.isna().to_numpy()
    faults.add("EmptyKey", rows=rows[empty], columns=place, column=_PROFILE)
    labels = np.array(
        [str(int(c)) if isinstance(c, float) and c.is_integer() else str(c) for c in plain_cells],
        dtype=object,
    )
    twice = pd.Series(labels).duplicated().to_numpy() & ~empty
    faults.add(
        "DuplicateKey", rows=rows[twice], columns=place, values=labels[twice], wanted="profile"
    )
    return labels


def _numbers(
    cells: pd.Series, rows: NDArray[Any], place: int, one: Column, faults: FaultList
) -> NDArray[np.float64]:
    found = read_numbers(cells)
    odd = (found.state == State.TEXT) | (found.state == State.AMBIGUOUS)
    faults.add("NotANumber", rows=rows[odd], columns=place, values=cells[odd].tolist())
    for id, side, bound in (("BelowRange", "low", one.low), ("AboveRange", "high", one.high)):
        if bound is None:
            continue
        wrong = found.values < bound if side == "low" else found.values > bound
        faults.add_facts(
            id,
            {side: bound, "column": one},
            rows=rows[wrong],
            columns=place,
            values=cells[wrong].tolist(),
        )
    return found.values


def _codes(
    cells: pd.Series,
    rows: NDArray[Any],
    place: int,
    one: Column,
    codes: Mapping[str, Mapping[str, str]],
    *,
    faults: FaultList,
) -> pd.Categorical[str]:
    """Codes from codes or labels in any language; empty cells stay empty."""
    import pandas as pd

    known = {plain(label): code for code, labels in codes.items() for label in labels.values()}
    known |= {plain(code): code for code in codes}
    known |= {plain(code.replace("_", " ")): code for code in codes}
    if set(codes) == {"no", "yes"}:
        known |= dict.fromkeys(_YES, "yes") | dict.fromkeys(_NO, "no")
    at, words = pd.factorize(cells.astype(object))
    names = list(codes)
    meant = [known.get(_plain_cell(word), "") for word in words]
    table = np.array([*(names.index(code) if code else -2 for code in meant), -1])
    found = table[at]
    wrong = found == -2
    values = cells[wrong].tolist()
    each: list[Mapping[str, Fact]] = [
        {"value": str(value), **_meant(value, codes)} for value in values
    ]
    listed = {"list": one.name}
    faults.add_facts(
        "UnknownCode", listed, rows=rows[wrong], columns=place, values=values, each=each
    )
    places = np.where(wrong, -1, found).astype(np.int64)
    return pd.Categorical.from_codes(places, categories=pd.Index(names))


def _meant(value: object, codes: Mapping[str, Mapping[str, str]]) -> dict[str, Fact]:
    """Codes that a text is near to, or is the beginning of."""
    from difflib import get_close_matches

    text = _plain_cell(value)
    labels = {plain(one): code for code, named in codes.items() for one in named.values()}
    labels |= {plain(code): code for code in codes}
    near = [code for label, code in labels.items() if len(text) > 2 and label.startswith(text)]
    near += [labels[label] for label in get_close_matches(text, labels, n=2, cutoff=0.7)]
    return {"near": tuple(dict.fromkeys(near))[:2]} if near else {}


def _plain_cell(word: object) -> str:
    if isinstance(word, bool):
        return "yes" if word else "no"
    if isinstance(word, float) and word.is_integer():
        return str(int(word))
    return plain(str(word))
