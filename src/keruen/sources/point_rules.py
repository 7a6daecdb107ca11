# SPDX-License-Identifier: Apache-2.0
"""Points systems as files: plain structures that know the line of everything in them.

Files are YAML in ``sources/points/``; a system that has had several rule sets has one file
for each, all with the same ``id``. Nothing here understands the rules: that is the work of
``keruen.decide.points.make_rule_set``, which the structure is handed to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Final

from keruen.core.errors import ScenarioError
from keruen.sources.marked_yaml import Place, plain_value, read_yaml

_FOLDER: Final = Path(__file__).parent / "points"


@dataclass(frozen=True)
class RuleFile:
    """A rule file: its content, and where in it everything stands.

    Parameters
    ----------
    name : str
        Name of the file.
    content : dict
        Texts, numbers, lists and mappings.
    """

    name: str
    content: Mapping[str, Any]
    _tree: Any = field(repr=False)

    def where(self, path: tuple[Any, ...]) -> str:
        """File, line and keys of a place.

        Parameters
        ----------
        path : tuple
            Keys from the top; places in lists counted from 0.

        Returns
        -------
        str
        """
        place, node = Place(self.name, 1), self._tree
        for key in path:
            place = place.below(node, key)
            node = _below(node, key)
        return str(place)


def _below(node: Any, key: Any) -> Any:  # noqa: ANN401 - nodes of YAML
    try:
        return node[key]
    except (KeyError, IndexError, TypeError):
        return None


def point_rules() -> dict[str, tuple[str, ...]]:
    """Points systems of the package: their names, each with its files.

    Returns
    -------
    dict of str to tuple of str

    Examples
    --------
    >>> point_rules()["austria-shortage"]
    ('austria-shortage-2011.yaml', 'austria-shortage.yaml')
    """
    return dict(_systems())


@cache
def _systems() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for path in sorted(_FOLDER.glob("*.yaml")):
        found.setdefault(_id_of(path), []).append(path.name)
    return {name: tuple(files) for name, files in sorted(found.items())}


def _id_of(path: Path) -> str:
    """The id that a file begins with, without reading all of it."""
    with path.open(encoding="utf-8") as lines:
        line = next((one for one in lines if one.startswith("id:")), "id: ")
    return line.partition(":")[2].strip()


def read_point_rules(name: str | Path) -> tuple[RuleFile, ...]:
    """The files of a points system.

    Parameters
    ----------
    name : str or Path
        A system of the package, such as ``canada-crs``, or a file of your own that ends in
        ``.yaml``.

    Returns
    -------
    tuple of RuleFile
        One for each rule set that the system has had.

    Raises
    ------
    ScenarioError
        There is no such system (``UnknownRules``), or a file is no YAML.
    FileError
        The file is not there or cannot be read.

    Examples
    --------
    >>> from keruen.decide.points import make_rule_set
    >>> file, = read_point_rules("canada-fsw")
    >>> rules = make_rule_set(file.content, where=file.where)
    >>> rules.pass_mark, rules.factors["age"].where[1]
    (67.0, 'canada-fsw.yaml, line ..., factors.age.rows.0')
    """
    if str(name).endswith((".yaml", ".yml")):
        return (_read(Path(name)),)
    known = _systems()
    if str(name) not in known:
        near = get_close_matches(str(name), known, n=2, cutoff=0.4)
        raise ScenarioError(
            f"there is no points system '{name}'",
            remedy=f"choose one of {', '.join(near or known)}; a file of your own ends in .yaml",
            id="UnknownRules",
        )
    return tuple(_read(_FOLDER / file) for file in known[str(name)])


def _read(path: Path) -> RuleFile:
    tree = read_yaml(path)
    content = plain_value(tree)
    if not isinstance(content, dict):
        raise ScenarioError(
            "the file holds no rule set",
            where=path.name,
            remedy="begin with 'id:', 'title:' and the dates; see docs/points.md",
            id="RuleError",
        )
    return RuleFile(path.name, content, tree)
