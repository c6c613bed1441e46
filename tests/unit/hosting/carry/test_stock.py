"""What goes along beside the rows of a session, what stays because it is over there or is withheld, and what waits."""

from pathlib import Path

import pytest

from tests.conftest import People
from training.content import ownership
from training.courses.moving import signing
from training.errors import Refused
from training.hosting.carry import bundle, rows, sending, withheld
from training.hosting.carry.bundle import AUDIT, ROWS
from training.hosting.carry.presence import Presence
from training.hosting.carry.sending import Sent
from training.hosting.carry.withheld import Withheld

from .conftest import Place
from .stocked import OWN, PAPERS_NAME, Stock, stocked, told

pytestmark = pytest.mark.any_database


@pytest.fixture
def week(home: Place, people: People, tmp_path: Path) -> Stock:
    return stocked(home, people, tmp_path / "space", whole=False)


def sent(week: Stock, into: Path, have: Presence | None = None, by: str | None = None) -> tuple[Sent, set[str]]:
    """What is told of a bundle, and the files in it beside its rows and acts."""
    home = week.home
    whose = week.people[by] if by else None
    done = sending.send(home.store, home.settings, week.of, into, have, whose, home.now())
    return done, bundle.read(into).places.keys() - {ROWS, AUDIT}


def test_a_session_takes_along_all_that_it_works_with(week: Stock, tmp_path: Path) -> None:
    home, into = week.home, tmp_path / "b"
    done, paths = sent(week, into)
    found = bundle.read(into)
    assert {path: found.bytes_of(path, home.instance) for path in paths} == week.files
    document = told(found.bytes_of(ROWS, home.instance))
    assert done == Sent(
        name=found.name,
        size=into.stat().st_size,
        files=len(week.files) + 2,
        rows=sum(map(len, document.values())),
        sealed=False,
        without_pack=("gone-a", "other-a"),
    )
    assert {one["name"]: one["sha256"] for one in document["exhibit"]} == week.exhibits


def test_what_waits_for_a_run_that_has_not_ended_waits_for_it(week: Stock) -> None:
    home = week.home
    with home.store.reading() as session:
        here, state = rows.read(session, week.of), sending.carried(session, home.settings, week.of)
    waits = {f"{one}-{number}" for number, one in enumerate(("queued", "running"))}
    assert {one["typed"] for one in here["attempt_command"].values()} == {"what", *week.runs}
    assert {one["typed"] for one in state["attempt_command"].values()} == {"what", *week.runs} - waits
    late = {str(week.runs[name]) for name in waits}
    ended = {str(one) for one in week.runs.values()} - late
    assert {one["run_id"] for one in state["attempt_run"].values()} == state["run"].keys() == ended
    assert here["run"].keys() == ended | late
    changed = {name for name in here if here[name] != state[name]}
    assert changed == {"run", "attempt_run", "attempt_command", "exhibit"}
    begun = {one["name"] for one in here["exhibit"].values()}
    assert {one["name"] for one in state["exhibit"].values()} - begun == {"harbour-a"}, "a lab that nobody has begun"


def test_what_is_over_there_stays_here(week: Stock, laptop: Place, tmp_path: Path) -> None:
    week.home.trusts(laptop)
    bare, run = laptop.has(), week.runs["complete-2"]
    with week.home.store.reading() as session:
        key = rows.of_keys(session, "run", [str(run)])[str(run)]["key"]
    exhibits = frozenset(week.exhibits[name] for name in ("shed-a", "gone-a", PAPERS_NAME))
    cases: tuple[tuple[Presence, set[str], tuple[str, ...]], ...] = (
        (bare, set(), ("gone-a", "other-a")),
        (bare.model_copy(update={"releases": frozenset({week.release("reading"), f"{week.release('quay')}0"})}),
         {f"releases/{week.release('reading')}"}, ("gone-a", "other-a")),
        (bare.model_copy(update={"runs": frozenset({key})}), {f"results/{run}.db"}, ("gone-a", "other-a")),
        (bare.model_copy(update={"exhibits": exhibits}),
         {"exhibits/shed-a", "exhibits/old-base", "exhibits/old-more", f"papers/{week.exhibits[PAPERS_NAME]}"},
         ("other-a",)),
    )  # fmt: skip
    for number, (have, stays, lost) in enumerate(cases):
        done, paths = sent(week, tmp_path / str(number), have)
        left = {path for path in week.files if any(path == one or path.startswith(f"{one}/") for one in stays)}
        assert paths == week.files.keys() - left
        assert bool(left) is bool(stays)
        assert (done.sealed, done.without_pack, done.files) == (True, lost, len(paths) + 2)


LACKING = (
    "These hold keys and belong to another organisation, and the other installation doesn't have them: {}. Send the "
    "manifest of one that has them, or ask those who run this server to make the bundle on the command line."
)


def test_a_host_takes_along_what_the_own_organisation_owns_and_the_rest_has_to_be_over_there(
    week: Stock, laptop: Place, people: People, tmp_path: Path
) -> None:
    home = week.home
    with home.store.writing() as session:
        ownership.hand_over(session, people.elsewhere, home.now())
        ownership.give(session, "lab", "harbour", people.home, None, home.now())
        ownership.give(session, "course", "quay", people.home, None, home.now())  # of the same name as the lab
        state = sending.carried(session, home.settings, week.of)
        kept = withheld.of(session, home.settings, state)
    open_ = {week.exhibits["harbour-a"]}
    assert kept == Withheld(
        frozenset(str(week.releases[name].id) for name in ("quay", "reading")),
        frozenset(week.exhibits.values()) - open_,
    )
    bare = laptop.has()
    with home.store.writing() as session:
        signing.trust(session, home.instance, bare.by, "it", None, home.now(), organisation=people.home)
        signing.trust(session, home.instance, bare.by, "it", None, home.now())
    there = {
        "exhibits": frozenset(kept.exhibits),
        "releases": frozenset(week.release(name) for name in ("quay", "reading")),
    }
    names = [PAPERS_NAME, "gone-a", "other-a", OWN, "quay", "reading", "shed-a"]
    cases: tuple[tuple[Presence | None, list[str]], ...] = (
        (None, names),
        (bare, names),
        (bare.model_copy(update={**there, "exhibits": kept.exhibits - {week.exhibits["shed-a"]}}), ["shed-a"]),
        (bare.model_copy(update={**there, "releases": frozenset({week.release("quay")})}), ["reading"]),
        (bare.model_copy(update={"exhibits": frozenset(kept.exhibits)}), ["quay", "reading"]),
        (bare.model_copy(update={"releases": there["releases"]}), [one for one in names if one not in week.releases]),
    )
    for number, (have, lacking) in enumerate(cases):
        with pytest.raises(Refused) as bad:
            sent(week, tmp_path / str(number), have, "host")
        assert str(bad.value) == LACKING.format(", ".join(sorted(lacking)))
        assert not (tmp_path / str(number)).exists()
    done, paths = sent(week, tmp_path / "host", bare.model_copy(update=there), "host")
    mine = week.below(f"releases/{week.release('harbour')}", "exhibits/harbour-a", "results")
    assert (paths, done.without_pack) == (set(mine), ())
    _, paths = sent(week, tmp_path / "command", bare.model_copy(update=there))
    assert paths == {*mine, *week.below(f"own/{week.exhibits[OWN]}")}, "by command all goes that is not there"
