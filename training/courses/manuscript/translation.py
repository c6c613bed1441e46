"""Translations of a course: files beside the originals, compared with them part by part.

A translation says by digests which sections of the original it translates. Where the original changed since, the
section is stale: readers see it with a mark, authors a warning. Where the original has other parts by now, the module
is outdated, and readers get the original until it is translated anew.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from training.content import source
from training.content.markdown import Block, inline
from training.content.source import ContentError, Entries, Mistake, Source
from training.courses.manuscript import known, places, structure
from training.courses.manuscript.course import Module
from training.courses.manuscript.draft import Draft, Text, Written
from training.courses.manuscript.files import FILE, KEYS, TEXT, split, translated
from training.courses.manuscript.format import (
    Change,
    CourseFile,
    Key,
    ModuleFile,
    TranslatedCourse,
    TranslatedKey,
    TranslatedModule,
    TranslatedQuestion,
)
from training.courses.manuscript.known import KnownTranslation
from training.courses.manuscript.modules import Scene
from training.courses.manuscript.questions import Question
from training.courses.manuscript.structure import Section
from training.errors import Refused
from training.sentence import LANGUAGES

AGAIN = "translate it anew, then run: python app.py check --translated"
OF = re.compile(r"^of:.*\n(?:[ \t]+.*\n)*", re.MULTILINE)


@dataclass(slots=True)
class Translation:
    """A course in another language, as far as it is there: course file, modules by folder, mistakes and warnings."""

    language: str
    course: CourseFile | None = None
    modules: dict[str, Module] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    remarks: list[Mistake] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A translated module beside its original: front matter, sections of both, digests of the original now.

    `head` is what is known of the front matter where `file` has mistakes.
    """

    file: Source[TranslatedModule] | None
    head: Source[KnownTranslation]
    whole: ModuleFile
    mine: list[Section]
    original: list[Section]
    now: Mapping[str, str]

    @property
    def stale(self) -> frozenset[str]:
        """Sections whose original is not the one that was translated; none where the translation doesn't say."""
        of = self.head.value.of or {}
        names = of.keys() | self.now.keys() if of else ()
        return frozenset(name for name in names if of.get(name) != self.now.get(name))


def begun(folder: Path, original: str) -> tuple[str, ...]:
    """The languages, other than the original's, in which a course has a file."""
    return tuple(
        language
        for language in LANGUAGES
        if language != original
        and (
            any((folder / translated(file, language)).exists() for file in (FILE, KEYS))
            or any(folder.glob(f"*/{translated(TEXT, language)}"))
        )
    )


def read(draft: Draft, language: str) -> Translation:
    """All of a course that is there in a language. Never raises for what an author wrote."""
    done, before = Translation(language), len(draft.pointers)
    _read_course(draft, done)
    for folder, text in draft.texts.items():
        _read_module(draft, done, folder, text)
    _read_keys(draft, done)
    pages = {name: text.page for name, text in draft.texts.items()}
    done.mistakes += places.astray(draft.folder, draft.pointers[before:], pages)
    return done


def keys_in(folder: Path, keys: Mapping[str, Key], original: str, language: str) -> Mapping[str, Key]:
    """The keys with what they say in a language. Typed answers are accepted in all languages of the course."""
    found = dict(keys)
    for one in begun(folder, original):
        path = folder / translated(KEYS, one)
        for name, key in (source.read_entries(path, TranslatedKey, path.name).value if path.exists() else {}).items():
            if name not in found:
                continue
            mine = found[name]
            said: dict[str, object] = {"accept": (*mine.accept, *key.accept)}
            if one == language:
                said |= {"explanation": key.explanation, "feedback": {**mine.feedback, **key.feedback}}
            found[name] = mine.model_copy(update=said)
    return found


def note_translated(path: Path, draft: Draft) -> None:
    """Write into a translation which sections of the original it translates: all, as they are now.

    Raises Refused where the file is none, ContentError where it can't be read.
    """
    language = path.suffixes[0].removeprefix(".") if len(path.suffixes) > 1 else ""
    if language not in begun(draft.folder, draft.course.value.language if draft.course else ""):
        raise Refused(f"{path} is not a translation: name a file such as index.fr.md or course.fr.yaml")
    text = path.read_text("utf-8")
    if path.name == translated(FILE, language) and draft.course:
        path.write_text(OF.sub("", text).rstrip("\n") + f'\nof: "{_of_course(draft.course.value)}"\n', "utf-8")
        return
    written = draft.files.get(path.parent.name)
    if path.name != translated(TEXT, language) or written is None:
        raise Refused(f"{path} holds no digests: name a file such as index.fr.md or course.fr.yaml")
    front, rest, _ = split(path, path.as_posix())
    now = _digests(draft, written, _sections(written))
    of = "".join(f'  {name}: "{digest}"\n' for name, digest in now.items())
    path.write_text(f"---\n{OF.sub('', front + chr(10))}of:\n{of}---\n{rest}", "utf-8")


