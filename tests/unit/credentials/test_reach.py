"""By which addresses an installation is reached, from its settings and what the reader's browser says."""

import re
from pathlib import Path
from typing import Any

import pytest

from training.credentials import reach
from training.settings import Settings


def set_to(tmp_path: Path, **given: Any) -> Settings:
    return Settings.load({}, instance=tmp_path, **given)


@pytest.mark.parametrize("address", [
    *("", "http://127.0.0.1:8000", "http://127.8.7.6", "http://localhost:8000", "http://LOCALHOST.", "http://[::1]:8000"),
    *("http://[::ffff:127.0.0.1]", "http://0.0.0.0:8000", "http://[::]:8000", "http://a.localhost", "http://[x", "x"),
])  # fmt: skip
def test_what_leads_each_device_to_itself_or_nowhere(address: str) -> None:
    assert reach.loopback(address)


@pytest.mark.parametrize(
    "address",
    ["https://engram.university.example", "http://192.0.2.10:8000", "http://[2001:db8::1]", "http://mylocalhost"],
)
def test_what_leads_elsewhere(address: str) -> None:
    assert not reach.loopback(address)


def test_networks_are_named_without_the_loopback() -> None:
    assert not any(reach.loopback(f"http://{one}") for one in reach.networks())


def test_networks_are_those_that_the_kernel_answers_on() -> None:
    """Its own table holds the addresses of this machine, those of the loopback among them."""
    table = Path("/proc/net/fib_trie").read_text("ascii")
    here = {one for one in re.findall(r"-- ([0-9.]+)\n +/32 host LOCAL", table) if not one.startswith("127.")}
    found = {*reach.networks()}
    assert found <= here
    assert bool(found) == bool(here)


@pytest.mark.parametrize(("given", "wanted"), [
    ({"listen": "192.0.2.10:8000"}, ["http://192.0.2.10:8000", "http://localhost:8000"]),
    ({"listen": "192.0.2.10:80"}, ["http://192.0.2.10", "http://localhost:8000"]),
    ({"listen": "[2001:db8::1]:8000"}, ["http://[2001:db8::1]:8000", "http://localhost:8000"]),
    ({"listen": "127.0.0.1:8000"}, ["http://localhost:8000"]),
    ({"listen": "192.0.2.10:8000", "trusted_proxy": "192.0.2.1"}, ["http://localhost:8000"]),
    ({"listen": "192.0.2.10:8000", "https": True}, ["http://localhost:8000"]),
    ({"listen": "192.0.2.10:8000", "address": "https://e.example"},
     ["https://e.example", "http://192.0.2.10:8000", "http://localhost:8000"]),
])  # fmt: skip
def test_the_setting_comes_first_then_the_networks_then_the_browser(
    tmp_path: Path, given: dict[str, Any], wanted: list[str]
) -> None:
    assert reach.sites(set_to(tmp_path, **given), "http://localhost:8000/") == wanted


def test_a_server_of_all_networks_names_them_as_far_as_it_answers_there(tmp_path: Path) -> None:
    listed = [f"http://{one}:8000" for one in reach.networks()]
    assert reach.sites(set_to(tmp_path, listen="0.0.0.0:8000"), "http://x.example/") == [*listed, "http://x.example"]
    closed = set_to(tmp_path, listen="0.0.0.0:8000", hosts=("x.example",))
    assert reach.sites(closed, "http://x.example/") == ["http://x.example"]


def test_the_best_is_the_first_that_others_reach() -> None:
    assert reach.best(["http://localhost", "http://192.0.2.10"]) == "http://192.0.2.10"
    assert reach.best(["http://localhost", "http://127.0.0.1"]) == "http://localhost"


@pytest.mark.parametrize("listen", ["127.0.0.1:8000", "[::1]:8000", "localhost:8000"])
def test_an_installation_is_alone_where_nothing_but_the_machine_reaches_it(tmp_path: Path, listen: str) -> None:
    assert reach.alone(set_to(tmp_path, listen=listen))


@pytest.mark.parametrize("given", [
    {"listen": "0.0.0.0:8000"},
    {"listen": "[::]:8000"},
    {"listen": "192.0.2.10:8000"},
    {"trusted_proxy": "127.0.0.1"},
    {"https": True},
])  # fmt: skip
def test_it_is_not_where_others_may_come(tmp_path: Path, given: dict[str, Any]) -> None:
    assert not reach.alone(set_to(tmp_path, **given))


@pytest.mark.parametrize(("address", "private"), [
    ("http://192.168.1.10", True), ("http://10.0.0.1:8000", True), ("http://[fd00::1]", True),
    ("http://[::ffff:192.168.1.10]", True), ("http://127.0.0.1", True), ("http://8.8.8.8", False),
    ("https://engram.university.example", False), ("http://[2a00::1]", False), ("x", False), ("http://[x", False),
])  # fmt: skip
def test_a_number_of_one_network_is_told_from_an_address_of_all(address: str, *, private: bool) -> None:
    assert reach.private(address) is private


@pytest.mark.parametrize(("address", "lasts"), [
    ("", False), ("http://localhost:8000", False), ("http://127.0.0.1", False), ("https://e.example", True),
    ("http://192.168.1.10:8000", True),
])  # fmt: skip
def test_certificates_carry_an_address_that_was_set_and_leads_others_here(
    tmp_path: Path, address: str, *, lasts: bool
) -> None:
    assert reach.lasting(set_to(tmp_path, address=address)) is lasts


def test_an_address_is_listed_once_and_without_the_port_that_no_browser_is_told(tmp_path: Path) -> None:
    given = {"listen": "192.0.2.10:8000", "address": "http://192.0.2.10:8000"}
    assert reach.sites(set_to(tmp_path, **given), "http://192.0.2.10:8000/") == ["http://192.0.2.10:8000"]
    assert reach.sites(set_to(tmp_path), "http://LINUX//") == ["http://LINUX"]
    listed = [f"http://{one}" for one in reach.networks()]
    assert reach.sites(set_to(tmp_path, listen="0.0.0.0:80"), "") == listed
    assert reach.sites(set_to(tmp_path, listen="[::]:80"), "") == listed
