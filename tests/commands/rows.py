"""Rows of commands, each played from its beginning on a fresh installation of its own."""

from tests.commands.book import Named

REFUSED = 1
MAKE = (
    'session make one-week --organisation "Engram academy" --title "Autumn week" --starts 2027-03-01 '
    "--zone Africa/Dakar --by instructor"
)
MADE = r"session: made (?P<SESSION>[0-9a-f-]{36}), "

ACCOUNTS = (
    Named("user list"),
    Named("user invite --role trainee"),
    Named('user add LOGIN --name "Full Name" --role trainee', fill={"LOGIN": "amina"}),
    Named('user add LOGIN --role host --organisation "Name" --new university', fill={"LOGIN": "carla"}),
    Named("user password LOGIN", fill={"LOGIN": "amina"}),
    Named("user password LOGIN --remove-second-factor", fill={"LOGIN": "amina"}),
    Named("user role LOGIN instructor", fill={"LOGIN": "amina"}),
    Named("user role LOGIN host --organisation NAME", fill={"LOGIN": "amina", "NAME": '"Engram academy"'}),
    Named("user disable LOGIN", fill={"LOGIN": "amina"}),
    Named("user", fill={"user": "user --help"}),
)
PERSONAL = (
    Named(
        'user add LOGIN --name "Full Name" --role trainee', fill={"LOGIN": "amina@agency.example"}, notes="(?P<X>user)"
    ),
    Named("user export LOGIN FILE", fill={"LOGIN": "trainee", "FILE": "FOLDER/trainee.zip"}),
    Named("user export amina@agency.example amina.zip", fill={"amina.zip": "FOLDER/amina.zip"}),
    Named("user erase amina@agency.example --show"),
    Named("user erase LOGIN", fill={"LOGIN": "trainee"}),
    Named("user due"),
    Named("user erase amina@agency.example --now"),
    Named("user due --apply"),
    Named("assessment clear"),
    Named("verify"),
)
KEEPING = (
    Named("check machine"),
    Named("backup backups", fill={"backups": "FOLDER/first"}),
    Named("backup /mnt/backups", fill={"/mnt/backups": "FOLDER/backups"}, notes=r"backup: (?P<BACKUP>[^,]+), "),
    Named("restore /mnt/backups/engram-20261125T090000Z", fill={"/mnt/backups/engram-20261125T090000Z": "BACKUP"}),
    Named("verify"),
)
SESSIONS = (
    Named("session list"),
    Named(MAKE, notes=MADE),
    Named("session show 01a21783", fill={"01a21783": "SESSION"}),
    Named("session open 01a21783 --by instructor", fill={"01a21783": "SESSION"}),
    Named("certificate list SESSION"),
    Named("session close 01a21783 --by instructor", fill={"01a21783": "SESSION"}),
    Named("session dossier SESSION --to week.zip", fill={"week.zip": "FOLDER/server.zip"}),
    Named("session dossier SESSION --to week.zip", fill={"week.zip": "FOLDER/laptop.zip"}),
    Named("verify week.zip", fill={"week.zip": "FOLDER/server.zip"}),
    Named(
        "session merge server.zip laptop.zip --to both.zip",
        fill={name: f"FOLDER/{name}" for name in ("server.zip", "laptop.zip", "both.zip")},
    ),
    Named("verify FILE", fill={"FILE": "FOLDER/both.zip"}),
    Named("certificate check FILE", REFUSED, fill={"FILE": "FOREIGN"}),  # nobody issued it
)
CARRYING = (
    Named(MAKE, notes=MADE),
    Named("session open SESSION --without-lab", fill={"--without-lab": "--without-lab --by instructor"}),
    Named("session manifest --to laptop.json", fill={"laptop.json": "FOLDER/laptop.json"}),
    Named(
        'session export SESSION --have laptop.json --trust "Our laptop" --to week.engram',
        fill={"laptop.json": "FOLDER/laptop.json", "week.engram": "FOLDER/week.engram"},
    ),
    Named(
        'session import week.engram --trust "Home"',
        fill={"week.engram": "FOLDER/week.engram"},
        notes=r"--yes (?P<DIGEST>[0-9a-f]{64})|(?P<NONE>taken before)",
    ),
    Named(
        "session import week.engram --yes 0123456789abcdef",
        fill={"week.engram": "FOLDER/week.engram", "0123456789abcdef": "DIGEST"},
    ),
)
STICK = "/media/stick"
PACK = {f"{STICK}/two-courses.zip": "FOLDER/two-courses.zip"}
MOVING = (
    Named(f"course pack first-response memory-analysis {STICK}/two-courses.zip", fill=PACK),
    Named(f"course import {STICK}/two-courses.zip", fill=PACK),
    Named(
        f'course import {STICK}/two-courses.zip --trust "Police academy, Port Alba"',
        fill=PACK,
        notes=r"--yes (?P<DIGEST>[0-9a-f]{64})",
    ),
    Named(f"course import {STICK}/two-courses.zip --yes 3f0c…", fill={**PACK, "3f0c…": "DIGEST"}),
    *(
        Named(
            f"course export memory-analysis --format {form} {STICK}/{file}", fill={f"{STICK}/{file}": f"FOLDER/{file}"}
        )
        for form, file in (
            ("gift", "questions.txt"),
            ("moodle", "questions.xml"),
            ("cartridge", "memory-analysis.imscc"),
        )
    ),
    Named("course questions bank.xml --into memory-analysis/01-foundations", fill={"bank.xml": "FOLDER/questions.xml"}),
)
POLICE = '"Police academy"'
EDITING = (
    Named("course list"),
    Named("course releases COURSE", fill={"COURSE": "memory-analysis"}),
    Named("course take memory-analysis"),
    Named('course publish memory-analysis --note "Figure 2 redrawn"'),
    Named("course releases memory-analysis"),
    Named("course diff memory-analysis 1 2"),
    Named("course rollback memory-analysis 1"),
    Named("course withdraw memory-analysis"),
    Named("course keep memory-analysis"),
    Named("course write memory-analysis"),
    Named("check memory-analysis"),
    Named("check --write", fill={"check --write": "check --write memory-analysis"}),
    Named(
        "check --translated courses/memory-analysis/01-foundations/index.fr.md",
        fill={
            "courses/memory-analysis/01-foundations/index.fr.md": "COURSES/first-response/01-why-live/index.fr.md"
        },  # a translation that is there
    ),
    Named("course owner"),
    Named(
        'user add LOGIN --role host --organisation "Name" --new university', fill={"LOGIN": "carla", '"Name"': POLICE}
    ),
    Named(f"course owner memory-analysis --organisation {POLICE}"),
    Named(f"course owner finance-workstation --lab --organisation {POLICE}"),
    Named(f"course owner --organisation {POLICE}"),
)
"""On courses of which one is edited here, and whose shipped files have changed since."""

