"""Accounts, and what hangs on an account alone: sign-ins, invitations, reading, quizzes, margin notes, competencies."""

from training.personal.registry.kinds import NOBODY, PERSON, Fate, Table, Term
from training.sentence import phrase

OF_PERSON = ("person_id", PERSON)
STAND_IN = phrase(
    "One row stays under a name that means nothing, since results, attendance and decisions of the host point at it."
)
KNOWN = phrase("Digests and keys of sign-in codes open the account to whoever has them: they are never handed out.")

TABLES = (
    Table(
        "person",
        ("id", PERSON),
        Fate.EMPTIED,
        Term.ACCOUNT,
        phrase("Your account"),
        STAND_IN,
        plain="home_id totp_last_step erased_at",
        facts="made_at disabled_at language theme",
        typed="login name",
        secret="login_key password_hash totp_secret",  # noqa: S106 - names of columns
        after={"language": None, "theme": None, "totp_secret": None, "totp_last_step": None},
    ),
    Table(
        "membership",
        OF_PERSON,
        Fate.REMOVED,
        Term.ACCOUNT,
        phrase("Roles that you hold"),
        plain="organisation_id",
        facts="role",
    ),
    Table(
        "sign_in",
        OF_PERSON,
        Fate.REMOVED,
        Term.TRACES,
        phrase("Sign-ins"),
        facts="started_at seen_at ended_at second_factor_done",
        secret="token_hash offered_secret",  # noqa: S106 - names of columns
    ),
    Table(
        "failure",
        NOBODY,
        Fate.REMOVED,
        Term.TRACES,
        why=phrase("Failed sign-ins are kept for an hour, under a digest of what was typed; yours go at once."),
        called=phrase("Failed sign-ins"),
        plain="id",
        secret="account address at",  # noqa: S106 - names of columns
    ),
    Table(
        "invitation",
        ("used_by", PERSON),
        Fate.EMPTIED,
        Term.TRACES,
        phrase("Invitations that you accepted"),
        phrase("That somebody was invited, and when, belongs to the organisation's record."),
        plain="organisation_id",
        facts="role made_at expires_at used_at",
        others="name login",
        staff="made_by",
        secret="token_hash",  # noqa: S106 - the name of a column
    ),
    Table(
        "salt",
        ("person", PERSON),
        Fate.REMOVED,
        Term.LOG,
        why=phrase("Random numbers behind the marks in the audit chain; without them the marks say nothing."),
        called=phrase("Random numbers behind the marks of the audit log"),
        plain="id",
        secret="value",  # noqa: S106 - the name of a column
    ),
    Table(
        "event",
        ("actor", PERSON),
        Fate.KEPT,
        Term.LOG,
        phrase("The audit log: what you did"),
        phrase(
            "The chain proves that nothing was changed afterwards. It names people by a number alone, and that number "
            "leads to nobody once the account is erased."
        ),
        plain="seq id previous digest",
        facts="at act",
        secret="subject details seals",  # noqa: S106 - they name other people's rows
    ),
    Table(
        "erasure",
        OF_PERSON,
        Fate.EMPTIED,
        Term.LOG,
        phrase("Requests that your data be erased"),
        phrase("That an account was erased, when, and how many rows it was, must be shown to whoever asks."),
        plain="id outcome files_done_at",
        facts="own keeps_certificates asked_at due_at withdrawn_at done_at",
        others="reason",
        staff="asked_by withdrawn_by",
    ),
    Table(
        "enrolment",
        OF_PERSON,
        Fate.REMOVED,
        Term.ACCOUNT,
        phrase("Courses that you began"),
        plain="id release_id",
        facts="course begun_at",
    ),
    Table(
        "reading",
        OF_PERSON,
        Fate.REMOVED,
        Term.ACCOUNT,
        phrase("Modules that you marked as read"),
        plain="id release_id",
        facts="course module read_at",
    ),
    Table(
        "last_place",
        OF_PERSON,
        Fate.REMOVED,
        Term.ACCOUNT,
        phrase("Where you stopped reading"),
        plain="id mark",
        facts="course module section at",
        private=True,
    ),
    Table(
        "margin_note",
        OF_PERSON,
        Fate.REMOVED,
        Term.ACCOUNT,
        phrase("Your notes in the margin"),
        plain="id mark version request_key",
        facts="course module section language quote at changed_at",
        typed="text",
        private=True,
    ),
    Table(
        "answer",
        OF_PERSON,
        Fate.EMPTIED,
        Term.ACCOUNT,
        phrase("Your answers to questions of modules"),
        phrase("How often a question was answered, and how well, stays for the statistics of the question."),
        plain="id release_id request_key",
        facts="course module question score at",
        typed="value",
        after={"value": []},
    ),
    Table(
        "refresher",
        OF_PERSON,
        Fate.REMOVED,
        Term.ACCOUNT,
        phrase("Refreshers that were drawn for you"),
        plain="id questions",
        facts="competency begun_at",
    ),
    Table(
        "career",
        OF_PERSON,
        Fate.REMOVED,
        Term.ACCOUNT,
        phrase("The role that you chose for your competencies"),
        facts="role chosen_at",
    ),
    Table(
        "statement",
        OF_PERSON,
        Fate.REMOVED,
        Term.RECORD,
        phrase("What instructors confirmed of you"),
        plain="id organisation_id attempt_id request_key",
        facts="kind competency task day at withdrawn_at",
        others="reason",
        staff="by_id withdrawn_by",
        mentions="reason",
    ),
)
