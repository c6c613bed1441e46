import re
from pathlib import Path

import pytest

from training.errors import Refused
from training.sentence import LANGUAGES
from training.settings import ROOT, Settings


def test_every_mistake_is_reported_at_once_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "engram.toml").write_text('listn = "x"\nthreads = 900\n', "utf-8")
    with pytest.raises(Refused) as caught:
        Settings.load({"ENGRAM_INSTANCE": str(tmp_path), "ENGRAM_RUN_SECONDS": "soon"})
    listn, threads, seconds = sorted(caught.value.message.splitlines())
    assert listn == f"{tmp_path}/engram.toml: listn: not a setting; did you mean listen?"
    assert threads.startswith(f"{tmp_path}/engram.toml: threads: Input should be less than or equal to 64")
    assert seconds.startswith("environment, ENGRAM_RUN_SECONDS: run_seconds: Input should be a valid integer")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "engram.toml").write_text('listen = "127.0.0.1:1"\nhosts = ["a.example"]\n', "utf-8")
    found = Settings.load(
        {"ENGRAM_INSTANCE": str(tmp_path), "ENGRAM_LISTEN": "127.0.0.1:2", "ENGRAM_HOSTS": "b.example, c.example"}
    )
    assert (found.listen, found.hosts) == ("127.0.0.1:2", ("b.example", "c.example"))


def test_a_file_that_is_not_toml_says_so(tmp_path: Path) -> None:
    (tmp_path / "engram.toml").write_text("listen 8000", "utf-8")
    with pytest.raises(Refused, match="not a TOML file"):
        Settings.load({}, instance=tmp_path)


def test_the_signing_key_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    settings = Settings.load({}, instance=tmp_path)
    key = settings.signing_key()
    assert (len(key) >= 48, settings.signing_key()) == (True, key)
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    (tmp_path / "secret").chmod(0o644)
    with pytest.raises(Refused, match="chmod 600"):
        settings.signing_key()


def test_every_setting_is_in_the_manual() -> None:
    manual = (ROOT / "docs" / "settings.md").read_text("utf-8")
    assert set(re.findall(r"^## (\w+)$", manual, re.MULTILINE)) == set(Settings.model_fields)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_host_may_choose_every_language_of_pages(tmp_path: Path, language: str) -> None:
    assert Settings.load({"ENGRAM_LANGUAGE": language}, instance=tmp_path).language == language
    assert f"`{language}`" in (ROOT / "docs" / "settings.md").read_text("utf-8").partition("## language")[2][:300]


def test_every_setting_says_what_it_means() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DATABASE_URL", "mysql://host/name", "database_url: give an address that starts with sqlite:///"),
        ("LISTEN", "8000", "listen: give an address and a port"),
        ("TRUSTED_PROXY", "banana", "trusted_proxy: 'banana' does not appear to be an IPv4 or IPv6 address"),
        ("SECRET", "short", "secret: at least 32 characters"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_in_a_sentence(tmp_path: Path, name: str, value: str, said: str) -> None:
    with pytest.raises(Refused) as caught:
        Settings.load({f"ENGRAM_{name}": value}, instance=tmp_path)
    assert said in caught.value.message
    assert name not in {"SECRET", "DATABASE_URL"} or value not in caught.value.message  # secrets stay out of messages


def test_cookies_are_for_this_server_alone_and_behind_https_never_sent_without(tmp_path: Path) -> None:
    given = {"instance": tmp_path, "secret": "only for tests: 0123456789abcdef"}
    behind, open_air = (Settings.load({}, **given, https=https).flask() for https in (True, False))
    names = ("NAME", "SECURE", "HTTPONLY", "SAMESITE")
    assert [behind[f"SESSION_COOKIE_{name}"] for name in names] == ["__Host-engram", True, True, "Lax"]
    assert [open_air[f"SESSION_COOKIE_{name}"] for name in names] == ["engram", False, True, "Lax"]


def test_what_a_request_may_weigh_and_for_whom_it_may_be_is_bounded(tmp_path: Path) -> None:
    given = {"instance": tmp_path, "secret": "only for tests: 0123456789abcdef", "hosts": ("engram.example",)}
    told = Settings.load({}, **given).flask()
    assert 0 < told["MAX_FORM_MEMORY_SIZE"] <= told["MAX_CONTENT_LENGTH"] <= 2 * 2**20
    assert told["TRUSTED_HOSTS"] == ["engram.example"]


def test_the_signing_key_is_made_for_its_owner_alone_and_kept(tmp_path: Path) -> None:
    first = Settings.load({}, instance=tmp_path).signing_key()
    assert len(first) >= 64
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    assert Settings.load({}, instance=tmp_path).signing_key() == first