OWN = (
    Named("check harbour-office"),
    Named(
        "exhibit register labs/exhibits/harbour-office-a",
        fill={"labs/exhibits/harbour-office-a": "FOLDER/labs/exhibits/harbour-office-a"},
    ),
    Named("exhibit replace harbour-office-a"),
    Named("exhibit replace NAME", fill={"NAME": "harbour-office-a"}),
    Named("exhibit unregister harbour-office-a", REFUSED),  # a lab rests on it
    Named("exhibit unregister harbour-office-a", fill={"harbour-office-a": "harbour-office-a --force"}),
)
"""On a lab of somebody's own with a pack of its own."""

LABS = (
    Named("check"),
    Named("prove LAB", fill={"LAB": "finance-workstation"}),
    Named("prove LAB --show", fill={"LAB": "finance-workstation"}),
    Named("prove LAB --write", fill={"LAB": "finance-workstation"}),
    Named("prove finance-workstation --write"),
    Named("prove EXERCISE", fill={"EXERCISE": "preserve-tonight"}),
    Named("prove --all"),
    Named("warm LAB", fill={"LAB": "finance-workstation"}),
    Named(MAKE, notes=MADE),
    Named("warm SESSION"),
    Named("warm 01a21783", fill={"01a21783": "SESSION"}),
    Named("session check SESSION --clock 08:30", fill={"08:30": "NOW"}),
    Named("session check 01a21783 --clock 08:30", fill={"01a21783": "SESSION", "08:30": "NOW"}),
    Named("machines list"),
    Named("machines stop ID", REFUSED, fill={"ID": "01a21783"}),  # none goes on
    Named(
        "exhibit export PACK INTO [--format raw|lime]",
        fill={"PACK": "finance-workstation-a", "INTO": "FOLDER/lime", "[--format raw|lime]": "--format lime"},
    ),
)
"""On an installation with two small labs, so that each command takes seconds."""

WINDOWS = tuple(Named(f"forge base --windows {build}") for build in (19041, 22000, 20348))
FORGE = (
    *WINDOWS,
    Named("forge", fill={"forge": "forge --help"}),
    Named("forge LAB", fill={"LAB": "command-lines --variants 1"}),
    Named("forge finance-workstation --variants 8", fill={"finance-workstation": "command-lines", "8": "1"}),
    Named("forge harbour-office", fill={"harbour-office": "command-lines --variants 1"}),
)
"""On a folder of labs with one written lab and no packs."""

MACHINES = (
    Named("forge base --headers /"),
    Named("forge addition valkey"),
    Named("forge addition live"),
    Named("forge kit --replace"),
    Named("course write harbour-office --lab", fill={"harbour-office": "finance-workstation"}),
    Named("forge finance-workstation --variants 4"),
    Named("prove harbour-office --write", fill={"harbour-office": "finance-workstation"}),
    Named("machines prepare first-response"),
    Named(MAKE, notes=MADE),
    Named("session prepare SESSION", REFUSED),  # two of its three live labs are not here, and it names the first
)
"""What boots machines."""

ROWS = {
    "accounts": ACCOUNTS,
    "personal data": PERSONAL,
    "keeping": KEEPING,
    "sessions": SESSIONS,
    "carrying": CARRYING,
    "moving": MOVING,
    "editing": EDITING,
    "own labs": OWN,
    "labs": LABS,
    "forge": FORGE,
    "machines": MACHINES,
}
ELSEWHERE = {"serve", "tour"}
"""What other tests run: test_start.py the first, test_tour.py the second; each bench is run by test_bench.py."""
