"""Every setting of the program: its type, its default, what it means.

Values come from `instance/engram.toml`, then from the environment (`ENGRAM_` and the name in capitals), which wins. All
mistakes are reported at once, each with the place where the value was given.
"""

import difflib
import ipaddress
import os
import secrets
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from training.errors import Refused
from training.sentence import LANGUAGES

ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds app.py, courses/ and labs/."""

PREFIX = "ENGRAM_"
NO_SETTINGS = {
    *("ENGRAM_REFERENCE", "ENGRAM_LAYERS", "ENGRAM_FORGE_BASE", "ENGRAM_FORGE_ACCELERATOR", "ENGRAM_FORGE_HEADERS"),
}
"""Names in the environment that belong to the tests, to the sandbox and to the forge."""
SHORTEST_SECRET = 32


def _about(text: str, **limits: Any) -> Any:
    return Field(description=text, **limits)


class Settings(BaseModel):
    """What an installation may set. A value that is not named here is refused, with the nearest name that is."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    instance: Annotated[Path, _about("Folder of local state: database, exhibits, results, secrets.")] = (
        ROOT / "instance"
    )
    courses: Annotated[Path, _about("Folder of the course files.")] = ROOT / "courses"
    labs: Annotated[Path, _about("Folder of the lab files and exhibits.")] = ROOT / "labs"
    database_url: Annotated[
        str,
        _about(
            "Database, as an SQLAlchemy address; empty means SQLite in the instance folder. PostgreSQL: "
            "postgresql+psycopg://user@host/name.",
        ),
    ] = ""
    listen: Annotated[str, _about("Address and port to serve on. 0.0.0.0:8000 serves a classroom.")] = "127.0.0.1:8000"
    hosts: Annotated[
        tuple[str, ...],
        _about("Host names that a browser may use for this server; anything else is refused. Empty: any name."),
    ] = ()
    address: Annotated[
        str,
        _about(
            "Address of this site as readers know it, such as https://engram.university.example; it is printed on "
            "certificates, which are issued without it only as a demonstration, and on slips and walls."
        ),
    ] = ""
    https: Annotated[
        bool, _about("The site is reached over HTTPS: cookies become Secure and browsers are told to stay with HTTPS.")
    ] = False
    trusted_proxy: Annotated[
        str, _about("Address of the reverse proxy whose forwarded headers are believed; empty believes nobody.")
    ] = ""
    processes: Annotated[
        int, _about("Processes that answer requests; by default one for each processor, at most 4.", ge=1, le=32)
    ] = Field(default_factory=lambda: min(4, os.cpu_count() or 1))
    threads: Annotated[int, _about("Threads of each process that answer requests.", ge=2, le=64)] = 16
    runs_at_once: Annotated[int, _about("Volatility runs at the same time.", ge=1, le=32)] = 2
    run_seconds: Annotated[int, _about("Longest time for one run, in seconds.", ge=5, le=7200)] = 180
    run_rows: Annotated[int, _about("Most rows that one run may keep.", ge=100, le=5_000_000)] = 200_000
    results_per_person_mib: Annotated[
        int,
        _about("Disk space that the results of one person's runs may take, in MiB.", ge=16, le=1_048_576),
    ] = 1024
    results_mib: Annotated[
        int, _about("Disk space that the results of all runs may take together, in MiB.", ge=16, le=67_108_864)
    ] = 20_480
    disk_free_mib: Annotated[
        int,
        _about(
            "Disk space that stays free, in MiB: below it no run starts, and those under way end.", ge=64, le=1_048_576
        ),
    ] = 512
    run_memory: Annotated[
        int, _about("Memory that one run may take beyond what it shares, in MiB.", ge=128, le=65_536)
    ] = 1024
    warm_memory: Annotated[
        int, _about("Memory for exhibits that are kept ready between runs, in MiB.", ge=256, le=1_048_576)
    ] = 2048
    machines_at_once: Annotated[
        int,
        _about("Live machines of trainees at the same time; 0: as many as memory and processors hold.", ge=0, le=1000),
    ] = 0
    machines_per_session: Annotated[
        int, _about("Live machines of one session at the same time; 0: no limit of its own.", ge=0, le=1000)
    ] = 0
    machine_idle_minutes: Annotated[
        int, _about("Minutes without an act of its trainee after which a live machine is ended.", ge=5, le=1440)
    ] = 45
    machine_longest_minutes: Annotated[
        int, _about("Minutes after which a live machine is ended in any case.", ge=10, le=1440)
    ] = 240
    cluster: Annotated[
        str, _about("Address of the Dask scheduler whose workers run plugins, tls://host:8786; empty: this machine.")
    ] = ""
    cluster_authority: Annotated[Path | None, _about("Certificate of the cluster's own authority, PEM.")] = None
    cluster_certificate: Annotated[Path | None, _about("Certificate that this server shows to the cluster, PEM.")] = (
        None
    )
    cluster_key: Annotated[Path | None, _about("Private key of that certificate, PEM.")] = None
    idle_minutes: Annotated[int, _about("Minutes without a request after which a sign-in ends.", ge=5, le=1440)] = 120
    sign_in_hours: Annotated[int, _about("Hours after which a sign-in ends in any case.", ge=1, le=168)] = 12
    second_factor: Annotated[
        bool, _about("Administrators, hosts and instructors must use a second factor (TOTP) to sign in.")
    ] = False
    failures_per_minute: Annotated[
        int,
        _about(
            "Failed sign-ins a minute from one network before each account has fewer tries there; a class shares one.",
            ge=5,
            le=600,
        ),
    ] = 60
    erasure_days: Annotated[
        int,
        _about(
            "Days between asking for an erasure, or finding what a rule of retention says, and carrying it out.",
            ge=1,
            le=365,
        ),
    ] = 30
    language: Annotated[
        str, _about("Language when a reader has chosen none.", pattern=f"^({'|'.join(LANGUAGES)})$")
    ] = "en"
    time_zone: Annotated[
        str, _about("Time zone of the host, in which the days of competencies are counted, such as Africa/Nairobi.")
    ] = "UTC"
    secret: Annotated[
        str, _about("Key that signs cookies; empty means the file instance/secret, made at first start.")
    ] = ""

    @field_validator("listen")
    @classmethod
    def _listens(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 2**16:
            raise ValueError("give an address and a port from 1 to 65535, such as 127.0.0.1:8000")
        return value

    @field_validator("database_url")
    @classmethod
    def _is_database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("give an address that starts with sqlite:/// or postgresql+psycopg://, or leave it out")
        return value

    @field_validator("address")
    @classmethod
    def _is_site(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment):
            raise ValueError("give an address such as https://engram.university.example, or leave it out")
        return value.rstrip("/")

    @field_validator("cluster")
    @classmethod
    def _is_encrypted(cls, value: str) -> str:
        if value and not value.startswith("tls://"):
            raise ValueError("give an address that starts with tls://; a cluster runs whatever it is sent")
        return value

    @field_validator("trusted_proxy")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value:
            ipaddress.ip_address(value)
        return value

    @field_validator("time_zone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("give the name of a time zone that this machine knows, such as Africa/Nairobi") from None
        return value

    @field_validator("secret")
    @classmethod
    def _is_long(cls, value: str) -> str:
        if 0 < len(value) < SHORTEST_SECRET:
            raise ValueError(f"at least {SHORTEST_SECRET} characters, or leave it out")
        return value

    @field_validator("hosts", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return [part for part in value.replace(",", " ").split() if part] if isinstance(value, str) else value

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, **given: Any) -> Self:
        """Read the file and the environment; `given` wins over both. Raises Refused with every mistake."""
        env = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        origin: dict[str, str] = {}
        instance = Path(given.get("instance") or env.get(f"{PREFIX}INSTANCE") or cls.model_fields["instance"].default)
        file = instance / "engram.toml"
        if file.exists():
            try:
                content = tomllib.loads(file.read_text("utf-8"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as bad:
                raise Refused(f"{file}: not a TOML file: {bad}") from bad
            values |= content
            origin |= dict.fromkeys(content, str(file))
        for name, value in env.items():
            if name.startswith(PREFIX) and name not in NO_SETTINGS:
                key = name.removeprefix(PREFIX).lower()
                values[key], origin[key] = value, f"environment, {name}"
        values |= given | {"instance": instance}
        try:
            return cls(**values)
        except ValidationError as bad:
            raise Refused("\n".join(_mistakes(cls, bad, origin))) from None

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the host."""
        return ZoneInfo(self.time_zone)

    @property
    def database(self) -> str:
        """The address of the database that is used."""
        return self.database_url or f"sqlite:///{(self.instance / 'engram.db').resolve()}"

    def signing_key(self) -> str:
        """The key that signs cookies; made at first use for its owner alone, refused when others can read it."""
        if self.secret:
            return self.secret
        file = self.instance / "secret"
        if not file.exists():
            self.instance.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
                out.write(secrets.token_urlsafe(48))
        if file.stat().st_mode & 0o077:
            raise Refused(f"{file} can be read by others; run: chmod 600 {file}")
        return file.read_text("utf-8").strip()

    def flask(self) -> dict[str, Any]:
        """The same settings in Flask's terms."""
        return {
            "SECRET_KEY": self.signing_key(),
            "SESSION_COOKIE_NAME": "__Host-engram" if self.https else "engram",
            "SESSION_COOKIE_SECURE": self.https,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "TRUSTED_HOSTS": list(self.hosts) or None,
            "WTF_CSRF_TIME_LIMIT": None,  # the token lives as long as the sign-in: a form left open is never lost
            "MAX_CONTENT_LENGTH": 2 * 2**20,
            "MAX_FORM_MEMORY_SIZE": 2**20,
            "TEMPLATES_AUTO_RELOAD": False,
        }


def _mistakes(cls: type[Settings], bad: ValidationError, origin: Mapping[str, str]) -> list[str]:
    lines = []
    for error in bad.errors():
        name = str(error["loc"][0])
        where = origin.get(name, "given")
        if error["type"] == "extra_forbidden":
            near = difflib.get_close_matches(name, cls.model_fields, 1)
            lines.append(f"{where}: {name}: not a setting" + (f"; did you mean {near[0]}?" if near else ""))
        else:
            said = error["msg"].removeprefix("Value error, ")
            shown = "" if name in {"secret", "database_url"} else f", not {error['input']!r}"
            lines.append(f"{where}: {name}: {said}{shown}")
    return lines
