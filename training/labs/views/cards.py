"""Plugin cards: the list, one card, and what a page needs to complete a command."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from training.analysis import cards as plugin_cards
from training.analysis import command as commands
from training.analysis import service as analysis
from training.analysis.cards import Card, Question, Topic
from training.analysis.command import Command
from training.errors import Refused
from training.evidence import service as evidence
from training.labs import policy, topics
from training.labs.views.blueprint import bp
from training.web.guard import guarded, permit
from training.web.language import spoken
from training.web.rooms import store

HOUR = 3_600
LONGEST = 100  # characters of a search
FEW = 60  # plugins of which a list says the questions too
BEGINNINGS: tuple[Topic, ...] = ("processes", "network", "files")
LONGEST_COMMAND = 4_000  # characters of a command that is looked through for a plugin


@bp.get("/plugins")
@guarded(policy.may_list)
def plugins() -> ResponseReturnValue:
    """The plugins that can be run, by system and topic."""
    permit(None)
    text, system = request.args.get("text", "")[:LONGEST], request.args.get("system", "")
    found = topics.matching(plugin_cards.load(), text)
    systems = [one for one in ("linux", "windows", "any") if system in {"", one}]
    listed = [(one, topics.by_topic(card for card in found if card.os == one)) for one in systems]
    left_out = sorted(plugin_cards.load().left_out.items())
    shown = {"listed": listed, "left_out": left_out, "with_questions": len(found) <= FEW}
    return render_template("labs/plugins.html", text=text, system=system, **shown)


@bp.get("/plugins/<name>")
@guarded(policy.may_list)
def plugin(name: str) -> ResponseReturnValue:
    """The card of one plugin."""
    permit(None)
    cards = plugin_cards.load()
    card = cards.get(name)
    with store().reading() as session:
        exhibits = [one for one in evidence.every(session) if card.os in {one.os, "any"}]
        costs = [(one, analysis.typical_seconds(session, card.name, one.sha256)) for one in exhibits]
    used = [one for one in cards if name in {other for other, _ in one.check_with}]
    here = {"cards": cards, "costs": costs, "used": used, "usage": commands.usage(card)}
    return render_template("labs/plugin.html", card=card, **here)


@bp.app_template_global()
def card_in(command: str, system: str) -> Card | None:
    """The card of the plugin that a command names in whole, with or without its system; None where it names none."""
    known = {card.name.lower(): card for card in plugin_cards.load().for_os(system)}
    words = command[:LONGEST_COMMAND].lower().split()
    return next((found for word in words if (found := known.get(word) or known.get(f"{system}.{word}"))), None)


@bp.app_template_global()
def options_in(command: str, system: str) -> Mapping[str, Any]:
    """The options that a command is typed with; none where it can't be understood yet."""
    try:
        return commands.parse(command[:LONGEST_COMMAND], os=system).as_json()
    except Refused:
        return {}


@bp.app_template_global()
def starters(system: str) -> list[tuple[Question, Card]]:
    """A question of each of the topics that most cases begin with, and the first plugin that answers it."""
    found: dict[Topic, tuple[Question, Card]] = {}
    for question, answering in plugin_cards.load().answering(system):
        found.setdefault(question.topic, (question, answering[0]))
    return [found[topic] for topic in BEGINNINGS if topic in found]


@bp.app_template_global()
def ready_of(name: str, system: str, options: Mapping[str, Any] | None = None) -> str:
    """The command with which a plugin can be begun, with those of a run's options that it has too: what is looked at
    again is the same process, the same address. Options that write files are left out.
    """
    card = plugin_cards.load().get(name)
    shared = {one: value for one, value in (options or {}).items() if (own := card.option(one)) and not own.files}
    try:
        begun = commands.parse(card.ready, os=system).as_json()
        made = Command.of(card.name, begun | shared).text
        return commands.parse(made, os=system).text if shared else card.ready
    except Refused:  # it reads another system, or its own option of that name takes other values
        return card.ready


@bp.get("/plugins/completion/<any(linux,windows):system>.json")
@guarded(policy.may_list)
def completion(system: str) -> ResponseReturnValue:
    """What can be typed on an exhibit of a system, for the completion of the command line."""
    permit(None)
    content, digest = _completion(system, str(get_locale()))
    answer = Response(content, content_type="application/json")
    answer.set_etag(digest)
    answer.cache_control.private, answer.cache_control.max_age = True, HOUR
    return answer.make_conditional(request)


@cache
def _completion(system: str, _language: str) -> tuple[str, str]:
    """The JSON in the language of the reader, and its digest; cards don't change while the program runs."""
    made = commands.completion(system)
    made["words"] = [{**one, "means": spoken(one["means"])} for one in made["words"]]
    content = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
    return content, hashlib.sha256(content.encode()).hexdigest()[:32]
