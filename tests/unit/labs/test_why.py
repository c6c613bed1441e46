"""Why an answer holds, parted by the plugins that its reader has run."""

import pytest

from training.labs.why import Why, parted

KNOWN = ("linux.psaux", "linux.pslist", "linux.proc.Maps", "linux.malware.process_spoofing", "linux.elfs")
TEXT = (
    "psaux prints text of the process. It may be false. The map is the kernel's. Maps shows it.\n\nlinux.elfs counts."
)


@pytest.mark.parametrize(
    ("ran", "met", "other"),
    [
        (
            ("linux.proc.Maps",),
            ("The map is the kernel's. Maps shows it.",),
            ("psaux prints text of the process. It may be false.", "linux.elfs counts."),
        ),
        (("linux.psaux", "linux.proc.Maps", "linux.elfs"), tuple(TEXT.split("\n\n")), ()),
        (
            (),
            ("The map is the kernel's.",),
            ("psaux prints text of the process. It may be false. Maps shows it.", "linux.elfs counts."),
        ),
    ],
)
def test_sentences_about_what_was_not_asked_stand_apart(
    ran: tuple[str, ...], met: tuple[str, ...], other: tuple[str, ...]
) -> None:
    assert parted(TEXT, KNOWN, ran) == Why(met, other)


def test_nothing_is_left_out_where_all_of_it_speaks_of_more() -> None:
    assert parted("psaux has it. It is so.", KNOWN, ()) == Why(("psaux has it. It is so.",))
    assert parted("", KNOWN, KNOWN) == Why(())
    assert parted("Papers alone.", (), ()) == Why(("Papers alone.",))
