"""Live work on running machines: responses, their records, media and images."""

from training.personal.registry.kinds import PERSON, Fate, Table, Term
from training.sentence import phrase

OF_RESPONSE = ("response_id", "response")
RECORD = phrase(
    "That, when and how somebody worked at a machine belongs to the host's record. What was typed is gone, and what "
    "the machine printed with it."
)

TABLES = (
    Table(
        "response",
        ("person_id", PERSON),
        Fate.KEPT,
        Term.RECORD,
        phrase("Machines that you worked at"),
        RECORD,
        plain="id organisation_id release_id assignment_id attempt_id settled acts guest_offset",
        facts="variant state level range_offset begun_at confirmed_at watched_at gone_at image why seal"
        " handed_over_at ended_at",
    ),
    Table(
        "response_entry",
        OF_RESPONSE,
        Fate.EMPTIED,
        Term.WORK,
        phrase("Lines that you typed at machines"),
        RECORD,
        plain="request_key",
        facts="number kind at start stop exit seconds sha256",
        typed="line",
    ),
    Table(
        "response_remark",
        OF_RESPONSE,
        Fate.EMPTIED,
        Term.WORK,
        phrase("Remarks that you made at machines"),
        RECORD,
        facts="number entry at",
        typed="text",
    ),
    Table(
        "response_form",
        OF_RESPONSE,
        Fate.EMPTIED,
        Term.WORK,
        phrase("Forms of the scene, of custody and of the hand-over"),
        RECORD,
        facts="number kind clock_offset at",
        typed="content",
        after={"content": {}},
    ),
    Table(
        "response_decision",
        OF_RESPONSE,
        Fate.EMPTIED,
        Term.WORK,
        phrase("Decisions that you made at machines"),
        RECORD,
        facts="number fork choice at",
        typed="reason",
    ),
    Table(
        "response_event",
        OF_RESPONSE,
        Fate.EMPTIED,
        Term.WORK,
        phrase("What happened at your machines"),
        RECORD,
        facts="number kind wish at done_at answer",
        others="text",
        staff="by",
    ),
    Table(
        "response_medium",
        OF_RESPONSE,
        Fate.KEPT,
        Term.RECORD,
        phrase("Media that you carried to machines"),
        RECORD,
        plain="failing",
        facts="number kind serial plugged_at unplugged_at",
    ),
    Table(
        "response_acquisition",
        OF_RESPONSE,
        Fate.EMPTIED,
        Term.WORK,
        phrase("Images of memory that you took"),
        RECORD,
        facts="number way entry medium began_at ended_at paused size sha256 received truth exhibit fault",
        typed="file",
    ),
)
