"""The first pages of the report: cover, summary, how it was done, a page for each dimension."""

from collections.abc import Iterator, Sequence

from flask_babel import gettext as _

from training.assessment.instrument.reader import Texts, instrument
from training.assessment.paper.blocks import DASH, Block, Figure, Head, Rows, Text, listed
from training.assessment.presentation import words
from training.assessment.presentation.radar import radar
from training.assessment.presentation.tables import figures
from training.assessment.scoring.dimensions import Dimension
from training.assessment.scoring.exact import shown
from training.assessment.scoring.indicators import Indicator
from training.assessment.service.report import Report
from training.web.language import spoken
from training.web.render import typed

FIRST = 3
"""Priorities on the summary."""
PROFILE = (54.0, 16.0, 16.0, 16.0, 20.0, 20.0, 28.0)


def blocks(found: Report, said: Texts) -> Iterator[Block]:
    """Parts 1 to 4 of the outline."""
    yield from _cover(found)
    yield from _summary(found, said)
    yield from _method(found, said)
    there = {one.code: one for one in found.result.dimensions}
    for code in instrument().dimensions:
        yield from _dimension(found, said, code, there.get(code))


def plain(text: object) -> str:
    """A sentence in the language of the report."""
    return str(spoken(text))


def group(said: Texts, name: str) -> str:
    """What a group is called, merged ones too."""
    return " + ".join(said[f"group/{one}"] for one in name.split("+"))


def _cover(found: Report) -> Iterator[Block]:
    held, outcome = found.now.held, found.now.outcome
    yield Text(_("Self-assessment of training needs and capacity"), soft=True)
    yield Head(typed(held.subject), 0)
    facts = [
        (_("Who assesses"), typed(held.body)),
        (_("Organisation"), typed(found.organisation)),
        (_("What counts as the whole"), typed(held.scope)),
        (_("Opened"), f"{held.opened_at:%Y-%m-%d}" if held.opened_at else ""),
        (_("Closed"), f"{held.closed_at:%Y-%m-%d}" if held.closed_at else ""),
        (_("Version of the indicators"), held.version),
        (_("Edition of the result"), str(outcome.edition)),
        (_("Corrected, since"), typed(outcome.why)),
    ]
    yield Rows((_("The round"), ""), tuple(one for one in facts if one[1]), (50.0, 120.0))


def _summary(found: Report, said: Texts) -> Iterator[Block]:
    yield Head(_("Summary"), 1)
    if found.warning:
        yield Text(plain(found.warning), bold=True)
    yield Figure(radar(found.result.dimensions, instrument().dimensions), _("not published"))
    there = {one.code: one for one in found.result.dimensions}
    yield _profiles([_profile(said, code, there.get(code)) for code in instrument().dimensions])
    yield Head(_("First priorities"), 2)
    yield from listed(
        _("%(code)s %(name)s: priority %(p)s", code=one.given.code, name=said[one.given.code], p=shown(one.priority))
        for one in found.result.ranking[:FIRST]
    )
    yield Head(_("Read with care"), 2)
    yield from (Text(f"{DASH} {plain(one)}", size=7.2) for one in words.CAUTIONS)


def _profiles(rows: Sequence[tuple[str, ...]]) -> Rows:
    heads = (_("Dimension"), _("Score"), _("Target"), _("Gap"), _("Coverage"), _("Published"), _("Confidence"))
    return Rows(heads, tuple(rows), PROFILE)


def _profile(said: Texts, code: str, one: Dimension | None) -> tuple[str, ...]:
    score, target, gap, coverage, count = figures(one)
    confidence = plain(words.CONFIDENCE[one.level.confidence]) if one and one.level else _("not published")
    return (
        f"{code} {said[code]}",
        score or DASH,
        target or DASH,
        gap or DASH,
        coverage or DASH,
        count or DASH,
        confidence,
    )


def _method(found: Report, said: Texts) -> Iterator[Block]:
    held = found.now.held
    yield Head(_("How it was done"), 1)
    yield Text(typed(held.purpose))
    heads = (_("Group"), _("Invitations"), _("Took part"))
    counts = found.now.outcome.invited
    rows = tuple((said[f"group/{one}"], str(n["invited"]), str(n["began"])) for one, n in counts.items())
    yield Rows(heads, rows, (90.0, 40.0, 40.0))
    if held.pair:
        yield Text(_("Counted as one group: %(groups)s.", groups=group(said, "+".join(held.pair))))
    hidden = sum(cell.shown is None for one in found.result.indicators for cell in one.cells)
    withheld = [one.given.code for one in found.result.indicators if one.scored is None]
    yield Text(
        _(
            "A group with fewer than five answers to an indicator is not shown there and enters no score: %(n)s of "
            "%(all)s cells. An indicator is withheld where less than three fifths of the answers that were asked for "
            "can be used: %(codes)s.",
            n=str(hidden),
            all=str(sum(len(one.cells) for one in found.result.indicators)),
            codes=", ".join(withheld) or DASH,
        )
    )
    yield Text(
        _("Weights, targets and feasibility were fixed before collection; they stand in the tables that follow.")
    )


def _dimension(found: Report, said: Texts, code: str, one: Dimension | None) -> Iterator[Block]:
    yield Head(f"{code} {said[code]}", 1)
    yield _profiles([_profile(said, code, one)])
    if summary := found.notes.summaries.get(code):
        yield Text(typed(summary))
    heads = (_("Indicator"), _("Score"), _("Level"), _("Target"), _("Evidence"), _("Coverage"), _("Confidence"))
    widths = (68.0, 16.0, 14.0, 16.0, 18.0, 18.0, 20.0)
    yield Rows(heads, tuple(_indicator(said, each) for each in (one.indicators if one else ())), widths)
    for each in one.indicators if one else ():
        yield from _groups(found, said, each)


def _indicator(said: Texts, one: Indicator) -> tuple[str, ...]:
    name, target = f"{one.given.code} {said[one.given.code]}", shown(one.given.target)
    if one.scored is None:
        return (name, DASH, DASH, target, DASH, shown(one.coverage), _("withheld"))
    at = one.scored
    confidence = plain(words.CONFIDENCE[at.confidence])
    return (name, shown(at.score), str(at.level), target, shown(at.evidence), shown(one.coverage), confidence)


def _groups(found: Report, said: Texts, one: Indicator) -> Iterator[Block]:
    """Medians by group in words, the shown level, flags, the change."""
    code = one.given.code
    yield Text(f"{code} {said[code]}", bold=True)
    if one.scored:
        yield Text(_("Shown level %(n)s: %(text)s", n=str(one.scored.level), text=said[f"{code}/{one.scored.level}"]))
    medians = [
        f"{group(said, cell.group)}: {shown(cell.shown.median) if cell.shown else _('fewer than 5 answers')}"
        for cell in one.cells
    ]
    yield Text(_("Medians: %(groups)s.", groups=_("; ").join(medians)), soft=True, size=8.5)
    rest = (plain(words.flags(one)) if one.scored else "", plain(found.changed(code)))
    yield from (Text(text, size=8.5) for text in rest if text)
