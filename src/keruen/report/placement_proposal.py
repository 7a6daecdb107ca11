# SPDX-License-Identifier: Apache-2.0
"""A proposal to be signed: a placement as officers decided it, with its quota and its digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr

from keruen.core.errors import FileError, SchemaError
from keruen.decide.placement_tables import PlacementTables
from keruen.report.locale import Told, Value, Verbatim
from keruen.report.placement_decisions import PlacementDecisions
from keruen.report.placement_inputs import locality_names
from keruen.report.placement_proposal_counts import ShownCounts, shown_counts
from keruen.report.release import MANIFEST, file_digest

if TYPE_CHECKING:
    import pandas as pd

    from keruen.decide.ledger_rules import LedgerRules

PROGRAMMES: Final = ("kandas", "resettlers")
"""Programmes of which the package holds quotas and support by law."""

DECIDED: Final = "decided"
"""Outcome of a family to which an officer gave another place, or none."""


@dataclass(frozen=True)
class ProposalDetails:
    """What an office says of its proposal.

    Parameters
    ----------
    office : str
        Name of the office.
    officer : str
        Who answers for it and signs.
    year : int
        Year of the quota.
    programme : str
        ``kandas``, ``resettlers``, or one of the office's own.
    legal_ref : str
        Order that sets the quota; that of the dated parameters when empty.
    quota : int or None
        Units of the quota; those of the dated parameters when None.
    """

    office: str
    officer: str
    year: int
    programme: str = ""
    legal_ref: str = ""
    quota: int | None = None


@dataclass(frozen=True)
class LegalQuota:
    """The quota that a proposal uses, and where it comes from.

    Parameters
    ----------
    units : int or None
        Units, persons for those of the law; None where nobody said.
    reference : Value or None
        Order or decree.
    confirmed : bool
        Whether it was held against its legal text, or the office gave it.
    by_law : bool
        Whether it was taken from the dated parameters.
    rules : LedgerRules or None
        Support that the law of the year grants.
    """

    units: int | None
    reference: Value | None
    confirmed: bool
    by_law: bool
    rules: LedgerRules | None


@dataclass(frozen=True)
class Proposal:
    """A placement as it was decided, with all that its document says.

    Parameters
    ----------
    details : ProposalDetails
        What the office says of it.
    version : int
        Version of the decisions.
    sealed : bool
        Whether the decisions are frozen.
    undecided : int
        Families on which nobody has decided.
    families : DataFrame
        A row a family: family, group, region, locality, proposed, decision_mode, officer, at,
        reason, outcome, score, persons, cost. For the eyes of the office alone.
    tables : PlacementTables
        Needs, room, scores, limits.
    names : mapping of str to Value
        Names of localities.
    run : mapping
        Manifest of the run.
    groups : DataFrame
        Groups of families beside the best one, as the run found them.
    digests : tuple of (str, str)
        Names and SHA-256 of the workbook, of the manifest of the run, of the decisions.
    quota : LegalQuota
        The quota.
    shown : ShownCounts
        Which counts of families with a place may be published: regions and their localities.
    waiting : ShownCounts
        Which counts of families that wait may be: reasons, and all of them.
    """

    details: ProposalDetails
    version: int
    sealed: bool
    undecided: int
    families: pd.DataFrame
    tables: PlacementTables
    names: Mapping[str, Value]
    run: Mapping[str, Any]
    groups: pd.DataFrame
    digests: tuple[tuple[str, str], ...]
    quota: LegalQuota
    shown: ShownCounts
    waiting: ShownCounts

    @property
    def placed(self) -> pd.DataFrame:
        """Families that have a place."""
        return self.families[self.families["locality"] != ""]

    @property
    def practice(self) -> bool:
        """Whether the tables say that they are made up."""
        return bool(self.run["practice_data"])

    @property
    def number(self) -> str:
        """Number of the seal: it changes with any decision, file or word of the office."""
        told = {"version": self.version, **asdict(self.details), "digests": self.digests}
        text = json.dumps(told, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def read_proposal(
    run: Path, decisions: PlacementDecisions, details: ProposalDetails, *, log: bytes
) -> Proposal:
    """A proposal from the folder of a run and what officers decided on it.

    Parameters
    ----------
    run : Path
        Folder that a run of placement wrote.
    decisions : PlacementDecisions
        Decisions on it.
    details : ProposalDetails
        What the office says.
    log : bytes
        The log of the decisions, of which the digest is printed.

    Returns
    -------
    Proposal

    Raises
    ------
    FileError
        The folder holds no placement that can be read (``NotAPlacement``).
    SchemaError
        The name of the office or of the officer is missing (``NoSignature``).

    See Also
    --------
    keruen.report.placement_proposal_page.proposal_report : Its document.
    """
    import pandas as pd

    if not details.office.strip() or not details.officer.strip():
        raise SchemaError(
            "nobody signs the proposal",
            remedy="name the office, and the officer who answers for it",
            id="NoSignature",
        )
    try:
        manifest = json.loads((run / MANIFEST).read_text(encoding="utf-8"))
        solved = pd.read_parquet(run / "assignment.parquet").set_index("family")
        load = pd.read_parquet(run / "load.parquet")
        groups = pd.read_parquet(run / "fairness_groups.parquet")
    except (OSError, ValueError) as fault:
        raise FileError(
            "the folder holds no placement that can be read",
            where=str(run),
            remedy=f"name the folder that keruen place wrote; {fault}",
            id="NotAPlacement",
        ) from fault
    families = _families(decisions, solved)
    inputs = [(str(one["file"]), str(one["sha256"])) for one in manifest["inputs"]]
    own = [(MANIFEST, file_digest(run / MANIFEST))]
    own.append(("decisions.jsonl", hashlib.sha256(log).hexdigest()))
    named = locality_names(load.drop_duplicates("locality"))
    return Proposal(
        details=details,
        version=decisions.version,
        sealed=decisions.sealed is not None,
        undecided=len(decisions.undecided),
        families=families,
        tables=decisions.tables,
        names={code: Told({str(k): v for k, v in each.items()}) for code, each in named.items()},
        run=manifest,
        groups=groups,
        digests=(*inputs, *own),
        quota=_quota(details),
        shown=shown_counts(_places(families)),
        waiting=shown_counts(_reasons(families)),
    )


def _families(decisions: PlacementDecisions, solved: pd.DataFrame) -> pd.DataFrame:
    """Every family as it stands now; what an officer moved has the score of its new place."""
    tables = decisions.tables
    table = decisions.table()
    known = solved.loc[table["family"]]
    same = (table["locality"] == table["proposed"]).to_numpy()
    where = dict(zip(tables.localities["locality"].values, tables.regions, strict=True))
    return table.assign(
        group=known["group"].to_numpy() if "group" in known else "",
        region=[where.get(at, "") for at in table["locality"]],
        outcome=known["outcome"].where(same, DECIDED).to_numpy(),
        score=known["score"].where(same, _here(tables.score, table)).to_numpy(dtype=float),
        persons=tables.families.sel(service=tables.persons).to_numpy().astype(int),
        cost=0.0 if tables.cost is None else _here(tables.cost, table),
    )


def _here(pairs: xr.DataArray, table: pd.DataFrame) -> np.ndarray:
    """What each family has of something at its place; nothing where it waits."""
    values = pairs.transpose("family", "locality").to_numpy()
    row = pairs.indexes["family"].get_indexer(table["family"])
    column = pairs.indexes["locality"].get_indexer(table["locality"])
    return np.where(column >= 0, values[row, column], 0.0)


def _places(families: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Families with a place by region and locality."""
    tree: dict[str, dict[str, int]] = {}
    placed = families[families["locality"] != ""].groupby(["region", "locality"]).size()
    for region, locality, count in placed.reset_index().itertuples(index=False, name=None):
        tree.setdefault(str(region), {})[str(locality)] = int(count)
    return tree


