import shutil
from datetime import date
from pathlib import Path

import pytest

from training.content.source import Mistake
from training.courses.manuscript import draft, reader, translation
from training.errors import Refused
from training.learning import judge

SAMPLE = Path(__file__).parent / "sample"
TODAY = date(2026, 11, 26)
TEXT, FRENCH, KEYS = "01-light/index.md", "01-light/index.fr.md", "keys.fr.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SAMPLE / "lantern", tmp_path / "lantern")
    shutil.copytree(SAMPLE / "glossary", tmp_path / "glossary")
    return tmp_path / "lantern"


def change(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")


def line_of(folder: Path, file: str, text: str) -> int:
    lines = (folder / file).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def said(folder: Path) -> tuple[list[Mistake], list[Mistake]]:
    mistakes, warnings = reader.examine(folder, TODAY)
    return mistakes, [one for one in warnings if "words; a module has" not in one.message]


def test_a_translated_course_in_order_has_neither_mistakes_nor_warnings(folder: Path) -> None:
    assert said(folder) == ([], [])


def test_a_course_is_read_in_a_language_where_it_is_there(folder: Path) -> None:
    english, french, arabic = (reader.load(folder, language) for language in ("", "fr", "ar"))
    assert (english.title, french.title, arabic.title) == ("The lantern", "La lanterne", "الفانوس")
    assert [course.modules[0].language for course in (english, french, arabic)] == ["en", "fr", "ar"]
    assert french.modules[0].title == "La lumière"
    assert [one.text for one in french.modules[0].file.objectives] == [
        "Calculer une valeur",
        "Associer les feux aux côtés",
    ]
    assert french.modules[0].translators == ("A. Diallo", "M. Roy")
    assert french.modules[0].file.review == date(2027, 4, 30)
    assert "réglées" in str(french.modules[0].file.changes)
    assert reader.load(folder, "de") is english
    assert reader.load(folder, "en") is english


def test_the_same_questions_are_asked_in_all_languages(folder: Path) -> None:
    english, french = (reader.load(folder, language).modules[0] for language in ("", "fr"))
    assert [(one.id, one.number, one.objective, one.type, one.pool) for one in english.questions] == [
        (one.id, one.number, one.objective, one.type, one.pool) for one in french.questions
    ]
    assert [name for one in english.questions for name, _ in one.options] == [
        name for one in french.questions for name, _ in one.options
    ]
    assert french.questions[0].items == (("port", "Bâbord"), ("star", "Tribord"), ("stern", "Poupe"))
    assert french.questions[1].options[0][1] == "Elle est calculée à partir des seuls octets"


def test_words_of_the_program_in_a_text_are_in_its_language(folder: Path) -> None:
    html = "".join(part.html for part in reader.load(folder, "ar").modules[0].parts)
    assert "الشكل 1" in html
    assert "Figure" not in html


def test_keys_speak_the_language_and_accept_the_words_of_all(folder: Path) -> None:
    plain, french = reader.keys(folder), reader.keys(folder, "fr")
    assert plain["m2-1-q1"].explanation == "EXPLAIN-1."
    assert french["m2-1-q1"].explanation == "EXPLAIN-1FR."
    assert french["m2-1-q1"].feedback["port"] == "FEEDBACK-PORTFR."
    question = reader.load(folder).modules[0].questions[4]
    for keys in (plain, french):
        assert [judge.score(question, keys["m2-1-q5"], [word]) for word in ("red", "Rouge", "أحمر", "vert")] == [
            1,
            1,
            1,
            0,
        ]


def test_a_section_that_changed_is_stale_and_still_shown(folder: Path) -> None:
    change(folder, TEXT, "Red is port", "Red is still port")
    mistakes, warnings = said(folder)
    assert mistakes == []
    assert [(one.file, one.line) for one in warnings] == [
        (f"courses/lantern/01-light/index.{language}.md", line_of(folder, f"01-light/index.{language}.md", "## "))
        for language in ("ar", "fr")
    ]
    assert all("section 1 changed in the original since" in one.message for one in warnings)
    module = reader.load(folder, "fr").modules[0]
    assert module.language == "fr"
    assert module.stale == {"s1"}


@pytest.mark.parametrize(
    ("file", "old", "new", "stale"),
    [
        (TEXT, "title: The light", "title: The lamp", "front"),
        (TEXT, 'text: "Compute a value"', 'text: "Compute two values"', "front"),
        (TEXT, "are ruled anew", "are ruled once more", "front"),
        (TEXT, "at most.", "at most!", "s0"),
        (TEXT, 'stem: "Which light is on the left?"', 'stem: "Which light is left?"', "s2"),
        ("keys.yaml", "EXPLAIN-3", "EXPLAIN-THREE", "s2"),
        ("keys.yaml", "FEEDBACK-PORT", "FEEDBACK-PORT-SIDE", "s2"),
        ("01-light/media/shapes.svg", "<title>", "<title>New ", "s1"),
    ],
)
def test_each_part_that_readers_see_makes_its_section_stale(
    folder: Path, file: str, old: str, new: str, stale: str
) -> None:
    change(folder, file, old, new)
    assert said(folder)[0] == []
    assert reader.load(folder, "fr").modules[0].stale == {stale}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (TEXT, "starboard.\n", "starboard.   \n"),
        (TEXT, "review: 2027-05-31", "review: 2027-06-30"),
        ("keys.yaml", "page 3", "page 33"),
        ("01-light/media/shapes.svg", "\n", "\n\n"),
    ],
)
def test_what_readers_do_not_see_makes_nothing_stale(folder: Path, file: str, old: str, new: str) -> None:
    change(folder, file, old, new)
    assert reader.load(folder, "fr").modules[0].stale == frozenset()


