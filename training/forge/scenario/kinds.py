"""What can be drawn: choices, addresses, ports, whole numbers, times, made-up names and orders of words.

Every kind is a row of values, known by its length (`size`) and by what stands at a place of it (`at`), so that drawing
never lists them. `marks` are texts of which no two variants may share one: two variants differ in a value only if they
differ in all its marks.
"""

import ipaddress
import itertools
import math
import re
from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, model_validator

from training.forge.scenario.words import Utc, addresses_in, form, is_documentation
from training.grading.values.times import of_iso

SHORT = 15
"""Characters of a process name that the kernel keeps: drawn names are all longer or all not (length class)."""

QUARTER = 15 * 60
"""Seconds. Times of two variants never differ by a multiple of it: that would look like a mistaken time zone."""

MOST_CHOICES = 32
"""Values of a choice, those for further variants included."""

_CLASS = re.compile(r"\{([0-9a-zA-Z])-([0-9a-zA-Z])\}")
_ALPHABETS = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")

_CHOICE = form(r"^[^\x00-\x1f\x7f{}]{1,200}$", "1 to 200 characters on one line without braces: quote-sync")
_MADE = form(r"^[\x20-\x7e]{1,200}$", "printable ASCII with ranges in braces: kworker/{3-9}:{1-9}")
_WORD = form(r"^[A-Za-z0-9._-]{1,40}$", "letters, digits, dots, hyphens and underscores, at most 40: amber")
Choice = StrictInt | Annotated[StrictStr, Field(pattern=_CHOICE)]


class Kind(BaseModel):
    """Base of all kinds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @property
    def signed(self) -> bool:
        """Whether half of the variants have the value negative."""
        return False

    @property
    def size(self) -> int:
        """How many values there are."""
        raise NotImplementedError

    @property
    def others(self) -> "Kind":
        """What all variants beside a lab's own are drawn from."""
        return self

    @property
    def left_out(self) -> frozenset[int]:
        """Places whose values are never drawn."""
        return frozenset()

    def at(self, place: int) -> int | str | datetime:
        """The value at a place, counted from 0."""
        raise NotImplementedError

    def marks(self, value: int | str | datetime) -> frozenset[str]:
        """What no two variants may have in common."""
        return frozenset({str(value)})


class OneOf(Kind):
    """One of some texts or whole numbers; ``more`` are for variants beside a lab's own."""

    one_of: Annotated[tuple[Choice, ...], Field(min_length=2, max_length=MOST_CHOICES)]
    more: Annotated[tuple[Choice, ...], Field(max_length=MOST_CHOICES)] = ()

    @model_validator(mode="after")
    def _alike(self) -> Self:
        choices = (*self.one_of, *self.more)
        texts = [each for each in choices if isinstance(each, str)]
        if len(choices) > MOST_CHOICES:
            raise ValueError(f"one_of and more are {len(choices)} values together, more than {MOST_CHOICES}")
        if 0 < len(texts) < len(choices):
            raise ValueError("are partly texts and partly whole numbers")
        if twice := next((each for each in choices if choices.count(each) > 1), None):
            raise ValueError(f"one of them stands here twice: {twice}")
        self._as_long()
        longest, shortest = (pick(texts, key=len, default="") for pick in (max, min))
        if len(shortest) <= SHORT < len(longest):
            raise ValueError(
                f"{shortest!r} has at most {SHORT} characters and {longest!r} more: a name that is cut in one variant "
                "must be cut in all"
            )
        for part, whole in itertools.permutations(texts, 2):
            if part in whole:
                raise ValueError(f"{part!r} is a part of {whole!r}: who looks for the one finds the other")
        for each in texts:
            if of_iso(each):
                raise ValueError(f"{each!r} is a time: draw it with time")
            if strange := [str(found) for found in addresses_in(each) if not is_documentation(found)]:
                raise ValueError(f"{strange[0]} is not from the ranges kept for documentation")
        return self

    def _as_long(self) -> None:
        """Refuse a further text that is longer or shorter than all of the first ones: it would stand out."""
        lengths = sorted(len(each) for each in self.one_of if isinstance(each, str))
        for each in self.more:
            if isinstance(each, str) and lengths and not lengths[0] <= len(each) <= lengths[-1]:
                raise ValueError(f"{each!r} has {len(each)} characters, those of one_of {lengths[0]} to {lengths[-1]}")

    @property
    def others(self) -> Kind:
        """All choices."""
        return OneOf(one_of=(*self.one_of, *self.more)) if self.more else self

    @property
    def size(self) -> int:
        """The number of choices."""
        return len(self.one_of)

    def at(self, place: int) -> int | str:
        """The choice at a place."""
        return self.one_of[place]