def _read_course(draft: Draft, done: Translation) -> None:
    name = translated(FILE, done.language)
    if draft.course is None:
        return
    original = draft.course.value
    if not (draft.folder / name).exists():
        done.remarks.append(Mistake(draft.name(name), 1, f"this file is missing: title and summary in {done.language}"))
        return
    try:
        found = source.read(draft.folder / name, TranslatedCourse, draft.name(name))
    except ContentError as bad:
        done.mistakes += bad.mistakes
        return
    if found.value.of not in {None, _of_course(original)}:
        message = f"title or summary changed since they were translated; {AGAIN} {draft.name(name)}"
        done.remarks.append(found.mistake(("of",), message))
    done.course = original.model_copy(update={"title": found.value.title, "summary": found.value.summary})


def _of_course(course: CourseFile) -> str:
    return hashlib.sha256(f"{course.title}\n{course.summary}".encode()).hexdigest()[: structure.DIGITS]


def _read_module(draft: Draft, done: Translation, folder: str, original: Text) -> None:
    path = draft.folder / folder / translated(TEXT, done.language)
    name = draft.name(f"{folder}/{path.name}")
    if not path.exists():
        what = original.head.value.id or folder
        done.remarks.append(Mistake(name, 1, f"this file is missing: module {what} in {done.language}"))
        return
    try:
        front, text, line = split(path, name)
    except ContentError as bad:
        done.mistakes += bad.mistakes
        return
    file, head = _head(done, front, name)
    scene = draft.scene(folder, path.name, done.language)
    scene.originals = iter([mark.block for mark in original.marks("output") if mark.block])
    page = scene.render(text, line)
    draft.note_links(page, name, done.language)
    parts = scene.parts(page, partial(_question, draft, scene))
    if isinstance(original, Written) and folder not in draft.unread:  # else nothing can be said of what it has
        sections = _sections(original)
        mine = structure.sections(text, line, page.marks)
        pair = _Pair(file, head, original.file.value, mine, sections, _digests(draft, original, sections))
        if _compare(done, scene, pair) and file and not scene.mistakes:
            shown, names = _in_words(pair.whole, file.value), file.value.translators
            found = (shown, folder, parts, page.headings, page.icons, page.words, done.language, names, pair.stale)
            done.modules[folder] = Module(*found)
    done.mistakes += scene.mistakes


def _head(done: Translation, front: str, name: str) -> tuple[Source[TranslatedModule] | None, Source[KnownTranslation]]:
    try:
        file = source.parse(front, TranslatedModule, name, 2)
        return file, known.of(file, KnownTranslation)
    except ContentError as bad:
        done.mistakes += bad.mistakes
        return None, known.read(front, KnownTranslation, name, 2)


def _digests(draft: Draft, written: Written, sections: list[Section]) -> dict[str, str]:
    folder = draft.folder / written.file.file.split("/")[-2]
    return structure.digests(written.file.value, sections, draft.keys.value if draft.keys else {}, folder)


def _compare(done: Translation, scene: Scene, pair: _Pair) -> bool:
    """Note where the translation differs from its original. Whether it can be shown: it has the same parts."""
    stale, again = pair.stale, f"{AGAIN} {scene.file}"
    differing = list(_differences(scene, pair))
    scene.mistakes += [mistake for name, mistake in differing if name not in stale]
    if any(name in stale for name, _ in differing):
        message = f"outdated: the original has other parts by now, and {len(stale)} of its parts changed; {again}"
        done.remarks.append(Mistake(scene.file, 1, message))
        return False
    if pair.file and not pair.file.value.of:
        message = f"does not say which text it translates; run: python app.py check --translated {scene.file}"
        done.remarks.append(Mistake(scene.file, 1, message))
    lines = {structure.FRONT: 2, **{section.id: section.line for section in pair.mine}}
    done.remarks += [
        Mistake(scene.file, lines.get(name, 1), f"{_called(name)} changed in the original since; {again}")
        for name in sorted(stale)
    ]
    return not differing


