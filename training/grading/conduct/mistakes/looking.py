"""Mistakes of those who look: too widely before the image, with the suspect's tools alone, where nobody allowed it."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterator

from training.grading.conduct import footprint
from training.grading.conduct.case import Case, place
from training.grading.conduct.deeds import Origin, What, under
from training.grading.conduct.happened import Touched
from training.grading.conduct.typed import Typed
from training.grading.conduct.verdict import Code, Mistake, Part
from training.sentence import Sentence, phrase

OUTSIDE_AUTHORITY, SEEN_BY_OTHERS = 0.5, 0.4
"""What such a mistake takes from the share of care."""
_RESOLVER = 53
_OWN_NAMES = {"localhost", "localhost.localdomain", "ip6-localhost"}
_FEW = 10
"""Files and folders opened that are no wide read, whatever the line says."""
_WIDE = phrase("This read a large part of the machine before memory was acquired. What it brought in replaced pages.")
_TRUST = phrase(
    "Before memory was acquired only the machine's own programs were asked, and they may lie. "
    "Those of the kit show what they leave out."
)
_AUTH = phrase("The authority does not cover this. Ask first: being reachable is no permission, and listing is access.")
_RES = phrase("A name was looked up, or the other side was contacted. Whoever runs it can see that.")


def too_wide(case: Case) -> Iterator[Mistake]:
    """C-ORDER: a wide read, or more commands than a short look needs, before the image. The footprint is its price."""
    files = Counter(number for one in case.read_before_image() if (number := _entry_number(case, one)) is not None)
    most = case.plan.skilled.read * (1 + footprint.TOLERANCE)
    for one in case.before_image:
        read = files[one.entry.number]
        counted = case.happened.measures(one.entry.at) and not case.happened.more_touched
        if read > most or (one.of(What.WIDE) and not (counted and read <= _FEW)):
            yield _mistake(Code.ORDER, one, _WIDE, Part.FOOTPRINT)
    looks, allowed = list(case.looks()), case.plan.skilled.looks
    if len(looks) > allowed:
        said = phrase(
            "%(count)s commands were typed for a short look, where %(allowed)s do. Each one replaced memory.",
            count=len(looks),
            allowed=allowed,
        )
        yield _mistake(Code.ORDER, looks[allowed], said, Part.FOOTPRINT)


def untrusted(case: Case) -> Iterator[Mistake]:
    """C-TRUST: all looks before the image were by the machine's own programs. The step 'look' is not done by them."""
    looks = [(one, deed) for one in case.before_image for deed in one.of(What.LOOK)]
    origins = {deed.origin for _, deed in looks} - {Origin.SHELL}
    if origins == {Origin.SUSPECT}:
        first = next(one for one, deed in looks if deed.origin is Origin.SUSPECT)
        yield _mistake(Code.TRUST, first, _TRUST, Part.ORDER)


def unauthorised(case: Case) -> Iterator[Mistake]:
    """C-AUTH: a path or an address that the authority does not cover. A failed attempt to reach it changed nothing."""
    found = [case.place_of(one) for one in case.happened.touched if under(one.path, case.denied)]
    found += [case.place_of(one) for one in case.happened.contacts if one.address in case.denied]
    found += [place(one) for one in case.typed if one.entry.exit == 0 and _reaches(case, one)]
    for where in {one.name: one for one in found}.values():
        yield Mistake(code=Code.AUTH, place=where, says=_AUTH, part=Part.CARE, cost=OUTSIDE_AUTHORITY)


def seen_outside(case: Case) -> Iterator[Mistake]:
    """C-RES: a look-up of a name, or a contact with the adversary."""
    found = [
        case.place_of(one)
        for one in case.happened.contacts
        if one.port == _RESOLVER or one.address in case.bounds.outsiders
    ]
    found += [place(one) for one in case.typed if not case.happened.measures(one.entry.at) and _speaks(case, one)]
    for where in {one.name: one for one in found}.values():
        yield Mistake(code=Code.RES, place=where, says=_RES, part=Part.CARE, cost=SEEN_BY_OTHERS)


def _reaches(case: Case, one: Typed) -> bool:
    """Whether a line names a path below a denied one as something to open, list or enter."""
    return any(under(path, case.denied) for deed in one.of(What.ACCESS) for path in deed.names)


def _speaks(case: Case, one: Typed) -> bool:
    """Whether a line looks a name up, or speaks to an outsider."""
    named = {name.rpartition("@")[2].lower() for deed in one.of(What.LOOKUP) for name in deed.names}
    return any(name in case.bounds.outsiders or _is_name(name) for name in named - _OWN_NAMES)


def _is_name(text: str) -> bool:
    """Whether this is the name of a machine, which a resolver would be asked for."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return "." in text.strip(".") and "/" not in text and "=" not in text
    return False


def _entry_number(case: Case, trace: Touched) -> int | None:
    entry = case.entry_at(trace.at)
    return entry.entry.number if entry else None


def _mistake(code: Code, one: Typed, says: Sentence, part: Part) -> Mistake:
    return Mistake(code=code, place=place(one), says=says, part=part)
