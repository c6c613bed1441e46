"""The summary of a dossier: one page for people, in the language of the session, made of what is sealed beside it."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from html import escape
from typing import Any

from babel.dates import format_date

from training.credentials import codes
from training.credentials.overview import Line, Overview
from training.credentials.results import share
from training.credentials.rules import percent
from training.credentials.words import DASH
from training.credentials.words import WORDS as PRINTED
from training.hosting.carry.rows import State
from training.hosting.dossier import verify
from training.hosting.dossier.words import WORDS, Words
from training.hosting.models import TeachingSession

STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:70rem;margin:1rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0}caption{text-align:start;font-weight:bold}"
    "th,td{border:1px solid #888;padding:.25rem .5rem;text-align:start;vertical-align:top}"
    "bdi[dir]{overflow-wrap:anywhere}dt{font-weight:bold}div{overflow-x:auto}"
)
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
NOTHING = "-"
Statistics = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class About:
    """What the rows of the session don't say: the name of its host, when it was sealed, the fingerprint of the key."""

    host: str
    sealed: datetime
    key: str


def page(
    about: About, teaching: TeachingSession, found: Overview, state: State, statistics: Statistics, chain: bytes
) -> bytes:
    """The page as HTML. `chain` is the audit chain as it is sealed, of which the last event is named."""
    words, language = WORDS[teaching.language], teaching.language
    parts = (
        _about(about, teaching, words, language),
        _people(found, state, words, language),
        _releases(state, words, language),
        _exhibits(state, words),
        _attempts(state, words),
        _statistics(statistics, words),
        _graded(statistics, words),
        _appeals(state, words),
        _critical(found, state, words, language),
        _certificates(state, words, language),
        _chain(chain, words),
        _records(state, words),
        _check(words),
    )
    title = f"{words.dossier}: {teaching.title}"
    way = "rtl" if language == "ar" else "ltr"
    return (
        f'<!doctype html>\n<html lang="{language}" dir="{way}"><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>\n<style>{STYLE}</style>\n'
        f"<h1>{words.dossier}: {_typed(teaching.title)}</h1>\n<p>{words.about}</p>\n{''.join(parts)}</html>\n"
    ).encode()


def _about(about: About, teaching: TeachingSession, words: Words, language: str) -> str:
    printed, last = PRINTED[language], teaching.starts_on + timedelta(days=teaching.days - 1)
    days = " ".join((_day(teaching.starts_on, language), DASH, _day(last, language)))
    facts = (
        (printed.session, _code(teaching.id)),
        (printed.host, _typed(about.host)),
        (printed.dates, f"{days} ({printed.zone.format(_code(teaching.zone))})"),
        (words.room, _typed(teaching.room or NOTHING)),
        (words.opened, _moment(teaching.opened_at) or words.never),
        (words.closed, _moment(teaching.closed_at) or words.never),
        (words.sealed, _moment(about.sealed)),
        (printed.key, _code(about.key)),
    )
    return f"<dl>{''.join(f'<dt>{label}</dt><dd>{value}</dd>' for label, value in facts)}</dl>\n"


def _people(found: Overview, state: State, words: Words, language: str) -> str:
    printed, lines = PRINTED[language], {str(one.person_id): one for one in found.lines}
    order = {"lead": 0, "instructor": 1, "trainee": 2}
    members = [(one, _name(state, one["person_id"])) for one in state["session_member"].values()]
    members.sort(key=lambda one: (order[one[0]["role"]], one[0]["seat"] or "~", one[1].casefold()))
    rows = []
    for one, name in members:
        left = f" ({words.left})" if one["withdrawn_at"] else ""
        line = lines.get(one["person_id"])
        said = _line(line, words, language) if line else (NOTHING,) * 4
        rows.append((_typed(name) + left, words.said(one["role"]), _code(one["seat"] or NOTHING), *said))
    heads = (words.name, words.role, words.seat, printed.presence, printed.hours, printed.examinations)
    return _table(words.people, (*heads, words.certificate), rows, words)


def _line(line: Line, words: Words, language: str) -> tuple[str, ...]:
    """Half-days, hours, results and the certificate that holds, else the one that was revoked last, of a trainee."""
    printed, outcome = PRINTED[language], line.outcome
    there = printed.half_days.format(outcome.attended, outcome.of)
    sat = []
    for row, one in zip(line.results, line.sat, strict=True):
        capped = f" ({words.capped})" if one.critical else ""
        sat.append(f"{_code(row.examination)} {_code(printed.figure(percent(share(row))) + ' %')}{capped}")
    issued = line.standing or next(reversed(line.certificates), None)
    paper = f"{printed.title(issued.kind)} {_code(codes.spelled(issued.code))}" if issued else words.none
    paper += f" ({words.revoked})" if issued and line.standing is None else ""
    return there, _code(printed.figure(outcome.hours)), "<br>".join(sat) or NOTHING, paper


