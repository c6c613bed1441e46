"""Files that plugins write, and YARA rules that users write."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from training.analysis.sandbox import privileges

from .client import Warm
from .conftest import Broken

Work = Callable[[], Path]


@pytest.fixture
def work(cache: Path) -> Work:
    """Makes private folders for runs, below the cache of the engine."""
    made: list[Path] = []

    def make() -> Path:
        made.append(cache / f"run-{len(list(cache.glob('run-*')))}")
        made[-1].mkdir(mode=0o700)
        return made[-1]

    return make


def _handed_over(warm: Warm, folder: Path) -> str:
    """Where the engine had to give up uid 0, a folder must be its own; the host sees to that."""
    if "user" in warm.ready["layers"]:
        privileges.hand_over(folder)
    return str(folder)


def test_files_are_announced_and_kept_from_others(warm: Warm, work: Work) -> None:
    """That they are those of the command line is tested with all commands, in test_equality.py."""
    folder = work()
    said = warm.run("linux.elfs", {"pid": [1], "dump": True}, work=_handed_over(warm, folder))
    assert said.end["end"] == "complete", said.end
    assert [line["file"] for line in said.files] == [row["cells"][-1] for row in said.rows]
    assert said.files
    for line in said.files:
        path = folder / "files" / line["path"]
        assert path.stat().st_size == line["bytes"]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert "/" not in line["path"]
        assert line["path"] != line["file"]


def test_without_the_option_nothing_is_written(warm: Warm, work: Work) -> None:
    folder = work()
    said = warm.run("linux.elfs", {"pid": [1]}, work=_handed_over(warm, folder))
    assert said.end["end"] == "complete"
    assert said.files == []
    assert not (folder / "files").exists()


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [("MOST_FILES", 1, "wrote more than 1 files"), ("MOST_BYTES", 2**20, "larger than 1 MiB together")],
)
def test_too_many_files(broken: Broken, work: Work, name: str, value: int, reason: str) -> None:
    folder = work()
    opened = broken(f"from training.analysis.volatility import files\nfiles.{name} = {value}")
    said = opened.run("linux.elfs", {"dump": True}, work=_handed_over(opened, folder))
    assert said.end["end"] == "partial"
    assert reason in said.end["reason"]
    kept = {path.name for path in (folder / "files").iterdir()}
    assert kept == {line["path"] for line in said.files}
    assert len(kept) == 1 or name == "MOST_BYTES"
    assert sum(line["bytes"] for line in said.files) <= 2**20 or name == "MOST_FILES"


RULE = 'rule banner { strings: $a = "Linux version 6." condition: $a }'


def test_yara_rules(warm: Warm, work: Work) -> None:
    folder = work()
    said = warm.run("yarascan", {"yara-rules": RULE}, work=_handed_over(warm, folder))
    assert said.end["end"] == "complete", said.end
    assert {row["cells"][1] for row in said.rows} == {"banner"}
    assert (folder / "rules.yar").read_text() == RULE
    assert stat.S_IMODE((folder / "rules.yar").stat().st_mode) == 0o600


@pytest.mark.parametrize("pattern", ["Merrow", "/Merr[o]w/i", "{ 4D 65 72 72 6F 77 }", "{4D 65 (72|73) ?? 6F 77}"])
def test_a_yara_pattern(warm: Warm, pattern: str) -> None:
    said = warm.run("yarascan", {"yara-string": pattern})
    assert said.end["end"] == "complete"
    assert said.rows


@pytest.mark.parametrize(
    "pattern",
    [
        'x" condition: $a } include "/etc/hosts" rule b { strings: $a = "y',
        '/zzzq/ condition: include "/etc/hosts" ',
        "{ 4D } condition: true } rule b { strings: $a = { 4D }",
        'a\\"b',
        "a\nb",
        "/unfinished",
        "/a//b/",
        "",
    ],
)
def test_a_yara_pattern_is_one_pattern(warm: Warm, pattern: str) -> None:
    assert "--yara-string takes a plain text" in (warm.run("yarascan", {"yara-string": pattern}).hello or {})["refused"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('include "/etc/passwd"\n' + RULE, "line 1: includes are disabled"),
        ("rule {", "line 1"),
        (RULE + "\nrule x { condition: nothing }", "line 2"),
    ],
)
def test_bad_yara_rules(warm: Warm, work: Work, text: str, reason: str) -> None:
    said = warm.run("yarascan", {"yara-rules": text}, work=_handed_over(warm, work()))
    assert said.end["end"] == "failed"
    assert "the YARA rules can't be used" in said.end["reason"]
    assert reason in said.end["reason"]


def test_rules_need_a_folder_and_go_with_nothing_else(warm: Warm, work: Work) -> None:
    assert "needs a folder" in (warm.run("yarascan", {"yara-rules": RULE}).hello or {})["refused"]
    both = warm.run("yarascan", {"yara-rules": RULE, "yara-string": "x"}, work=_handed_over(warm, work()))
    assert "exactly one of them" in (both.hello or {})["refused"]


def test_a_run_sees_no_files_of_other_runs(broken: Broken, work: Work) -> None:
    secret = work() / "secret"
    secret.write_text("secret")
    secret.chmod(0o644)
    look = f"""
from volatility3.framework.renderers import format_hints
def look(self):
    try:
        yield 0, (format_hints.Hex(1), open({str(secret)!r}).read())
    except OSError as refused:
        yield 0, (format_hints.Hex(1), str(refused))
loaded.classes["banners.Banners"]._generator = look
"""
    said = broken(look).run("banners")
    if "landlock" in (said.hello or {})["hello"]:
        assert "Permission denied" in said.rows[0]["cells"][1]
