from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.grading.values.base import Spec, Unreadable
from training.grading.values.reading import kind_of, read

PATH, REGISTRY = Spec(type="path"), Spec(type="registry")
DEVICE = "A device is not a drive: which of them is C: depends on the machine."


@pytest.mark.parametrize(
    ("text", "canon", "note"),
    [
        (r"C:\Windows\System32\svchost.exe", r"c:\windows\system32\svchost.exe", None),
        ("c:/windows//system32/SVCHOST.EXE", r"c:\windows\system32\svchost.exe", None),
        (r'"C:\Program Files\x.exe"', r"c:\program files\x.exe", None),
        (r"\\?\C:\Windows\x", r"c:\windows\x", r"The signs \\?\ of a namespace were dropped."),
        (r"\??\C:\Windows\x", r"c:\windows\x", r"The signs \??\ of a namespace were dropped."),
        (r"\DosDevices\C:\Windows\x", r"c:\windows\x", "of a namespace"),
        ("//?/C:/Windows/x", r"c:\windows\x", "of a namespace"),
        (r"C:\Windows\.\x\\", r"c:\windows\x", None),
        ("C:", "c:\\", None),
        ("D:\\", "d:\\", None),
        (r"\Device\HarddiskVolume3\Windows\x", r"\device\harddiskvolume3\windows\x", DEVICE),
        ("/Device/HarddiskVolume3/Windows/x", r"\device\harddiskvolume3\windows\x", DEVICE),
        (r"\\?\GLOBALROOT\Device\HarddiskVolume3\x", r"\device\harddiskvolume3\x", DEVICE),
        (r"\\.\HarddiskVolume3\x", r"\device\harddiskvolume3\x", DEVICE),
        (r"\\?\Volume{4C1B}\x", r"volume{4c1b}\x", "of a namespace"),
        (r"\\Server\Share\x", r"\\server\share\x", None),
        (r"\\?\UNC\server\share\x", r"\\server\share\x", "of a namespace"),
        (r"\Device\Mup\server\share\x", r"\\server\share\x", None),
        (r"\SystemRoot\System32\x", r"\systemroot\system32\x", None),
        (r"%SystemRoot%\System32\x", r"\systemroot\system32\x", None),
        (r"%windir%\System32\x", r"\systemroot\system32\x", None),
        (r"\Windows\x", r"\windows\x", "There is no drive at the start: read as a path on any one volume."),
        (r"Temp\X.exe", r"temp\x.exe", "There is no drive at the start: read as a part of a path."),
        (r"\\.\pipe\Name", r"\\.\pipe\name", None),
        ('"\\??\\C:\\X"\\', r"c:\x", "of a namespace"),
        ("/home/User/C:/x", "/home/User/C:/x", None),
        ("/a\\B", "/a\\B", None),
        ("/??/x", "/??/x", None),
        ("//./usr/bin", "/usr/bin", None),
    ],
)
def test_reads_paths(text: str, canon: str, note: str | None) -> None:
    value = read(text, PATH)
    assert value.canon == canon
    assert (note is None and not value.notes) or any(note in one for one in value.notes if note)
    assert read(value.text, PATH).canon == canon
    assert kind_of(PATH).of_cells([text], PATH) == (canon,)


