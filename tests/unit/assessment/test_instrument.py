"""The instrument as data: 46 indicators, four questionnaires, routes and skip logic."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from werkzeug.datastructures import MultiDict

from training.assessment import paper_forms as forms
from training.assessment.instrument import routing
from training.assessment.instrument.reader import FOLDER, instrument, missing, texts
from training.assessment.instrument.schema import Indicators, Questionnaires
from training.settings import ROOT

MADE = instrument()
STATES, PRIVATE, ORGANISATIONS, ACADEMIA = (MADE.questionnaire(group) for group in "SPIA")


def shown(paper: Any, kept: Any) -> list[str]:
    return [one.id for one in routing.visible(paper, kept)]


def rated(question: str, code: str, level: str) -> dict[str, Any]:
    return {question: {"levels": {code: {"level": level}}}}


def test_there_are_46_indicators_in_eight_dimensions_and_68_questions() -> None:
    assert len(MADE.indicators) == 46
    assert [sum(one.dimension == code for one in MADE.indicators) for code in MADE.dimensions] == [
        6,
        6,
        5,
        6,
        6,
        6,
        5,
        6,
    ]
    assert [len(paper.questions) for paper in MADE.questionnaires] == [20, 17, 15, 16]


def test_every_indicator_has_five_descriptors_that_differ() -> None:
    said = texts("en")
    for one in MADE.indicators:
        assert len({said[f"{one.code}/{n}"] for n in range(5)}) == 5, one.code


def test_every_group_rates_exactly_the_indicators_that_it_answers() -> None:
    for paper in MADE.questionnaires:
        assert sorted(paper.indicators) == sorted(one.code for one in MADE.indicators if paper.group in one.groups)


def test_courses_and_modules_are_those_of_the_repository() -> None:
    said = texts("en")
    for number, name in MADE.courses.items():
        course = yaml.safe_load((ROOT / "courses" / name / "course.yaml").read_text("utf-8"))
        assert said[f"course/{number}"] == course["title"]
        for module in course["modules"]:
            head = (ROOT / "courses" / name / module / "index.md").read_text("utf-8").split("---")[1]
            about = yaml.safe_load(head)
            assert said[about["id"]] == about["title"]
            assert about["id"] in MADE.modules
    assert len(MADE.modules) == 24


def test_a_language_without_a_file_is_shown_in_english_and_says_what_is_missing(tmp_path: Path) -> None:
    for name in ("indicators.yaml", "questionnaires.yaml", "instrument.en.yaml"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    assert texts("fr", tmp_path).language == "en"
    (tmp_path / "instrument.ar.yaml").write_text('S1: "ما هي مهمتك الرئيسية؟"\n', "utf-8")
    assert texts("ar", tmp_path)["S1"].startswith("ما")
    assert texts("ar", tmp_path)["S2"] == texts("en")["S2"]
    assert len(missing("ar", tmp_path)) == len(texts("en").texts) - 1


def test_a_translation_with_a_key_that_english_lacks_is_refused(tmp_path: Path) -> None:
    (tmp_path / "instrument.en.yaml").write_bytes((FOLDER / "instrument.en.yaml").read_bytes())
    (tmp_path / "instrument.fr.yaml").write_text('S99: "Quoi"\n', "utf-8")
    with pytest.raises(ValueError, match="unknown keys S99"):
        texts("fr", tmp_path)


def test_translations_that_are_there_are_whole() -> None:
    for language in ("fr", "ar"):
        if (FOLDER / f"instrument.{language}.yaml").is_file():
            assert missing(language) == ()


def test_files_that_do_not_fit_each_other_are_refused_with_all_that_is_wrong(tmp_path: Path) -> None:
    for name in ("questionnaires.yaml", "instrument.en.yaml"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    text = (FOLDER / "indicators.yaml").read_text("utf-8").replace('"2026.1"', '"2026.2"')
    (tmp_path / "indicators.yaml").write_text(text.replace("groups: [S, I], courses: []", "groups: [S], courses: []"))
    with pytest.raises(ValueError, match=r"of version 2026\.1, indicators of 2026\.2; organisations: rates other"):
        instrument(tmp_path)


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        (
            "indicators",
            ("courses: [1], modules: [m1-1, m1-2]", "courses: [2], modules: [m1-1, m1-2]"),
            "don't name the same",
        ),
        ("questionnaires", ("- id: S5", "- id: S6"), "don't have the same order"),
        ("questionnaires", ("needed: true", "needed: false"), "the first question is needed"),
        ("questionnaires", ("{indicator: D1.1, least: 2}", "{indicator: D1.1}"), "a condition names"),
    ],
)
def test_a_mistake_in_a_file_is_named(file: str, change: tuple[str, str], message: str) -> None:
    text = (FOLDER / f"{file}.yaml").read_text("utf-8")
    assert change[0] in text
    kind: Any = Indicators if file == "indicators" else Questionnaires
    with pytest.raises(ValueError, match=message):
        kind.model_validate(yaml.safe_load(text.replace(change[0], change[1], 1)))


ROUTES = {
    "policy": "S4 S6 S7 S8 S16 S17",
    "drafting": "S4 S6 S7 S8",
    "regulator": "S6 S8 S17",
    "police": "S4 S6 S8 S9 S12 S13 S16 S17",
    "laboratory": "S9 S14",
    "prosecution": "S4 S6 S7 S9 S12 S13 S14 S17",
    "court": "S4 S6 S12 S14 S15",
    "authority": "S4 S6 S7 S8 S12 S13 S17",
    "victims": "S4 S16 S17",
}


@pytest.mark.parametrize(("function", "routed"), ROUTES.items())
def test_the_function_of_an_authority_routes_to_its_grids(function: str, routed: str) -> None:
    # every rating is 0, so that nothing hangs on it
    zero = {
        one.id: {"levels": {code: {"level": "0"} for code in one.indicators}}
        for one in STATES.questions
        if one.indicators
    }
    found = shown(STATES, {"S1": {"choice": function}, **zero})
    assert found == [*["S1", "S2", "S3"], *routed.split(), *["S18", "S19", "S20"]]


@pytest.mark.parametrize(
    ("question", "code", "hanging", "least"),
    [("S4", "D1.1", "S5", 2), ("S9", "D4.3", "S10", 1), ("S9", "D4.3", "S11", 2)],
)
def test_a_question_that_hangs_on_a_level_is_shown_from_it_on(
    question: str, code: str, hanging: str, least: int
) -> None:
    police = {"S1": {"choice": "police"}}
    for level in range(5):
        assert (hanging in shown(STATES, {**police, **rated(question, code, str(level))})) == (level >= least)
    assert hanging in shown(STATES, police)  # a blank hides nothing
    assert hanging not in shown(STATES, {**police, **rated(question, code, "dk")})
    assert "S10" not in shown(STATES, {"S1": {"choice": "court"}, **rated("S9", "D4.3", "4")})  # its grid is not shown


def test_private_firms_without_requests_are_not_asked_about_them() -> None:
    for answer, there in (("yes", True), ("no", False), ("dk", False), ("", True)):
        found = shown(PRIVATE, {"P1": {"choice": "bank"}, "P3": {"choice": answer}})
        assert ("P7" in found, "P8" in found) == (there, there)


@pytest.mark.parametrize(
    ("answer", "there"), [("no", False), ("reported", False), ("sometimes", True), ("never", True), ("silent", False)]
)
def test_reasons_are_asked_only_of_those_who_did_not_report(answer: str, *, there: bool) -> None:
    assert ("P11" in shown(PRIVATE, {"P10": {"choice": answer}})) == there


def test_an_organisation_that_did_nothing_here_rates_nothing() -> None:
    kept: dict[str, dict[str, Any]] = {"I1": {"choice": "global"}, "I2": {"choices": ["none"]}}
    assert shown(ORGANISATIONS, kept) == ["I1", "I2", "I14", "I15"]
    assert set(routing.levels(ORGANISATIONS, kept).values()) == {"na"}


def test_people_trained_are_counted_only_by_those_who_trained() -> None:
    assert "I12" in shown(ORGANISATIONS, {"I2": {"choices": ["advice", "training"]}})
    assert "I12" not in shown(ORGANISATIONS, {"I2": {"choices": ["advice"]}})
    assert "I12" in shown(ORGANISATIONS, {})


def test_indicators_that_academia_is_routed_past_count_as_not_applicable() -> None:
    kept = {"A1": {"choice": "law"}, **rated("A7", "D4.3", "2")}
    assert routing.levels(ACADEMIA, kept)["D4.3"] == "2n"
    past = routing.levels(ACADEMIA, {**kept, "A6": {"choice": "no"}})
    assert [past[f"D4.{n}"] for n in (1, 2, 3, 4)] == ["na"] * 4
    assert "A8" not in shown(ACADEMIA, {"A6": {"choice": "no"}})
    assert "A12" not in shown(ACADEMIA, {"A11": {"choice": "no"}})


def test_answers_count_as_scoring_takes_them() -> None:
    said = {
        "D4.1": {"level": "2", "grade": "d"},
        "D4.2": {"level": "dk"},
        "D4.3": {"level": "na"},
        "D4.4": {"level": "3"},
    }
    kept: dict[str, dict[str, Any]] = {"S1": {"choice": "laboratory"}, "S9": {"levels": said}}
    found = routing.levels(STATES, kept)
    assert [found[f"D4.{n}"] for n in range(1, 7)] == ["2d", "dk", "na", "3n", "-", "-"]
    assert found["D1.1"] == "na"  # routed past


def test_whatever_is_answered_every_page_shows_what_is_visible_once() -> None:
    for one, two in product(("", "none", "training"), repeat=2):
        kept: dict[str, dict[str, Any]] = {"I1": {"choice": "other"}, "I2": {"choices": [x for x in (one, two) if x]}}
        on_pages = [each.id for page in routing.pages(ORGANISATIONS, kept) for each in page]
        assert on_pages == shown(ORGANISATIONS, kept)


def question(ident: str) -> Any:
    return next(one for paper in MADE.questionnaires for one in paper.questions if one.id == ident)


def read(ident: str, *pairs: tuple[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    asked = (question(ident),)
    values = forms.typed(asked, MultiDict(pairs))
    return values[ident], forms.mistakes(asked, values)


@pytest.mark.parametrize(
    ("ident", "pairs", "field"),
    [
        ("S1", (), "S1-choice"),
        ("S1", (("S1-choice", "king"),), "S1-choice"),
        ("S5", (("S5-date", "yesterday"),), "S5-date"),
        ("S5", (("S5-title", "x" * 301),), "S5-title"),
        ("S10", (("S10-people", "-1"),), "S10-people"),
        ("S10", (("S10-people", "٣"),), "S10-people"),
        ("S10", (("S10-people", "9" * 10),), "S10-people"),
        ("S7", (("S7-choices", "none"), ("S7-choices", "eu")), "S7-choices"),
        ("S19", tuple(("S19-choices", one) for one in ("money", "law", "tools", "other")), "S19-choices"),
        ("S18", (("S18-needs-1", "m3-1"), ("S18-needs-2", "m3-1")), "S18-needs"),
        ("S18", (("S18-needs-1", "m9-9"),), "S18-needs"),
        ("P16", (("P16-offers-attend", "m9-9"),), "P16-offers"),
        ("S9", (("S9-levels-D4.1-level", "5"),), "S9-levels-D4.1"),
        ("S9", (("S9-levels-D4.1-reference", "x" * 301),), "S9-levels-D4.1"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_kept(ident: str, pairs: Any, field: str) -> None:
    values, wrong = read(ident, *pairs)
    assert list(wrong) == [field]
    assert bool(values) == bool(pairs)


def test_an_empty_page_is_taken_but_for_the_first_question() -> None:
    for paper in MADE.questionnaires:
        for one in paper.questions:
            _, wrong = read(one.id)
            assert bool(wrong) == one.needed


def test_values_are_kept_by_field() -> None:
    values, wrong = read("S10", ("S10-people", " 4 "), ("S10-dk", "1"))
    assert (values, wrong) == ({"people": "4", "dk": True}, {})
    values, wrong = read("P16", ("P16-offers-attend", "m3-1"), ("P16-offers-teach", "m2-1"))
    assert (values, wrong) == ({"offers": {"attend": ["m3-1"], "teach": ["m2-1"]}}, {})
    values, wrong = read("A14", ("A14-levels-D8.5-level", "3"), ("A14-levels-D8.5-grade", "o"))
    assert (values, wrong) == ({"levels": {"D8.5": {"level": "3", "grade": "o"}}}, {})
