# SPDX-License-Identifier: Apache-2.0
"""Which role here the groups of an office's own directory mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from keruen.core.errors import ScenarioError, raise_faults
from keruen.sources.marked_yaml import Place, plain_value, read_yaml, unknown_keys
from keruen.web.accounts import Role

REFUSE: Final = "refuse"
_KEYS: Final = ("claim", "name", "otherwise", "roles")


@dataclass(frozen=True)
class RoleRules:
    """What the directory says of a person, read as a role.

    Parameters
    ----------
    claim : str
        Claim that holds the groups; one within another is named by points.
    name : str
        Claim that an account is named after.
    otherwise : Role or None
        Role of whom no group has one; None refuses them.
    groups : dict of str to Role
        Role by group.
    """

    claim: str = "groups"
    name: str = "preferred_username"
    otherwise: Role | None = Role.viewer
    groups: Mapping[str, Role] = field(default_factory=dict)

    def role(self, claims: Mapping[str, Any]) -> Role | None:
        """The highest role that the groups of a person give.

        Parameters
        ----------
        claims : mapping
            What the directory says of the person.

        Returns
        -------
        Role or None
            None when the person is refused.

        Examples
        --------
        >>> rules = RoleRules(groups={"movers": Role.officer})
        >>> rules.role({"groups": ["all", "movers"]}).name, rules.role({}).name
        ('officer', 'viewer')
        """
        told = _found(claims, self.claim)
        named = {told} if isinstance(told, str) else set(map(str, told or ()))
        return max((role for group, role in self.groups.items() if group in named),
                   default=self.otherwise)  # fmt: skip

    def called(self, claims: Mapping[str, Any]) -> str:
        """Name that the person goes by; their own of the directory when there is no other."""
        told = _found(claims, self.name)
        return told if isinstance(told, str) and told else str(claims["sub"])


def _found(claims: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - whatever a directory says
    """A claim by its name, or by its way through claims within claims."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found if isinstance(found, (str, list)) else None


def read_roles(path: Path) -> RoleRules:
    """Read which groups have which role.

    Parameters
    ----------
    path : Path
        YAML with ``roles`` (a role, and the groups that have it), and where they are not as
        usual ``claim`` (``groups``), ``name`` (``preferred_username``) and ``otherwise`` (a
        role, or ``refuse``).

    Returns
    -------
    RoleRules

    Raises
    ------
    FileError
        The file cannot be read.
    ScenarioError
        It is no YAML, or says something that cannot be; all faults at once.
    """
    node = read_yaml(path)
    top = Place(path.name, 1)
    if not isinstance(node, dict):
        raise ScenarioError("no roles stand here", where=str(top), remedy="write roles:")
    faults: list[ScenarioError] = list(unknown_keys(node, _KEYS, top))
    plain: Any = plain_value(node)
    texts = {key: plain.get(key) for key in ("claim", "name") if key in plain}
    faults += [
        ScenarioError(f"{key} is no name of a claim", where=str(top.below(node, key)))
        for key, text in texts.items()
        if not (isinstance(text, str) and text)
    ]
    otherwise = plain.get("otherwise", Role.viewer.name)
    if otherwise not in {REFUSE, *Role.__members__}:
        faults.append(_no_role(str(otherwise), top.below(node, "otherwise"), REFUSE))
    groups = _groups(plain.get("roles"), top.below(node, "roles"), faults)
    raise_faults(faults)
    return RoleRules(
        otherwise=None if otherwise == REFUSE else Role[otherwise], groups=groups, **texts
    )


def _groups(told: object, at: Place, faults: list[ScenarioError]) -> dict[str, Role]:
    if not isinstance(told, dict) or not told:
        faults.append(
            ScenarioError(
                "no role is given to a group",
                where=str(at),
                remedy="write each role with its groups, as officer: [migration-officers]",
            )
        )
        return {}
    found: dict[str, Role] = {}
    for name, groups in told.items():
        if name not in Role.__members__:
            faults.append(_no_role(str(name), at))
            continue
        for group in [groups] if isinstance(groups, str) else groups or ():
            found[str(group)] = max(Role[name], found.get(str(group), Role.viewer))
    return found


def _no_role(name: str, at: Place, *more: str) -> ScenarioError:
    known = ", ".join([*Role.__members__, *more])
    return ScenarioError(f"there is no role '{name}'", where=str(at), remedy=f"known are {known}")
