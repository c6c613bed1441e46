"""All mistakes of a scenario come in one round, each with its line."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from tests.unit.forge.test_scenario import SMALL, mistakes
from training.forge.scenario import Scenario
from training.forge.scenario.kinds import KINDS
from training.forge.scenario.words import FORMS

WRONG = """\
scenario: 2
name: small
title: Small
draw:
  peer: {address: 203.0.113.0/24}
  port: {port: [20000, 48000]}
  word: {one_of: [amber, birch, cedar, hazel]}                      #! draw.word: has a value of its own for 4 variants
  rest: {whole: [1, 15]}                                            #! draw.rest: has a value of its own for 15 variants
machine:
  host: Small!                                                      #! machine.host: must be small letters, digits
  memory: lots                                                      #! machine.memory: must be a whole number
  clock: 2026-03-10T12:00:01Z
  shift: "{rest}"
  addresses: [192.0.2.30/24, "{peer}/32", 198.51.100.9]             #! machine.addresses.2: needs its prefix length
accounts:
  - {name: root, uid: 0, home: /root, shell: /bin/bash}
  - {name: lea, uid: 1001, home: lea, shell: /bin/bash}             #! accounts.1.home: must be an absolute path
  - {name: kim, uid: 0, home: /home/kim, shell: /bin/bash}          #! accounts.2: an account has uid 0 already
shells:
  desk: {terminal: tty1, log_in: pavel}                             #! shells.desk: there is no account pavel
  other: {terminal: tty1, log_in: lea}                              #! shells.other.terminal: tty1 is the terminal of
  admin:
    terminal: ssh1
    dial: root                                                      #! shells.admin.dial: nothing answers at port 22 of
    from: 203.0.113.250                                             #! shells.admin.from: 203.0.113.250 is not among
programs:
  - path: /usr/local/bin/tool
    source: connecter                                               #! programs.0.source: there is no connecter
    modified: 2026-13-12T08:30:00Z                                  #! programs.0.modified: '2026-13-12T08:30:00Z' can't
    with: {}
  - path: /usr/local/bin/second
    source: connector
    modified: 2026-04-12T08:30:00Z                                  #! programs.1.modified: is later than the machine's
    with: {FROM: "", TO: "{peer}", PORT: "{port}", MODE: h, AS: ""} #! programs.1.with: connector needs LISTEN too
outside:
  listens:
    - {address: "{peer}", port: "{port}"}
    - {address: 192.0.2.30, port: 80}                               #! outside.listens.1.address: 192.0.2.30 is the mach
files:
  - {path: /run/x, modified: 2026-03-10T11:00:00Z, text: x}         #! files.0.path: /run/x: another file system
  - path: /srv/y
    owner: nobody                                                   #! files.1.owner: there is no account nobody
    modified: 2026-03-10T11:00:00                                   #! files.1.modified: must be a time in UTC
    text: "{word}"
  - {path: /srv/y, modified: 2026-03-10T11:00:00Z, text: x}         #! files.2.path: /srv/y: there is something
  - {path: /srv/z, modified: 2026-03-10T11:00:00Z}                  #! files.3: say exactly one of text, lines
  - path: /srv/v
    modified: 2026-03-10T11:00:00Z
    text: "{wort}"                                                  #! files.4.text: {wort} is not drawn; nearest: word
    mode: "9"                                                       #! files.4.mode: must be three or four octal digits
play:                                                               #! play: the last step, and no other, is freeze
  - {pause: 0, shell: desk, type: ls}                               #! play.0.pause: must be at least 1
  - {pause: 2, shell: admin, type: ls, as: looked}                  #! play.1: types before it is dialled
  - {pause: 2, run: x, as: looked}                                  #! play.2.as: there is an event looked already
  - {pause: 2, shell: dusk, type: ls}                               #! play.3.shell: there is no shell dusk; nearest
planted:
  actor: {exe: /usr/local/bin/tool}
  child: {exe: /usr/local/bin/second, parent: acter}                #! planted.child.parent: acter is not planted
materials:
  - {file: a.txt, text: "{= truth.planted.actr.pid }"}              #! materials.0.text: {= truth.planted.actr.pid }
  - {file: b.txt, text: "{= truth.frozen - }"}                      #! materials.1.text: {= truth.frozen - }: a value is
