# SPDX-License-Identifier: Apache-2.0
"""A run of a regularisation programme: draws, back-test, what moves the fiscal result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from keruen.core.errors import CoverageError, SchemaError
from keruen.decide.regularise import Regularisation, triple_win
from keruen.decide.uncertainty import Sensitivity, sample_inputs, sobol_indices
from keruen.report.flow_run import Step, quiet
from keruen.report.policy_changes import Changes, with_changes
from keruen.report.regularise_inputs import RegulariseInputs, regularise_inputs
from keruen.sources.policy_files import (
    REGULARISE_PARTS,
    PolicyFiles,
    policy_cases,
    read_policy,
    regularisation_cases,
)

if TYPE_CHECKING:
    import pandas as pd

NEEDED = ("stock", "calendar", "assumptions")


@dataclass(frozen=True)
class RegulariseRun:
    """What a run used and what it found.

    Parameters
    ----------
    found : Regularisation
        The programme over all draws; with the published approvals where they are given.
    predicted : Regularisation or None
        The same from take-up alone, to be held against the published approvals.
    parties : DataFrame
        Who gains, of :func:`~keruen.decide.regularise.triple_win`.
    sensitivity : Sensitivity or None
        Which assumption moves the present value of the fiscal effect; None where the extra
        ``sensitivity`` is not installed or nothing varies.
    unmoved : str
        Why there is no sensitivity; empty where there is.
    inputs : RegulariseInputs
        Law, people and assumptions.
    files : PolicyFiles
        Tables as given.
    cases : DataFrame
        Published programmes.
    options : dict
        Options as given.
    """

    found: Regularisation
    predicted: Regularisation | None
    parties: pd.DataFrame
    sensitivity: Sensitivity | None
    unmoved: str
    inputs: RegulariseInputs
    files: PolicyFiles
    cases: pd.DataFrame
    options: Mapping[str, object]

    @property
    def practice(self) -> bool:
        """Whether an assumption or the stock is made up for practice."""
        stock = self.files.tables["stock"]
        made_up = "status" in stock and bool((stock["status"] == "practice").any())
        return made_up or self.inputs.assumed.practice()


def run_regularise(
    given: Path | str = "KAZ",
    *,
    case: str = "",
    draws: int = 4000,
    seed: int = 1,
    years: int = 10,
    size: int = 512,
    changes: Changes | None = None,
    step: Step | None = None,
) -> RegulariseRun:
    """Run a regularisation programme over draws of what is not known.

    Parameters
    ----------
    given : Path or str
        Workbook or folder with the sheets or files ``stock``, ``calendar`` and
        ``assumptions``; or a country with cases in the package, by ISO 3166-1 alpha-3 code.
    case : str, optional
        Case of the country: its first when not given.
    draws : int, optional
        Draws.
    seed : int, optional
        Seed of the draws.
    years : int, optional
        Years to follow.
    size : int, optional
        Size of a sample for the sensitivity, a power of 2; 0 for none.
    changes : mapping of str to mapping of str to float, optional
        New numbers of assumptions, by name and by which: ``low``, ``value``, ``high``.
    step : callable, optional
        Told how far the work is.

    Returns
    -------
    RegulariseRun

    Raises
    ------
    WorkbenchError
        Whatever is wrong with the tables, all of it at once.
    CoverageError
        The package has no case of the country (``NoCase``).

    See Also
    --------
    keruen.report.regularise_page.regularise_report : Tells it.

    Examples
    --------
    >>> run = run_regularise("KAZ", draws=200, size=0)
    >>> int(run.found.totals()["approved"][0]), run.practice
    (164586, False)
    """
    tell = step or quiet
    tell(0.05, "reading")
    name = case_of(given, case, prefix="") if is_country(given) else given
    files = with_changes(read_policy(name, REGULARISE_PARTS, needed=NEEDED), changes or {})
    inputs = regularise_inputs(files)
    tell(0.2, "draws")
    drawn = sample_inputs(inputs.uncertain(), draws, seed=seed)
    found = inputs.model(drawn, years=years, approved=inputs.approved)
    predicted = None if inputs.approved is None else inputs.model(drawn, years=years)
    tell(0.4, "sensitivity")

    def value(some: xr.Dataset) -> xr.DataArray:
        return inputs.model(some, years=years, approved=inputs.approved).value

    moved, why = sensitivity_of(value, inputs.uncertain(), size, seed)
    return RegulariseRun(
        found, predicted, triple_win(found, workers=inputs.workers(drawn)), moved, why, inputs,
        files, regularisation_cases(),
        {"given": Path(given).name, "case": files.case, "draws": draws, "seed": seed,
         "years": years, "sensitivity_size": size},
    )  # fmt: skip


def sensitivity_of(
    model: Callable[[xr.Dataset], xr.DataArray], inputs: list, size: int, seed: int
) -> tuple[Sensitivity | None, str]:
    """Shares of variance by input, or why there are none.

    Parameters
    ----------
    model : callable
        From inputs [trajectory] to an outcome [trajectory].
    inputs : list of Uncertain
        Inputs.
    size : int
        Size of a sample; 0 for none.
    seed : int
        Seed.

    Returns
    -------
    tuple of Sensitivity or None and str
        The reason is the fault's name; empty where there are shares.
    """
    if not size:
        return None, "NotAsked"
    try:
        return sobol_indices(model, inputs, size=size, seed=seed), ""
    except SchemaError as fault:
        if fault.id not in ("ExtraMissing", "NothingVaries", "ConstantOutcome"):
            raise
        return None, fault.id


def is_country(given: Path | str) -> bool:
    """Whether what is given is a country and not a file.

    Parameters
    ----------
    given : Path or str
        What a user typed.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_country("KAZ"), is_country("mine.xlsx")
    (True, False)
    """
    text = str(given)
    return len(text) == 3 and text.isalpha() and not Path(text).exists()


def case_of(given: Path | str, case: str, *, prefix: str) -> str:
    """Name of the case of a country.

    Parameters
    ----------
    given : Path or str
        ISO 3166-1 alpha-3 code.
    case : str
        Which of its cases; its first when empty.
    prefix : str
        What the names of such cases begin with, before the country.

    Returns
    -------
    str

    Raises
    ------
    CoverageError
        There is none (``NoCase``).

    Examples
    --------
    >>> case_of("KAZ", "", prefix=""), case_of("RUS", "", prefix="permits-")
    ('kaz-2006', 'permits-rus')
    """
    start = f"{prefix}{str(given).lower()}"
    held = [n for n in policy_cases() if n == start or n.startswith(f"{start}-")]
    wanted = [n for n in held if not case or n == f"{start}-{case}"]
    if not wanted:
        known = [n for n in policy_cases() if n.startswith(prefix)]
        raise CoverageError(
            f"the package has no case {case or ''} of {given}".replace("  ", " "),
            where="FILE or country",
            remedy=f"known: {', '.join(held or known)}; or give tables of your own",
            id="NoCase",
        )
    return wanted[0]