def test_a_translation_is_current_again_when_its_author_says_so(folder: Path) -> None:
    change(folder, TEXT, "Red is port", "Red is still port")
    change(folder, FRENCH, "Rouge à bâbord", "Rouge toujours à bâbord")
    reader.note_translated(folder / FRENCH)
    assert [one.file for one in said(folder)[1]] == ["courses/lantern/01-light/index.ar.md"]
    before = (folder / FRENCH).read_text("utf-8")
    reader.note_translated(folder / FRENCH)
    assert (folder / FRENCH).read_text("utf-8") == before
    assert before.count("\nof:\n") == 1


OBJECTIVE = '  - {id: o2, text: "Match lights to places", bloom: remember, feeds: [K4]}\n'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("## Check yourself", '!!! note "More"\n    A new box.\n\n## Check yourself'),
        ("## Check yourself", "## More\n\nText.\n\n## Check yourself"),
        (
            "[[exercise:a-rule-of-lights]] Write the order.\n",
            "## More\n\n[[exercise:a-rule-of-lights]] Write the order.\n",
        ),
        ("## Check yourself\n", ""),
        ("objective: o2\npool", "objective: o3\npool"),
        ('changes: {kind: law, objectives: [o2], what: "The colours of lights are ruled anew."}', "changes: none"),
    ],
)
def test_an_outdated_translation_gives_way_to_the_original(folder: Path, old: str, new: str) -> None:
    if "o3" in new:
        change(folder, TEXT, OBJECTIVE, OBJECTIVE + OBJECTIVE.replace("o2", "o3").replace("Match", "Name"))
        (folder / TEXT).write_text((folder / TEXT).read_text("utf-8").replace(old, new), "utf-8")
    else:
        change(folder, TEXT, old, new)
    mistakes, warnings = said(folder)
    assert mistakes == []
    outdated = [one for one in warnings if "outdated: the original has other parts by now" in one.message]
    assert [one.file for one in outdated] == [f"courses/lantern/01-light/index.{one}.md" for one in ("ar", "fr")]
    assert reader.load(folder, "fr").modules[0].language == "en"
    assert reader.load(folder, "fr").title == "La lanterne"


