"""What a merge found, written into the database: numbers that are taken, people who came, rows that are refused."""

import copy
import re
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from training.accounts import service as accounts
from training.audit import seals
from training.errors import Refused
from training.hosting.board.models import Board
from training.hosting.carry import rows
from training.hosting.carry.applying import Done, apply
from training.hosting.carry.identities import Found
from training.hosting.carry.merging import Clash, Merged, merge
from training.store import new_id

from . import working
from .working import MORE, NEW, OTHER, SHA, Tables, World, add, only

world = working.world  # a fixture


def test_a_bundle_that_says_what_is_here_changes_nothing_but_the_board_of_its_session(world: World) -> None:
    done, after = world.apply()
    assert replace(done, digest="") == Done()
    assert re.fullmatch("[0-9a-f]{64}", done.digest)
    assert {key: row["version"] for key, row in after["session_board"].items()} == {str(world.of): 4}
    with world.place.store.writing() as session:
        ours = rows.read(session, world.of)
        apply(session, world.sent, ours, ours, Merged(), Found())
        boards = {one.session_id: one.version for one in session.scalars(select(Board))}
        assert boards == {world.of: 4, world.beside: 3}
        session.rollback()


def test_a_number_that_is_taken_here_is_exchanged_for_the_next_one_of_the_same_session(world: World) -> None:
    def said(theirs: Tables) -> None:
        row = theirs["session_message"][world.ids["message"]]
        add(theirs, "session_message", row, id=NEW, number=1, request_key="two")

    def free(theirs: Tables) -> None:
        row = theirs["session_message"][world.ids["message"]]
        add(theirs, "session_message", row, id=NEW, number=7, request_key="two")

    for change, number in ((said, 2), (free, 7)):
        done, after = world.apply(change)
        came = after["session_message"][NEW]
        assert (came["number"], done.new, done.clashes) == (number, ["session_message"], [])
        assert done.added == {"session_message": [came]}


def test_a_finding_of_the_same_question_comes_after_what_was_tried_and_shown_here(world: World) -> None:
    def tried(theirs: Tables) -> None:
        row = only(theirs["finding"])
        add(theirs, "finding", row, id=NEW, request_key="two", try_no=1, step=2)
        add(theirs, "finding", row, id=OTHER, request_key="three", try_no=1, step=2, question="q2")

    done, after = world.apply(tried)
    numbers = {key: (row["question"], row["try_no"], row["step"]) for key, row in after["finding"].items()}
    assert numbers == {world.ids["finding"]: ("q1", 1, 4), NEW: ("q1", 2, 7), OTHER: ("q2", 1, 2)}
    assert (done.new, done.clashes) == (["finding", "finding"], [])

    def shown(theirs: Tables) -> None:  # the hint was never taken here; what was tried here is the last step
        del theirs["hint_taken"][next(iter(theirs["hint_taken"]))]
        add(theirs, "finding", only(theirs["finding"]), id=NEW, request_key="two", step=2)
        only({NEW: theirs["finding"][world.ids["finding"]]})

    with world.place.store.writing() as session:
        ours = rows.read(session, world.of)
        hint = rows.table("hint_taken")
        session.execute(hint.update().values(step=3))
        theirs: Tables = copy.deepcopy(ours)  # type: ignore[arg-type]
        row = add(theirs, "finding", only(theirs["finding"]), id=NEW, request_key="two", step=2)
        done = apply(session, world.sent, ours, theirs, Merged(new=[("finding", NEW, row)]), Found())
        assert done.added["finding"][0]["step"] == 5
        session.rollback()


