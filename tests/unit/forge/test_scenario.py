import re
from pathlib import Path

import pytest

from training.forge import scenario
from training.forge.linux import actors
from training.forge.scenario import Scenario, ScenarioMistakes, draft, kinds, living, model, reading, steps

REAL = Path(__file__).parents[3] / "labs" / "finance-workstation" / "scenario.yaml"
MANUAL = Path(__file__).parents[3] / "docs" / "scenarios.md"

SMALL = """\
scenario: 2
name: small
title: Small
draw:
  peer: {address: 203.0.113.0/24}
  port: {port: [20000, 48000]}
machine: {host: small, memory: 128, clock: 2026-03-10T12:00:01Z, addresses: [192.0.2.30/24, "{peer}/32"]}
accounts: [{name: root, uid: 0, home: /root, shell: /bin/bash}]
outside: {listens: [{address: "{peer}", port: "{port}"}]}
play: [{pause: 2, freeze: true}]
record: {case: C, exhibit: E, firm: F, zone: "UTC+01:00", consent: none, people: {}, stage_hand: range-peer}
"""

DIAL, HANG_UP = "{pause: 1, shell: admin, dial: true}", "{pause: 1, shell: admin, hang_up: true}"


def load(tmp_path: Path, text: str) -> scenario.Draft[Scenario]:
    path = tmp_path / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    return scenario.load(path)


def mistakes(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ScenarioMistakes) as caught:
        load(tmp_path, text)
    path = tmp_path / "scenario.yaml"
    assert all(each.startswith(f"{path}:") for each in caught.value.mistakes)
    return [each.removeprefix(f"{path}:") for each in caught.value.mistakes]


def changed(old: str, new: str, text: str = "") -> tuple[str, int]:
    """A scenario with one text replaced, lab 2's if none is given, and the line where it stood."""
    text = text or REAL.read_text(encoding="utf-8")
    assert text.count(old) == 1
    return text.replace(old, new), text[: text.index(old)].count("\n") + 1


def test_the_scenario_of_lab_2_is_right_and_drawn_values_are_filled_in() -> None:
    for number, plan in enumerate(scenario.load(REAL).variants(1, 4)):
        assert plan.pack == f"finance-workstation-{'abcd'[number]}"
        assert plan.machine.addresses[1] == f"{plan.drawn['peer']}/32"
        assert plan.shells["intruder"].from_ == plan.drawn["intruder"]
        assert plan.machine.clock == plan.drawn["start"]
        assert plan.machine.clock_offset == plan.drawn["offset"]
        assert plan.named["archive"].type == f"tar -czf {plan.drawn['archive']} -C /srv payroll"
        assert plan.planted["actor"].exe == f"/memfd:{plan.drawn['memfd']} (deleted)"
        assert not re.search(r"\{[a-z_]+\}", plan.model_dump_json())


def test_the_variants_keep_the_rules_of_lab_2() -> None:
    variants = scenario.load(REAL).variants(1, 4)
    for plan in variants:
        history = next(each.content for each in plan.files if each.path == "/home/mira/.bash_history")
        assert len(history.splitlines()) == plan.drawn["old_lines"]
        assert 6 <= len(history.splitlines()) <= 9
        assert "wget" in history
        assert str(plan.drawn["peer"]) not in history
        typed = [step for step in plan.play if step.type is not None]
        assert len(history.splitlines()) != sum(step.shell == "mira" for step in typed), "two counts, two answers"
        assert len(Path(str(plan.drawn["archive"])).name) >= 16
        assert not str(plan.drawn["label"]).startswith("kworker/0:")
        assert all(2 <= step.pause <= 9 for step in plan.play)
        assert 4 <= sum(step.shell == "mira" for step in typed) <= 6
        assert sum(step.shell == "responder" for step in typed) == 4
        after = [step.as_ for step in plan.play].index("fetch") + 1
        assert sum(step.pause + 2 for step in plan.play[after:]) < 50, "the kernel keeps an ended connection for 60 s"
    assert sorted(plan.machine.clock_offset > 0 for plan in variants) == [False, False, True, True]
    for name in variants[0].drawn:
        assert len({plan.drawn[name] for plan in variants}) == 4, name


