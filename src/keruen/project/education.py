# SPDX-License-Identifier: Apache-2.0
"""Population by attainment: survived, moved up, and in agreement with the projection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import SchemaError
from keruen.project import _education as kernel
from keruen.project._educationinputs import EducationInputs, education_inputs
from keruen.project.attainment import ATTAINMENT, SCHOOL_AGES, UNDER_15

if TYPE_CHECKING:
    import pandas as pd

    from keruen.project.projection import Fertility

MORTALITY_GAP: Final[Mapping[str, float]] = {"F": 4.0, "M": 5.0}
"""Years of life expectancy at 15 between the highest and the lowest level."""

Floats = kernel.Floats


@dataclass(frozen=True)
class EducationProjection:
    """A population by attainment ahead.

    Parameters
    ----------
    population : DataArray [..., year, education, sex, age], persons
        The base and every five years after; children under ``under15``. Levels add to the
        totals.
    births : DataArray [..., year, education], persons, or None
        Births of the five years from ``year`` by education of the mother, where fertility
        was given.
    agreement : DataArray [..., year, sex, age], ratio
        What each group was multiplied by to meet the totals: survivors alone, the migrants
        whose mix was not told are in it.
    adjustments : DataFrame
        Cells without people in the base, whose mix was taken from the next younger group.
    """

    population: xr.DataArray
    births: xr.DataArray | None
    agreement: xr.DataArray
    adjustments: pd.DataFrame

    def to_table(self) -> pd.DataFrame:
        """Tidy table of the population, one row a cell."""
        from keruen.core.tables import to_table

        return to_table(self.population)


def project_education(
    base: xr.DataArray,
    totals: xr.DataArray,
    ratios: xr.DataArray,
    *,
    survival: xr.DataArray,
    levels: Sequence[str] = ATTAINMENT,
    mortality_gap: Mapping[str, float] = MORTALITY_GAP,
    schooling: Literal["ratios", "numbers"] = "ratios",
    migration: xr.DataArray | None = None,
    migrant_mix: xr.DataArray | None = None,
    fertility: Fertility | None = None,
    fertility_ratios: xr.DataArray | None = None,
    agree: bool = True,
) -> EducationProjection:
    """Project a population by attainment, age and sex, in steps of five years.

    Parameters
    ----------
    base : DataArray [..., sex, age, education], persons or share
        Attainment at the first date: only the shares of each sex and age are used.
    totals : DataArray [..., year, sex, age], persons
        The projection without education every five years, by five-year age group from 0;
        the first year is the date of the base. Without ``agree``, only that year is used.
    ratios : DataArray [..., year, education, sex, age], probability
        Progression at 15 to 30 in the five years that end in ``year``.
    survival : DataArray [..., year, sex, age], probability
        Survival into each five-year group in the five years that end in ``year``; with a
        dimension ``education``, of every level, taken as it is.
    levels : sequence of str, optional
        Levels from the lowest to the highest.
    mortality_gap : mapping of str to float, optional
        Years of life expectancy at 15 between the highest and the lowest level, by sex.
    schooling : {"ratios", "numbers"}, optional
        ``numbers``: as many people go on from each level in every period as in the first.
    migration : DataArray [..., year, sex, age], persons, optional
        Net migrants of the five years that end in ``year``, by age at their end.
    migrant_mix : DataArray [..., sex, age, education], share, optional
        Education of these migrants at 15 and over; that of residents where not given.
    fertility : Fertility, optional
        Births per woman-year of five-year groups, and the sex ratio at birth, of the
        periods that end in ``year``.
    fertility_ratios : DataArray [..., education], ratio, optional
        Fertility of each level against any one of them, with or without ``year``; all alike
        where not given.
    agree : bool, optional
        Meet the totals at every date. Otherwise the totals follow from the components, and
        fertility is needed.

    Returns
    -------
    EducationProjection

    Raises
    ------
    CoverageError
        Years are not five apart or do not line up (``MissingPeriod``).
    SchemaError
        A mix does not add to 1 (``SharesDoNotAddUp``), a ratio lies outside 0 to 1
        (``RatioOutOfRange``), a population is negative (``NegativeInput``).
    InfeasibleError
        Survival of levels crosses, a gap in life expectancy cannot be reached, or more
        people of a level leave than are there.

    See Also
    --------
    keruen.project.attainment.attainment_paths : Makes the ratios.
    keruen.project.education_fertility.fertility_ratios : Fertility of levels.

    Notes
    -----
    1. ``S_e = S ** (k r_e)``, log ``r_e`` equally spaced between levels so that e15 differs
    by the gap, ``k`` such that the mean over those alive is ``S``. 2. At 15 all begin at
    the lowest level; a share goes on from each level, the lowest first. Nobody loses
    education. 3. Migrants join. 4. Levels of each sex and age are scaled to the total; where
    nobody was left to scale, the total takes the mix of the next younger group.

    Where residents' mix is taken and totals are met, the shares do not depend on the
    totals: those of one projection serve all its paths.

    References
    ----------
    KC, S., Lutz, W. (2017). The human core of the shared socioeconomic pathways. Global
    Environmental Change 42, 181-192.
    Lutz, W., Butz, W., KC, S. (2014). World Population and Human Capital in the
    Twenty-First Century. Oxford University Press.

    Examples
    --------
    >>> ages = list(range(0, 45, 5))
    >>> cell = {"sex": ["F", "M"], "age": ages}
    >>> when = {"year": [2020, 2025], **cell}
    >>> totals = xr.DataArray(np.full((2, 2, 9), 100.0), coords=when)
    >>> mix = xr.DataArray(np.full((2, 9, 2), 0.5),
    ...     coords={**cell, "education": ["low", "high"]})
    >>> up = xr.DataArray(np.full((1, 1, 2, 4), 0.2), coords={"year": [2025],
    ...     "education": ["low"], "sex": ["F", "M"], "age": [15, 20, 25, 30]})
    >>> alive = xr.DataArray(np.full((1, 2, 9), 0.9), coords={"year": [2025], **cell})
    >>> ahead = project_education(mix, totals, up, survival=alive, levels=["low", "high"],
    ...     mortality_gap={"F": 0, "M": 0})
    >>> ahead.population.sel(year=2025, sex="F", education="high").values.round(6).tolist()
    [0.0, 0.0, 0.0, 20.0, 60.0, 60.0, 60.0, 50.0, 50.0]
    """
    given = education_inputs(
        base, totals, ratios, survival, levels=list(levels), migration=migration, mix=migrant_mix,
        fertility=fertility, relative=fertility_ratios, free=not agree,
    )  # fmt: skip
    gap = _gap(mortality_gap, given.sexes)
    steps = _Steps(given, gap, by_number=schooling == "numbers", agree=agree)
    return steps.run((base, totals, ratios, survival))


def _gap(years: Mapping[str, float], sexes: list[str]) -> Floats:
    lacking = [sex for sex in sexes if sex not in years]
    if lacking or any(years[sex] < 0 for sex in sexes):
        raise SchemaError(
            f"no gap for {', '.join(lacking)}" if lacking else "a gap is negative",
            where="mortality_gap",
            remedy="give years of life expectancy, 0 or more, for every sex",
        )
    return np.array([years[sex] for sex in sexes], dtype=float)


class _Steps:
    """The years one after the other; arrays are (..., 2, age, level)."""

    def __init__(
        self, given: EducationInputs, gap: Floats, *, by_number: bool, agree: bool
    ) -> None:
        self.given, self.gap, self.by_number, self.agree = given, gap, by_number, agree
        self.numbers: Floats | None = None

    def run(self, inputs: tuple[xr.DataArray, ...]) -> EducationProjection:
        given = self.given
        total = given.totals[..., 0, :, :]
        adults = total[..., kernel.ADULT :, None] * given.shares
        people, met, born = [_with_children(total, adults)], [], []
        for t in range(len(given.years) - 1):
            ahead = self._adults(t, total, adults)
            children, births = self._children(t, total, adults, ahead)
            if self.agree:
                after = given.totals[..., t + 1, :, :]
                factor, ahead = _meet(ahead, after[..., kernel.ADULT :])
                met.append(factor)
            else:
                after = np.concatenate([children, ahead.sum(-1)], axis=-1)
                met.append(np.ones_like(ahead.sum(-1)))
            born.append(births)
            total, adults = after, ahead
            people.append(_with_children(total, adults))
        return self._labelled(people, met, born, inputs)

    def _adults(self, t: int, total: Floats, adults: Floats) -> Floats:
        """Those of 15 and over at the end of the step, before they meet the total."""
        given = self.given
        S = given.survival[..., t, :, :]
        levels = self._by_level(t, S, adults)
        ahead = kernel.survivors(adults, total[..., kernel.ADULT - 1], S, levels)
        school = ahead[..., : len(SCHOOL_AGES), :]
        ratios = given.ratios[..., t, :, :, :]
        if self.by_number:
            if self.numbers is None:
                self.numbers = kernel.numbers_up(school, ratios)
            ahead[..., : len(SCHOOL_AGES), :] = kernel.take_up(school, self.numbers)
        else:
            ahead[..., : len(SCHOOL_AGES), :] = kernel.move_up(school, ratios)
        return given.join_migrants(t, ahead)

    def _by_level(self, t: int, S: Floats, adults: Floats) -> Floats:
        """Survival of each level into the groups from 20."""
        if self.given.level_survival is not None:
            return self.given.level_survival[..., t, :, :, :]
        if not self.gap.any():
            shape = np.broadcast_shapes(S[..., kernel.ADULT + 1 :, None].shape, (adults.shape[-1],))
            return np.broadcast_to(S[..., kernel.ADULT + 1 :, None], shape)
        ratios = kernel.hazard_ratios(S, self.gap, adults.shape[-1])
        from_ = adults[..., :-1, :].copy()
        from_[..., -1, :] += adults[..., -1, :]
        into = np.broadcast_to(S[..., kernel.ADULT + 1 :], from_.shape[:-1])
        return kernel.survival_by_level(into, from_, np.broadcast_to(
            ratios, (*from_.shape[:-2], from_.shape[-1])))  # fmt: skip

    def _children(
        self, t: int, total: Floats, adults: Floats, ahead: Floats
    ) -> tuple[Floats, Floats | None]:
        """Groups under 15 at the end of a step, and births by education of the mother."""
        given = self.given
        if given.asfr is None:
            return total[..., : kernel.ADULT], None
        female, fertile = given.sexes.index("F"), slice(0, given.asfr.shape[-1])
        mean = (adults[..., female, fertile, :] + ahead[..., female, fertile, :]) / 2
        asfr = given.asfr[..., t, :]
        relative = given.relative[..., t, :, :]
        rate = asfr[..., None] * relative
        weighted = (mean * relative).sum(-1)
        here = mean.sum(-1)
        scale = np.divide(here, weighted, out=np.ones_like(here), where=weighted > 0)
        births = 5 * (rate * scale[..., None] * mean).sum(-2)
        S = given.survival[..., t, :, :]
        share = given.by_sex[..., t, :]
        first = births.sum(-1)[..., None] * share * S[..., 0]
        rest = total[..., : kernel.ADULT - 1] * S[..., 1 : kernel.ADULT]
        children = np.concatenate([first[..., None], rest], axis=-1)
        if given.migrants is not None:
            children = children + given.migrants[..., t, :, : kernel.ADULT]
        return children, births

    def _labelled(
        self,
        people: list[Floats],
        met: list[Floats],
        born: list[Floats | None],
        inputs: tuple[xr.DataArray, ...],
    ) -> EducationProjection:
        given = self.given
        lead = given.lead
        ends = {"sex": given.sexes, "age": given.ages}
        coords = {**lead, "year": given.years, **ends, "education": [UNDER_15, *given.levels]}
        whole = np.stack(np.broadcast_arrays(*people), axis=len(lead))
        population = stamp(
            xr.DataArray(whole, coords=coords, dims=list(coords)),
            name="population", units="persons", kind="count", inputs=inputs, concept="stock",
            moment=inputs[1].attrs.get("moment", ""), age_width=5, open_age=given.ages[-1],
            interval_years=5,
        )  # fmt: skip
        later = given.years[1:]
        ratio = {**lead, "year": later, "sex": given.sexes, "age": given.ages[kernel.ADULT :]}
        agreement = stamp(
            xr.DataArray(
                np.stack(np.broadcast_arrays(*met), axis=len(lead)), coords=ratio, dims=list(ratio)
            ),
            name="agreement", units="1", kind="index", inputs=inputs,
        )  # fmt: skip
        births = None
        told = [each for each in born if each is not None]
        if told:
            cells = {**lead, "year": given.years[:-1], "education": list(given.levels)}
            births = stamp(
                xr.DataArray(
                    np.stack(np.broadcast_arrays(*told), axis=len(lead)),
                    coords=cells, dims=list(cells),
                ),
                name="births", units="persons", kind="count", inputs=inputs, interval_years=5,
            )  # fmt: skip
        return EducationProjection(population, births, agreement, given.filled)


def _meet(ahead: Floats, total: Floats) -> tuple[Floats, Floats]:
    """Levels scaled to the total; where nobody survived, the mix of the group before."""
    ahead = np.broadcast_to(ahead, (*np.broadcast_shapes(ahead.shape[:-1], total.shape),
                                    ahead.shape[-1])).copy()  # fmt: skip
    here = ahead.sum(-1)
    for x in range(1, ahead.shape[-2]):
        empty = here[..., x] <= 0
        ahead[..., x, :][empty] = ahead[..., x - 1, :][empty]
    mass = ahead.sum(-1)
    factor = np.divide(total, here, out=np.ones_like(mass), where=here > 0)
    scale = np.divide(total, mass, out=np.zeros_like(mass), where=mass > 0)
    return factor, ahead * scale[..., None]


def _with_children(total: Floats, adults: Floats) -> Floats:
    """All ages and labels, children first."""
    shape = np.broadcast_shapes(total.shape[:-1], adults.shape[:-2])
    whole = np.zeros((*shape, total.shape[-1], adults.shape[-1] + 1))
    whole[..., : kernel.ADULT, 0] = total[..., : kernel.ADULT]
    whole[..., kernel.ADULT :, 1:] = adults
    return whole