def test_a_command_names_its_run_by_the_number_that_the_run_has_here(world: World) -> None:
    with world.place.store.writing() as session:
        here = dict(session.execute(select(rows.table("attempt"))).mappings().one())
        here |= {"id": UUID(MORE), "person_id": world.people["colleague"]}
        asked = {"attempt_id": UUID(MORE), "number": 4, "run_id": UUID(world.ids["run"]), "asked_at": here["opened_at"]}
        session.execute(insert(rows.table("attempt")), [here])
        session.execute(insert(rows.table("attempt_run")), [asked])
        seals.note_row(session, "attempt", [UUID(MORE)])
        seals.note_row(session, "attempt_run", [UUID(MORE), 4])

    def typed(theirs: Tables) -> None:
        attempt, time = world.ids["attempt"], world.time
        run = add(theirs, "run", only(theirs["run"]), id=NEW, key="k2")
        add(theirs, "run", run, id=OTHER, key="k1", try_no=1)
        theirs["attempt_run"].clear()
        add(theirs, "attempt_run", attempt_id=MORE, run_id=world.ids["run"], number=4, asked_at=time)
        add(theirs, "attempt_run", attempt_id=attempt, run_id=world.ids["run"], number=2, asked_at=time)
        add(theirs, "attempt_run", attempt_id=attempt, run_id=NEW, number=1, asked_at=time)
        add(theirs, "attempt_run", attempt_id=attempt, run_id=OTHER, number=3, asked_at=time)
        command = {"attempt_id": attempt, "at": time, "typed": "pslist", "answer": None}
        add(theirs, "attempt_command", command, id=NEW, number=1)
        add(theirs, "attempt_command", command, id=OTHER, number=2)
        add(theirs, "attempt_command", command, id=MORE, number=None, answer="No such plugin.")

    done, after = world.apply(typed)
    assert done.clashes == []
    mine = [row for row in after["attempt_run"].values() if row["attempt_id"] == world.ids["attempt"]]
    assert {row["run_id"]: row["number"] for row in mine} == {
        world.ids["run"]: 1,
        NEW: 2,
        OTHER: 3,
    }
    assert {key: row["number"] for key, row in after["attempt_command"].items()} == {NEW: 2, OTHER: 1, MORE: None}
    assert [row["try_no"] for row in done.added["run"]] in ([1, 2], [2, 1])
    assert done.new == ["run"] * 2 + ["attempt_run"] * 2 + ["attempt_command"] * 3


def test_a_command_whose_run_could_not_come_keeps_its_number(world: World) -> None:
    def typed(theirs: Tables) -> None:
        attempt, time = world.ids["attempt"], world.time
        add(theirs, "attempt_run", attempt_id=attempt, run_id=NEW, number=5, asked_at=time)  # there is no such run
        add(theirs, "attempt_command", id=NEW, attempt_id=attempt, at=time, typed="pslist", number=5)

    done, after = world.apply(typed)
    assert [(one.table, one.key, one.column, one.here) for one in done.clashes] == [
        ("attempt_run", f"{world.ids['attempt']}\x1f{NEW}", "", None)
    ]
    assert after["attempt_command"][NEW]["number"] == 5


def test_one_attempt_of_a_lab_is_open_at_most(world: World) -> None:
    later = "2027-01-01T00:00:00.000000+00:00"
    here = rows.encoded(world.sent.manifest.made)

    def began(**values: Any) -> dict[str, Any]:
        def change(theirs: Tables) -> None:
            add(theirs, "attempt", theirs["attempt"][world.ids["attempt"]], id=NEW, **values)

        done, after = world.apply(change)
        assert (done.new, done.clashes) == (["attempt"], [])
        assert after["attempt"][world.ids["attempt"]]["closed_at"] is None
        return after["attempt"][NEW]

    assert began()["closed_at"] == here
    assert began(opened_at=later)["closed_at"] == later
    assert began(person_id=str(world.people["colleague"]))["closed_at"] is None
    early = only({"": began(closed_at=world.time)})
    assert early["closed_at"] == world.time


def test_an_open_attempt_of_another_lab_or_a_closed_one_keeps_nobody_from_going_on(world: World) -> None:
    def other(theirs: Tables) -> None:
        add(theirs, "release", only(theirs["release"]), id=OTHER, name="another-lab")
        add(theirs, "attempt", only(theirs["attempt"]), id=NEW, release_id=OTHER)

    done, after = world.apply(other)
    assert (sorted(done.new), after["attempt"][NEW]["closed_at"]) == (["attempt", "release"], None)

    def again(theirs: Tables) -> None:
        first = only(theirs["attempt"])
        add(theirs, "attempt", first, id=NEW)
        first["closed_at"] = world.time

    with world.place.store.writing() as session:
        session.execute(rows.table("attempt").update().values(closed_at=world.place.clock()))
        ours = rows.read(session, world.of)
        theirs: Tables = copy.deepcopy(ours)  # type: ignore[arg-type]
        row = add(theirs, "attempt", only(theirs["attempt"]), id=NEW, closed_at=None)
        done = apply(session, world.sent, ours, theirs, Merged(new=[("attempt", NEW, row)]), Found())
        assert done.added["attempt"][0]["closed_at"] is None
        session.rollback()