record:
  case: C
  exhibit: E
  firm: F
  zone: "+01:00"                                                    #! record.zone: must be hours and minutes from UTC
  consent: none
  people: {}
  stage_hand: range-peer
  lines: ["{= truth.frozn }"]                                       #! record.lines.0: {= truth.frozn }: nothing is
  colour: blue                                                      #! record.colour: there is no such field here
"""


def test_more_than_thirty_mistakes_come_in_one_round_each_with_its_line_and_no_other(tmp_path: Path) -> None:
    planted = [
        f"{number}: {found[1]}"
        for number, line in enumerate(WRONG.splitlines(), 1)
        if (found := re.search(r"#! (.*)$", line))
    ]
    assert len(planted) == 34
    told = mistakes(tmp_path, WRONG)
    lacking = [each for each in planted if not any(one.startswith(each) for one in told)]
    beyond = [each for each in told if not any(each.startswith(one) for one in planted)]
    assert (lacking, beyond) == ([], [])
    assert [int(each.partition(":")[0]) for each in told] == sorted(int(each.partition(":")[0]) for each in told)


@pytest.mark.parametrize(
    ("old", "new", "only"),
    [
        ("uid: 0,", "uid: none,", "accounts.0.uid: must be a whole number"),
        ("clock: 2026-03-10T12:00:01Z", "clock: noon", "machine.clock: must be a time in UTC"),
        (
            'addresses: [192.0.2.30/24, "{peer}/32"]',
            'addresses: [192.0.2.30/24, "{peer}"]',
            "machine.addresses.1: needs",
        ),
        ("freeze: true", "freeze: perhaps", "play.0.freeze: must be true or false"),
        ("memory: 128, ", "", "machine.memory: is missing"),
        ('zone: "UTC+01:00", ', "", "record.zone: is missing"),
        ("scenario: 2", "scenario: 3", "scenario: must be 2"),
        ("accounts: [{", "accounts: [3, {", "accounts.0: must be a mapping"),
        ("port: {port: [20000, 48000]}", "port: {port: 20000}", "draw.port.port: must be a list"),
    ],
)
def test_one_mistake_is_told_once_and_nothing_that_only_follows_from_it(
    tmp_path: Path, old: str, new: str, only: str
) -> None:
    text = SMALL + (
        "shells: {desk: {terminal: tty1, log_in: root}}\n"
        "files: [{path: /srv/x, modified: 2026-03-10T11:00:00Z, text: x}]\n"
    )
    assert old in text
    told = mistakes(tmp_path, text.replace(old, new))
    assert len(told) == 1, told
    assert told[0].split(": ", 1)[1].startswith(only)


def test_what_names_a_wrong_part_is_no_mistake_of_its_own(tmp_path: Path) -> None:
    text = SMALL.replace(
        "play: [", "play: [{pause: 0.5, shell: admin, dial: true}, {pause: 1, shell: admin, type: ls}, "
    )
    text += (
        "services: [dropbear -p 192.0.2.30:22]\n"
        "shells: {admin: {terminal: ssh1, dial: kim, from: 192.0.2.30}, desk: {terminal: tty99, log_in: root}}\n"
        "planted: {one: {comm: this is a long name}, two: {comm: x, parent: one}}\n"
        "materials: [{file: a, text: '{= truth.planted.one.pid }'}]\n"
    )
    text = text.replace("accounts: [", "accounts: [{name: kim, uid: 1001, home: kim, shell: /bin/bash}, ")
    assert sorted(each.split(": ")[1] for each in mistakes(tmp_path, text)) == [
        "accounts.0.home",
        "planted.one.comm",
        "play.0.pause",
        "shells.desk.terminal",
    ]


def patterns(schema: object) -> set[str]:
    if isinstance(schema, dict):
        own = {schema["pattern"]} if isinstance(schema.get("pattern"), str) else set()
        # Keys of mappings that have a form stand as names of the schema.
        own |= set(schema.get("patternProperties", {}))
        return own | {each for value in schema.values() for each in patterns(value)}
    return {each for value in schema for each in patterns(value)} if isinstance(schema, list) else set()


def test_every_form_of_a_text_is_explained_in_words() -> None:
    models: list[type[BaseModel]] = [Scenario, *KINDS.values()]
    found = set().union(*(patterns(model.model_json_schema()) for model in models))
    assert len(found) > 15
    assert found <= FORMS.keys()
