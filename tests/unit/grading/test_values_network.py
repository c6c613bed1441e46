from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.grading.readings import check_reading
from tests.unit.grading.scripts import SCRIPTS, in_script
from training.grading.values.base import Misfit, Spec, Unreadable
from training.grading.values.network import address, endpoint
from training.grading.values.reading import kind_of, read

IP, ENDPOINT = Spec(type="ip"), Spec(type="endpoint")


@pytest.mark.parametrize(
    ("text", "spec", "canon", "note"),
    [
        ("192.0.2.1", IP, "192.0.2.1", None),
        ("192[.]0(.)2{.}1", IP, "192.0.2.1", "Read as 192.0.2.1 from defanged writing."),
        ("192[dot]0[DOT]2.1", IP, "192.0.2.1", "defanged"),
        ("hxxp://192[.]0[.]2[.]1/", IP, "192.0.2.1", "defanged"),
        ("hxxps[:]//192.0.2[.]1", IP, "192.0.2.1", "defanged"),
        ("2001:DB8:0:0::1", IP, "2001:db8::1", None),
        ("[2001:db8::1]", IP, "2001:db8::1", None),
        ("2001[:]db8[:][:]1", IP, "2001:db8::1", "defanged"),
        ("::ffff:192.0.2.1", IP, "192.0.2.1", "An IPv4 address written as IPv6: read as 192.0.2.1."),
        ("::ffff:c000:201", IP, "192.0.2.1", "An IPv4 address written as IPv6"),
        ("fe80::1%eth0", IP, "fe80::1", "The zone 'eth0' names an interface of one machine and was dropped."),
        ("fe80::1%12", IP, "fe80::1", "The zone '12'"),
        ("١٩٢.٠.٢.١", IP, "192.0.2.1", "Digits of another script"),  # noqa: RUF001
        ("[fe80::1%eth0]:80", ENDPOINT, "[fe80::1]:80", "The zone 'eth0'"),
        ("192.0.2.1 port 80", ENDPOINT, "192.0.2.1:80", None),
        ("192.0.2.1.443", ENDPOINT, "192.0.2.1:443", None),
        ("192.0.2.1:53/udp", ENDPOINT, "192.0.2.1:53", None),
    ],
)
def test_reads(text: str, spec: Spec, canon: object, note: str | None) -> None:
    check_reading(text, spec, canon, note)


@pytest.mark.parametrize(
    ("text", "spec", "why"),
    [
        ("192.0.2.1:80", IP, "'192.0.2.1:80' holds a port: only the address is asked for"),
        ("[2001:db8::1]:80", IP, "holds a port"),
        ("192.0.2.0/24", IP, "holds more than an address"),
        ("hxxp://192.0.2.1/index.html", IP, "holds more than an address"),
        ("192.0.2.256", IP, "is not an address that exists"),
        ("192.0.2", IP, "is not an address that exists"),
        ("192.000.002.001", IP, "zeros at the front of a number, which some programs read as octal"),
        ("files.example", IP, "is not an address that exists"),
        ("3221225985", IP, "is not an address that exists"),
        ("2001:db8:::1", IP, "is not an address that exists"),
        ("192.0.2.1.65536", ENDPOINT, "does not exist"),
    ],
)
def test_refuses(text: str, spec: Spec, why: str) -> None:
    with pytest.raises(Unreadable, match=re.escape(why)):
        read(text, spec)


def spellings(one: IPv4Address | IPv6Address) -> list[str]:
    """An address in the forms that reports and tools have for it."""
    text = str(one)
    if isinstance(one, IPv4Address):
        return [text, text.replace(".", "[.]"), text.replace(".", "(.)"), f"::ffff:{text}", f"hxxp://{text}/"]
    return [text, one.exploded, text.upper(), one.exploded.upper(), f"{text}%eth1", text.replace(":", "[:]")]


@given(st.ip_addresses(), SCRIPTS)
def test_any_spelling_of_an_address_is_one(one: Any, script: int) -> None:
    canon = address(str(one))
    assert {read(text, IP).canon for text in spellings(one)} == {canon}
    assert read(in_script(str(one), script), IP).canon == canon
    assert kind_of(IP).of_cells([str(one), one.exploded, f"{one}:80x"], IP) == (canon, canon)


@given(st.ip_addresses(), st.ip_addresses())
def test_different_addresses_are_never_one(one: Any, other: Any) -> None:
    mapped = [getattr(each, "ipv4_mapped", None) or each for each in (one, other)]
    assert (read(str(one), IP).canon == read(str(other), IP).canon) == (mapped[0] == mapped[1])
    assert ip_address(str(read(str(one), IP).canon)) == mapped[0]


@given(st.ip_addresses(), st.integers(0, 65535), SCRIPTS)
def test_any_spelling_of_an_endpoint_is_one(end: Any, port: int, script: int) -> None:
    canon = endpoint(str(end), port)
    forms = [canon, f"{end} {port}", f"{end}, {port}", canon.replace(".", "[.]"), f"tcp://{canon}", f"{canon}/tcp"]
    assert {read(text, ENDPOINT).canon for text in forms} == {canon}
    assert read(in_script(canon, script), ENDPOINT).canon == canon
    assert kind_of(ENDPOINT).of_cells([str(end), str(port)], ENDPOINT) == (canon,)
    assert kind_of(ENDPOINT).of_data([f"{end}%1" if ":" in str(end) else str(end), port], ENDPOINT) == canon


def test_cells_that_are_no_address_show_nothing() -> None:
    assert kind_of(IP).of_cells(["*", "", None, "192.0.2.1:80", 80, " 192.0.2.1 "], IP) == ("192.0.2.1",)
    with pytest.raises(Misfit, match="IPv4 or IPv6"):
        kind_of(IP).of_data("example", IP)
