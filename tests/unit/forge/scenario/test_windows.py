import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from tests.unit.forge.windows.stories import EVERY, MANUAL, SERVER, drawn, example
from training.forge import scenario
from training.forge.scenario import Scenario, ScenarioMistakes, WindowsScenario, draft
from training.forge.scenario.steps import Frozen
from training.forge.scenario.systems import LINUX, WINDOWS
from training.forge.scenario.windows import incident, model, processes, words
from training.forge.scenario.words import FORMS
from training.forge.windows_truth import Windows, WindowsTruth

LAB = Path(__file__).parents[4] / "labs" / "finance-workstation" / "scenario.yaml"


def test_the_example_of_the_manual_is_a_scenario_with_sixteen_variants(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text(example(), "utf-8")
    made = scenario.load_any(path)
    assert made.system is WINDOWS
    plans = made.variants(1, 16)
    assert [each.model_dump()["number"] for each in plans] == list(range(16))
    assert len({str(each.model_dump()["machine"]["booted"]) for each in plans}) == 16
    assert made.draw(1, 11) == plans[11]


def test_a_variant_is_filled_and_comes_back_from_its_json(tmp_path: Path) -> None:
    plan = drawn(example(), tmp_path)
    hidden = plan.process("hidden")
    assert hidden
    assert hidden.program == rf"C:\Users\Public\Libraries\{plan.drawn['helper']}.exe"
    assert hidden.kept_name == f"{plan.drawn['helper']}.exe"
    assert not re.search(r"\{[a-z_]+\}", plan.model_dump_json())
    assert WindowsScenario.model_validate_json(plan.model_dump_json()) == plan
    assert plan.pack == "letter-of-claim-a"


def test_a_distance_is_counted_from_its_time(tmp_path: Path) -> None:
    plan = drawn(example(), tmp_path)
    opened, boot = plan.drawn["opened"], plan.drawn["boot"]
    assert isinstance(opened, datetime)
    assert isinstance(boot, datetime)
    assert plan.machine.captured == opened + timedelta(minutes=47, seconds=21)
    assert plan.users["maren"].logon == boot + timedelta(minutes=3, seconds=12)
    host = plan.process("host")
    assert host
    assert host.started == opened + timedelta(seconds=int(str(plan.drawn["gap"])))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-10T12:00:00Z", "2026-03-10T12:00:00"),
        ("2026-03-10T12:00:00Z +1h2m3s", "2026-03-10T13:02:03"),
        ("2026-03-10T12:00:00Z -40s", "2026-03-10T11:59:20"),
        ("2026-03-10T12:00:00Z  +90m", "2026-03-10T13:30:00"),
    ],
)
def test_moments_are_read(text: str, moment: str) -> None:
    read = TypeAdapter(words.When).validate_python(text)
    assert read == datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["2026-03-10T12:00:00Z + 1s", "2026-03-10T12:00:00Z +", "2026-03-10T12:00:00 +1s", "noon +1s",
     "0001-01-01T00:00:00Z -2h", "2026-03-10T12:00:00Z +1s2m", "2026-03-10T12:00:00+01:00",
     "2026-03-10T12:00:00.5Z", ""],
)  # fmt: skip
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(words.When).validate_python(text)


@pytest.mark.parametrize(
    "text", ["192.0.2.7", "10.0.0.1:80", "192.0.2.7:0", "192.0.2.7:70000", "[2001:db8:0::7]:80", "x:1"]
)
def test_what_is_no_end_of_the_documentation_ranges_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(words.End).validate_python(text)


def test_ends_are_read() -> None:
    assert words.end_of("192.0.2.7:445") == ("192.0.2.7", 445)
    assert words.end_of("[2001:db8::7]:80") == ("2001:db8::7", 80)
    assert words.end_of("0.0.0.0:135") == ("0.0.0.0", 135)  # noqa: S104 - what a socket shows that is bound to none


def test_each_system_is_read_by_its_own_model(tmp_path: Path) -> None:
    assert scenario.load_any(LAB).system is LINUX
    assert isinstance(scenario.load_any(LAB).draw(1, 0), Scenario)
    path = tmp_path / "scenario.yaml"
    path.write_text(example(), "utf-8")
    with pytest.raises(ScenarioMistakes, match="2: system: is said by scenarios that are written"):
        scenario.load(path)
    path.write_text(example().replace("system: windows", "system: beos"), "utf-8")
    with pytest.raises(ScenarioMistakes, match="2: system: must be windows"):
        scenario.load_any(path)


def test_a_linux_scenario_has_no_system_written_in_its_plan() -> None:
    assert "system" not in scenario.load(LAB).draw(1, 0).model_dump()


def test_a_server_has_remote_desktops(tmp_path: Path) -> None:
    assert drawn(SERVER, tmp_path).users["noor"].remote == "192.0.2.61:51312"


def test_the_scenario_of_the_bench_is_right() -> None:
    assert len(scenario.load_any(EVERY).variants(1, 4)) == 4


def parts() -> list[type[Frozen]]:
    found = [each for room in (incident, model, processes) for each in vars(room).values()]
    return [each for each in found if isinstance(each, type) and issubclass(each, Frozen) and each is not Frozen]


def test_the_manual_names_every_field_and_every_part_of_the_truth() -> None:
    manual = MANUAL.read_text("utf-8")
    explained = manual[manual.index("## What is drawn") :]
    told = set(re.findall(r"[a-z0-9_]+", " ".join(re.findall(r"`[^`\n]+`|^### .*$", explained, re.MULTILINE))))
    for part in parts():
        assert set(part.model_fields) - {"from_"} <= {*told, *draft.OF_VARIANT, "system"}, part.__name__
    for truth in (WindowsTruth, Windows):
        assert set(truth.model_fields) - {"version", "domain", "role", "build", "users", "logons"} <= told


def patterns(schema: object) -> set[str]:
    if isinstance(schema, dict):
        own = {schema["pattern"]} if isinstance(schema.get("pattern"), str) else set()
        own |= set(schema.get("patternProperties", {}))
        return own | {each for value in schema.values() for each in patterns(value)}
    return {each for value in schema for each in patterns(value)} if isinstance(schema, list) else set()


def test_every_form_of_a_text_is_explained_in_words() -> None:
    models: list[type[BaseModel]] = [WindowsScenario]
    found = set().union(*(patterns(each.model_json_schema()) for each in models))
    assert len(found) > 20
    assert found <= FORMS.keys()