def test_who_comes_gets_the_sign_in_name_that_was_said_a_home_here_and_nothing_to_sign_in_with(world: World) -> None:
    home = str(world.people.home)

    def came(theirs: Tables) -> None:
        like = theirs["person"][str(world.people["trainee"])]
        add(theirs, "person", like, id=NEW, login="there", login_key="there", home_id=str(world.people.elsewhere))
        add(theirs, "session_member", session_id=str(world.of), person_id=NEW, role="trainee", number="",
            extra_percent=0, added_at=world.time)  # fmt: skip
        role = next(iter(theirs["membership"].values()))
        add(theirs, "membership", role, person_id=NEW, role="trainee")
        add(theirs, "membership", role, person_id=str(world.people["trainee"]), role="instructor")

    found = Found(logins={NEW: "Zoé"}, new={NEW})
    with world.place.store.writing() as session:
        ours = rows.read(session, world.of)
        theirs: Tables = copy.deepcopy(ours)  # type: ignore[arg-type]
        came(theirs)
        done = apply(session, world.sent, ours, theirs, merge(ours, theirs, ours), found)
        person = rows.table("person")
        row = dict(session.execute(select(person).where(person.c.id == UUID(NEW))).mappings().one())
        password = accounts.Sealed(row.pop("password_hash"))
        assert not any(accounts.proves(one, password) for one in ("", "a long password of tests", "Zoé"))
        roles = rows.read(session, world.of)["membership"]
        session.rollback()
    like = theirs["person"][NEW]
    hidden = dict.fromkeys(("totp_secret", "totp_last_step", "theme", "disabled_at", "erased_at"))
    kept = {name: rows.decoded(person.c[name], value) for name, value in like.items()}
    assert row == {**kept, **hidden, "login": "Zoé", "login_key": "zoé", "home_id": UUID(home)}
    assert sorted(done.new) == ["membership", "person", "session_member"]
    assert [one["role"] for one in roles.values() if one["person_id"] == NEW] == ["trainee"]
    assert done.added["person"] == [{**like, "login": "Zoé", "login_key": "zoé", "home_id": home}]


@pytest.mark.parametrize(("role", "where"), [("host", "home"), ("administrator", "home"), ("trainee", "elsewhere")])
def test_a_role_that_no_bundle_gives_refuses_it(world: World, role: str, where: str) -> None:
    def greedy(theirs: Tables) -> None:
        row = next(iter(theirs["membership"].values()))
        organisation = str(getattr(world.people, where))
        add(theirs, "membership", row, role=role, organisation_id=organisation, person_id=NEW)

    assert world.refused(greedy, Found(new={NEW})) == "The bundle gives somebody a role that no bundle gives."


