"""What arrives from the form of a session's rules. A field that the form doesn't have stays as it was."""

import re
from collections.abc import Callable
from dataclasses import replace

from training.hosting import ruling
from training.hosting.forms import LONGEST, Fields
from training.hosting.plan import Achievement, Examination, Rules, Texts, meant, say
from training.hosting.ruling import CRITICAL, LINE, Setting
from training.hosting.service.record import Faulty
from training.sentence import phrase

NUMBER = re.compile(r"[0-9]{1,4}", re.ASCII)
BEYOND = 10 * CRITICAL * LINE  # characters of critical errors that are looked at


def setting(form: Fields, before: Setting) -> Setting:
    """What a host wants. Raises Faulty with every field that can't be read."""
    faults: dict[str, str] = {}
    read = _Reader(form, faults)
    rules = before.rules
    attendance = rules.attendance.model_copy(
        update={
            "percent": read.whole("percent", rules.attendance.percent),
            "needed": read.whole("needed", rules.attendance.needed),
        }
    )
    resit = rules.resit.model_copy(
        update={"times": read.whole("resits", rules.resit.times), "days": read.whole("days", rules.resit.days)}
    )
    changed: dict[str, object] = {"attendance": attendance, "resit": resit}
    changed |= {"achievement": _achievement(read, rules.achievement)}
    changed |= {"appeal_days": read.whole("appeals", rules.appeal_days)}
    changed |= {
        "examinations": tuple(
            _examination(read, one, rules.texts) for one in rules.examinations if not _dropped(form, one)
        )
    }
    late = read.whole("late", before.late_minutes)
    made = _added(form, rules.model_copy(update=changed), faults)
    if faults:
        raise Faulty(faults)
    hints = form["hints"] == "1" if "hints" in form else before.hints
    return ruling.whole(replace(before, rules=made, late_minutes=late, hints=hints))


def fields_of(it: Setting, say: Callable[[str], object] = str) -> Fields:
    """A setting as the form shows it; `say` says a text of the plan in the language of the reader."""
    rules, more = it.rules, it.rules.achievement
    found: list[tuple[str, str]] = [
        ("percent", str(rules.attendance.percent)),
        ("needed", str(rules.attendance.needed)),
        ("achieved", str(more.needed if more else 0)),
        ("mean", _text(more.mean if more else None)),
        ("each", _text(more.each if more else None)),
        ("resits", str(rules.resit.times)),
        ("days", str(rules.resit.days)),
        ("appeals", str(rules.appeal_days)),
        ("late", str(it.late_minutes)),
        ("hints", "1" if it.hints else "0"),
    ]
    for one in rules.examinations:
        found.append((f"passed-{one.name}", str(one.passed)))
        found += [(f"weights-{one.name}", str(piece.weight)) for piece in one.pieces]
        found.append((f"critical-{one.name}", "\n".join(str(say(each)) for each in one.critical)))
    return Fields(found)


def seen(form: Fields) -> int:
    """How many changes there were when the form was shown; what can't be read is no such number."""
    typed = form.get("seen", "")
    return int(typed) if NUMBER.fullmatch(typed) else -1


class _Reader:
    """Whole numbers of a form; what can't be read is a fault of its field."""

    def __init__(self, form: Fields, faults: dict[str, str]) -> None:
        self.form, self.faults = form, faults

    def whole(self, name: str, before: int) -> int:
        if name not in self.form:
            return before
        return self._read(name, self.form[name])

    def several(self, name: str, before: list[int]) -> list[int]:
        typed = self.form.getlist(name)
        if not typed:
            return before
        if len(typed) != len(before):
            self.faults[name] = phrase("Give a weight for each part.")
            return before
        return [self._read(name, one) for one in typed]

    def maybe(self, name: str, before: int | None) -> int | None:
        """A number, or none where the field is empty."""
        if name in self.form and not self.form[name].strip():
            return None
        return self._read(name, self.form[name]) if name in self.form else before

    def _read(self, name: str, typed: str) -> int:
        if NUMBER.fullmatch(typed.strip()):
            return int(typed)
        self.faults[name] = phrase("'%(typed)s' is no whole number.", typed=typed[:40])
        return 0


def _achievement(read: _Reader, before: Achievement | None) -> Achievement | None:
    needed = read.whole("achieved", before.needed if before else 0)
    mean, each = (read.maybe(name, getattr(before, name, None)) for name in ("mean", "each"))
    return Achievement.model_construct(needed=needed, mean=mean, each=each) if needed else None


def _examination(read: _Reader, one: Examination, texts: Texts) -> Examination:
    weights = read.several(f"weights-{one.name}", [piece.weight for piece in one.pieces])
    pieces = tuple(piece.model_copy(update={"weight": n}) for piece, n in zip(one.pieces, weights, strict=True))
    critical = one.critical
    if (name := f"critical-{one.name}") in read.form:
        typed = read.form[name][:BEYOND].splitlines()
        lines = dict.fromkeys(line for each in typed if (line := " ".join(each.split())))
        critical = tuple(say(texts, meant(texts, each)) for each in lines)
    passed = read.whole(f"passed-{one.name}", one.passed)
    return one.model_copy(update={"pieces": pieces, "critical": critical, "passed": passed})


def _dropped(form: Fields, one: Examination) -> bool:
    return form.get(f"drop-{one.name}") == "1"


def _added(form: Fields, rules: Rules, faults: dict[str, str]) -> Rules:
    title = " ".join(form.get("added", "")[:LONGEST].split())
    if not title:
        return rules
    if len(title) > LINE or not title.isprintable():
        faults["added"] = phrase("The title has 1 to %(most)s characters.", most=LINE)
        return rules
    try:
        return ruling.with_examination(rules, title)
    except ValueError:
        faults["added"] = phrase("There are as many examinations as there can be.")
        return rules


def _text(value: int | None) -> str:
    return "" if value is None else str(value)
