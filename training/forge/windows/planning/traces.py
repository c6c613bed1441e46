"""What programs and people have left: registry keys, tasks, UserAssist, Amcache, ShimCache, file records, accounts."""

import binascii
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any, Final

from training.forge.scenario.windows.incident import Datum, RegistryKey
from training.forge.scenario.windows.leavings import USUAL_ACCOUNTS
from training.forge.windows.plan import (
    Account,
    Cached,
    CachedLogon,
    Counted,
    Filetime,
    Hive,
    Key,
    Known,
    Recorded,
    Secret,
    Shimmed,
    Task,
    Value,
)
from training.forge.windows.planning import facts
from training.forge.windows.planning.casting import Cast
from training.forge.windows.planning.moments import DAY, SECOND, filetime, moment
from training.forge.windows.planning.people import People

SOFTWARE: Final = "\\SystemRoot\\System32\\Config\\SOFTWARE"
SYSTEM: Final = "\\REGISTRY\\MACHINE\\SYSTEM"
RUN: Final = "Software\\Microsoft\\Windows\\CurrentVersion\\Run"
USUAL_FLAGS: Final = {500: 0x0211, 501: 0x0215, 503: 0x0215, 504: 0x0211}
PLAIN, DISABLED = 0x0210, 0x0211

_HOUR: Final = 3600 * SECOND
_FRIDAY: Final = 4
_HOURS: Final = 8
_FIRST_RECORD: Final = 84_000


@cache
def _facts() -> dict[str, list[list[Any]]]:
    return facts._read("traces")  # noqa: SLF001 - of the same baseline


