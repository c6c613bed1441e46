"""Where the files of a bundle come to lie in the installation that takes it, and what is written down about them."""

import hashlib
import shutil
import stat
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from tests.conftest import People
from training.audit.models import Event
from training.errors import Refused
from training.evidence.models import Custody
from training.forge import pack
from training.hosting.carry import bundle, files, sending
from training.labs.models import OwnKeys

from .conftest import Place
from .sides import OTHERS
from .stocked import KEYS, OWN, PAPER, PAPERS_NAME, PLAN, TYPED, Stock, stocked

pytestmark = pytest.mark.any_database
Tree = dict[str, tuple[int, bytes]]


@pytest.fixture
def week(home: Place, laptop: Place, people: People, tmp_path: Path) -> Stock:
    home.trusts(laptop)
    laptop.trusts(home)
    return stocked(home, people, tmp_path / "space", whole=True)


@pytest.fixture
def there(laptop: Place, tmp_path: Path) -> Place:
    """The laptop with no pack of the program's."""
    return Place(laptop.settings.model_copy(update={"labs": tmp_path / "there"}), laptop.store, laptop.clock)


def tree(folder: Path) -> Tree:
    """Every file below a folder, but image and links: how it may be used, and what is in it."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file() and path.name != pack.IMAGE and not any(one.is_symlink() for one in (path, *path.parents)):
            found[path.relative_to(folder).as_posix()] = (stat.S_IMODE(path.stat().st_mode), path.read_bytes())
    return found


def expected(week: Stock) -> Tree:
    """What lies below `exhibits`, `releases` and `results` over there."""
    found: Tree = {path: (0o444, data) for path, data in week.below("releases").items()}
    for number, name in enumerate(week.runs):
        if name.startswith(("complete", "partial")):
            key = hashlib.sha256(name.encode()).hexdigest()
            found[f"results/{key}-{number % 2 + 1}.db"] = (0o600, name.encode())
    own = week.exhibits[OWN]
    packed = week.home.instance / "exhibits" / own / "pack" / OWN
    for folder in (week.home.settings.labs / "exhibits" / "harbour-a", packed):
        whole = pack.read(folder)
        for role, path in (
            (pack.Role.TRUTH, pack.TRUTH),
            (pack.Role.RECORD, pack.RECORD),
            (pack.Role.SYMBOLS, "symbols/linux/5.0.json.xz"),
        ):
            found[f"exhibits/{whole.sha256}/{path}"] = (0o444, (folder / whole.files[role].name).read_bytes())
    for file in packed.iterdir():
        found[f"exhibits/{own}/pack/{OWN}/{file.name}"] = (0o644, file.read_bytes())
    found[f"exhibits/{own}/plan.json"] = (0o644, PLAN)
    found[f"exhibits/{own}/materials/console.txt"] = (0o444, TYPED)
    found[f"exhibits/{own}/materials/notes.txt"] = (0o444, b"noted\n")
    found[f"exhibits/{week.exhibits[PAPERS_NAME]}/{pack.RECORD}"] = (0o444, PAPER)
    found[f"releases/{week.release('quay')}.keys/{own}.json"] = (0o444, KEYS)
    return found


def lying(place: Place) -> Tree:
    return {
        path: data
        for path, data in tree(place.instance).items()
        if path.startswith(("exhibits", "releases", "results"))
    }


def touched(place: Place) -> tuple[list[tuple[str, str, str]], list[tuple[str, object, dict[str, object]]]]:
    """What the custody and the log of an installation say of exhibits."""
    with place.store.reading() as session:
        custody = [(one.exhibit, one.act, one.text) for one in session.scalars(select(Custody))]
        acts = session.scalars(select(Event).where(Event.act == "exhibit.registered"))
        return sorted(custody), sorted((one.subject, one.actor, one.details) for one in acts)


def test_all_that_came_lies_where_it_belongs_and_is_written_down(
    week: Stock, laptop: Place, there: Place, tmp_path: Path
) -> None:
    one = week.home.send(week.of, tmp_path / "b", laptop)
    seen = there.look(one, OTHERS)
    assert seen.lacking == ()
    assert lying(there) == {}, "looking writes nothing"
    there.take(one, OTHERS)
    assert lying(there) == expected(week)
    images = {
        name
        for name in ("harbour-a", OWN)
        if (there.instance / "exhibits" / week.exhibits[name] / pack.IMAGE).is_file()
    }
    assert images == {"harbour-a", OWN}, "no pack of the program holds them, so that they were unpacked"
    said = "Registered; it came with a session, for the content of SHA-256"
    custody = [(sha256, "registered", f"{said} {sha256}") for sha256 in week.exhibits.values()]
    acts = [(f"exhibit:{sha256}", None, {"name": name, "sha256": sha256}) for name, sha256 in week.exhibits.items()]
    assert touched(there) == (sorted(custody), sorted(acts))
    assert list((there.instance / "carried").glob(".*")) == []
    assert there.look(one).taken
    again = week.home.send(week.of, tmp_path / "again")
    there.take(again)
    assert lying(there) == expected(week), "what is there stays as it is"
    assert touched(there) == (sorted(custody), sorted(acts))


@pytest.mark.parametrize("came", [True, False])
def test_a_pack_that_came_with_the_program_over_there_is_taken_and_its_image_waits_until_it_is_opened(
    week: Stock, laptop: Place, there: Place, tmp_path: Path, *, came: bool
) -> None:
    shipped = there.settings.labs / "exhibits" / "harbour-a"
    shutil.copytree(week.home.settings.labs / "exhibits" / "harbour-a", shipped)
    (there.settings.labs / "exhibits" / OWN).mkdir()
    (there.settings.labs / "exhibits" / OWN / pack.MANIFEST).write_bytes(b"{")  # damaged, and so as good as none
    have = laptop.has().model_copy(update={"exhibits": frozenset() if came else {week.exhibits["harbour-a"]}})
    into, home = tmp_path / "b", week.home
    sending.send(home.store, home.settings, week.of, into, have, None, home.now())
    assert any("harbour-a/" in path for path in bundle.read(into).places if path.startswith("exhibits/")) is came
    there.take(bundle.read(into), OTHERS)
    assert lying(there) == expected(week)
    assert not (there.instance / "exhibits" / week.exhibits["harbour-a"] / pack.IMAGE).exists()
    (there.settings.labs / "exhibits" / OWN / pack.MANIFEST).unlink()
    assert files.lacking(there.settings, bundle.read(into), {"exhibit": [HARBOUR | {"sha256": "0" * 64}]}) == (
        [] if came else ["exhibit harbour-a"]
    ), "a pack of the program counts for the image that it holds"


HARBOUR = {"name": "harbour-a", "os": "linux"}
NOT_THOSE = "The files of {} are not those of its exhibit."


def arrived(week: Stock, folder: Path) -> Path:
    """The own image's files as they come out of a bundle, at home, where all of them but the row have gone."""
    home, own = week.home, week.exhibits[OWN]
    for path, data in week.below("own", f"exhibits/{OWN}").items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    lies = home.instance / "exhibits" / own
    shutil.rmtree(lies / "materials")
    shutil.rmtree(lies / "pack")
    shutil.rmtree(home.instance / "releases" / f"{week.release('quay')}.keys")
    return folder