def _differences(scene: Scene, pair: _Pair) -> Iterator[tuple[str, Mistake]]:
    """Where the translation has other parts than its original, each with the section of the original."""
    for mistake in _objectives(pair):
        yield structure.FRONT, mistake
    mine, original = len(pair.mine), len(pair.original)
    if mine != original:
        message = f"{mine - 1} sections, the original has {original - 1}"
        yield f"s{min(mine, original)}", Mistake(scene.file, 1, message)
    for here, there in zip(pair.mine, pair.original, strict=False):
        for mistake in structure.differences(here, there, scene.file):
            yield there.id, mistake


def _called(name: str) -> str:
    named = {structure.FRONT: "title, objectives or changes", "s0": "the text before the first section"}
    return named.get(name, f"section {name.removeprefix('s')}")


def _objectives(pair: _Pair) -> Iterator[Mistake]:
    given, at = pair.head.value.objectives, pair.head.mistake
    if given is not None:
        wanted = {one.id for one in pair.whole.objectives}
        for name in sorted(wanted - given.keys()):
            yield at(("objectives",), f"objective {name} is not translated")
        for name in sorted(given.keys() - wanted):
            yield at(("objectives", name), f"the original has no objective {name}")
    if pair.file is None:
        return
    changed, translated = isinstance(pair.whole.changes, Change), pair.file.value.changes is not None
    if changed and not translated:
        yield at((), "changes: the sentence of the original is not translated")
    if translated and not changed:
        yield at(("changes",), "changes: the original says that nothing changed")


def _in_words(original: ModuleFile, mine: TranslatedModule) -> ModuleFile:
    """The front matter of the original in the words of the translation, to be reviewed at the earlier of both days."""
    objectives = tuple(one.model_copy(update={"text": mine.objectives[one.id]}) for one in original.objectives)
    changes = original.changes
    if isinstance(changes, Change):
        changes = changes.model_copy(update={"what": mine.changes})
    review = min(original.review, mine.review)
    return original.model_copy(
        update={"title": mine.title, "objectives": objectives, "changes": changes, "review": review}
    )


def _question(draft: Draft, scene: Scene, block: Block, number: int) -> Question | None:
    try:
        found = source.parse(block.text, TranslatedQuestion, scene.file, block.line).value
    except ContentError as bad:
        scene.mistakes += bad.mistakes
        return None
    if found.id not in draft.asked:
        return None  # said where the structures are compared
    original = draft.asked[found.id].shown
    texts = {option.id: inline(option.text) for option in (*found.options, *found.items)}
    if original.type == "matching":
        items = tuple((one.id, inline(one.text)) for one in found.items)
        texts = {option.id: inline(option.text) for option in found.options}
    else:
        items = ()
    options = tuple((name, texts.get(name, text)) for name, text in original.options)
    return replace(original, number=number, stem=inline(found.stem), options=options, items=items)


def _read_keys(draft: Draft, done: Translation) -> None:
    name = translated(KEYS, done.language)
    keys = draft.keys.value if draft.keys else {}
    asked = [question.id for module in done.modules.values() for question in module.questions if question.id in keys]
    if not (draft.folder / name).exists():
        if asked:
            done.remarks.append(Mistake(draft.name(name), 1, f"this file is missing: feedback in {done.language}"))
        return
    try:
        found = source.read_entries(draft.folder / name, TranslatedKey, draft.name(name))
    except ContentError as bad:
        done.mistakes += bad.mistakes
        return
    done.mistakes += found.mistakes
    done.remarks += [Mistake(found.file, 1, f"{one} is not translated") for one in asked if one not in found.names]
    if draft.keys is None:
        return
    for one, key in found.value.items():
        if one not in keys:
            done.mistakes.append(found.mistake((one,), f"{one}: {KEYS} has no such question"))
        else:
            _check_key(done, found, one, key, keys[one])
        if key.accept and draft.asked.get(one) and draft.asked[one].shown.type != "short":
            done.mistakes.append(found.mistake((one, "accept"), f"{one}: only a question of type short has it"))


def _check_key(done: Translation, found: Entries[TranslatedKey], name: str, key: TranslatedKey, original: Key) -> None:
    """Feedback for the options that the original has some for, and for no other."""
    for option in key.feedback:
        if option not in original.feedback:
            message = f"{name}: the original has none for {option}"
            done.mistakes.append(found.mistake((name, "feedback", option), message))
    for option in original.feedback:
        if option not in key.feedback:
            done.remarks.append(found.mistake((name,), f"{name}: the feedback for {option} is not translated"))


def _sections(written: Written) -> list[Section]:
    return structure.sections(written.text, written.line, written.page.marks)