class Traces:
    """All of them, of one machine."""

    def __init__(self, cast: Cast, people: People) -> None:
        self.cast = cast
        self.people = people
        self.scenario = cast.scenario
        first = next(iter(cast.logons), None)
        self._person = self.scenario.users[first].name if first else "Administrator"
        self._server = self.scenario.machine.role == "server"

    def _ago(self, amount: float, unit: int, part: str) -> Filetime:
        """A time so long before the capture, spread a little; before the boot it is one at which people work."""
        time = self.cast.frozen - int(amount * unit * self.cast.base(f"ago {part}").uniform(0.9, 1.1)) - 4_217
        return time if time > self.cast.booted or self._server else self._at_work(time, part)

    def _at_work(self, time: Filetime, part: str) -> Filetime:
        """A time on the same working day or the one before: at night and on Sundays an office machine is off."""
        booted, day = moment(self.cast.booted), moment(time).date()
        day -= timedelta(days=int(day >= booted.date()))
        day -= timedelta(days=max(0, day.weekday() - _FRIDAY))
        begun = self.scenario.machine.booted.replace(year=day.year, month=day.month, day=day.day)
        draw = self.cast.base(f"at work {part}")
        return filetime(begun) + draw.randrange(4 * 60 * SECOND, _HOURS * 3600 * SECOND)

    def _in(self, text: str) -> str:
        return text.replace("<user>", self._person)

    def hive_of(self, user: str) -> str:
        """The name of the hive of a user."""
        return f"\\??\\C:\\Users\\{self.scenario.users[user].name}\\ntuser.dat"

    def hives(self) -> tuple[Hive, ...]:
        """Keys beside those that every Windows has."""
        found: dict[str, dict[str, Key]] = {}
        for user in self.cast.logons:
            if "onedrive" in self.cast:
                home = f"C:\\Users\\{self.scenario.users[user].name}"
                path = f'"{home}\\AppData\\Local\\Microsoft\\OneDrive\\OneDrive.exe" /background'
                key = Key(path=RUN, time=self._ago(9.6, DAY, f"run {user}"), values=(_text("OneDrive", path),))
                found.setdefault(self.hive_of(user), {})[RUN.lower()] = key
        for number, each in enumerate(self.scenario.registry):
            hive, path = self.place(each)
            keys = found.setdefault(hive, {})
            before = keys.get(path.lower())
            values = tuple(_value(name, datum) for name, datum in each.values.items())
            time = self.cast.draw.within(each.time, f"key {number}")
            keys[path.lower()] = Key(
                path=path,
                time=max(time, before.time) if before else time,
                values=(*(before.values if before else ()), *values),
            )
        return tuple(Hive(name=hive, keys=tuple(keys.values())) for hive, keys in found.items())

    def place(self, each: RegistryKey) -> tuple[str, str]:
        """The hive of a key of the scenario, and its path there."""
        if each.key.startswith("HKCU"):
            return self.hive_of(each.user or ""), each.key[5:]
        name, _, path = each.key[5:].partition("\\")
        if name == "SOFTWARE":
            return SOFTWARE, path
        if path.lower().startswith("currentcontrolset"):
            path = f"ControlSet001{path[len('CurrentControlSet') :]}"
        return SYSTEM, path

    def tasks(self) -> Iterator[tuple[Task, bool]]:
        """Scheduled tasks, each with whether the scenario planted it."""
        for path, command, arguments, trigger, account, days, hours in _facts()["tasks"]:
            yield (
                Task(
                    path=path, command=command, arguments=arguments, trigger=trigger,
                    created=self._ago(days, DAY, f"task {path}"), last_run=self._last_run(trigger, hours, path),
                    user=self.people.shown(account).partition("\\")[2] if account else "",
                    sid=self.people.sid(account) if account else "",
                ),
                False,
            )  # fmt: skip
        for each in self.scenario.tasks:
            yield (
                Task(
                    path=each.path, command=each.command, arguments=each.arguments, trigger=each.trigger,
                    created=self.cast.draw.within(each.created, f"task {each.path}"),
                    last_run=self.cast.draw.within(each.last_run, f"run of {each.path}"),
                    user=self.people.shown(each.user) if each.user else "",
                    sid=self.people.sid(each.user) if each.user else "", display=each.display,
                ),
                True,
            )  # fmt: skip

    def _last_run(self, trigger: str, hours: float, path: str) -> Filetime:
        if trigger == "logon" and self.cast.logons:
            since = max(self.cast.logons.values())
            return since + self.cast.base(f"run of {path}").randrange(9 * SECOND, 80 * SECOND)
        return self._ago(hours, _HOUR, f"run of {path}")

    def counted(self) -> Iterator[tuple[Counted, bool]]:
        """Entries of UserAssist."""
        planted = {(each.user, each.program.lower()) for each in self.scenario.userassist}
        for user in self.cast.logons:
            draw = self.cast.base(f"counted {user}")
            for name, count, focus, focus_ms, hours in _facts()["counted"]:
                if (user, name.lower()) in planted:
                    continue
                times = draw.uniform(0.6, 1.5)
                yield (
                    Counted(
                        hive=self.hive_of(user), name=name, count=max(1, round(count * times)),
                        focus=round(focus * times), focus_ms=round(focus_ms * times),
                        time=min(self._ago(hours, _HOUR, f"counted {user} {name}"), self.cast.frozen - SECOND),
                    ),
                    False,
                )  # fmt: skip
        for each in self.scenario.userassist:
            time = self.cast.draw.within(each.time, f"counted {each.user} {each.program}")
            yield (
                Counted(
                    hive=self.hive_of(each.user), name=each.program, count=each.count, focus=each.focus,
                    focus_ms=each.focus_ms, time=time,
                ),
                True,
            )  # fmt: skip

    def known(self) -> Iterator[tuple[Known, bool]]:
        """Entries of Amcache."""
        for path, product, publisher, version, days, *service in _facts()["known"]:
            path = self._in(path)  # noqa: PLW2901 - the same with a name in it
            if ("Fieldgate" in path or "Vaultline" in path) and self.scenario.machine.role != "server":
                continue
            time, sha1 = self._ago(days, DAY, f"known {path}"), self.cast.base.digest(path)
            yield (
                Known(
                    path=path, sha1=sha1, time=time, product=product, publisher=publisher,
                    version=str(version), service=service[0] if service else "",
                ),
                False,
            )  # fmt: skip
        for each in self.scenario.amcache:
            yield (
                Known(
                    path=each.path, sha1=each.sha1 or self.cast.draw.digest(each.path),
                    time=self.cast.draw.within(each.time, f"known {each.path}"), product=each.product,
                    publisher=each.publisher, version=each.version, service=each.service or "",
                ),
                True,
            )  # fmt: skip

    def shimmed(self) -> Iterator[tuple[Shimmed, bool]]:
        """Entries of ShimCache, newest first."""
        for each in self.scenario.shimcache:
            modified = self.cast.draw.within(each.modified, f"shim {each.path}")
            yield Shimmed(path=f"SYSVOL{each.path[2:]}", modified=modified), True
        planted = {each.path.lower() for each in self.scenario.shimcache}
        for path, days in _facts()["shimmed"]:
            path = self._in(path)  # noqa: PLW2901 - the same with a name in it
            if path.lower() not in planted:
                yield Shimmed(path=f"SYSVOL{path[2:]}", modified=self._ago(days, DAY, f"shim {path}")), False

    def records(self) -> tuple[tuple[str, Recorded, bool], ...]:
        """Records of the master file table, each with the path of its file; later ones have higher numbers."""
        found = list(self._records())
        draw, number, numbers = self.cast.base("record numbers"), _FIRST_RECORD, {}
        for path, each, _ in sorted(found, key=lambda one: one[1].named_created):
            number += draw.randrange(1, 900)
            numbers[path, each.created] = number
        return tuple(
            (path, replace(each, number=numbers[path, each.created]), planted) for path, each, planted in found
        )

    def _records(self) -> Iterator[tuple[str, Recorded, bool]]:
        for path, size, made, changed in _facts()["records"]:
            path = self._in(path)  # noqa: PLW2901 - the same with a name in it
            created = self._ago(made, _HOUR, f"file {path}")
            modified = max(created, self._ago(changed, _HOUR, f"change {path}"))
            name = path.rpartition("\\")[2]
            yield path, Recorded(name=name, size=size, created=created, modified=modified, named_created=created), False
        for each in self.scenario.mft:
            created = self.cast.draw.within(each.created, f"file {each.path}")
            named = each.named_created
            recorded = Recorded(
                name=each.path.rpartition("\\")[2],
                size=each.size,
                created=created,
                modified=created
                if each.modified == each.created
                else self.cast.draw.within(each.modified, f"change {each.path}"),
                named_created=self.cast.draw.within(named, f"named {each.path}") if named else created,
                streams=tuple((name, text.encode()) for name, text in each.streams.items()),
            )
            yield each.path, recorded, True

    def cached(self) -> tuple[Cached, ...]:
        """Files whose content the cache holds."""
        return tuple(Cached(path=each.path, content=each.text.encode()) for each in self.scenario.cached)

    def accounts(self) -> Iterator[tuple[Account, bool]]:
        """Local accounts, those of every machine first."""
        given = {each.rid for each in self.scenario.accounts}
        set_up = self._ago(97.0, DAY, "set-up of accounts")
        for name, rid in USUAL_ACCOUNTS.items():
            if rid not in given:
                yield Account(name=name, rid=rid, password=None, created=set_up, flags=USUAL_FLAGS[rid]), False
        for each in self.scenario.accounts:
            created = self.cast.draw.within(each.created, f"account {each.name}")
            flags = DISABLED if each.disabled else PLAIN
            yield Account(name=each.name, rid=each.rid, password=each.password, created=created, flags=flags), True

    def secrets(self) -> tuple[Secret, ...]:
        """The LSA secrets of the scenario."""
        return tuple(
            Secret(
                name=each.name,
                content=each.text.encode("utf-16-le"),
                time=self.cast.draw.within(each.time, f"secret {each.name}"),
            )
            for each in self.scenario.secrets
        )

    def logons(self) -> tuple[CachedLogon, ...]:
        """Domain logons that the machine remembers."""
        return tuple(
            CachedLogon(
                user=each.user,
                domain=each.domain,
                dns=each.dns,
                hash=self.cast.draw(f"cached {each.user}").randbytes(16),
            )
            for each in self.scenario.logons
        )


def _text(name: str, data: str) -> Value:
    return Value(name=name, kind="SZ", data=data)


def _value(name: str, datum: Datum) -> Value:
    data: str | int | bytes | tuple[str, ...] = datum.data
    if datum.kind == "BINARY" and isinstance(data, str):
        data = binascii.unhexlify(data.replace(" ", ""))
    return Value(name=name, kind=datum.kind, data=data)
