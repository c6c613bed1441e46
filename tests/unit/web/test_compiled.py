"""Compiled templates are kept from one process to the next, and never stand in for a template that has changed."""

import sys
from pathlib import Path

import pytest
from flask import Flask, render_template

from training.factory import create_app
from training.settings import Settings
from training.web import compiled
from training.web.rooms import Rooms


def build(folder: Path) -> Flask:
    """An application with one template, as another process would build it."""
    app = Flask("example", root_path=str(folder), template_folder=str(folder))
    compiled.init(app, folder / "kept")
    return app


def show(app: Flask) -> str:
    with app.test_request_context():
        return render_template("page.html", name="<b>")


@pytest.fixture(autouse=True)
def _may_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    file = tmp_path / "page.html"
    file.write_text("Hello {{ name }}", "utf-8")
    return file


def kept(written: Path) -> list[Path]:
    return [file for file in written.parent.glob("kept/*/*") if file.is_file()]


def test_the_next_process_compiles_nothing(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert show(build(written.parent)) == "Hello &lt;b&gt;"
    (file,) = kept(written)
    before = file.stat()
    again = build(written.parent)
    monkeypatch.setattr(again.jinja_env, "compile", None)  # called, it would fail
    assert show(again) == "Hello &lt;b&gt;"
    assert file.stat().st_mtime_ns == before.st_mtime_ns


def test_a_template_that_has_changed_is_compiled_anew(written: Path) -> None:
    show(build(written.parent))
    written.write_text("Goodbye {{ name }}", "utf-8")
    assert show(build(written.parent)) == "Goodbye &lt;b&gt;"


def test_with_another_extension_it_is_compiled_anew(written: Path) -> None:
    show(build(written.parent))
    other = Flask("example", root_path=str(written.parent), template_folder=str(written.parent))
    other.jinja_env.add_extension("jinja2.ext.do")
    compiled.init(other, written.parent / "kept")
    show(other)
    assert len(kept(written)) == 2


def test_what_can_not_be_written_is_shown_all_the_same(written: Path) -> None:
    app = build(written.parent)
    (folder,) = written.parent.glob("kept/*")
    folder.rmdir()
    assert show(app) == "Hello &lt;b&gt;"


def test_where_no_folder_can_be_made_nothing_is_kept(written: Path) -> None:
    (written.parent / "kept").write_text("in its place stands a file", "utf-8")
    app = build(written.parent)
    assert app.jinja_env.bytecode_cache is None
    assert show(app) == "Hello &lt;b&gt;"


def test_nothing_is_kept_where_python_keeps_nothing(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert show(build(written.parent)) == "Hello &lt;b&gt;"
    assert kept(written) == []


def test_the_program_keeps_its_own(settings: Settings, rooms: Rooms) -> None:
    assert isinstance(create_app(settings, rooms).jinja_env.bytecode_cache, compiled.Kept)