def place(week: Stock, folder: Path, added: files.Added) -> None:
    with week.home.store.writing() as session:
        files.place(session, week.home.settings, folder, added, week.home.now())
        session.rollback()


def test_what_belongs_to_an_own_image_comes_back_where_it_is_missing_and_is_what_was_handed_over(
    week: Stock, tmp_path: Path
) -> None:
    home, own = week.home, week.exhibits[OWN]
    before = lying(home)
    folder = arrived(week, tmp_path / "came")
    gone = before.keys() - lying(home).keys()
    came = f"own/{own}"
    for path in (f"{came}/console.txt", f"{came}/keys.json"):
        whole = (folder / path).read_bytes()
        (folder / path).write_bytes(whole + b"x")
        with pytest.raises(Refused) as bad:
            place(week, folder, {})
        assert str(bad.value) == NOT_THOSE.format(OWN)
        (folder / path).write_bytes(whole)
    lies = home.instance / "exhibits" / own
    shutil.rmtree(lies / "materials", ignore_errors=True)
    (lies / "materials").mkdir()
    (lies / "materials" / "notes.txt").write_bytes(b"kept")  # what is there already stays, whatever came
    (folder / came / "console.txt").write_bytes(TYPED)  # it had been moved already
    (folder / came / "notes.txt").write_bytes(b"other")
    (folder / came / "more.txt").write_bytes(b"nobody named it")
    shutil.copytree(folder / came, folder / "own" / ("0" * 64))  # of nobody
    place(week, folder, {})
    after = lying(home)
    assert (after.keys() - before.keys(), before.keys() - after.keys()) == ({f"exhibits/{own}/plan.json"}, set())
    kept = f"exhibits/{own}/materials/notes.txt"
    assert {path: after[path][1] for path in gone - {kept}} == {path: before[path][1] for path in gone - {kept}}
    assert after[kept][1] == b"kept"
    modes = {path.removeprefix("exhibits/").partition("/")[2]: after[path][0] for path in gone}
    assert modes["materials/console.txt"] == 0o444
    assert after[f"releases/{week.release('quay')}.keys/{own}.json"] == (0o444, KEYS)
    again = arrived(week, tmp_path / "again")
    with home.store.writing() as session:
        session.execute(delete(OwnKeys))
    shutil.rmtree(again / "exhibits")
    place(week, again, {})
    assert lying(home).keys() == after.keys() - {path for path in after if "/pack/" in path or ".keys/" in path}, (
        "keys of which no row says what they are stay out"
    )


def test_files_that_are_not_those_of_their_rows_are_refused_by_name(week: Stock, tmp_path: Path) -> None:
    home, folder = week.home, tmp_path / "came"
    packed = folder / "exhibits" / OWN
    packed.mkdir(parents=True)
    for path, data in week.below(f"exhibits/{OWN}").items():
        (folder / path).write_bytes(data)
    whole = pack.read(packed)
    row = {
        "name": OWN,
        "os": "linux",
        "sha256": whole.sha256,
        "symbols_sha256": pack.symbols_sha256(packed),
        "record_sha256": whole.files[pack.Role.RECORD].lies,
        "truth_sha256": whole.files[pack.Role.TRUTH].lies,
    }
    (folder / "papers").mkdir()
    (folder / "papers" / ("0" * 64)).write_bytes(PAPER)
    papers = {"name": "case", "os": "papers", "sha256": "0" * 64}
    course = {"kind": "course", "name": "a-course", "sha256": "0" * 64}
    (folder / "releases" / "course" / "a-course" / ("0" * 64)).mkdir(parents=True)
    wrong = [{**row, name: "0" * 64} for name in row if name.endswith("sha256")]
    before = lying(home)
    for table, one, why in (
        *(("exhibit", one, NOT_THOSE.format(OWN)) for one in wrong),
        ("exhibit", papers, NOT_THOSE.format("case")),
        ("release", course, "The files of a-course are not those of its release."),
    ):
        with pytest.raises(Refused) as bad:
            place(week, folder, {table: [one]})
        assert str(bad.value) == why
    assert lying(home) == before
