"""What an author may say of sound conduct, and what is told of a plan that can't be used."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from training.grading.conduct.plan import Asked, Conduct, StepName

TEXT = {"text": "x"}
OPTIONS = {"text": "x", "options": {"a": "x", "b": "y"}}


def told(plan: dict[str, object]) -> list[str]:
    with pytest.raises(ValidationError) as bad:
        Conduct.model_validate(plan)
    return [one["msg"].removeprefix("Value error, ") for one in bad.value.errors()]


@pytest.mark.parametrize(
    ("plan", "faults"),
    [
        ({"steps": [{"step": "memory"}, {"step": "memory"}, {"step": "end"}, {"step": "end"}]},
         "two steps are named 'memory'; two steps are named 'end'"),
        ({"forks": [{"id": "f", **OPTIONS}, {"id": "f", **OPTIONS}]}, "two forks are named 'f'"),
        ({"items": [{"id": "i", **TEXT}, {"id": "i", **TEXT}, {"id": "i", **TEXT}]}, "two items are named 'i'"),
        ({"happenings": [{"event": "e", **TEXT}, {"event": "e", **TEXT}]}, "two happenings are named 'e'"),
        ({"scene": [{"id": "s", **TEXT}, {"id": "s", **TEXT}]}, "two fields of the scene form are named 's'"),
        ({"hand_over": [{"id": "h", **TEXT}, {"id": "h", **TEXT}]}, "two fields of the hand-over are named 'h'"),
        ({"steps": [{"step": "memory", "needs": ["clock", "end"]}, {"step": "end"}]},
         "memory needs 'clock', which is no step of this lab"),
        ({"steps": [{"step": "memory"}, {"step": "end"}], "remarked": ["end", "copy"]},
         "a remark is asked for at 'copy', which is no step"),
        ({"items": [{"id": "i", **TEXT}], "happenings": [{"event": "e", **TEXT, "loses": ["i", "j"]}]},
         "the event e loses 'j', which is no item"),
        ({"steps": [{"step": "memory"}, {"step": "memory"}], "items": [{"id": "i", **TEXT}, {"id": "i", **TEXT}],
          "remarked": ["copy"]},
         "two steps are named 'memory'; two items are named 'i'; a remark is asked for at 'copy', which is no step"),
    ],
)  # fmt: skip
def test_all_that_is_wrong_with_a_plan_is_told_at_once(plan: dict[str, object], faults: str) -> None:
    assert told(plan) == [faults]


def test_steps_of_a_plan_need_what_usually_comes_before_them() -> None:
    whole = Conduct()
    assert {step.value: [need.value for need in needs] for step, needs in whole.needs.items()} == {
        "authority": [],
        "scene": ["authority"],
        "clock": ["authority"],
        "decision": ["authority", "scene"],
        "look": ["authority", "scene", "decision"],
        "memory": ["authority", "scene", "clock", "decision"],
        "hash": ["authority", "scene", "clock", "decision", "memory"],
        "copy": ["authority", "scene", "clock", "decision", "memory"],
        "verify": ["authority", "scene", "clock", "decision", "memory", "hash"],
        "hand-over": ["authority", "scene", "clock", "decision", "memory", "hash", "copy", "verify"],
        "end": ["authority", "scene", "clock", "decision", "memory", "hash", "copy", "verify", "hand-over"],
    }
    assert whole.order == {(need, step) for step, needs in whole.needs.items() for need in needs}
    assert whole.remarks == (StepName.LOOK, StepName.MEMORY, StepName.COPY)
    own = Conduct.model_validate(
        {"steps": [{"step": "copy", "needs": []}, {"step": "memory", "needs": ["copy"]}, {"step": "end"}],
         "remarked": ["end"]}
    )  # fmt: skip
    copy, memory, end = StepName.COPY, StepName.MEMORY, StepName.END
    assert own.needs == {copy: (), memory: (copy,), end: (copy, memory)}
    assert own.order == {(copy, memory), (copy, end), (memory, end)}
    assert own.remarks == (end,)
    assert Conduct(remarked=()).remarks == ()


def test_an_event_loses_what_is_said_of_it_or_the_item_of_its_name() -> None:
    plan = Conduct.model_validate(
        {
            "items": [{"id": "a", "text": "x"}, {"id": "b", "text": "y"}, {"id": "c", "text": "z"}],
            "happenings": [{"event": "wiped", "text": "w", "loses": ["b", "a"]}, {"event": "b", "text": "v"}],
        }
    )
    assert [plan.lost_by(one) for one in ("wiped", "a", "b", "c", "other")] == [("b", "a"), ("a",), (), ("c",), ()]
    assert [plan.happening(one) for one in ("b", "a")] == [plan.happenings[1], None]
    assert plan.scene == (
        Asked(id="screen", text="State of the screen"),
        Asked(id="people", text="People at the scene"),
    )
    assert plan.hand_over == (Asked(id="note", text="Note of the hand-over"),)