def test_a_release_is_offered_where_none_of_its_name_is_and_an_organisation_never_runs_this_place(
    world: World,
) -> None:
    ids = {name: str(new_id()) for name in ("newer", "course", "other", "again", "held")}

    def came(theirs: Tables) -> None:
        row = only(theirs["release"])
        add(theirs, "release", row, id=ids["newer"], sha256=SHA["b"], number=1)
        add(theirs, "release", row, id=ids["course"], sha256=SHA["c"], kind="course", number=4)
        add(theirs, "release", row, id=ids["other"], sha256=SHA["d"], name="other-lab", number=2)
        add(theirs, "release", row, id=ids["again"], sha256=SHA["e"], name="withdrawn-lab", number=2)
        place = next(iter(theirs["organisation"].values()))
        add(theirs, "organisation", place, id=NEW, name="Third", name_key="third")

    with world.place.store.writing() as session:
        ours = rows.read(session, world.of)
        theirs: Tables = copy.deepcopy(ours)  # type: ignore[arg-type]
        came(theirs)
        held = {"kind": "lab", "name": "withdrawn-lab", "sha256": SHA["f"], "number": 1, "current": False}
        at = world.place.clock()
        session.execute(insert(rows.table("release")), [{**held, "id": UUID(ids["held"]), "published_at": at}])
        merged = merge(ours, theirs, ours)
        merged.new = [one for one in merged.new if one[0] in {"release", "organisation"}]
        with pytest.raises(Refused, match=r"^4 rows of release in the bundle don't belong to its session"):
            apply(session, world.sent, ours, theirs, merged, Found())
        release, organisation = rows.table("release"), rows.table("organisation")
        asked = select(release.c.id, release.c.current, release.c.number, release.c.published_by)
        found = {str(row.id): tuple(row)[1:] for row in session.execute(asked)}
        founding = session.scalar(select(organisation.c.founding).where(organisation.c.id == UUID(NEW)))
        session.rollback()
    assert found == {
        world.ids["release"]: (True, 1, None),
        ids["newer"]: (False, 2, None),
        ids["course"]: (True, 4, None),
        ids["other"]: (True, 2, None),
        ids["held"]: (False, 1, None),
        ids["again"]: (True, 2, None),
    }
    assert founding is False


def test_what_the_database_refuses_is_told_and_left_out(world: World) -> None:
    trainee, colleague, host = (str(world.people[one]) for one in ("trainee", "colleague", "host"))
    key = f"{world.of}\x1f"

    def sat(theirs: Tables) -> None:
        add(theirs, "session_member", theirs["session_member"][key + trainee], person_id=host)
        theirs["session_member"][key + colleague].update(seat="01", extra_percent=25)

    done, after = world.apply(sat)
    row = {**after["session_member"][key + trainee], "person_id": host}
    assert done.clashes == [
        Clash("session_member", key + host, "", None, row),
        Clash("session_member", key + colleague, "seat", "02", "01"),
        Clash("session_member", key + colleague, "extra_percent", 0, 25),
    ]
    assert (done.new, done.changed, done.gone, done.added) == ([], [], [], {})
    assert after["session_member"][key + colleague]["seat"] == "02"

    def moved(theirs: Tables) -> None:
        theirs["session_member"][key + colleague]["seat"] = "07"

    done, after = world.apply(moved)
    assert (done.changed, done.clashes) == (["session_member"], [])
    assert [after["session_member"][key + one]["seat"] for one in (trainee, colleague)] == ["01", "07"]


def test_what_the_other_side_took_out_goes_here_and_is_told_by_table(world: World) -> None:
    lead = str(world.people["instructor"])

    def shorter(theirs: Tables) -> None:
        first, second, *_ = sorted(theirs["session_part"])
        del theirs["session_part"][first], theirs["session_part"][second]

    with world.place.store.writing() as session:
        first, second, *_ = sorted(rows.read(session, world.of)["session_part"])
        for of in (world.of, world.beside):
            note = {"session_id": of, "person_id": UUID(lead), "note": "Needs a ramp"}
            session.execute(insert(rows.table("roster_note")), [note])
            seals.note_row(session, "roster_note", [of, UUID(lead)])

    def without(theirs: Tables) -> None:
        shorter(theirs)
        theirs["roster_note"].clear()

    done, after = world.apply(without)
    assert (done.clashes, done.new, done.changed) == ([], [], [])
    assert sorted(done.gone) == ["roster_note", "session_part", "session_part"]
    assert not {first, second} & after["session_part"].keys()
    assert after["roster_note"] == {}
    done, after = world.apply(shorter)
    assert (done.gone, len(after["roster_note"])) == (["session_part"] * 2, 1)


