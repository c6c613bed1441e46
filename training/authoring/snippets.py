"""What the buttons of the editor insert: each kind of mark once, as docs/authoring.md explains it."""

from training.courses.manuscript import glossary
from training.sentence import Sentence, phrase

MARKDOWN: tuple[tuple[Sentence, str], ...] = (
    (phrase("Bold"), "**bold words**"),
    (phrase("Emphasis"), "*words with emphasis*"),
    (phrase("Code in a line"), "`linux.pslist`"),
    (phrase("List"), "\n- first point\n- second point\n"),
    (phrase("Table"), "\n| column | value |\n|---|--:|\n| first | 1 |\n"),
    (phrase("Link"), "[words](https://www.example.org/)"),
    (phrase("Link to a module"), "[words](../01-first-module/#s2)"),
    (phrase("Term"), "[words](term:chain-of-custody)"),
    (phrase("Note"), "word[^1]\n\n[^1]: Text of the note.\n"),
    (phrase("Formula"), "$`2^{12} = 4096`$"),
    (phrase("Law"), '\n!!! law "International: title"\n    National rules differ.\n'),
    (phrase("Case"), '\n!!! case "Title (fictional)"\n    Court, date, reference, and what was decided.\n'),
    (
        phrase("Court view"),
        '\n!!! court "Court view"\n    **A question of the other side.** An answer that stays inside the evidence.\n',
    ),
    (phrase("Caution"), '\n!!! caution "Title"\n    What the trace does not show.\n'),
    (phrase("Remark"), '\n!!! note "Title"\n    What stands apart.\n'),
    (phrase("Margin"), "\n!!! side\n    A short remark.\n"),
    (phrase("Figure"), '\n![What can be seen.](media/example.svg "Caption.")\n'),
    (
        phrase("Rows of a plugin"),
        (
            "\n```output\nplugin: linux.pslist\nexhibit: finance-workstation-a\ncolumns: [PID, PPID, COMM]\n"
            "where: 'PPID = 2'\nlimit: 5\ncaption: What the rows show.\n```\n"
        ),
    ),
    (
        phrase("Question"),
        (
            '\n```quiz\nid: m1-1-q2\nobjective: o1\ntype: choice\nstem: "What is asked?"\noptions:\n'
            '  - {id: a, text: "One answer"}\n  - {id: b, text: "Another one"}\n  - {id: c, text: "A third one"}\n```\n'
        ),
    ),
    (phrase("Way into a lab"), "\n[[lab:finance-workstation#q1]] What to do there, in one sentence.\n"),
    (
        phrase("National note"),
        "\n[[local:preservation-order]] What the host should write here, in one sentence.\n",
    ),
)

KEYS: tuple[tuple[Sentence, str], ...] = (
    (
        phrase("Key of a question"),
        (
            '\nm1-1-q2:\n  answer: a\n  mark: V1\n  source: "Author, title, section"\n'
            '  explanation: "Why this is right."\n'
            '  feedback:\n    b: "What is wrong with it."\n    c: "What is wrong with it."\n'
        ),
    ),
)


TERMS: tuple[tuple[Sentence, str], ...] = (
    (
        phrase("Term"),
        (
            '\nnew-term:\n  en: {term: "new term", text: "What it means, in a sentence or two."}\n'
            '  fr: {term: "nouveau terme", text: "Ce qu\'il veut dire, en une ou deux phrases."}\n'
            '  ar: {term: "مصطلح جديد", text: "معناه في جملة أو جملتين."}\n  as_of: 2026-11-26\n'
        ),
    ),
)


def of(path: str) -> tuple[tuple[Sentence, str], ...]:
    """The snippets for a file, each with the name of its button; none for files of fields alone."""
    if path == glossary.FILE:
        return TERMS
    return MARKDOWN if path.endswith(".md") else KEYS if path.startswith("keys") else ()