@pytest.mark.parametrize(
    ("text", "why"), [("\\", "names no file"), ("\\\\?\\", "names no file"), ("C:\\a\nC:\\b", "stands on one line")]
)
def test_refuses_paths(text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read(text, PATH)


@pytest.mark.parametrize(
    "several",
    [
        (r"C:\x", r"D:\x", r"\x", "/x", r"\Device\HarddiskVolume1\x", r"\Device\HarddiskVolume2\x", r"\\c\x", "x"),
        (r"C:\strasse", r"C:\straße"),
        ("/X", "/x"),
        (r"\SystemRoot\x", r"C:\Windows\x"),
    ],
)
def test_different_places_are_never_one(several: tuple[str, ...]) -> None:
    assert len({read(text, PATH).canon for text in several}) == len(several)


PARTS = st.lists(st.text("abcXYZ019 _-é.", min_size=1, max_size=8).filter(lambda part: part.strip(" .")), min_size=1)


def tidy(parts: list[str]) -> list[str]:
    return [part.strip(" .") or "x" for part in parts[:5]]


@given(PARTS, st.sampled_from("cDz"), st.booleans())
def test_any_spelling_of_a_windows_path_is_one(parts: list[str], drive: str, shout: bool) -> None:  # noqa: FBT001
    inner = "\\".join(tidy(parts))
    path = f"{drive}:\\{inner}"
    canon = read(path, PATH).canon
    forms = [path, path.replace("\\", "/"), rf"\\?\{path}", rf"\??\{path}", f'"{path}"', path + "\\", path.lower()]
    forms += [path.replace("\\", "\\\\"), path.replace("\\", "\\.\\")] + ([path.upper()] if shout else [])
    assert {read(form, PATH).canon for form in forms} == {canon}
    assert read(f"e:\\{inner}", PATH).canon != canon
    assert read(rf"\Device\HarddiskVolume3\{inner}", PATH).canon != canon
    assert {read(rf"{head}HarddiskVolume3\{inner}", PATH).canon for head in ("\\Device\\", "\\\\?\\", "\\??\\")} == {
        read(rf"\DEVICE\HARDDISKVOLUME3\{inner}".replace("\\", "/"), PATH).canon
    }


@given(PARTS)
def test_any_spelling_of_a_linux_path_is_one(parts: list[str]) -> None:
    path = "/" + "/".join(tidy(parts))
    forms = [path, f"'{path}'", path + "/", path.replace("/", "//"), path.replace("/", "/./"), f" {path} (deleted)"]
    assert {read(form, PATH).canon for form in forms} == {path}


@pytest.mark.parametrize(
    ("text", "canon", "written", "note"),
    [
        (r"HKLM\SOFTWARE\Example", r"hklm\software\example", r"HKLM\software\example", None),
        (r"HKEY_LOCAL_MACHINE\Software\Example", r"hklm\software\example", None, None),
        (r"\REGISTRY\MACHINE\SOFTWARE\Example", r"hklm\software\example", None, None),
        (r"Computer\HKEY_LOCAL_MACHINE\Software\Example", r"hklm\software\example", None, None),
        (r"HKLM:\Software\Example", r"hklm\software\example", None, None),
        (r"Registry::HKEY_LOCAL_MACHINE\Software\Example", r"hklm\software\example", None, None),
        ("hklm/software/example/", r"hklm\software\example", None, None),
        (r"\SystemRoot\System32\Config\SOFTWARE\Example", r"hklm\software\example", None, None),
        (r"HKLM\SOFTWARE\Classes\a/b", r"hklm\software\classes\a/b", None, None),
        (r"\REGISTRY\USER\S-1-5-21-7\Run", r"hku\s-1-5-21-7\run", None, None),
        (r"HKEY_USERS\S-1-5-21-7\Run", r"hku\s-1-5-21-7\run", None, None),
        (r"HKEY_CURRENT_USER\Run", r"hkcu\run", None, "HKCU is the part of one user"),
        (r"Software\Run", r"software\run", r"software\run", "There is no root such as HKLM"),
        (
            r"HKLM\SYSTEM\ControlSet001\Services\x",
            r"hklm\system\controlset001\services\x",
            None,
            "is not CurrentControlSet",
        ),
        (r"HKLM\SYSTEM\CurrentControlSet\Services\x", r"hklm\system\currentcontrolset\services\x", None, "is a link"),
        ("HKLM", "hklm", "HKLM", None),
        ("computer\\hklm/x", r"hklm\x", None, None),
        ('registry:: "HKLM\\x"', r"hklm\x", None, None),
    ],
)
def test_reads_registry_paths(text: str, canon: str, written: str | None, note: str | None) -> None:
    value = read(text, REGISTRY)
    assert value.canon == canon
    assert written is None or value.text == written
    assert (note is None and not value.notes) or any(note in one for one in value.notes if note)
    assert read(value.text, REGISTRY).canon == canon


def test_different_keys_of_the_registry_are_never_one() -> None:
    several = [
        r"HKLM\SYSTEM\ControlSet001\x", r"HKLM\SYSTEM\ControlSet002\x", r"HKLM\SYSTEM\CurrentControlSet\x",
        r"HKCU\x", r"HKU\S-1-5-21-7\x", r"HKU\S-1-5-21-8\x", r"HKLM\x", "x",
    ]  # fmt: skip
    assert len({read(text, REGISTRY).canon for text in several}) == len(several)
    with pytest.raises(Unreadable, match=re.escape("names no key")):
        read("\\", REGISTRY)


ROOTS = [
    ("HKLM", "HKEY_LOCAL_MACHINE", r"\REGISTRY\MACHINE"),
    (r"HKU\S-1-5-18", r"HKEY_USERS\S-1-5-18", r"\REGISTRY\USER\S-1-5-18"),
    ("HKCU", "HKEY_CURRENT_USER"),
]


@given(PARTS, st.sampled_from(ROOTS), st.booleans())
def test_any_spelling_of_a_registry_path_is_one(parts: list[str], roots: tuple[str, ...], shout: bool) -> None:  # noqa: FBT001
    inner = "\\".join(tidy(parts))
    forms = [rf"{root}\{inner}" for root in roots] + [f"{roots[0]}\\\\{inner}\\", rf"Computer\{roots[1]}\{inner}"]
    forms += [form.upper() if shout else form.lower() for form in forms]
    assert len({read(form, REGISTRY).canon for form in forms}) == 1
    assert kind_of(REGISTRY).of_cells(forms[:2], REGISTRY) == (read(forms[0], REGISTRY).canon,) * 2