def test_a_variant_written_out_and_read_again_is_the_same() -> None:
    for plan in scenario.load(REAL).variants(7, 3):
        again = Scenario.model_validate_json(plan.model_dump_json())
        assert again == plan
        assert [type(each) for each in again.drawn.values()] == [type(each) for each in plan.drawn.values()]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("one_of: [quil,", "one_of: [quil, quil,", "draw.memfd: one of them stands here twice"),
        ("one_of: [quil,", "any_of: [quil,", "draw.memfd: say exactly one of one_of, address, port"),
        ("one_of: [quil,", "one_of: [quilt, quil,", "'quil' is a part of 'quilt'"),
        ("more: [gull,", "more: [quil,", "draw.memfd: one of them stands here twice: quil"),
        ("more: [gull,", "more: [seagull,", "'seagull' has 7 characters, those of one_of 4 to 4"),
        ("more: [gull,", "more: [17,", "draw.memfd: are partly texts and partly whole numbers"),
        (
            "more: [gull,",
            f"more: [{', '.join(map(hex, range(4096, 4112)))}, gull,",
            "one_of and more are 34 values together",
        ),
        (
            "syke, weir, wold, dell, ghyl, burn]",
            "syke]",
            "draw.memfd: has a value of its own for 13 variants, and 14 are",
        ),
        (
            "peer: {address: 203.0.113.0/24}",
            "peer: {address: 203.0.113.0/24, more: 8.8.8.0/24}",
            "draw.peer: 8.8.8.0/24 is not within one of the ranges",
        ),
        ("old_lines: {whole: [6, 9]}", "old_lines: {whole: [6, 9], more: [9, 6]}", "the first number is the lower one"),
        (
            "modified: 2026-03-06T09:12:03Z",
            "modified: 2026-13-06T09:12:03Z",
            "modified: '2026-13-06T09:12:03Z' can't be read: month must be in 1..12",
        ),
        ("dropbear -p 192.0.2.17:22", "crond", "shells.intruder.dial: nothing answers at port 22 of 192.0.2.17: add"),
        (
            "{= truth.planted.actor.started -",
            "{= truth.planted.actr.started -",
            "nothing is named 'actr' there; nearest: actor",
        ),
        ("{= truth.planted.actor.started -", "{= truth.planted.actor.begun -", "nothing is named 'begun' there"),
        (
            "truth.commands.fetch.seconds) - truth.clock_offset },{=",
            "truth.commands.came_in.seconds) },{=",
            "'came_in' there",
        ),
        (
            "time(truth.events.came_in) - truth.clock_offset },,",
            "time(truth.events.came_on) },,",
            "'came_on' there; nearest: came",
        ),
        ("[ledger-sync,", "[ledger-synchroniser,", "more: a name that is cut in one variant must be cut in all"),
        (
            "peer: {address: 203.0.113.0/24}",
            "peer: {address: 8.8.8.0/24}",
            "8.8.8.0/24 is not within one of the ranges",
        ),
        ("memory: 128 ", "memory: lots ", "machine.memory: must be a whole number"),
        (
            "addresses: [192.0.2.17/24",
            "addresses: [8.8.8.8/24",
            "8.8.8.8 is not from the ranges kept for documentation",
        ),
        ("addresses: [192.0.2.17/24", "addresses: [192.0.2.17", "machine.addresses.0: needs its prefix length"),
        ('clock: "{start}" ', "clock: 2026-03-10T12:06:30+02:00", "machine.clock: must be in UTC"),
        (
            'clock: "{start}" ',
            "clock: 2026-03-10T12:06:30 ",
            "machine.clock: must be a time in UTC with its Z: 2026-03-10T",
        ),
        ('clock: "{start}" ', "clock: {start}", 'a value that begins with a brace is written in quotes: "{start}"'),
        (
            "name: finance-workstation",
            "name: finance-workstation\nsurprise: 1",
            "surprise: there is no such field here",
        ),
        ("name: finance-workstation", 'name: "{folder}"', "name: is the same in all variants"),
        ("name: finance-workstation", "name: finance-workstation\nseed: 1", "seed: is not the author's to write"),
        ("path: /home/mira/shift-plan.txt", "path: home/mira/../x", "must be an absolute path"),
        ("path: /home/mira/shift-plan.txt", "path: /etc/passwd", "/etc/passwd: is a file that the forge makes itself"),
        (
            "path: /home/mira/shift-plan.txt",
            "path: /dev/shm/x",
            "another file system is mounted above it: let a setup line make it",
        ),
        (
            "path: /home/mira/shift-plan.txt",
            "path: /sbin/ledgerd",
            "/usr/sbin/ledgerd: there is something at this path already",
        ),
        ("log_in: jonas}", "log_in: jonah}", "shells.jonas: there is no account jonah; nearest: jonas"),
        ("{terminal: tty5, waiting: true}", "{terminal: tty4, waiting: true}", "tty4 is the terminal of responder"),
        ("terminal: ssh1, dial", "terminal: tty9, dial", "dial goes with a terminal ssh1 to ssh4 and with from"),
        ("shell: nightly, type: df -h /srv", "shell: night, type: df", "there is no shell night; nearest: nightly"),
        ("type: df -h /srv", "type: df -h /srv, enter: true", "say exactly one of type, enter, dial, hang_up"),
        ("modified: 2026-03-06T09:12:03Z", "modified: 2026-04-06T09:12:03Z", "is later than the machine's clock"),
        ("{pause: 2, freeze: true}", "{pause: 4, shell: mira, type: exit}", "the last step, and no other, is freeze"),
        ("{pause: 2, freeze: true}", "{pause: 4, freeze: true, as: end}", "freeze needs no name"),
        ("as: came_in}", "as: start}", "there is an event start already"),
        (
            "{pause: 2, shell: intruder, dial: true, as: came_in}",
            "{pause: 2, shell: mira, type: id, as: came_in}",
            "dialled",
        ),
        ("shell: responder, enter: true}", "shell: mira, enter: true}", "a rescue shell waits for Enter"),
        ("rescue: true}", "rescue: true, waiting: true}", "say exactly one of log_in, rescue, waiting, held, dial"),
        ("chmod 755 .{package}", "chmod 755 .{packet}", "{packet} is not drawn; nearest: package"),
        ("title: The finance workstation", "title: one\ntitle: two", "title: stands here twice"),
        ("source: courier", "source: curier", "there is no curier; nearest: courier"),
        ('COMM: "{label}"', 'COM: "{label}"', "courier takes no COM; nearest: COMM"),
        ('COMM: "{label}"', 'COM: "{label}"', "with: courier needs COMM too"),
        ("FROM: 192.0.2.17", "FROM: 192.0.2.18", "192.0.2.18 is not among machine.addresses"),
        ("FROM: 192.0.2.17", "FROM: 10.0.0.1", "10.0.0.1 is not from the ranges kept for documentation"),
        ("syslogd -O /var/log/messages", "syslogd -R 9.9.9.9:514", "services.0.run: 9.9.9.9 is not from the ranges"),
        ('type: "./.{package} &"', "type: nc 2a00:1450::1 80", "type: 2a00:1450::1 is not from the ranges"),
        ('exe: "/memfd:{memfd} (deleted)"', "exe: /usr/local/bin/agent", "nothing in this scenario puts a program at"),
        ('exe: "/memfd:{memfd} (deleted)"', "exe: /bin/busybox", "the kernel's name for it is /usr/bin/busybox"),
        ('exe: "/memfd:{memfd} (deleted)"', "parent: boss", "boss is not planted"),
        ('exe: "/memfd:{memfd} (deleted)"', "parent: actor", "planted.actor.parent: is its own ancestor"),
        ('exe: "/memfd:{memfd} (deleted)"', "many: true", "say at least one of exe, comm, args, parent, uid"),
        ('exe: "/memfd:{memfd} (deleted)"', "uid: 77", "there is no account with uid 77"),
        ("{= truth.frozen - truth.clock_offset }", "{= truth.frozen - }", "materials.0.text: {= truth.frozen - }:"),
        ("{= truth.frozen - truth.clock_offset }", "{= frozen }", "materials.0.text: {= frozen }:"),
        ("{= truth.frozen - truth.clock_offset }", '{= rows("linux.pslist").PID }', "rows can't be asked for here"),
        ("{= truth.frozen - truth.clock_offset }", "{= truth.drawn.prot }", "{prot} is not drawn; nearest: port"),
        ("unlike: [[peer, intruder]]", "unlike: [[peer, intruded]]", "intruded is not drawn; nearest: intruder"),
        ("unlike: [[peer, intruder]]", "unlike: [[peer]]", "unlike.0: a group has at least two names"),
        ("unlike: [[peer, intruder]]", "same: [port, porter]", "same.1: porter is not drawn; nearest: port"),
        ("[10240, 29999]", "[10240, 10242]", "draw.port: has a value of its own for 3 variants, and 4 are wanted"),
        ("old_lines: {whole: [6, 9]}", "old_lines: {whole: [6, 11]}", "but there are 9 lines to take it from"),
        (
            "{whole: [40, 200], signs",
            "{whole: [40, 90000], signs",
            "machine.clock_offset: must be at least -86400",
        ),
        ("{whole: [40, 200], signs", "{whole: [0, 200], signs", "with balanced signs both numbers are above 0"),
        ("[10240, 29999]", "[29999, 10240]", "draw.port: the first number is the lower one"),
        ("[10240, 29999]", "[80, 90]", "draw.port.port.0: must be at least 1024"),
        ('T11:44:00Z", "2026-03-10T12:08:00Z"', 'T11:44:00Z", "2026-03-10T11:44:00Z"', "isn't a full minute"),
        ('"kworker/{3-9}:{1-9}"', '"kworker/{3-9}:{9-1}"', "{9-1} is no range of digits or of letters"),
        ('"kworker/{3-9}:{1-9}"', '"kworker/3"', "has no range in braces"),
        ("before:\n", "unused: {made: 'x{0-9}{0-9}'}\n  before:\n", "draw.unused: is drawn and never used"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    text, line = changed(old, new)
    found = mistakes(tmp_path, text)
    fitting = [each for each in found if complaint in each]
    assert fitting, found
    told = int(fitting[0].split(":")[0])
    opening = text.splitlines()[told - 1].strip()
    elsewhere = (
        "addresses: [",
        "- {pause: ",
        "- path: /usr/sbin/led",
        "first: ",
        "- path: /home/mira/.bash",
        "clock_offset: ",
        "- {path: /usr/sbin/led",
        "intruder: {terminal: ssh1",
    )
    near = told in (line, line + 1) or opening.endswith((":", "|")) or opening.startswith(elsewhere)
    assert near, (fitting, line)


def test_the_line_of_a_field_is_exact(tmp_path: Path) -> None:
    text, line = changed("memory: 128 ", "memory: lots ")
    assert [each.split(":")[0] for each in mistakes(tmp_path, text)] == [str(line)]


def test_all_mistakes_come_at_once_those_of_draws_and_of_fields(tmp_path: Path) -> None:
    text, _ = changed("one_of: [quil,", "one_of: [quil, quil,")
    text = text.replace("memory: 128 ", "memory: 2 ").replace("owner: jonas", "owner: Jonas!")
    text = text.replace("chmod 755 .{package}", "chmod 755 .{packet}")
    found = mistakes(tmp_path, text)
    assert len(found) == 4, found
    assert {each.split(": ")[1] for each in found} == {"draw.memfd", "machine.memory", "files.5.owner", "play.10.type"}


def test_what_another_mistake_leaves_open_is_not_told_as_a_mistake_of_its_own(tmp_path: Path) -> None:
    text, line = changed("port: {port: [20000, 48000]}", "port: {port: [2, 1]}", SMALL)
    assert {each.split(":")[0] for each in mistakes(tmp_path, text)} == {str(line)}


@pytest.mark.parametrize(
    ("text", "line", "complaint"),
    [
        ("a: [1, 2", 1, "not readable as YAML"),
        ("a: 1\nb: &x 2\nc: *x\n", 3, "aliases are not used"),
        ("- a\n", 1, "must be a mapping"),
        ("", 1, "must be a mapping"),
        ("scenario: 2\nwhen: 2026-13-45\n", 2, "when: '2026-13-45' can't be read: month must be in 1..12"),
        (
            "scenario: 2\nwhen: !!python/object:os.system x\n",
            2,
            "when: can't be read: could not determine a constructor",
        ),
        ("a:\n- " + "[" * 500, 2, "nested more than 12 deep"),
        ("a:\n- " + "[" * 5000, 2, "not readable as YAML: exceeded maximum nesting depth"),
        ("draw: [a]\nsame: 3\nunlike: x\n", 1, "draw: must be a mapping of at most 48 names"),
        ("draw: 3\nsame: [[a], {b: c}]\nunlike: [[[a], a], 3]\n", 3, "unlike.1: must be a list of names"),
        ("draw: {}\nsame: 3\n", 2, "same: must be a list of names"),
        ("scenario: 1\nname: x\n", 1, "scenario: must be 2"),
    ],
)
def test_a_file_that_is_no_scenario_at_all(tmp_path: Path, text: str, line: int, complaint: str) -> None:
    found = mistakes(tmp_path, text)
    assert any(each.startswith(f"{line}:") and complaint in each for each in found), found


def test_a_missing_and_an_endless_file(tmp_path: Path) -> None:
    with pytest.raises(ScenarioMistakes, match="cannot be read"):
        scenario.load(tmp_path / "none.yaml")
    (tmp_path / "long.yaml").write_text("#" * (reading.LARGEST + 1))
    with pytest.raises(ScenarioMistakes, match="larger than"):
        scenario.load(tmp_path / "long.yaml")


def test_a_value_may_name_another_value_and_double_braces_stay(tmp_path: Path) -> None:
    text = SMALL.replace("  port:", "  kind: {one_of: [v4, v6]}\n  peer_v6: {address: '2001:db8:bad::/64'}\n  port:")
    text = text.replace("  peer:", "  peer_v4:").replace("\nmachine", "\nsame: [kind]\nmachine")
    text = text.replace("{peer}/32", "{peer_{kind}}/128").replace("{peer}", "{peer_{kind}}")
    text += "files: [{path: /srv/x, modified: 2026-03-10T11:00:00Z, text: 'awk {{print}} {a: 1} ${{home}} {kind}'}]\n"
    text = text.replace("/128", "/32")
    variants = load(tmp_path, text).variants(3, 2)
    assert {plan.drawn["kind"] for plan in variants} == {"v4", "v6"}
    for plan in variants:
        kind = plan.drawn["kind"]
        assert plan.outside.listens[0].address == plan.drawn[f"peer_{kind}"]
        assert plan.files[0].content == f"awk {{print}} {{a: 1}} ${{home}} {kind}"


def test_words_of_an_order_stand_alone_and_keys_are_filled(tmp_path: Path) -> None:
    text = SMALL.replace("  port:", "  order: {shuffle: [amber, birch, cedar, elder]}\n  port:")
    text = text.replace("people: {}", 'people: {"{order.1}": "{order}"}')
    for plan in load(tmp_path, text).variants(1, 4):
        order = str(plan.drawn["order"])
        assert plan.record.people == {order.split(" ")[1]: order}
    assert "order has 4 words, counted from 0" in mistakes(tmp_path, text.replace("{order.1}", "{order.4}"))[0]


def test_a_service_may_be_a_plain_text_and_a_file_may_begin_with_some_of_its_lines(tmp_path: Path) -> None:
    text = SMALL + "services: [crond, {run: 'lighttpd -f x', user: root}]\n"
    text += "files: [{path: /srv/x, modified: 2026-03-10T11:00:00Z, lines: [a, b, c], first: 2}]\n"
    plan = load(tmp_path, text).draw(1, 0)
    assert [(each.run, each.user) for each in plan.services] == [("crond", "root"), ("lighttpd -f x", "root")]
    assert plan.files[0].content == "a\nb\n"


@pytest.mark.parametrize(
    ("play", "complaint"),
    [
        ("{pause: 1, request: {from: 192.0.2.30, to: 198.51.100.7, path: /}}", "198.51.100.7 is not among machine.add"),
        ("{pause: 1, request: {from: 8.8.8.8, to: 192.0.2.30, path: /}}", "8.8.8.8 is not from the ranges"),
        (
            '{pause: 1, request: {from: 192.0.2.30, to: 192.0.2.30, path: "/a b"}}',
            "path: must be a slash and printable characters without",
        ),
        (
            '{pause: 1, request: {from: 192.0.2.30, to: 192.0.2.30, path: /, agent: "x\\ny"}}',
            "agent: must be printable ASCII on one line",
        ),
        ('{pause: 1, run: "a\\nb"}', "run: must be printable ASCII on one line, 1 to 1000 characters: mkdir"),
        ("{pause: 1, run: x, shell: admin}", "other steps have none"),
        ("{pause: .nan, run: x}", "pause: must be a number"),
        ("{pause: 901, run: x}", "pause: must be at most 900"),
        ("{pause: 1, shell: admin, hang_up: true}", "types before it is dialled"),
        ("{pause: 1, shell: desk, hang_up: true}", "only a shell with dial can be dialled and hung up"),
        (f"{DIAL}, {DIAL}", "is dialled already"),
        (f"{DIAL}, {HANG_UP}, {{pause: 1, shell: admin, type: id}}", "types after it is hung up"),
        (", ".join(["{pause: 900, run: x}"] * 5), "the pauses take 4502 seconds together, more than 3600"),
    ],
)
def test_a_play_that_could_not_be_played_is_refused(tmp_path: Path, play: str, complaint: str) -> None:
    text = SMALL.replace("play: [", f"play: [{play}, ")
    text += "shells: {admin: {terminal: ssh1, dial: root, from: 192.0.2.30}, desk: {terminal: tty1, log_in: root}}\n"
    assert any(complaint in each for each in mistakes(tmp_path, text))


def test_a_session_may_be_dialled_again_after_it_was_hung_up(tmp_path: Path) -> None:
    text = SMALL.replace("play: [", f"play: [{DIAL}, {HANG_UP}, {DIAL}, {HANG_UP}, ")
    text += "shells: {admin: {terminal: ssh1, dial: root, from: 192.0.2.30}}\nservices: [dropbear -p 192.0.2.30:22]\n"
    assert len(load(tmp_path, text).draw(1, 0).play) == 5


def test_there_are_as_many_variants_as_letters(tmp_path: Path) -> None:
    draft = load(tmp_path, SMALL)
    for seed, number in ((1, 26), (1, -1), (-1, 0), (1 << 63, 0)):
        with pytest.raises(ValueError, match="variants are 0 to 25"):
            draft.draw(seed, number)
    scarce = load(tmp_path, SMALL.replace("[20000, 48000]", "[20000, 20015]"))
    assert len(scarce.variants(1, 16)) == 16
    assert len(scarce.variants(77, 12)) == 12
    for seed, whole in ((1, 16), (77, 12)):
        with pytest.raises(
            ScenarioMistakes, match=rf"scenario.yaml:6: draw.port: .* for {whole} variants, and {whole + 1}"
        ):
            scarce.variants(seed, 26)


def test_the_example_of_the_manual_is_a_scenario_with_four_variants(tmp_path: Path) -> None:
    manual = MANUAL.read_text(encoding="utf-8")
    example = re.search(r"^```yaml\n(.*?)^```$", manual, re.MULTILINE | re.DOTALL)
    assert example
    variants = load(tmp_path, example[1]).variants(1, 4)
    assert [plan.pack for plan in variants] == [f"quote-server-{letter}" for letter in "abcd"]
    assert sorted(":" in plan.outside.listens[0].address for plan in variants) == [False, False, True, True]


def test_the_manual_names_every_kind_every_field_and_every_actor_with_its_values() -> None:
    manual = MANUAL.read_text(encoding="utf-8")
    for source in actors.SOURCES:
        values = ", ".join(f"`{name}`" for name in sorted(actors.placeholders(source)))
        assert f"| `{source}` | {values or 'none'}" in manual
    for key in kinds.KINDS:
        assert f"| `{{{key}: " in manual
    explained = manual[manual.index("## What is drawn") :]
    marked = re.findall(r"`[^`\n]+`|^### .*$", explained, re.MULTILINE)
    words = set(re.findall(r"[a-z_]+", " ".join(marked)))
    for part in (*vars(model).values(), *vars(living).values(), *vars(steps).values()):
        if isinstance(part, type) and issubclass(part, steps.Frozen):
            fields = {field.alias or name for name, field in part.model_fields.items()}
            assert fields <= {*words, *draft.OF_VARIANT}, part.__name__