class HostOf(Kind):
    """An address of a network, never .0 nor .255; a lab's own variants differ in both of the last two digits, others in
    two of the last three. Others may be of a wider network, ``more``.
    """

    address: str
    more: str | None = None

    @model_validator(mode="after")
    def _network(self) -> Self:
        if self.more is not None:
            HostOf(address=self.more)
        network = self.net
        if not is_documentation(network.network_address) or not is_documentation(network.broadcast_address):
            raise ValueError(f"{network} is not within one of the ranges kept for documentation")
        if self.size < 1:
            raise ValueError(f"{network} has no host address that doesn't end in 0 or 255")
        return self

    @property
    def others(self) -> Kind:
        """Addresses of which more differ from each other."""
        return OtherHost(address=self.more or self.address)

    @cached_property
    def net(self) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
        """The network, read once: a scenario with many draws asks for hundreds of thousands of hosts."""
        return ipaddress.ip_network(self.address)

    @cached_property
    def first(self) -> int:
        """How far the first host lies behind the network's address: a network that begins with .0 has none there."""
        return int(self.net.version == 6 or int(self.net.network_address) & 0xFF == 0)  # noqa: PLR2004 - a version

    @property
    def size(self) -> int:
        """The number of hosts; of IPv6 no more than the last 16 bits tell apart."""
        if self.net.version == 4:  # noqa: PLR2004 - a version
            last = min(self.net.num_addresses - 1, 254 - (int(self.net.network_address) & 0xFF))
            return last - self.first + 1
        return min(self.net.num_addresses, 0xFFFF) - 1

    def at(self, place: int) -> str:
        """The address of a host."""
        return str(self.net.network_address + self.first + place)

    def marks(self, value: int | str | datetime) -> frozenset[str]:
        """Its last digit and the one before."""
        digits = f"0{re.split('[.:]', str(value))[-1]}"
        return frozenset({f"{digits[-2]}_", f"_{digits[-1]}"})


class OtherHost(HostOf):
    """An address of which any two differ in two of their last three digits: one slip never makes another's answer."""

    def marks(self, value: int | str | datetime) -> frozenset[str]:
        """Each two of the last three digits."""
        last = f"00{re.split('[.:]', str(value))[-1]}"[-3:]
        return frozenset({f"{last[:2]}_", f"{last[0]}_{last[2]}", f"_{last[1:]}"})


class PortOf(Kind):
    """A port from one number to another, both included."""

    port: tuple[Annotated[StrictInt, Field(ge=1024, le=65535)], Annotated[StrictInt, Field(ge=1024, le=65535)]]

    @model_validator(mode="after")
    def _upwards(self) -> Self:
        if self.port[0] > self.port[1]:
            raise ValueError("the first number is the lower one")
        return self

    @property
    def size(self) -> int:
        """The number of ports."""
        return self.port[1] - self.port[0] + 1

    def at(self, place: int) -> int:
        """The port at a place."""
        return self.port[0] + place


_Range = tuple[Annotated[StrictInt, Field(ge=-(10**9))], Annotated[StrictInt, Field(le=10**9)]]


class Whole(Kind):
    """A whole number from one to another, both included; with balanced signs, half of the variants have it negative.
    Variants beside a lab's own may be of a wider range, ``more``.
    """

    whole: _Range
    signs: Literal["balanced"] | None = None
    more: _Range | None = None

    @model_validator(mode="after")
    def _upwards(self) -> Self:
        if self.more is not None:
            Whole(whole=self.more, signs=self.signs)
        if self.whole[0] > self.whole[1]:
            raise ValueError("the first number is the lower one")
        if self.signs and self.whole[0] < 1:
            raise ValueError("with balanced signs both numbers are above 0")
        return self

    @property
    def others(self) -> Kind:
        """Numbers of the wider range."""
        return Whole(whole=self.more, signs=self.signs) if self.more else self

    @property
    def signed(self) -> bool:
        """Whether signs are balanced."""
        return self.signs is not None

    @property
    def size(self) -> int:
        """The number of whole numbers, signs not counted."""
        return self.whole[1] - self.whole[0] + 1

    def at(self, place: int) -> int:
        """The number at a place, without a drawn sign."""
        return self.whole[0] + place