def test_nobody_comes_into_a_session_without_a_role_in_its_organisation(world: World) -> None:
    stranger, other = (str(world.people[one]) for one in ("stranger", "other_instructor"))

    def member(theirs: Tables, person: str) -> None:
        add(theirs, "session_member", session_id=str(world.of), person_id=person, role="trainee", number="",
            extra_percent=0, added_at=world.time)  # fmt: skip

    def strangers(theirs: Tables) -> None:
        member(theirs, stranger)
        member(theirs, other)

    end = "no role in the organisation of this session here. Give the role first."
    assert world.refused(strangers) == f"other_instructor, stranger: {end}"
    assert world.refused(lambda theirs: member(theirs, NEW)) == f"{NEW}: {end}"
    assert world.refused(lambda theirs: member(theirs, NEW), Found(names={NEW: stranger})) == f"stranger: {end}"
    done, _ = world.apply(strangers, gone=frozenset({stranger, other}))
    assert done.new == ["session_member"] * 2
    done, _ = world.apply(lambda theirs: member(theirs, str(world.people["host"])))
    assert done.new == ["session_member"]
    with world.place.store.writing() as session:
        ours = rows.read(session, world.of)
        row = {"session_id": world.of, "person_id": world.people["stranger"], "role": "trainee", "number": ""}
        session.execute(
            insert(rows.table("session_member")), [{**row, "extra_percent": 0, "added_at": world.place.clock()}]
        )
        ours = rows.read(session, world.of)
        assert apply(session, world.sent, ours, ours, Merged(), Found()).new == []  # in it already: nobody is asked
        session.rollback()


def test_a_bundle_writes_nothing_outside_its_session_and_takes_nothing_out_of_it(world: World) -> None:
    outside = "in the bundle don't belong to its session. Nothing of it was taken."

    def beside(theirs: Tables) -> None:
        row = next(iter(theirs["session_part"].values()))
        for one in (NEW, OTHER):
            add(theirs, "session_part", row, id=one, session_id=str(world.beside))

    assert world.refused(beside) == f"2 rows of session_part {outside}"
    key = f"{world.of}\x1f{world.people['colleague']}"
    values = {"session_id": str(world.beside), "person_id": str(world.people["host"]), "seat": None}
    away = Merged(changed=[("session_member", key, values)])
    with pytest.raises(Refused) as bad:
        world.apply(merged=away)
    assert str(bad.value) == f"1 rows of session_member {outside}"

    def image(theirs: Tables) -> None:
        add(theirs, "exhibit", only(theirs["exhibit"]), sha256=SHA["f"], name="of a lab that nobody began")

    done, _ = world.apply(image)
    assert done.new == ["exhibit"]


def test_what_is_here_for_something_else_refuses_the_bundle_and_what_all_share_is_left_as_it_is(world: World) -> None:
    with world.place.store.reading() as session:
        theirs_part = next(iter(rows.read(session, world.beside)["session_part"].values()))
    why = "A row of session_part in the bundle belongs to something else here. Nothing of the bundle was taken."
    part = theirs_part["id"]

    def taken(theirs: Tables) -> None:
        add(theirs, "session_part", next(iter(theirs["session_part"].values())), id=part)

    assert world.refused(taken) == why
    shared = [rows.key("person", {"id": str(world.people["administrator"])})]

    def known(theirs: Tables) -> None:
        add(theirs, "person", next(iter(theirs["person"].values())), id=shared[0], login="other", name="Other")
        add(theirs, "session_message", only(theirs["session_message"]), id=NEW, number=3, request_key="k")

    done, _ = world.apply(known)
    assert (done.new, list(done.added)) == (["session_message"], ["session_message"])


def test_what_would_be_done_has_a_digest_that_differs_with_it(world: World) -> None:
    digests = set()
    for text in ("one", "two"):

        def say(theirs: Tables, text: str = text) -> None:
            add(theirs, "session_message", only(theirs["session_message"]), id=NEW, text=text, request_key="k")

        def name(theirs: Tables, text: str = text) -> None:
            only(theirs["teaching_session"])["room"] = text

        def leave(theirs: Tables, text: str = text) -> None:
            del theirs["session_part"][sorted(theirs["session_part"])[text == "two"]]

        for change in (say, name, leave):
            first, again = (world.apply(change)[0].digest for _ in range(2))
            assert first == again
            digests.add(first)
    assert len(digests) == 6
