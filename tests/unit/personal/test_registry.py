"""The registry knows every table and every column, and says what can be true of the schema."""

import uuid

from sqlalchemy import Uuid

from training.personal.registry import BY_NAME, NOBODY, PERSON, TABLES, Fate
from training.personal.registry.words import COLUMNS
from training.schema import metadata
from training.sentence import Sentence


def test_every_table_and_every_column_stands_in_the_registry_once() -> None:
    assert sorted(one.name for one in TABLES) == sorted(metadata().tables)
    for one in TABLES:
        named = one.columns
        assert sorted(named) == sorted(metadata().tables[one.name].columns.keys()), one.name
        assert len(named) == len(set(named)), one.name


def test_every_column_that_holds_a_person_is_said_to() -> None:
    wrong = []
    for table in metadata().tables.values():
        one = BY_NAME[table.name]
        for column in table.columns:
            leads = any(key.column.table.name == PERSON for key in column.foreign_keys)
            mine = one.of == (column.name, PERSON)
            if leads and not mine and column.name not in one.staff.split():
                wrong.append(f"{table.name}.{column.name}")
    assert wrong == []


def test_what_leads_to_a_person_leads_there_by_columns_that_exist() -> None:
    for one in TABLES:
        if one.of == NOBODY:
            continue
        column, target = one.of
        table = metadata().tables[one.name]
        assert isinstance(table.c[column].type, Uuid), one.name
        if target != PERSON:
            parent, _, key = target.partition(".")
            assert parent in BY_NAME, one.name
            assert not key or key in metadata().tables[parent].columns


def test_what_an_erasure_writes_fits_the_columns() -> None:
    for one in TABLES:
        columns = metadata().tables[one.name].columns
        for name, value in one.emptied.items():
            assert value is not None or columns[name].nullable, f"{one.name}.{name}"
            if isinstance(value, str) and name != "value":
                assert columns[name].type.python_type is str, f"{one.name}.{name}"
        for name in (*one.mentions.split(), *one.kept.split(), *one.until.split()):
            assert name in columns, f"{one.name}.{name}"


def test_rows_that_stay_say_why_and_a_table_that_an_export_leaves_out_too() -> None:
    for one in TABLES:
        if one.of != NOBODY and one.fate is not Fate.REMOVED:
            assert one.why, one.name
        if one.of != NOBODY and not one.title:
            assert one.why, one.name
        if one.title:
            assert one.shown, one.name


def test_whatever_a_page_can_name_it_names_in_the_language_of_its_reader() -> None:
    """Pages list rows of a person, texts that name one, and what an export leaves out with the reason."""
    bare = [
        one.name
        for one in TABLES
        if (one.title or one.why or one.mentions or one.of != NOBODY) and not isinstance(one.label, Sentence)
    ]
    assert bare == []
    assert [one.name for one in TABLES if one.title and one.called] == []
    said = [text for one in TABLES for text in (one.title, one.called, one.why) if text]
    assert [text for text in (*said, *COLUMNS.values()) if not isinstance(text, Sentence)] == []
    assert len({one.label for one in TABLES}) == len(TABLES)


def test_no_secret_is_ever_shown() -> None:
    secrets = ("hash", "secret", "token", "signed", "credential", "salt", "key")
    shown = [f"{one.name}.{name}" for one in TABLES for name in one.shown]
    assert [name for name in shown if any(word in name.split(".")[1] for word in secrets)] == []
    assert uuid.UUID(int=0) not in shown


def test_every_column_that_an_export_shows_has_a_word() -> None:
    assert {name for one in TABLES for name in one.shown} - set(COLUMNS) == set()