@pytest.mark.parametrize(
    ("old", "new", "at", "part"),
    [
        ("!!! court", "!!! caution", "!!! caution", "here stands a box caution, the original has a box court"),
        ("local:colours-of-lights", "local:colours", "[[local:", "here stands local colours, the original has local"),
        (
            "exercise:a-rule-of-lights",
            "lab:a-rule-of-lights",
            "[[lab:",
            "here stands lab a-rule-of-lights, the original has exercise",
        ),
        ("\\frac{a}{b} < c", "\\frac{a}{b} > c", "\\frac", "the original has a formula"),
        ("id: m2-1-q3", "id: m2-1-q4", "id: m2-1-q4", "here stands question m2-1-q4, the original has"),
        ("{id: r, text", "{id: q, text", "id: m2-1-q1", "with options q, g, w, the original has"),
        ("{id: stern,", "{id: bow,", "id: m2-1-q1", "with items port, star, bow with options r, g, w"),
        (
            '![Un carré à côté d\'un cercle.](media/shapes.svg "Deux formes.")\n\n',
            "",
            "\\frac{a}",
            "here stands a formula",
        ),
        ("## Vérifiez\n", "## Vérifiez\n\n### Encore\n", "### Encore", "here stands a heading ###"),
        (
            "[[exercise:a-rule-of-lights]] Rédigez l'ordre.\n",
            "",
            "## Vérifiez",
            "exercise a-rule-of-lights of the original (line",
        ),
        ("## Vérifiez\n", "", None, "1 sections, the original has 2"),
        ('  o2: "Associer', '  o3: "Associer', "objectives:", "objective o2 is not translated"),
        ("media/shapes.svg", "media/formes.fr.svg", "media/formes", "there is no file media/formes.fr.svg"),
        ("term:exhibit", "term:exhibits", "term:exhibits", "there is no term exhibits"),
        ("translators:", "translator:", "translator:", "translator: not a known field"),
        ('stem: "Quelle adresse', 'objective: o1\nstem: "Quelle adresse', "objective: o1", "objective: not a known"),
    ],
)
def test_a_translation_has_the_parts_of_its_original(
    folder: Path, old: str, new: str, at: str | None, part: str
) -> None:
    change(folder, FRENCH, old, new)
    found = [one for one in said(folder)[0] if part in one.message]
    assert found, said(folder)
    assert found[0].file == f"courses/lantern/{FRENCH}"
    if at is not None:
        assert found[0].line == line_of(folder, FRENCH, at)


@pytest.mark.parametrize(
    ("file", "old", "new", "part"),
    [
        (KEYS, "m2-1-q3:", "m2-1-q33:", "keys.yaml has no such question"),
        (KEYS, "    star:", "    mast:", "the original has none for mast"),
        (KEYS, '"EXPLAIN-4FR."', '"EXPLAIN-4FR."\n  accept: [x]', "only a question of type short has it"),
        ("course.fr.yaml", "summary:", "text:", "text: not a known field"),
        (FRENCH, "---\n\nUne", "Une", "no front matter"),
    ],
)
def test_mistakes_in_the_other_files_are_found(folder: Path, file: str, old: str, new: str, part: str) -> None:
    change(folder, file, old, new)
    assert [one.file for one in said(folder)[0] if part in one.message] == [f"courses/lantern/{file}"]


def test_what_is_missing_in_a_language_that_was_begun_is_a_warning(folder: Path) -> None:
    (folder / FRENCH).unlink()
    (folder / "course.fr.yaml").unlink()
    mistakes, warnings = said(folder)
    assert mistakes == []
    assert sorted((one.file, one.message) for one in warnings) == [
        ("courses/lantern/01-light/index.fr.md", "this file is missing: module m2-1 in fr"),
        ("courses/lantern/course.fr.yaml", "this file is missing: title and summary in fr"),
    ]
    assert reader.load(folder, "fr").language == "en"


def test_a_translated_title_of_a_course_can_be_stale(folder: Path) -> None:
    change(folder, "course.yaml", "title: The lantern", "title: The lamp")
    assert [one.line for one in said(folder)[1]] == [3, 3]
    reader.note_translated(folder / "course.fr.yaml")
    assert len(said(folder)[1]) == 1


@pytest.mark.parametrize("name", ["course.yaml", TEXT, KEYS, "keys.yaml", "01-light/media/shapes.svg"])
def test_only_a_translation_notes_what_it_translates(folder: Path, name: str) -> None:
    with pytest.raises(Refused, match=r"is not a translation|holds no digests|is no file of a course"):
        reader.note_translated(folder / name)


def test_a_release_holds_its_translations(tmp_path: Path) -> None:
    release = tmp_path / "lantern" / ("0" * 64)
    shutil.copytree(SAMPLE / "lantern", release)
    assert reader.check(release) == []
    assert translation.begun(release, "en") == ("fr", "ar")
    assert reader.load(release, "ar").modules[0].stale == frozenset()


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("course.yaml", "title: The lantern", "titel: The lantern"),
        (TEXT, "title: The light", "titel: The light"),
        (FRENCH, "title: ", "titel: "),
        (FRENCH, "translators:", "translator:"),
    ],
)
def test_a_slip_hides_no_mistake_in_a_translation(folder: Path, file: str, old: str, new: str) -> None:
    change(folder, file, old, new)
    before = set(translation.read(draft.read(folder), "fr").mistakes)
    change(folder, FRENCH, "term:exhibit", "term:exhibits")
    found = set(translation.read(draft.read(folder), "fr").mistakes) - before
    assert [(one.line, one.message) for one in found] == [
        (line_of(folder, FRENCH, "term:exhibits"), "there is no term exhibits in the glossary")
    ]