class Moment(Kind):
    """A time from one second to another, never on a full minute."""

    time: tuple[Utc, Utc]

    @model_validator(mode="after")
    def _upwards(self) -> Self:
        if self.size < 1:
            raise ValueError("there is no second between the two that isn't a full minute")
        return self

    @property
    def size(self) -> int:
        """The number of seconds that are not on a full minute."""
        first, last = (int(each.timestamp()) for each in self.time)
        return _off_minutes(last + 1) - _off_minutes(first)

    def at(self, place: int) -> datetime:
        """The second at a place."""
        minutes, seconds = divmod(_off_minutes(int(self.time[0].timestamp())) + place, 59)
        return datetime.fromtimestamp(minutes * 60 + seconds + 1, UTC)

    def marks(self, value: int | str | datetime) -> frozenset[str]:
        """The second within its quarter of an hour."""
        return frozenset({str(int(value.timestamp()) % QUARTER)}) if isinstance(value, datetime) else frozenset()


def _off_minutes(end: int) -> int:
    """How many seconds before ``end`` (Unix seconds) are not on a full minute."""
    return end - (end + 59) // 60


class MadeUp(Kind):
    """A text in which each ``{A-Z}`` stands for one character of a range of digits or letters."""

    made: Annotated[str, Field(pattern=_MADE)]

    @model_validator(mode="after")
    def _ranges(self) -> Self:
        found = list(_CLASS.finditer(self.made))
        if not found:
            raise ValueError("has no range in braces, such as {0-9} or {a-z}")
        for each in found:
            if each[1] >= each[2] or not any({each[1], each[2]} <= set(alphabet) for alphabet in _ALPHABETS):
                raise ValueError(f"{each[0]} is no range of digits or of letters of one case")
        if set("{}") & set(_CLASS.sub("", self.made)):
            raise ValueError("holds a brace that belongs to no range such as {0-9} or {a-z}")
        if strange := [str(found) for found in addresses_in(str(self.at(0))) if not is_documentation(found)]:
            raise ValueError(f"{strange[0]} is not from the ranges kept for documentation")
        return self

    @property
    def size(self) -> int:
        """The number of texts."""
        return math.prod(ord(each[2]) - ord(each[1]) + 1 for each in _CLASS.finditer(self.made))

    def at(self, place: int) -> str:
        """The text at a place."""
        left = place

        def put(found: re.Match[str]) -> str:
            nonlocal left
            left, step = divmod(left, ord(found[2]) - ord(found[1]) + 1)
            return chr(ord(found[1]) + step)

        return _CLASS.sub(put, self.made)


class Shuffle(Kind):
    """Some words in a drawn order, as one text; where that is said, never in the order in which they are written."""

    shuffle: Annotated[tuple[Annotated[StrictStr, Field(pattern=_WORD)], ...], Field(min_length=2, max_length=8)]
    as_written: bool = True

    @model_validator(mode="after")
    def _different(self) -> Self:
        if len(set(self.shuffle)) < len(self.shuffle):
            raise ValueError("one of them stands here twice")
        return self

    @property
    def size(self) -> int:
        """The number of orders, that in which they are written included: other orders keep their places without it."""
        return math.factorial(len(self.shuffle))

    @property
    def left_out(self) -> frozenset[int]:
        """The first place, if it isn't wanted."""
        return frozenset() if self.as_written else frozenset({0})

    def at(self, place: int) -> str:
        """The words in the order of a place."""
        left, words = list(self.shuffle), []
        for remaining in range(len(left), 0, -1):
            place, chosen = divmod(place, remaining)
            words.append(left.pop(chosen))
        return " ".join(words)


KINDS: dict[str, type[Kind]] = {
    "one_of": OneOf,
    "address": HostOf,
    "port": PortOf,
    "whole": Whole,
    "time": Moment,
    "made": MadeUp,
    "shuffle": Shuffle,
}
"""The kinds by the field that tells them."""
