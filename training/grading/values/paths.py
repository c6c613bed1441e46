"""Paths of files, Linux and Windows, and paths of the registry."""

from __future__ import annotations

import re
import unicodedata

from training.grading.values.base import (
    AnswerType,
    Canon,
    Misfit,
    Spec,
    Unreadable,
    answer_type,
    quoted,
    readable,
    trimmed,
)
from training.sentence import phrase

_DELETED = " (deleted)"
_SLASHES = re.compile(r"/(?:\./|/)+")
_BACKSLASHES = re.compile(r"\\(?:\.?\\)+")
_QUOTES = {"'": "'", '"': '"', "`": "`", "\N{LEFT SINGLE QUOTATION MARK}": "\N{RIGHT SINGLE QUOTATION MARK}", "“": "”"}
_DRIVE = re.compile(r"[A-Za-z]:(?:[\\/]|$)")
_BEHIND = r"(?=[A-Za-z]:|unc[\\/]|volume\{|globalroot[\\/]|(?:device[\\/])?harddiskvolume[0-9])"
_WINDOWS = re.compile(
    rf"[A-Za-z]:(?:[\\/]|$)|\\|%(?:systemroot|windir)%|/(?:/[?.]|\?\?)/{_BEHIND}|/device/harddiskvolume[0-9]",
    re.IGNORECASE,
)
_NAMESPACE = re.compile(rf"(?:\\\\[?.]|\\(?:\?\?|global\?\?|dosdevices))\\{_BEHIND}", re.IGNORECASE)
_DEVICE = re.compile(r"(?:globalroot\\)?(?:device\\)?(?=harddiskvolume[0-9])", re.IGNORECASE)
_GLOBAL = re.compile(r"globalroot\\", re.IGNORECASE)
_UNC = re.compile(r"unc\\|\\device\\mup\\", re.IGNORECASE)
_SYSTEM = re.compile(r"%(?:systemroot|windir)%|\\systemroot", re.IGNORECASE)
_WITHOUT_NOTE = phrase("Read without '(deleted)', which is a note of the kernel and no part of the path.")
_READ_AS_NAME = phrase("There is no '/' at the start: read as a name, not as a full path.")
_NOT_A_DRIVE = phrase("A device is not a drive: which of them is C: depends on the machine.")
_ON_A_VOLUME = phrase("There is no drive at the start: read as a path on any one volume.")
_PART_OF_A_PATH = phrase("There is no drive at the start: read as a part of a path.")


def _bare(text: str) -> str:
    """A path without one pair of quotation marks, one note on deletion, the slash and the white space at its end."""
    if len(text) > 1 and _QUOTES.get(text[0]) == text[-1] and text[0] not in text[1:-1]:
        text = text[1:-1]
    text = trimmed(trimmed(text).removesuffix(_DELETED))
    return trimmed(text.rstrip("/")) or text[:1]


def _lower(text: str) -> str:
    """Text in small letters, sign by sign: what Windows takes for one name, and nothing more (ß is not ss)."""
    small = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return unicodedata.normalize("NFC", small)


class _Line(AnswerType):
    """A text on one line, whose cells are read as typed texts are."""

    separator = r"[\n,;]+"

    def of_data(self, data: object, spec: Spec) -> Canon:
        if not isinstance(data, str):
            raise Misfit(f"a {self.name} is a text")
        try:
            return self.read(readable(data), spec)[0]
        except Unreadable as unreadable:
            raise Misfit(unreadable.why) from unreadable

    def _line(self, text: str) -> str:
        """The text without quotation marks and what plugins print after it. Raises `Unreadable`."""
        path, bare = text, _bare(text)
        while bare != path:
            path, bare = bare, _bare(bare)
        if not path:
            raise self.refuse(phrase("There is no path between the quotation marks."))
        if "\n" in path or "\r" in path:
            raise self.refuse(phrase("%(typed)s has a line break: a path stands on one line.", typed=quoted(path)))
        return path


@answer_type
class Path(_Line):
    r"""A path of Linux or Windows.

    Linux: capital letters count. The space before and the ' (deleted)' after a path, which plugins print, are no part
    of it. A name without a slash is readable, so that 'this is the label, not the path' can be said of it.

    Windows (a drive, a device, a backslash): small letters, backslashes. The signs of a namespace (`\\?\`, `\??\`)
    are dropped. A device such as `\Device\HarddiskVolume3` is never taken for a drive: which is which depends on the
    machine, and an author who wants both lists the other under `accept`.
    """

    name = "path"
    expected = phrase("a full path from the root or the drive")
    example = "/usr/sbin/cron"

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:  # noqa: ARG002 - one form for all
        """One line, without quotes, doubled slashes and the note on deletion."""
        path = self._line(text)
        if _WINDOWS.match(path) or ("\\" in path and not path.startswith("/")):
            return self._windows(path)
        notes: list[str] = []
        if _DELETED in text and not path.endswith(_DELETED):
            notes.append(_WITHOUT_NOTE)
        path = _SLASHES.sub("/", path)
        if not path.startswith("/"):
            notes.append(_READ_AS_NAME)
        return path, tuple(notes)

    def _windows(self, typed: str) -> tuple[Canon, tuple[str, ...]]:
        notes: dict[str, None] = {}
        path, before = typed, ""
        while path != before:  # what stands behind a sign that was dropped may need the same once more
            before = path
            path, more = _tidied(_bare(path))
            notes.update(dict.fromkeys(more))
        if not path.strip("\\?. "):
            raise self.refuse(phrase("%(typed)s names no file.", typed=quoted(typed)))
        return path, (*notes, *_where(path))


