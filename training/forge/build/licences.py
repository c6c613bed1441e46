"""What a machine's file system holds of Debian's, and under which licences."""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from training.errors import DomainError
from training.forge.pack import Licence

COMPONENTS = {  # Debian package: (what it is, its licence as SPDX), from its /usr/share/doc/PACKAGE/copyright
    "bash": ("GNU Bash", "GPL-3.0-or-later"),
    "busybox-static": ("BusyBox", "GPL-2.0-only"),
    "dropbear-bin": ("Dropbear", "MIT"),
    "iproute2": ("iproute2", "GPL-2.0-only"),
    "libatomic1": ("libatomic of GCC", "GPL-3.0-or-later WITH GCC-exception-3.1"),
    "libbpf1": ("libbpf", "LGPL-2.1-only OR BSD-2-Clause"),
    "libc6": ("GNU C Library", "LGPL-2.1-or-later"),
    "libcap2": ("libcap", "BSD-3-Clause OR GPL-2.0-only"),
    "libcom-err2": ("com_err of e2fsprogs", "MIT"),
    "libcrypt1": ("libxcrypt", "LGPL-2.1-or-later"),
    "libelf1t64": ("libelf of elfutils", "GPL-2.0-or-later OR LGPL-3.0-or-later"),
    "libgcc-s1": ("libgcc of GCC", "GPL-3.0-or-later WITH GCC-exception-3.1"),
    "libgmp10": ("GNU MP", "LGPL-3.0-or-later OR GPL-2.0-or-later"),
    "libgssapi-krb5-2": ("MIT Kerberos (GSSAPI)", "MIT"),
    "libjemalloc2": ("jemalloc", "BSD-2-Clause"),
    "libk5crypto3": ("MIT Kerberos (crypto)", "MIT"),
    "libkeyutils1": ("libkeyutils", "LGPL-2.1-or-later"),
    "libkrb5-3": ("MIT Kerberos", "MIT"),
    "libkrb5support0": ("MIT Kerberos (support)", "MIT"),
    "liblzf1": ("LibLZF", "BSD-2-Clause OR GPL-2.0-or-later"),
    "libmnl0": ("libmnl", "LGPL-2.1-or-later"),
    "libnettle8t64": ("Nettle", "LGPL-3.0-or-later OR GPL-2.0-or-later"),
    "libpcre2-8-0": ("PCRE2", "BSD-3-Clause"),
    "libproc2-0": ("procps-ng (library)", "LGPL-2.1-or-later"),
    "libselinux1": ("libselinux", "libselinux-1.0"),
    "libssl3t64": ("OpenSSL", "Apache-2.0"),
    "libstdc++6": ("libstdc++ of GCC", "GPL-3.0-or-later WITH GCC-exception-3.1"),
    "libsystemd0": ("libsystemd", "LGPL-2.1-or-later"),
    "libtinfo6": ("ncurses (libtinfo)", "X11"),
    "libtirpc3t64": ("libtirpc", "BSD-3-Clause"),
    "libtomcrypt1": ("LibTomCrypt", "Unlicense"),
    "libtommath1": ("LibTomMath", "Unlicense"),
    "libzstd1": ("Zstandard", "BSD-3-Clause OR GPL-2.0-only"),
    "lighttpd": ("lighttpd", "BSD-3-Clause"),
    "procps": ("procps-ng", "LGPL-2.1-or-later AND LGPL-2.0-or-later"),
    "valkey-tools": ("Valkey", "BSD-3-Clause"),
    "zlib1g": ("zlib", "Zlib"),
}
_FIELDS = "${Package}\t${Version}\t${source:Package}\t${source:Version}\n"


def of_kernel(banner: str, release: str) -> Licence:
    """The kernel's, with the version of Debian's source package that its banner names."""
    found = re.search(r"Debian (\S+) \(", banner)
    return Licence(
        component="Linux kernel",
        version=release,
        licence="GPL-2.0-only WITH Linux-syscall-note",
        source_package="linux",
        source_version=found[1] if found else "unknown",
    )


def ours() -> Licence:
    """Of what this repository adds."""
    return Licence(
        component="programs of training/forge/linux/guest, made-up files and text",
        version="2",
        licence="Apache-2.0",
        source_package="(this repository)",
        source_version="2",
    )


def of_programs(packages: Iterable[str], libraries: Iterable[Path]) -> list[Licence]:
    """Of Debian packages, and of those that some shared libraries come from.

    Raises:
        DomainError: one isn't installed, or its licence isn't known here.
    """
    wanted = sorted({*packages, *(_package_of(each) for each in libraries)})
    if unknown := [each for each in wanted if each not in COMPONENTS]:
        raise DomainError(f"the licence of {', '.join(unknown)} is not known: add it to COMPONENTS in {__file__}")
    rows = [line.split("\t") for line in _dpkg("--show", f"--showformat={_FIELDS}", *wanted).splitlines()]
    return [
        Licence(component=COMPONENTS[p][0], version=v, licence=COMPONENTS[p][1], source_package=s, source_version=sv)
        for p, v, s, sv in sorted({tuple(row) for row in rows})
    ]


def _package_of(library: Path) -> str:
    """The package that a file belongs to; Debian's records name it by /usr, the dynamic loader without it."""
    path = library if library.is_relative_to("/usr") else Path("/usr") / library.relative_to("/")
    owners = [line for line in _dpkg("--search", str(path)).splitlines() if not line.startswith("diversion ")]
    return owners[0].split(":")[0]


def _dpkg(*words: str) -> str:
    try:
        done = subprocess.run(["dpkg-query", *words], check=True, capture_output=True, text=True)  # noqa: S603, S607 - a list, no shell
    except FileNotFoundError as error:
        raise DomainError("dpkg-query is missing: exhibits are made on Debian, whose packages they hold") from error
    except subprocess.CalledProcessError as error:
        raise DomainError(f"the packages inside a base must be installed: {error.stderr.strip()}") from error
    return done.stdout