def _reasons(families: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Families that wait by reason.

    They are a table of their own: were their sum with those placed published, the ledger of the
    quota, which publishes those placed, would tell how many wait.
    """
    counts = families.loc[families["locality"] == "", "outcome"].value_counts()
    return {str(reason): {str(reason): int(count)} for reason, count in counts.items()}


def _quota(details: ProposalDetails) -> LegalQuota:
    """The quota that the office gave, else that of the dated parameters of the year."""
    own = Verbatim(details.legal_ref) if details.legal_ref else None
    if details.programme not in PROGRAMMES:
        return LegalQuota(details.quota, own, confirmed=True, by_law=False, rules=None)
    from keruen.decide.ledger_rules import LedgerRules
    from keruen.report.locale import LANGS
    from keruen.report.quota_law import rules_of_law
    from keruen.sources.parameters import parameter_sets, read_parameters

    held, day = read_parameters(*parameter_sets()), date(details.year, 12, 31)
    key = f"kaz.{details.programme}_quota"
    entry = held[key].on(day)
    by_law = details.quota is None and entry is not None and entry.value is not None
    act = held.reference(key, day)
    granted = held["kaz.resettlement.relocation"].on(day)
    in_force = granted is not None and granted.value is not None
    return LegalQuota(
        units=int(str(entry.value)) if by_law and entry is not None else details.quota,
        reference=own or (Told({lang: act.text(lang) for lang in LANGS}) if by_law else None),
        confirmed=not (by_law and key in held.unconfirmed(day)),
        by_law=by_law,
        rules=LedgerRules.read(rules_of_law(details.programme, details.year, held)[0])
        if in_force
        else None,
    )