def _tidied(path: str) -> tuple[str, tuple[str, ...]]:
    """A Windows path in small letters with single backslashes, without the signs of a namespace."""
    path, notes = _without_namespace(path.replace("/", "\\"))
    if found := _UNC.match(path):
        path = "\\\\" + path[found.end() :]
    path = _SYSTEM.sub(r"\\systemroot", path, count=1) if _SYSTEM.match(path) else path
    head = next((sign for sign in ("\\\\?\\", "\\\\") if path.startswith(sign)), "")
    path = _ended(_lower(head + _BACKSLASHES.sub(r"\\", path[len(head) :]).lstrip("\\" if head else "")))
    return path + ("\\" if re.fullmatch(r"[a-z]:", path) else ""), notes


def _without_namespace(path: str) -> tuple[str, tuple[str, ...]]:
    r"""A Windows path without `\\?\` and its like; a device keeps its own form."""
    found = _NAMESPACE.match(path)
    if not found:
        return path, ()
    path = path[found.end() :]
    if device := _DEVICE.match(path):
        path = "\\device\\" + path[device.end() :]
    else:
        path = _GLOBAL.sub(r"\\", path, count=1) if _GLOBAL.match(path) else path
    return path, (phrase("The signs %(signs)s of a namespace were dropped.", signs=found[0]),)


def _ended(path: str) -> str:
    """A path without backslashes and white space at its end."""
    while (shorter := trimmed(path.rstrip("\\"))) != path:
        path = shorter
    return path


def _where(path: str) -> tuple[str, ...]:
    if _DRIVE.match(path) or path.startswith(("\\\\", "\\systemroot", "volume{")):
        return ()
    if path.startswith("\\device\\"):
        return (_NOT_A_DRIVE,)
    return (_ON_A_VOLUME if path.startswith("\\") else _PART_OF_A_PATH,)


_ROOTS = {
    "hkey_local_machine": "hklm",
    r"registry\machine": "hklm",
    "hkey_users": "hku",
    r"registry\user": "hku",
    "hkey_current_user": "hkcu",
    "hkey_classes_root": "hkcr",
    "hkey_current_config": "hkcc",
    r"systemroot\system32\config\default": r"hku\.default",
    **{rf"systemroot\system32\config\{hive}": rf"hklm\{hive}" for hive in ("system", "software", "sam", "security")},
}
"""The long names of roots, their names in the kernel, and the files of the hives that have a fixed place."""

_SHORT = frozenset({"hklm", "hku", "hkcu", "hkcr", "hkcc"})
_SHELL = re.compile(r"computer\\|(?:microsoft\.powershell\.core\\)?registry::|\\+", re.IGNORECASE)
_COLON = re.compile(r"(hk[a-z_]+):(?=\\|$)")
_CONTROL_SET = re.compile(r"hklm\\system\\(currentcontrolset|controlset[0-9]{3})(?:\\|$)")
_NO_ROOT = phrase("There is no root such as HKLM at the start: read as a part of a path.")
_ONE_USER = phrase("HKCU is the part of one user: HKU with the identifier of the user says whose.")
_A_LINK = phrase("CurrentControlSet is a link: the value Current under SYSTEM\\Select says which set it leads to.")
_A_NUMBER = phrase(
    "A numbered control set is not CurrentControlSet: "
    "the value Current under SYSTEM\\Select says which set it leads to."
)


@answer_type
class Registry(_Line):
    """A path of the Windows registry. Case does not count; the long, short and kernel names of a root are one.

    `HKCU` is one user's part of `HKU`: it is not taken for the part of any user, since whose it is may be the answer.
    `ControlSet001` is not `CurrentControlSet`, which is a link of the running system; a note says so.
    """

    name = "registry"
    expected = phrase("a path of the registry from its root, such as HKLM")
    example = r"HKLM\SOFTWARE\Example\Settings"

    def read(self, text: str, spec: Spec) -> tuple[Canon, tuple[str, ...]]:  # noqa: ARG002 - one form for all
        """One line; the root in its short form, small letters."""
        path = self._line(text)
        before = ""
        while path != before:  # what stands behind a sign that was dropped may need the same once more
            before, path = path, _bare(path)
            if "\\" not in path:  # names of keys may hold slashes: they separate only where nothing else does
                path = path.replace("/", "\\")
            path = _rooted(_ended(_lower(_BACKSLASHES.sub(r"\\", path))))
        if not path:
            raise self.refuse(phrase("%(typed)s names no key.", typed=quoted(text)))
        return path, self._notes(path)

    def _notes(self, path: str) -> tuple[str, ...]:
        root = path.partition("\\")[0]
        if root not in _SHORT:
            return (_NO_ROOT,)
        if root == "hkcu":
            return (_ONE_USER,)
        if found := _CONTROL_SET.match(path):
            return (_A_LINK if found[1] == "currentcontrolset" else _A_NUMBER,)
        return ()

    def write(self, canon: Canon, spec: Spec) -> str:  # noqa: ARG002 - one form for all
        """The root in capital letters, as it is usually written."""
        root, sign, rest = str(canon).partition("\\")
        return (root.upper() if root in _SHORT else root) + sign + rest


def _rooted(path: str) -> str:
    """A path in small letters with its root in the short form, without what shells put before it."""
    before = ""
    while path != before:
        before = path
        if found := _SHELL.match(path):
            path = path[found.end() :]
        path = _COLON.sub(r"\1", path, count=1) if _COLON.match(path) else path
        for long, short in _ROOTS.items():
            if path == long or path.startswith(long + "\\"):
                path = short + path[len(long) :]
    return path
