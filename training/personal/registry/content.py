"""What is nobody's: courses and labs, exhibits and runs, organisations, assessments, rules of retention."""

from training.personal.registry.kinds import NOBODY, PERSON, Fate, Table, Term
from training.sentence import phrase

WORDS = phrase("Texts of courses and labs are the work of an organisation, as a book is; who saved what is a number.")
RESPONDENTS = phrase("Numbers of those who answered a self-assessment")
ANSWERS = phrase("Answers to self-assessments")
NO_NAME = phrase("No row says who answered: what nobody can find by a name is not personal to anybody here.")


def _content(name: str, plain: str, staff: str = "", why: str = "", mentions: str = "", called: str = "") -> Table:
    return Table(
        name, NOBODY, Fate.KEPT, Term.CONTENT, why=why, called=called, plain=plain, staff=staff, mentions=mentions
    )


TABLES = (
    Table(
        "run",
        ("asker", PERSON),
        Fate.EMPTIED,
        Term.CONTENT,
        why=phrase(
            "A run is shared by all who ask the same; your own list is shown. Whose turn it took goes, and so do the "
            "options of runs that nobody else asked for."
        ),
        called=phrase("Runs of plugins"),
        plain="id key try_no exhibit symbols plugin plugin_version options volatility island state reason stage rows "
        "seconds columns layers peak result_sha256 result_bytes removed_at queued_at started_at ended_at",
        after={"asker": None},
    ),
    _content("organisation", "id name name_key kind closed_at founding"),
    _content(
        "organisation_look",
        "organisation_id short_name languages address logo logo_sha256 logo_type changed_at",
        "changed_by",
    ),
    _content(
        "exhibit",
        "sha256 name title os size symbols_sha256 record_sha256 truth_sha256 banner origin captured_at registered_at"
        " withdrawn_at",
    ),
    _content("custody", "id exhibit at act text"),
    _content("own_keys", "exhibit state done total proved unproved lost sealed reason asked_at ended_at"),
    _content(
        "release",
        "id kind name sha256 published_at current number note",
        "published_by",
        WORDS,
        "note",
        phrase("Releases, with their notes"),
    ),
    _content("hold", "kind name sha256 edited withdrawn at", "by_id"),
    _content("ownership", "kind name organisation_id since"),
    _content("draft_file", "id kind name path version"),
    _content(
        "draft_revision",
        "file_id number base aside content message at",
        "by_id",
        WORDS,
        called=phrase("Edited texts of courses and labs"),
    ),
    _content("lab_proof", "id lab pack sha256 state outcome at done_at", "by_id"),
    _content(
        "local_note",
        "id organisation_id key jurisdiction article dated checked_by text at",
        "by_id",
        phrase("A note on the law names who checked it, so that readers can ask; hosts choose whose name that is."),
        "checked_by",
        phrase("National notes"),
    ),
    _content("search_source", "name state"),
    _content(
        "assessment_round",
        "id organisation_id subject subject_key body scope controller purpose retention rights version choices pair "
        "until made_at opened_at closed_at correcting_at why cleared_at",
        "made_by",
    ),
    _content("assessment_code", "token_hash round_id respondent_group most used"),
    _content(
        "assessment_respondent", "id round_id number respondent_group token_hash", why=NO_NAME, called=RESPONDENTS
    ),
    _content("assessment_answer", "respondent_id question data", why=NO_NAME, called=ANSWERS),
    Table(
        "assessment_contact",
        NOBODY,
        Fate.KEPT,
        Term.CONTACTS,
        why=phrase("Contact details are sealed and point at nobody. They go when the host deletes them, or by a rule."),
        called=phrase("Contact details after a self-assessment"),
        plain="id round_id",
        secret="sealed",  # noqa: S106 - the name of a column
    ),
    _content("assessment_outcome", "id round_id edition at why given found invited", "made_by"),
    _content("assessment_note", "id round_id kind about data at", "written_by"),
    _content("erasing", "id"),
    _content("retention_rule", "organisation_id term months set_at", "set_by"),
    Table(
        "retention_due",
        NOBODY,
        Fate.KEPT,
        Term.LOG,
        why=phrase("What was removed by a rule, and when: figures alone."),
        called=phrase("What rules of retention found"),
        plain="id organisation_id term session_id counts found_at due_at state reason decided_at done_at",
        staff="decided_by",
    ),
)
