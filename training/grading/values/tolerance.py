"""How far off a measured value may be: tolerances of three kinds, and bands that earn a part of the credit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Kind = Literal["nominal", "relative", "geometric"]
_Width = Annotated[float, Field(ge=0, le=1e15, allow_inf_nan=False)]
_Share = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]


class Tolerance(BaseModel):
    """How far a value may be from the key: exactly one of the three.

    Attributes:
        nominal: |value - key| <= nominal, in the unit of the answer.
        relative: |value - key| <= |key| x relative.
        geometric: key / (1 + geometric) <= value <= key x (1 + geometric), signs mirrored below zero.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    nominal: _Width | None = None
    relative: _Share | None = None
    geometric: _Share | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(width is not None for width in (self.nominal, self.relative, self.geometric)) != 1:
            raise ValueError("a tolerance is exactly one of `nominal`, `relative`, `geometric`")
        return self

    @property
    def kind(self) -> Kind:
        """Which of the three it is."""
        if self.nominal is not None:
            return "nominal"
        return "relative" if self.relative is not None else "geometric"

    @property
    def width(self) -> float:
        """Its figure."""
        return next(one for one in (self.nominal, self.relative, self.geometric) if one is not None)

    def holds(self, value: Fraction, key: Fraction) -> bool:
        """Whether a value is within it. Exact: no binary fraction is involved."""
        width = Fraction(str(self.width))
        if self.kind == "nominal":
            return abs(value - key) <= width
        if self.kind == "relative":
            return abs(value - key) <= abs(key) * width
        return value * key >= 0 and abs(key) <= abs(value) * (1 + width) and abs(value) <= abs(key) * (1 + width)


Width = Annotated[int, Field(ge=0, le=10**15)] | _Width | Tolerance
"""A tolerance as authors write it: a number stands for a nominal one."""


@lru_cache(maxsize=256)
def of(width: float | Tolerance) -> Tolerance:
    """The tolerance that a number stands for."""
    return width if isinstance(width, Tolerance) else Tolerance(nominal=width)


class Band(BaseModel):
    """Values that are further off than the tolerance and earn a part.

    Attributes:
        tolerance: how far off.
        credit: correctness of such a value, above 0 and below 1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tolerance: Width
    credit: float = Field(gt=0, lt=1)


def troubles(width: float | Tolerance, bands: Sequence[Band]) -> Iterable[str]:
    """Why bands are not in order: each must be of one kind, wider than the one before it, and worth less."""
    steps = [(of(width), 1.0), *((of(band.tolerance), band.credit) for band in bands)]
    if not bands:
        return
    kinds = {tolerance.kind for tolerance, _ in steps[0 if steps[0][0].width else 1 :]}
    if len(kinds) > 1:
        yield f"`band`: {' and '.join(sorted(kinds))} tolerances can't be put in order: use one kind"
        return
    for place, ((narrow, more), (wide, less)) in enumerate(pairwise(steps), 1):
        if wide.width <= narrow.width:
            yield f"`band` {place}: a tolerance of {wide.width:g} is not wider than the {narrow.width:g} before it"
        if less >= more:
            yield f"`band` {place}: a credit of {less:g} is not below the {more:g} before it"


def credit(value: Fraction, key: Fraction, width: float | Tolerance, bands: Sequence[Band]) -> float:
    """1 within the tolerance, else the credit of the first band that holds, else 0."""
    if of(width).holds(value, key):
        return 1.0
    return next((band.credit for band in bands if of(band.tolerance).holds(value, key)), 0.0)