def _releases(state: State, words: Words, language: str) -> str:
    printed = PRINTED[language]
    rows = [
        (printed.used(one["kind"]), _code(one["name"]), _code(one["number"]), _code(one["sha256"]))
        for one in sorted(state["release"].values(), key=lambda one: (one["kind"], one["name"], one["number"]))
    ]
    return _table(printed.releases, (words.kind, words.name, printed.release, "SHA-256"), rows, words)


def _exhibits(state: State, words: Words) -> str:
    worked = Counter(one["exhibit"] for one in state["attempt"].values())
    rows = []
    for one in sorted(state["exhibit"].values(), key=lambda one: (one["name"], one["sha256"])):
        origin = f"{_code(one['title'])}<br>{_code(one['origin'])}"
        rows.append((_code(one["name"]), origin, _code(one["sha256"]), str(worked[one["sha256"]])))
    return _table(words.exhibits, (words.name, words.origin, "SHA-256", words.attempts), rows, words)


def _attempts(state: State, words: Words) -> str:
    kinds = {table: [{"row": row} for row in found.values()] for table, found in state.items()}
    tried: dict[str, list[float | None]] = {}
    for each in verify.tries(kinds):
        tried.setdefault(each.work, []).append(each.credit)
    hinted = Counter(one["attempt_id"] for one in state["hint_taken"].values())
    rows = []
    for one in sorted(state["attempt"].values(), key=lambda one: (one["opened_at"], one["id"])):
        lab, came = state["release"][one["release_id"]], tried.get(one["id"], [])
        marks = [credit for credit in came if credit is not None]
        right, wrong = sum(credit >= verify.WHOLE for credit in marks), marks.count(0)
        counts = (len(came), right, len(marks) - right - wrong, wrong, len(came) - len(marks), hinted[one["id"]])
        exhibit, times = _code(one["exhibit"][:12]), (_short(one["opened_at"]), _short(one["closed_at"]))
        who, which = _typed(_name(state, one["person_id"])), f"{_code(lab['name'])} {_code(lab['number'])}, {exhibit}"
        rows.append((who, which, *times, *(str(count) for count in counts)))
    heads = (words.name, words.exhibits, words.begun, words.ended, words.tries, words.right, words.part, words.wrong)
    return _table(words.attempts, (*heads, words.rest, words.hints), rows, words)


def _statistics(statistics: Statistics, words: Words) -> str:
    counts = (words.works, words.answers, words.right, words.part, words.wrong, words.mean, words.interval)
    heads = (words.question, *counts, words.discrimination, words.interval, words.mistakes)
    tables = [f"<h2>{words.statistics}</h2>\n<p>{words.statistics_note}</p>\n"]
    for one in statistics["releases"].values():
        rows = [_question(name, each) for name, each in one["questions"].items()]
        tables.append(_table(f"{_code(one['name'])} {_code(one['number'])}", heads, rows, words, level=3))
    return "".join(tables)


def _question(name: str, one: Mapping[str, Any]) -> tuple[str, ...]:
    counts, figures = one["counts"], one["figures"] or {"interval": None, "discrimination": None}
    link, most = figures["discrimination"], sorted(counts["mistakes"].items(), key=lambda each: (-each[1], each[0]))
    return (
        _code(name),
        *(str(counts[each]) for each in ("works", "tries", "right", "part", "wrong")),
        _share(counts["mean"]),
        _ends(figures["interval"]),
        _code(f"{link['value']:.2f}") if link else NOTHING,
        _ends(link["interval"], whole=False) if link else NOTHING,
        "<br>".join(f"{_code(code)}: {count}" for code, count in most) or NOTHING,
    )


def _graded(statistics: Statistics, words: Words) -> str:
    rows = []
    for one in statistics["releases"].values():
        for each in one.get("versions", ()):
            number = _code(each["number"]) if each["number"] else words.published
            keys = each["keys"].items() if isinstance(each["keys"], dict) else [("", each["keys"])]
            digests = "<br>".join(f"{_code(name[:12])} {_code(digest)}" for name, digest in keys)
            rows.append((f"{_code(one['name'])} {_code(one['number'])}", number, _code(each["grader"]), digests))
    return _table(words.graded, (words.name, words.version, words.grader, words.keys), rows, words)


def _appeals(state: State, words: Words) -> str:
    rows = []
    for one in sorted(state["appeal"].values(), key=lambda one: (one["made_at"], one["id"])):
        finding, attempt = state["finding"][one["finding_id"]], state["attempt"][one["attempt_id"]]
        who, outcome = _typed(_name(state, attempt["person_id"])), words.said(one["outcome"])
        rows.append((who, _code(finding["question"]), words.said(one["kind"]), _short(one["made_at"]), outcome))
    heads = (words.name, words.question, words.kind, words.made, words.outcome)
    return _table(words.appeals, heads, rows, words)


