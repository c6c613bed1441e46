from collections import Counter
from pathlib import Path
from uuid import UUID

from training.courses.manuscript import drawing, reader

SAMPLE = Path(__file__).parent / "sample"
LANTERN, HARBOUR = reader.load(SAMPLE / "lantern"), reader.load(SAMPLE / "harbour")
PEOPLE = [UUID(int=number) for number in range(1, 201)]
RELEASE, NEWER = "ab" * 32, "cd" * 32


def test_everybody_gets_one_question_of_a_pool_and_all_others() -> None:
    drawn = [drawing.module_for(LANTERN.modules[0], person, RELEASE) for person in PEOPLE]
    assert {tuple(one.id for one in module.questions[:5]) for module in drawn} == {
        tuple(f"m2-1-q{number}" for number in range(1, 6))
    }
    assert {len(module.questions) for module in drawn} == {6}
    last = Counter(module.questions[5].id for module in drawn)
    assert set(last) == {"m2-1-q6", "m2-1-q7"}
    assert min(last.values()) > 60
    assert {module.questions[5].number for module in drawn} == {6}
    assert all(module.question("m2-1-q6") is None or module.question("m2-1-q7") is None for module in drawn)


def test_one_person_gets_the_same_again_and_in_every_language() -> None:
    for person in PEOPLE[:20]:
        first, again = (drawing.for_person(LANTERN, person, RELEASE) for _ in range(2))
        assert first == again
        french = drawing.for_person(reader.load(SAMPLE / "lantern", "fr"), person, RELEASE)
        ids = [
            [(one.id, [name for name, _ in one.options]) for one in course.modules[0].questions]
            for course in (first, french)
        ]
        assert ids[0] == ids[1]


def test_another_release_draws_anew() -> None:
    differ = [
        drawing.for_person(LANTERN, person, RELEASE) != drawing.for_person(LANTERN, person, NEWER) for person in PEOPLE
    ]
    assert sum(differ) > 150


def test_options_stand_in_every_order_and_lines_to_be_ordered_in_their_own() -> None:
    orders = Counter(
        tuple(name for name, _ in drawing.for_person(HARBOUR, person, RELEASE).modules[0].questions[0].options)
        for person in PEOPLE
    )
    assert len(orders) == 6
    assert min(orders.values()) > 15
    mixed = {drawing.for_person(HARBOUR, person, RELEASE).modules[0].questions[3].options for person in PEOPLE}
    assert mixed == {HARBOUR.modules[0].questions[3].options}


def test_items_to_match_keep_their_order_while_their_options_do_not() -> None:
    found = [drawing.for_person(LANTERN, person, RELEASE).modules[0].questions[0] for person in PEOPLE]
    assert {one.items for one in found} == {LANTERN.modules[0].questions[0].items}
    assert len({one.options for one in found}) == 6


def test_the_text_of_the_module_stays_in_its_place() -> None:
    module = LANTERN.modules[0]
    drawn = drawing.module_for(module, PEOPLE[0], RELEASE)
    assert [part for part in drawn.parts if not part.question] == [part for part in module.parts if not part.question]
    assert len(drawn.parts) == len(module.parts) - 1
