"""The proof of one question on one exhibit: its key in two forms, mistakes, accepted forms, look-alikes, sources."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue, TypeAdapter

from training.grading.citations import COMPLETE, Cited, Claim, shown
from training.grading.keys.data import Data, plain, size, taken_in
from training.grading.keys.expression import Expression, Row, RowSets
from training.grading.keys.syntax import KeyProblem, Query, nearest
from training.grading.parts import Accept, Lookalike, Mistake, Source
from training.grading.question import Question
from training.grading.sealed import Proved, SealedKey
from training.grading.values.base import Canon, Misfit
from training.grading.values.reading import kind_of, read

MOST_VALUES = 2_000
"""Values that one mistake, one accepted form or one fact may stand for."""

MOST_TOGETHER = 5_000
"""Values of all mistakes, accepted forms and look-alikes of a question: each finding is compared with every one."""

LOST = "lost"
"""The right answer where the thing is gone from an image, see `training.grading.lost`."""

_SHORTEST_LEAK = 3
_OF_IDS = frozenset({"choice", "choices", "matching", "sequence", "statement"})
"""Answer types whose answers are made of ids that the page shows anyway."""
_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)


@dataclass
class Proof:
    """The proof of one question in the making."""

    question: Question
    truth: Mapping[str, object]
    rows: RowSets
    answers: Mapping[str, tuple[Question, Canon]]
    missing: tuple[str, ...]
    by_truth: Canon | None = None
    by_rows: Canon | None = None
    key: Canon | None = None
    mistakes: list[tuple[Canon, ...]] = field(default_factory=list)
    accept: list[tuple[Canon, ...]] = field(default_factory=list)
    lookalikes: list[tuple[Canon, ...]] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    shared: tuple[str, ...] = ()
    facts: dict[str, object] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    lost: bool = False

    def do(self) -> None:
        """Everything in order: key, names, accepted forms, mistakes, look-alikes, texts, sources."""
        if self.question.key is None:  # free text: nothing to prove, a marker decides
            return
        for name in self.missing:
            self.problems.append(f"rests on {name}, which is not proved")
        if not self.missing and not self._gone():
            self._keys()
        if self.key is None or self.lost:
            return
        self._names()
        self._facts()
        for index, form in enumerate(self.question.accept, 1):
            self.accept.append(self._form(index, form))
        for mistake in self.question.mistakes:
            self.mistakes.append(self._mistake(mistake))
        for lookalike in self.question.lookalikes:
            self.lookalikes.append(self._lookalike(lookalike))
        together = sum(len(values) for values in (*self.accept, *self.mistakes, *self.lookalikes))
        if together > MOST_TOGETHER:
            self.problems.append(f"{together:,} wrong and accepted values together; at most {MOST_TOGETHER:,}")
        self._leaks()
        self._sources("proof", self.question.proof)
        self._sources("corroboration", self.question.corroboration)

    def proved(self) -> Proved:
        """The report."""
        codes = [mistake.code for mistake in self.question.mistakes]
        alike = [lookalike.code for lookalike in self.question.lookalikes]
        return Proved(
            id=self.question.id,
            truth=self.by_truth,
            rows=self.by_rows,
            agree=self.key is not None or self.question.key is None,
            mistakes=tuple(zip(codes, self.mistakes, strict=False)),
            lookalikes=tuple(zip(alike, self.lookalikes, strict=False)),
            problems=tuple(self.problems),
            remarks=tuple(self.remarks),
        )

    def sealed(self) -> SealedKey:
        """The sealed key; only of a proof that is sound."""
        if self.key is None:
            raise ValueError(f"{self.question.id} has no key to seal")
        question = self.question
        if self.lost:
            return SealedKey(
                answer=self.key, lost=True, given=self._named_by(self._losses()), material=question.material
            )
        citable: list[Source | Lookalike] = [*question.proof, *question.corroboration, *question.lookalikes]
        given = self._named_by([*citable, *self._losses()])
        return SealedKey(
            answer=self.key,
            mistakes=tuple(self.mistakes),
            accept=tuple(self.accept),
            lookalikes=tuple(self.lookalikes),
            given=given,
            names=self.names,
            shared=self.shared,
            material=question.material,
        )

    def _losses(self) -> Sequence[Source]:
        return self.question.lost.proof if self.question.lost else ()

    def _named_by(self, citable: Sequence[Source | Lookalike]) -> dict[str, JsonValue]:
        """Facts and earlier answers that conditions on citations name, as JSON."""
        conditions = [one.condition for one in citable]
        named = {name for condition in conditions if condition is not None for name in condition.names}
        given = self._given()
        return {name: _JSON.validate_python(plain(taken_in(given[name]))) for name in sorted(named & self._known())}

    def _gone(self) -> bool:
        """Whether the key is settled by a loss, or can't be: the truth says that the thing is gone from this image, and
        the rows must not show it.
        """
        if self.question.lost is None or self.question.key is None:
            return False
        gone = self._evaluate("lost.when", self.question.lost.when)
        if not isinstance(gone, bool | Misfit):
            self.problems.append("lost.when: is neither true nor false")
        if gone is not True:
            return gone is not False
        if (there := self._quiet(self.question.key.rows or "")) is not None:
            written = kind_of(self.question.spec).write(there, self.question.spec)
            self.problems.append(f"lost: the truth says that it is gone, the rows have {written}")
            return True
        self.by_truth = self.by_rows = self.key = LOST
        self.lost = True
        return True

    def _quiet(self, code: str) -> Canon | None:
        """The value of an expression, without a word where it has none."""
        try:
            data = Expression.parse(code).evaluate(self._given(), self.rows)
            return kind_of(self.question.spec).of_data(data, self.question.spec) or None
        except (KeyProblem, Misfit):
            return None

    def _known(self) -> set[str]:
        return {*self.facts, *self.answers}

    def _given(self) -> dict[str, object]:
        """Names that expressions may use, as data."""
        given: dict[str, object] = {
            name: kind_of(question.spec).data(answer, question.spec)
            for name, (question, answer) in self.answers.items()
        }
        given["truth"] = self.truth
        given.update(self.facts)
        if self.key is not None:
            given["key"] = kind_of(self.question.spec).data(self.key, self.question.spec)
        return given

    def _evaluate(self, place: str, code: str) -> Data | Misfit:
        """The value of an expression; where it has none, a problem is noted and a `Misfit` returned."""
        try:
            return Expression.parse(code).evaluate(self._given(), self.rows)
        except KeyProblem as problem:
            self.problems.append(f"{place}: {problem}")
            return Misfit(str(problem))

    def _canon(self, place: str, data: Data | Misfit) -> Canon | None:
        if isinstance(data, Misfit):
            return None
        try:
            canon = kind_of(self.question.spec).of_data(data, self.question.spec)
        except Misfit as misfit:
            self.problems.append(f"{place}: {misfit}")
            return None
        if canon == ():
            self.problems.append(f"{place}: the answer is empty")
            return None
        return canon

    def _keys(self) -> None:
        key, spec = self.question.key, self.question.spec
        if key is None:
            return
        if self.question.fixed is not None:
            self.by_truth = self.by_rows = self.key = self.question.fixed
            return
        self.by_truth = self._canon("key.truth", self._evaluate("key.truth", key.truth or ""))
        self.by_rows = self._canon("key.rows", self._evaluate("key.rows", key.rows or ""))
        if self.by_truth is None or self.by_rows is None:
            return
        if not kind_of(spec).same(self.by_truth, self.by_rows, spec):
            written = [kind_of(spec).write(canon, spec) for canon in (self.by_truth, self.by_rows)]
            self.problems.append(f"key: the two forms disagree: truth has {written[0]}, the rows have {written[1]}")
            return
        self.key = self.by_rows  # what can be seen is what is graded

    def _names(self) -> None:
        if self.question.key is None or self.question.key.names is None:
            return
        pairs = self._evaluate("key.names", self.question.key.names)
        if isinstance(pairs, Misfit):
            return
        owners: dict[str, set[int]] = {}
        for pair in pairs if isinstance(pairs, list) else [pairs]:
            match pair:
                case [str(name), int(pid)] if not isinstance(pid, bool):
                    owners.setdefault(name, set()).add(pid)
                case _:
                    self.problems.append("key.names: pairs of a process name and a PID are expected; see pairs()")
                    return
        self.names = {name: next(iter(pids)) for name, pids in owners.items() if len(pids) == 1}
        self.shared = tuple(sorted(name for name, pids in owners.items() if len(pids) > 1))

    def _facts(self) -> None:
        for name, code in self.question.facts.items():
            value = self._evaluate(f"facts {name}", code)
            if isinstance(value, Misfit):
                return
            if size(value) > MOST_VALUES:
                self.problems.append(f"facts {name}: {size(value):,} values; at most {MOST_VALUES:,}")
                return
            self.facts[name] = value

    def _several(self, place: str, code: str) -> tuple[Canon, ...]:
        """Values of an expression that yields one value, or a list of values."""
        data = self._evaluate(place, code)
        if isinstance(data, Misfit):
            return ()
        if kind_of(self.question.spec).many:
            nested = isinstance(data, list) and (not data or isinstance(data[0], list))
            several = data if nested and isinstance(data, list) else [data]
        else:
            several = data if isinstance(data, list) else [data]
        if len(several) > MOST_VALUES:
            self.problems.append(f"{place}: {len(several):,} values; at most {MOST_VALUES:,}")
            return ()
        canons = [self._canon(place, item) for item in several]
        return tuple(dict.fromkeys(canon for canon in canons if canon is not None))

    def _elements(self, place: str, code: str) -> tuple[Canon, ...]:
        """Elements that don't belong in the answer, each in the canonical form of an element."""
        data = self._evaluate(place, code)
        if isinstance(data, Misfit):
            return ()
        found: dict[Canon, None] = {}
        for item in data if isinstance(data, list) else [data]:
            canon = self._canon(place, [item])
            if isinstance(canon, tuple):
                found.update(dict.fromkeys(canon))
        return tuple(found)

    def _form(self, index: int, form: Accept) -> tuple[Canon, ...]:
        if form.value is not None:
            return self._typed(form.value)
        return self._several(f"accept {index}", form.when or "")

    def _typed(self, text: str) -> tuple[Canon, ...]:
        """The value that an author typed; none where it names a process that this exhibit has not, or has twice."""
        canon = read(text, self.question.spec).canon
        if not self.question.spec.names or not isinstance(canon, tuple):
            return (canon,)
        if any(isinstance(item, str) and item not in self.names for item in canon):
            return ()
        return (tuple(self.names[item] if isinstance(item, str) else item for item in canon),)

    def _mistake(self, mistake: Mistake) -> tuple[Canon, ...]:
        if mistake.choice is not None:
            values: tuple[Canon, ...] = (mistake.choice,)
        elif mistake.value is not None:
            values = self._typed(mistake.value)
        elif mistake.includes is not None:
            values = self._elements(mistake.code, mistake.includes)
            self._not_inside(mistake.code, values)
        else:
            values = self._several(mistake.code, mistake.when or "")
        if not values:
            self.remarks.append(f"{mistake.code} matches no finding on this exhibit")
        if mistake.includes is None:
            self._not_right(mistake.code, values)
            self._not_in_a_band(mistake, values)
        return values

    def _not_inside(self, place: str, values: Sequence[Canon]) -> None:
        """Elements that are called wrong must not belong to the right answer."""
        right = self.key if isinstance(self.key, tuple) else ()
        if inside := [value for value in values if value in right]:
            self.problems.append(f"{place}: {inside[0]} belongs to the right answer")

    def _not_right(self, place: str, values: Sequence[Canon]) -> None:
        """Values that are called wrong must not be the right answer."""
        kind, spec = kind_of(self.question.spec), self.question.spec
        forms = [form for form in (self.key, *(canon for form in self.accept for canon in form)) if form is not None]
        if any(kind.same(value, right, spec) for value in values for right in forms):
            self.problems.append(f"{place}: one of its values is the right answer, or an accepted form of it")

    def _not_in_a_band(self, mistake: Mistake, values: Sequence[Canon]) -> None:
        """A mistake inside a band that is worth more would take that band away, since mistakes are tried first."""
        kind, spec, key = kind_of(self.question.spec), self.question.spec, self.key
        if self.question.band and key is not None:
            best = max((kind.correctness(value, key, spec, {}) for value in values), default=0.0)
            if best > mistake.credit:
                self.problems.append(f"{mistake.code}: one of its values lies in a band that is worth more")

    def _lookalike(self, lookalike: Lookalike) -> tuple[Canon, ...]:
        """The values of a look-alike; whether there are rows that it means is looked up where the rows are here."""
        values: tuple[Canon, ...] = ()
        if lookalike.values is not None and kind_of(self.question.spec).many:
            values = self._elements(lookalike.code, lookalike.values)
            self._not_inside(lookalike.code, values)
        elif lookalike.values is not None:
            values = self._several(lookalike.code, lookalike.values)
            self._not_right(lookalike.code, values)
        if lookalike.values is not None and not values:
            self.remarks.append(f"{lookalike.code}: its values name nothing on this exhibit")
        if lookalike.plugin is not None and (rows := self._printed(lookalike.plugin)) is not None:
            self._alike(lookalike, lookalike.plugin, rows)
        return values

    def _printed(self, plugin: str) -> Sequence[Row] | None:
        """The rows of a plugin that are here: of its plain run, or of all runs with options where there is no plain
        one.
        """
        if (plain := self.rows.get(Query(plugin))) is not None:
            return plain
        runs = [rows for query, rows in self.rows.items() if query.plugin == plugin and not query.material]
        return [row for rows in runs for row in rows] if runs else None

    def _alike(self, lookalike: Lookalike, plugin: str, rows: Sequence[Row]) -> None:
        """Some row must look alike, or nobody can cite it; one that proves the answer is worth a word."""
        condition, key = lookalike.condition, self.key
        if condition is None or key is None or "value" in condition.names:
            return
        claim = Claim(self.question.spec, key, (key,), self._given())
        alike = [row for row in rows if condition.holds(claim.names, row)]
        if not alike:
            self.remarks.append(f"{lookalike.code}: no row of {plugin} looks alike on this exhibit")
            self._condition(lookalike.code, condition, rows, claim)
        sources = (*self.question.proof, *self.question.corroboration)
        if any(shown(source, Cited(plugin, COMPLETE, row), claim) for row in alike for source in sources):
            self.remarks.append(f"{lookalike.code}: a row of {plugin} that it means is proof; citing that is free")

    def _leaks(self) -> None:
        """Texts that trainees read before the answer is known must not hold it."""
        spec = self.question.spec
        if spec.type in _OF_IDS or self.key is None:
            return
        answer = kind_of(spec).write(self.key, spec)
        if len(answer) < _SHORTEST_LEAK:
            return
        whole = re.compile(rf"(?<!\w){re.escape(answer)}(?!\w)")
        texts = [(name, str(getattr(self.question, name))) for name in ("text", "short", "expects")]
        texts += [(one.code, f"{one.say} {one.next}") for one in self.question.mistakes]
        texts += [(f"accept {index}", one.say) for index, one in enumerate(self.question.accept, 1)]
        texts += [(one.code, one.say) for one in self.question.lookalikes]
        texts += [(f"hints {index}", one.text) for index, one in enumerate(self.question.hints, 1)]
        self.problems += [f"{place}: the text holds the answer" for place, text in texts if whole.search(text)]

    def _sources(self, name: str, sources: Sequence[Source]) -> None:
        """Where the rows of a source are here, one of them must show the answer, or nobody can cite it."""
        if self.key is None:
            return
        claim = Claim(self.question.spec, self.key, (self.key,), self._given())
        barren = 0
        for index, source in enumerate(sources, 1):
            if source.plugin is None or (rows := self._printed(source.plugin)) is None:
                continue
            columns = {column for row in rows for column in row}
            if missing := [column for column in source.shows if columns and column not in columns]:
                known = nearest(missing[0], columns)
                self.problems.append(f"{name} {index}: {source.plugin} has no column '{missing[0]}'{known}")
            elif not any(shown(source, Cited(source.plugin, COMPLETE, row), claim) for row in rows):
                barren += 1
                self.remarks.append(f"{name} {index}: no row of {source.plugin} shows the answer on this exhibit")
                self._condition(f"{name} {index}", source.condition, rows, claim)
        if sources and barren == len(sources):
            self.problems.append(f"{name}: none of the sources shows the answer on this exhibit")

    def _condition(
        self, place: str, condition: Expression | None, rows: Sequence[Mapping[str, object]], claim: Claim
    ) -> None:
        """A condition that never holds may name a column that is not there, or compare what can't be compared."""
        if condition is None or not rows:
            return
        try:
            condition.evaluate(claim.names, {}, row=rows[0])
        except KeyProblem as problem:
            self.problems.append(f"{place} where: {problem}")