def _critical(found: Overview, state: State, words: Words, language: str) -> str:
    texts, rows = found.rules.texts, []
    for one in sorted(state["examination_critical"].values(), key=lambda one: (one["at"], one["id"])):
        appealed = f"{_typed(one['appeal'])}<br>{_short(one['appealed_at'])}" if one["appealed_at"] else words.none
        outcome = words.withdrawn if one["outcome"] == "withdrawn" else words.stands
        waits = one["appealed_at"] and not one["outcome"]
        said = f"{outcome} ({words.open})" if waits else f"{outcome}<br>{_typed(one['note'])}"
        sat = _code(f"{one['examination']} {one['sitting']}")
        what = f"{_typed(one['happened'])}<br>{_typed(one['place'])}"
        error = _typed(str(texts.get(one["error"], {}).get(language, one["error"])))
        who = _typed(_name(state, one["person_id"]))
        rows.append((who, sat, error, what, _short(one["at"]), appealed, said))
    heads = (words.name, words.examination, words.error, words.happened, words.recorded, words.appeal, words.outcome)
    return _table(words.critical, heads, rows, words)


def _certificates(state: State, words: Words, language: str) -> str:
    printed, ended = PRINTED[language], {one["certificate_id"]: one for one in state["certificate_revocation"].values()}
    rows = []
    for one in sorted(state["certificate"].values(), key=lambda one: (one["issued_at"], one["id"])):
        end = ended.get(one["id"])
        stands = words.valid if end is None else words.replaced if end["replaced_by_id"] else words.revoked
        named = f"{_code(codes.spelled(one['code']))}<br>{_code(one['id'])}"
        who, kind = _typed(json.loads(one["facts"])["facts"]["holder"]), printed.title(one["kind"])
        rows.append((who, kind, named, _short(one["issued_at"]), stands, _code(one["pdf_sha256"])))
    heads = (words.name, words.kind, printed.code, printed.issued, words.state, words.paper)
    return _table(words.certificates, heads, rows, words)


def _chain(chain: bytes, words: Words) -> str:
    lines = [line for line in chain.split(b"\n") if line]
    whole = sum(b'"act":' in line for line in lines)
    last = json.loads(lines[-1])["digest"] if lines else NOTHING
    said = words.events.format(_code(len(lines)), _code(whole))
    return f"<h2>{words.audit}</h2>\n<p>{said}</p>\n<p>{words.last}: {_code(last)}</p>\n"


def _records(state: State, words: Words) -> str:
    rows = [(_code(f"records/{table}.jsonl"), str(len(each))) for table, each in sorted(state.items()) if each]
    return f"{_table(words.records, (words.kind, words.records), rows, words)}<p>{words.records_note}</p>\n"


def _check(words: Words) -> str:
    line = _code("python3 verify.py FILE FINGERPRINT")
    return f"<h2>{words.checking}</h2>\n<p>{words.checking_note}</p>\n<pre>{line}</pre>\n"


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]], words: Words, level: int = 2) -> str:
    """A table below its own head; in its place a word where there is nothing. Cells are HTML already."""
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>\n" for row in rows)
    head = "".join(f'<th scope="col">{one}</th>' for one in heads)
    table = f"<div><table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table></div>\n"
    return f"<h{level}>{title}</h{level}>\n{table if body else f'<p>{words.none}</p>'}\n"


def _name(state: State, person: str) -> str:
    return str(state["person"].get(person, {}).get("name", person))


def _typed(text: str) -> str:
    """What somebody typed."""
    return f"<bdi>{escape(text)}</bdi>"


def _code(value: object) -> str:
    """What reads from left to right in every language."""
    return f'<bdi dir="ltr">{escape(str(value))}</bdi>'


def _share(value: float | None) -> str:
    return NOTHING if value is None else _code(f"{percent(Fraction(value).limit_denominator(10**6))} %")


def _ends(ends: Sequence[float] | None, *, whole: bool = True) -> str:
    """Both ends of an interval, in percent or as they are."""
    if ends is None:
        return NOTHING
    said = (f"{100 * one:.0f} %" if whole else f"{one:.2f}" for one in ends)
    return _code(f" {DASH} ".join(said))


def _day(value: date, language: str) -> str:
    return format_date(value, "long", locale="en_GB" if language == "en" else language)


def _moment(value: datetime | None) -> str:
    return _code(f"{value.astimezone(UTC):%Y-%m-%d %H:%M}Z") if value else ""


def _short(value: str | None) -> str:
    return _moment(datetime.fromisoformat(value)) if value else NOTHING
