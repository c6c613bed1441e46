"""Every route as every role, anonymous, and as a member of another organisation: one table, and nothing outside it."""

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.assessment_place import answered, host_of, token_for
from tests.conftest import ROLES, Clock, People
from tests.hosting_place import make_teaching
from tests.machines_place import past_response
from tests.unit.credentials.conftest import facts_of
from training.accounts import service as accounts
from training.accounts.actor import Role
from training.accounts.models import Organisation
from training.analysis.models import Run
from training.analysis.results import Result
from training.assessment.service import closing
from training.authoring import notes
from training.authoring import service as authoring
from training.authoring.service import Copy
from training.credentials import service as credentials
from training.credentials.making import Award, Site
from training.hosting.feedback.models import Survey
from training.hosting.roster.service import imports as lists
from training.hosting.service import looks, timetable
from training.labs.service import assignments, attempts
from training.learning.models import Refresher
from training.learning.service import statements
from training.reading.models import MarginNote
from training.reporting.service import filing
from training.reporting.service import writing as written_report
from training.settings import Settings
from training.store import Store

ALL = (*ROLES, "anonymous")
SEEING = ("administrator",)
"""Whose walk shows the queries of most pages: enough for the second database."""
BOTH, ONE = pytest.mark.database, pytest.mark.any_database
SIGNED_IN = tuple(ROLES)
STAFF = ("instructor", "host", "administrator")
HOSTS = ("host", "administrator")
IN_SESSION = ("instructor", "trainee", "colleague")
OPEN: dict[str, int] = dict.fromkeys(ALL, 200)

# Who gets in, by endpoint and method; all others are sent to the door (anonymous, 302) or find nothing there (404).
# The number is the answer to a request without any form field from somebody who gets in.
TABLE: dict[tuple[str, str], tuple[tuple[str, ...], int]] = {
    ("static", "GET"): (ALL, 200),
    ("web.health", "GET"): (ALL, 200),
    ("web.licences", "GET"): (ALL, 200),
    ("web.favicon", "GET"): (ALL, 204),
    ("web.appearance", "POST"): (ALL, 303),
    ("web.home", "GET"): (SIGNED_IN, 200),
    ("accounts.sign_in", "GET"): (ALL, 200),
    ("accounts.sign_in", "POST"): (ALL, 422),
    ("accounts.sign_out", "POST"): (ALL, 303),
    ("accounts.second_factor", "GET"): (SIGNED_IN, 200),
    ("accounts.second_factor", "POST"): (SIGNED_IN, 422),
    ("accounts.account", "GET"): (SIGNED_IN, 200),
    ("accounts.account", "POST"): (SIGNED_IN, 422),
    ("accounts.change_password", "POST"): (SIGNED_IN, 422),
    ("accounts.drop_factor", "POST"): (SIGNED_IN, 422),
    ("accounts.end_sign_ins", "POST"): (SIGNED_IN, 303),
    ("accounts.invitation", "GET"): (ALL, 200),
    ("accounts.invitation", "POST"): (ALL, 422),
    ("accounts.join", "POST"): (SIGNED_IN, 303),
    ("accounts.people", "GET"): ((*STAFF, "other_instructor"), 200),
    ("accounts.invite", "POST"): (STAFF, 422),
    ("accounts.reset_password", "POST"): (STAFF, 200),
    ("accounts.disable", "POST"): (STAFF, 303),
    ("personal.mine", "GET"): (SIGNED_IN, 200),
    ("personal.take", "POST"): (SIGNED_IN, 200),
    ("personal.ask", "POST"): (SIGNED_IN, 422),  # the box to tick is empty
    ("personal.withdraw", "POST"): (SIGNED_IN, 409),  # none waits
    ("personal.person", "GET"): (("administrator",), 200),
    ("personal.take_for", "POST"): (("administrator",), 200),
    ("personal.ask_for", "POST"): (("administrator",), 422),
    ("personal.withdraw_for", "POST"): (("administrator",), 409),
    ("personal.organisation", "GET"): (HOSTS, 200),
    ("personal.keep_rules", "POST"): (("administrator",), 303),  # an empty form sets no rule
    ("personal.decide_due", "POST"): (HOSTS, 404),  # nothing was found
    ("organisations.mine", "GET"): ((*STAFF, "other_instructor"), 200),
    ("organisations.change_roles", "POST"): (HOSTS, 422),
    ("organisations.law_sheet", "GET"): (SIGNED_IN, 200),
    ("organisations.sign", "GET"): (SIGNED_IN, 404),  # no look is set
    ("organisations.index", "GET"): (("administrator",), 200),
    ("organisations.make", "POST"): (("administrator",), 422),
    ("organisations.invite_host", "POST"): (("administrator",), 422),
    ("organisations.rename", "POST"): (("administrator",), 422),
    ("organisations.close", "POST"): (("administrator",), 422),
    ("courses.index", "GET"): (SIGNED_IN, 200),
    ("courses.course", "GET"): (SIGNED_IN, 200),
    ("courses.words", "GET"): (SIGNED_IN, 200),
    ("courses.module", "GET"): (SIGNED_IN, 200),
    ("offline.printed", "GET"): (SIGNED_IN, 200),
    ("offline.page", "GET"): (SIGNED_IN, 200),
    ("offline.epub", "GET"): (SIGNED_IN, 200),
    ("search.index", "GET"): (SIGNED_IN, 200),
    ("reading.at", "GET"): (SIGNED_IN, 303),
    ("reading.on", "GET"): (SIGNED_IN, 303),
    ("reading.keep", "POST"): (SIGNED_IN, 422),
    ("reading.new", "GET"): (SIGNED_IN, 200),
    ("reading.write", "POST"): (SIGNED_IN, 422),
    ("reading.mine", "GET"): (SIGNED_IN, 200),
    ("reading.exported", "GET"): (SIGNED_IN, 200),
    ("reading.note", "GET"): (("trainee",), 200),
    ("reading.change", "POST"): (("trainee",), 422),
    ("reading.delete", "POST"): (("trainee",), 303),
    ("learning.answer", "POST"): (SIGNED_IN, 422),
    ("learning.read", "POST"): (SIGNED_IN, 303),
    ("learning.move", "POST"): (SIGNED_IN, 303),
    ("learning.competencies", "GET"): (SIGNED_IN, 200),
    ("learning.choose_role", "POST"): (SIGNED_IN, 422),
    ("learning.competencies_file", "GET"): (SIGNED_IN, 200),
    ("learning.verification", "GET"): (SIGNED_IN, 200),
    ("learning.verify", "POST"): (SIGNED_IN, 422),
    ("learning.record", "GET"): (("instructor",), 200),
    ("learning.record_file", "GET"): (("instructor",), 200),
    ("learning.confirm", "POST"): (("instructor",), 422),
    ("learning.withdraw", "POST"): (("instructor",), 303),
    ("learning.refresher", "GET"): (SIGNED_IN, 200),
    ("learning.answer_returning", "POST"): (SIGNED_IN, 422),
    ("learning.begin_refresher", "POST"): (SIGNED_IN, 409),  # nothing was shown yet
    ("learning.ten_questions", "GET"): (("trainee",), 200),
    ("learning.answer_refresher", "POST"): (("trainee",), 404),  # it has no such question
    ("labs.index", "GET"): (SIGNED_IN, 200),
    ("labs.open_lab", "GET"): (SIGNED_IN, 200),
    ("labs.begin", "POST"): (SIGNED_IN, 303),
    ("labs.keys", "GET"): (("instructor", "other_instructor"), 200),
    ("labs.material", "GET"): (("trainee",), 200),
    ("labs.cite_material", "POST"): (("trainee",), 422),
    ("labs.verify", "POST"): (("trainee",), 303),
    ("labs.step_back_to_record", "GET"): (("trainee",), 303),
    ("reporting.report", "GET"): (("trainee",), 200),
    ("reporting.write", "POST"): (("trainee",), 404),
    ("reporting.preview", "GET"): (("trainee",), 200),
    ("reporting.draft_pdf", "GET"): (("trainee",), 200),
    ("reporting.checks", "GET"): (("trainee",), 200),
    ("reporting.file", "POST"): (("trainee",), 303),
    ("reporting.figures", "GET"): (("trainee",), 200),
    ("reporting.choose_figure", "POST"): (("trainee",), 404),  # the form names no figure
    ("reporting.figure", "GET"): (("trainee",), 404),  # none was taken
    ("reporting.filed_figure", "GET"): (("trainee",), 404),
    ("reporting.filed_figure_of", "GET"): (("instructor",), 404),
    ("reporting.court", "GET"): (("trainee",), 200),
    ("reporting.filed_court", "GET"): (("trainee",), 200),
    ("reporting.filed_court_of", "GET"): (("instructor",), 200),
    ("reporting.drill", "GET"): (("trainee",), 200),
    ("reporting.answer", "POST"): (("trainee",), 404),  # the form names no question
    ("reporting.share", "POST"): (("trainee",), 303),
    ("reporting.drill_of", "GET"): (("instructor",), 404),  # its author does not share it
    ("reporting.filed", "GET"): (("trainee",), 200),
    ("reporting.filed_file", "GET"): (("trainee",), 200),
    ("reporting.filed_in", "GET"): (("instructor",), 200),
    ("reporting.filed_of", "GET"): (("instructor",), 200),
    ("reporting.filed_file_of", "GET"): (("instructor",), 200),
    ("labs.replay", "GET"): (("trainee",), 200),
    ("labs.replay_of", "GET"): (("instructor",), 200),
    ("labs.walkthrough", "GET"): (("trainee",), 409),  # the attempt is open
    ("labs.walkthrough_of", "GET"): (("instructor",), 200),
    ("labs.workbench", "GET"): (("trainee",), 200),
    ("labs.choose", "GET"): (("trainee",), 200),
    ("labs.to_choose", "POST"): (("trainee",), 303),
    ("labs.all_runs", "GET"): (("trainee",), 200),
    ("labs.step_back", "GET"): (("trainee",), 303),
    ("labs.run", "POST"): (("trainee",), 422),
    ("labs.run_state", "GET"): (("trainee",), 404),
    ("labs.cite", "POST"): (("trainee",), 422),
    ("labs.uncite", "POST"): (("trainee",), 422),
    ("labs.note", "POST"): (("trainee",), 422),
    ("labs.pen", "POST"): (("trainee",), 422),
    ("labs.use", "POST"): (("trainee",), 422),
    ("labs.draft", "POST"): (("trainee",), 204),
    ("labs.check", "POST"): (("trainee",), 303),  # no finding was sent along
    ("labs.submit", "POST"): (("trainee",), 422),
    ("labs.hint", "POST"): (("trainee",), 422),
    ("labs.step_back_to_run", "GET"): (("trainee",), 303),
    ("labs.again", "POST"): (("trainee",), 404),
    ("labs.end", "POST"): (("trainee",), 404),
    ("labs.row", "GET"): (("trainee",), 404),
    ("labs.cell", "GET"): (("trainee",), 404),
    ("labs.history", "GET"): (("trainee",), 200),
    ("labs.export", "GET"): (("trainee",), 404),
    ("labs.files", "GET"): (("instructor",), 404),
    ("labs.file", "GET"): (("instructor",), 404),
    ("labs.compare", "GET"): (("trainee",), 200),
    ("labs.process", "GET"): (("trainee",), 200),
    ("labs.see", "GET"): (("trainee",), 200),
    ("labs.see_bytes", "GET"): (("trainee",), 200),
    ("labs.see_walk", "GET"): (("trainee",), 200),
    ("labs.read_memory", "POST"): (("trainee",), 422),  # no address is named
    ("labs.baseline", "GET"): (("trainee",), 404),
    ("labs.baseline_missing", "POST"): (("trainee",), 404),
    ("labs.exhibits", "GET"): ((*STAFF, "other_instructor"), 200),
    ("labs.exhibits_missing", "POST"): ((*STAFF, "other_instructor"), 303),
    ("labs.close", "POST"): (("trainee",), 303),
    ("labs.compare_missing", "POST"): (("trainee",), 409),  # closed just before: nothing is run for it
    ("labs.process_missing", "POST"): (("trainee",), 409),
    ("labs.see_missing", "POST"): (("trainee",), 409),
    ("labs.plugins", "GET"): (SIGNED_IN, 200),
    ("labs.plugin", "GET"): (SIGNED_IN, 200),
    ("labs.completion", "GET"): (SIGNED_IN, 200),
    ("labs.results", "GET"): (("instructor", "other_instructor"), 200),
    ("labs.result", "GET"): (("instructor",), 200),
    ("labs.people", "GET"): (("instructor", "other_instructor"), 200),
    ("labs.people_file", "GET"): (("instructor", "other_instructor"), 200),
    ("labs.assignments", "GET"): (("instructor", "other_instructor"), 200),
    ("labs.new_assignment", "GET"): (("instructor", "other_instructor"), 200),
    ("labs.make_assignment", "POST"): (("instructor", "other_instructor"), 422),
    ("labs.assignment", "GET"): (("instructor",), 200),
    ("labs.change_assignment", "POST"): (("instructor",), 422),
    ("labs.give_time", "POST"): (("instructor",), 422),
    ("labs.release_assignment", "POST"): (("instructor",), 422),  # practice has nothing to release
    ("labs.withdraw_assignment", "POST"): (("instructor",), 422),  # the box to tick is empty
    ("marking.index", "GET"): (("instructor", "other_instructor"), 200),
    ("marking.regrades", "GET"): (("instructor", "other_instructor"), 200),
    ("marking.regrade", "GET"): (("instructor",), 200),
    ("marking.regrade_step", "POST"): (("instructor",), 200),
    ("marking.apply_regrade", "POST"): (("instructor",), 422),
    ("marking.versions", "GET"): (("instructor",), 200),
    ("marking.version", "GET"): (("instructor",), 404),  # as published: there is no version yet
    ("marking.finding", "GET"): (("instructor",), 404),  # nothing was submitted
    ("marking.override", "POST"): (("instructor",), 404),
    ("marking.withdraw", "POST"): (("instructor",), 404),
    ("marking.appeals", "GET"): (("instructor", "other_instructor"), 200),
    ("marking.decision", "GET"): (("instructor",), 404),  # nobody has appealed
    ("marking.decide", "POST"): (("instructor",), 404),
    ("marking.attempt_appeals", "GET"): (("trainee",), 200),
    ("marking.appeal", "POST"): (("trainee",), 422),
    ("marking.rounds", "GET"): (("instructor", "other_instructor"), 200),
    ("marking.open_round", "POST"): (("instructor", "other_instructor"), 422),
    ("marking.round", "GET"): (("instructor",), 404),  # no round is open
    ("marking.add_example", "POST"): (("instructor",), 404),
    ("marking.name_third", "POST"): (("instructor",), 404),
    ("marking.hand_over", "POST"): (("instructor",), 404),
    ("marking.agreement", "GET"): (("instructor",), 404),
    ("marking.release_round", "POST"): (("instructor",), 404),
    ("marking.withdraw_round", "POST"): (("instructor",), 404),
    ("marking.take_charge", "POST"): (("instructor",), 404),
    ("marking.piece", "GET"): (("instructor",), 404),
    ("marking.mark", "POST"): (("instructor",), 404),
    ("marking.settle", "POST"): (("instructor",), 404),
    ("marking.example", "GET"): (("instructor",), 404),
    ("marking.mark_example", "POST"): (("instructor",), 404),
    ("marking.statistics", "GET"): (("instructor", "other_instructor"), 200),
    ("marking.figures", "GET"): (("instructor",), 200),
    ("marking.signs", "GET"): (("instructor", "other_instructor"), 200),
    ("marking.signs_seen", "GET"): (("instructor",), 200),
    ("marking.sign", "GET"): (("instructor",), 404),  # nothing is listed
    ("marking.decide_sign", "POST"): (("instructor",), 404),
    ("marking.own_signs", "GET"): (("trainee",), 200),
    ("marking.results_file", "GET"): (("instructor",), 200),
    ("marking.comparison", "GET"): (("instructor", "other_instructor"), 200),
    ("marking.compare", "POST"): (("instructor", "other_instructor"), 422),
    ("moving.index", "GET"): (("instructor", "other_instructor"), 200),
    ("moving.send_pack", "POST"): (("instructor", "other_instructor"), 422),
    ("moving.arrived", "GET"): (("instructor", "other_instructor"), 404),  # no such pack waits
    ("moving.decide", "POST"): (("instructor", "other_instructor"), 404),
    ("moving.distrust", "POST"): (("instructor", "other_instructor"), 422),
    ("moving.send_questions", "POST"): (("instructor", "other_instructor"), 422),
    ("moving.export", "GET"): (("instructor", "other_instructor"), 200),
    ("moving.file", "GET"): (("instructor", "other_instructor"), 200),
    ("authoring.index", "GET"): (("instructor", "other_instructor"), 200),
    ("authoring.make_course", "POST"): (("instructor", "other_instructor"), 422),
    ("authoring.make_lab", "POST"): (("instructor", "other_instructor"), 422),
    ("authoring.overview", "GET"): (("instructor", "other_instructor"), 200),
    ("authoring.begin", "POST"): (("instructor", "other_instructor"), 303),
    ("authoring.decide_shipped", "POST"): (("instructor", "other_instructor"), 303),
    ("authoring.add_module", "POST"): (("instructor", "other_instructor"), 422),
    ("authoring.add_translation", "POST"): (("instructor", "other_instructor"), 422),
    ("authoring.add_figure", "POST"): (("instructor", "other_instructor"), 422),
    ("authoring.edit", "GET"): (("instructor", "other_instructor"), 200),
    ("authoring.save", "POST"): (("instructor", "other_instructor"), 422),
    ("authoring.autosave", "POST"): (("instructor", "other_instructor"), 422),
    ("authoring.live_preview", "POST"): (("instructor", "other_instructor"), 422),
    ("authoring.history", "GET"): (("instructor", "other_instructor"), 200),
    ("authoring.change", "POST"): (("instructor", "other_instructor"), 422),
    ("authoring.trial", "GET"): (("instructor", "other_instructor"), 200),
    ("authoring.try_answer", "POST"): (("instructor", "other_instructor"), 200),
    ("authoring.releases", "GET"): (("instructor", "other_instructor"), 200),
    ("authoring.publish", "POST"): (("instructor", "other_instructor"), 303),  # what is offered already
    ("authoring.roll_back", "POST"): (("instructor", "other_instructor"), 422),
    ("authoring.compare", "GET"): (("instructor", "other_instructor"), 404),  # no release is named
    ("authoring.learner_changes", "GET"): (SIGNED_IN, 200),
    ("authoring.proof", "GET"): (("instructor", "other_instructor"), 200),
    ("authoring.prove", "POST"): (("instructor", "other_instructor"), 422),
    ("authoring.notes", "GET"): (("instructor", "host", "other_instructor"), 303),
    ("authoring.notes_of", "GET"): (("instructor", "host"), 200),
    ("authoring.note", "GET"): (("instructor", "host"), 404),  # no course asks for this one
    ("authoring.write_note", "POST"): (("instructor", "host"), 404),
    ("hosting.index", "GET"): (SIGNED_IN, 200),
    ("hosting.new", "GET"): ((*STAFF, "other_instructor"), 200),
    ("hosting.make", "POST"): ((*STAFF, "other_instructor"), 422),
    ("hosting.look", "GET"): (STAFF, 200),
    ("hosting.change_look", "POST"): (STAFF, 422),
    ("hosting.logo", "GET"): ((*STAFF, "trainee", "colleague"), 404),  # there is none
    ("hosting.session", "GET"): ((*STAFF, "trainee", "colleague"), 200),
    ("hosting.edit", "GET"): (STAFF, 200),
    ("hosting.change", "POST"): (STAFF, 422),
    ("hosting.rules", "GET"): ((*STAFF, "trainee", "colleague"), 200),
    ("hosting.change_rules", "POST"): (STAFF, 409),  # nothing says which rules were seen
    ("hosting.timetable", "GET"): (STAFF, 200),
    ("hosting.add_part", "POST"): (STAFF, 422),
    ("hosting.part", "GET"): (STAFF, 200),
    ("hosting.change_part", "POST"): (STAFF, 422),
    ("hosting.leave_out", "POST"): (STAFF, 303),
    ("hosting.people", "GET"): (STAFF, 200),
    ("hosting.add_person", "POST"): (STAFF, 422),
    ("hosting.change_person", "POST"): (STAFF, 303),  # an empty form is a trainee without a seat
    ("hosting_board.board", "GET"): (STAFF, 200),
    ("hosting_board.live", "GET"): (STAFF, 200),
    ("hosting_board.results", "GET"): (("instructor",), 200),
    ("hosting_board.results_file", "GET"): (("instructor",), 200),
    ("hosting_board.projector", "GET"): (STAFF, 200),
    ("hosting_board.projector_live", "GET"): (STAFF, 200),
    ("hosting_board.begin", "POST"): (STAFF, 409),  # the session is not open
    ("hosting_board.end", "POST"): (STAFF, 409),
    ("hosting_board.correct", "POST"): (STAFF, 422),
    ("hosting_board.say", "POST"): (STAFF, 422),
    ("hosting_board.withdraw", "POST"): (STAFF, 422),
    ("hosting_board.pause", "POST"): (STAFF, 409),
    ("hosting_board.resume", "POST"): (STAFF, 409),
    ("hosting_board.extend", "POST"): (STAFF, 422),
    ("hosting_board.take", "POST"): (STAFF, 422),
    ("hosting_board.hand", "POST"): (STAFF, 422),
    ("hosting_board.close", "POST"): (STAFF, 422),
    ("hosting_board.help", "GET"): (IN_SESSION, 200),
    ("hosting_board.ask", "POST"): (IN_SESSION, 409),
    ("hosting_board.take_back", "POST"): (IN_SESSION, 303),
    ("hosting_board.notices", "GET"): (IN_SESSION, 200),
    ("hosting_board.read", "POST"): (IN_SESSION, 303),
    ("hosting_carry.carry", "GET"): (STAFF, 200),
    ("hosting_carry.manifest", "GET"): (STAFF, 200),
    ("hosting_carry.export", "POST"): (STAFF, 200),
    ("hosting_carry.send_bundle", "POST"): (STAFF, 422),
    ("hosting_carry.arrived", "GET"): (STAFF, 404),  # none waits
    ("hosting_carry.decide", "POST"): (STAFF, 404),
    ("hosting_dossier.dossier", "GET"): (STAFF, 200),
    ("hosting_dossier.verifier", "GET"): (STAFF, 200),
    ("hosting_dossier.seal", "POST"): (STAFF, 200),
    ("hosting_dossier.check", "POST"): (STAFF, 422),  # no file is sent
    ("hosting_dossier.merge", "POST"): (STAFF, 422),
    ("hosting_feedback.feedback", "GET"): (STAFF, 200),
    ("hosting_feedback.plan", "POST"): (STAFF, 422),
    ("hosting_feedback.close", "POST"): (STAFF, 409),  # it has not opened yet
    ("hosting_feedback.exported", "GET"): (STAFF, 404),  # there are no results
    ("hosting_feedback.answer", "GET"): (("trainee", "colleague"), 200),
    ("hosting_feedback.send", "POST"): (("trainee", "colleague"), 409),  # it has not opened yet
    ("hosting_preparation.preparation", "GET"): (STAFF, 200),
    ("hosting_preparation.join_sheet", "GET"): (STAFF, 200),
    ("hosting_preparation.seat_plan", "GET"): (STAFF, 200),
    ("hosting_preparation.run_sheet", "GET"): (STAFF, 200),
    ("hosting_preparation.handout", "GET"): (STAFF, 200),
    ("hosting_preparation.warm", "POST"): (STAFF, 303),
    ("hosting_preparation.assign", "POST"): (STAFF, 422),  # the room has no rows
    ("credentials.shown", "GET"): (ALL, 200),
    ("credentials.check", "GET"): (ALL, 200),
    ("credentials.compare", "POST"): (ALL, 422),
    ("credentials.status", "GET"): (ALL, 200),
    ("credentials.verifier", "GET"): (ALL, 200),
    ("credentials.mine", "GET"): (SIGNED_IN, 200),
    ("credentials.taken", "GET"): (("trainee", *STAFF), 200),
    ("credentials.of_session", "GET"): (STAFF, 200),
    ("credentials.confirm", "POST"): (("instructor",), 409),  # nothing says which results were seen
    ("credentials.issue", "POST"): (STAFF, 422),  # the address of these tests leads every reader to the own device
    ("credentials.printed", "GET"): (STAFF, 200),
    ("credentials.person", "GET"): (STAFF, 200),
    ("credentials.result", "POST"): (("instructor",), 422),
    ("credentials.resit", "GET"): (STAFF, 200),
    ("credentials.grant", "POST"): (STAFF, 422),
    ("credentials.take_back", "POST"): (STAFF, 404),  # none was granted
    ("credentials.own", "GET"): (("trainee", "colleague"), 200),
    ("credentials.appeal", "POST"): (("trainee", "colleague"), 404),  # nothing is recorded
    ("credentials.critical", "GET"): (STAFF, 200),
    ("credentials.record_critical", "POST"): (("instructor",), 422),
    ("credentials.decide", "POST"): (STAFF, 404),
    ("credentials.sheet", "GET"): (("instructor",), 200),
    ("credentials.fill", "POST"): (("instructor",), 422),
    ("credentials.take_over", "POST"): (("instructor",), 409),  # nothing says what was seen
    ("credentials.sheet_file", "GET"): (("instructor",), 200),
    ("credentials.file_form", "GET"): (("instructor",), 200),
    ("credentials.compare_file", "POST"): (("instructor",), 422),
    ("credentials.take_file", "POST"): (("instructor",), 422),
    ("credentials.renew", "POST"): (STAFF, 422),
    ("credentials.revoke", "POST"): (STAFF, 422),
    ("credentials.replace", "POST"): (STAFF, 422),
    ("hosting_attendance.attendance", "GET"): (STAFF, 200),
    ("hosting_attendance.keep", "POST"): (STAFF, 422),
    ("hosting_attendance.check_in", "POST"): (STAFF, 422),
    ("hosting_attendance.choose", "POST"): (STAFF, 422),
    ("hosting_attendance.screen", "GET"): (STAFF, 200),
    ("hosting_attendance.person", "GET"): (STAFF, 200),
    ("hosting_attendance.sheets", "GET"): (STAFF, 200),
    ("hosting_attendance.make_sheets", "POST"): (STAFF, 422),
    ("hosting_attendance.enter", "GET"): (STAFF, 200),
    ("hosting_attendance.take_sheet", "POST"): (STAFF, 422),
    ("hosting_attendance.exported", "GET"): (STAFF, 200),
    ("hosting_attendance.file", "GET"): (STAFF, 200),
    ("hosting_attendance.compare", "POST"): (STAFF, 422),
    ("hosting_attendance.take", "POST"): (STAFF, 422),
    ("hosting_attendance.here", "GET"): (("trainee", "colleague"), 200),
    ("hosting_attendance.arrive", "POST"): (("trainee", "colleague"), 422),
    ("hosting_attendance.leave", "POST"): (("trainee", "colleague"), 422),
    ("hosting_roster.roster", "GET"): (STAFF, 200),
    ("hosting_roster.send", "POST"): (STAFF, 422),
    ("hosting_roster.file", "GET"): (STAFF, 200),
    ("hosting_roster.dry_run", "GET"): (STAFF, 200),
    ("hosting_roster.choose", "POST"): (STAFF, 303),  # all is guessed
    ("hosting_roster.apply", "POST"): (STAFF, 409),  # nothing says what was seen
    ("hosting_roster.make_code", "POST"): (STAFF, 422),
    ("hosting_roster.replace_code", "POST"): (STAFF, 303),
    ("hosting_roster.close_code", "POST"): (STAFF, 303),
    ("hosting_roster.slips", "POST"): (STAFF, 422),  # nobody is ticked
    ("hosting_roster.join", "GET"): (ALL, 200),
    ("hosting_roster.say_code", "POST"): (ALL, 422),
    ("hosting_roster.arrive", "GET"): (ALL, 404),  # the code leads nowhere
    ("hosting_roster.enter", "POST"): (ALL, 404),
    ("hosting_roster.walk_in", "POST"): (ALL, 404),
    ("hosting_roster.password", "GET"): (SIGNED_IN, 200),
    ("hosting_roster.password", "POST"): (SIGNED_IN, 422),
    ("hosting.open_up", "POST"): (STAFF, 303),
    ("hosting.upgrade", "POST"): (STAFF, 422),  # no work of this name
    ("hosting.withdraw_person", "POST"): (STAFF, 303),
    ("hosting.drop_part", "POST"): (STAFF, 303),
    ("hosting.close", "POST"): (STAFF, 422),  # the box to tick is empty
    ("machines.begin", "POST"): (SIGNED_IN, 404),  # the lab has no live part
    ("machines.live", "GET"): (("trainee",), 200),
    ("machines.moving_parts", "GET"): (("trainee",), 200),
    **dict.fromkeys(
        tuple((f"machines.{page}", "GET") for page in ("output", "download", "record", "conduct")),
        (("trainee", "instructor"), 200),
    ),
    ("machines.confirm", "POST"): (("trainee",), 303),  # it was done before
    ("machines.type_line", "POST"): (("trainee",), 422),
    **{
        (f"machines.{act}", "POST"): (("trainee",), 409)  # the machine was let go
        for act in ("remark", "scene", "custody", "decide", "carry", "take_image")
    },
    ("machines.receive", "POST"): (("trainee",), 422),  # no image of this number
    ("machines.hand_over", "POST"): (("trainee",), 422),
    **{(f"machines.{act}", "POST"): (("trainee", "instructor"), 409) for act in ("stop", "reset")},
    ("machines.list", "GET"): (SIGNED_IN, 200),
    ("machines.of_session", "GET"): (STAFF, 200),
    ("machines.watch", "GET"): (("instructor",), 200),
    ("machines.watch_moving", "GET"): (("instructor",), 200),
    **{(f"machines.{act}", "POST"): (("instructor",), 409) for act in ("hint", "fire", "skip")},
    ("assessment.enter", "GET"): (ALL, 200),
    ("assessment.begin", "POST"): (ALL, 404),  # the link is one respondent's, not a group's
    ("assessment.page", "GET"): (ALL, 200),
    ("assessment.save", "POST"): (ALL, 422),
    ("assessment.leave_contact", "POST"): (ALL, 422),
    ("assessment.forget", "POST"): (ALL, 409),  # the round is closed
    ("assessment.index", "GET"): ((*STAFF, "other_instructor"), 200),
    ("assessment.new", "GET"): (HOSTS, 200),
    ("assessment.make", "POST"): (HOSTS, 422),
    ("assessment.round", "GET"): (STAFF, 200),
    ("assessment.about", "GET"): (HOSTS, 200),
    ("assessment.describe", "POST"): (HOSTS, 409),
    ("assessment.choices", "GET"): (STAFF, 200),
    ("assessment.choose", "POST"): (HOSTS, 409),
    ("assessment.open_round", "POST"): (HOSTS, 409),
    ("assessment.merge", "POST"): (HOSTS, 409),
    ("assessment.close", "POST"): (HOSTS, 409),
    ("assessment.slips", "POST"): (HOSTS, 422),
    ("assessment.code", "POST"): (HOSTS, 422),
    ("assessment.reopen", "POST"): (HOSTS, 422),
    ("assessment.correct", "POST"): (HOSTS, 409),
    ("assessment.drop", "POST"): (HOSTS, 409),
    ("assessment.texts", "GET"): (HOSTS, 200),
    ("assessment.contact_list", "GET"): (HOSTS, 200),
    ("assessment.forget_contacts", "POST"): (HOSTS, 303),
    ("assessment.notes", "GET"): (HOSTS, 200),
    ("assessment.write_note", "POST"): (HOSTS, 422),
    ("assessment.add_document", "POST"): (HOSTS, 422),
    ("assessment.results", "GET"): (STAFF, 200),
    ("assessment.indicator", "GET"): (STAFF, 200),
    ("assessment.history", "GET"): (STAFF, 200),
    ("assessment.whole_file", "GET"): (STAFF, 200),
    ("assessment.public_file", "GET"): (STAFF, 200),
    ("assessment.table_file", "GET"): (STAFF, 200),
    ("assessment.report_file", "GET"): (STAFF, 200),
    ("assessment.delete", "POST"): (HOSTS, 422),  # the box to tick is empty
}


def no_result(run: Run) -> Result:
    """Nothing was run."""
    raise AssertionError(run)


@pytest.fixture
def places(
    app: Flask, published: str, people: People, store: Store, settings: Settings, clock: Clock, tmp_path: Path
) -> Mapping[str, Any]:
    """What stands in addresses: things of the trainee in the home organisation."""
    with store.writing() as session:
        trainee = accounts.find(session, people["trainee"])
        assert trainee
        attempt = attempts.begin(session, settings.instance, accounts.actor_of(trainee), "finance-workstation", clock())
        host = accounts.find(session, people["host"])
        organisation = session.get(Organisation, people.home)
        assert host
        assert organisation
        token = accounts.invite(session, organisation, Role.TRAINEE, actor=accounts.actor_of(host), now=clock())
        instructor = accounts.find(session, people["instructor"])
        assert instructor
        wish = assignments.Wish("finance-workstation", "First lab", "practice", clock())
        assignment = assignments.make(session, accounts.actor_of(instructor), people.home, wish, clock())
        case = attempts.case(session, settings.instance, attempt)
        written_report.write(session, case, "question", "Which program ran?", 0, clock())
        filing.file(session, case, no_result, "en", clock())
        colleague = accounts.find(session, people["colleague"])
        assert colleague
        use = statements.Wish("casework", "acquisition", clock().date(), "K3")
        by = accounts.actor_of(instructor)
        statement = statements.make(session, by, colleague, use, "key", clock().date(), clock())
        refresher = Refresher(person_id=people["trainee"], competency="K3", questions=[], begun_at=clock())
        session.add(refresher)
    with store.writing() as session:
        copy = Copy("course", "memory-analysis")
        authoring.take(session, copy, settings.courses / copy.name, people["instructor"], clock())
    with store.writing() as session:
        where = {"person_id": people["trainee"], "course": "memory-analysis", "module": "m3-1", "section": 1}
        said = {"mark": "0" * 8, "language": "en", "quote": "A text.", "text": "A note.", "version": 1}
        note = MarginNote(**where, **said, request_key="0" * 32, at=clock(), changed_at=clock())
        session.add(note)
    with store.writing() as session:
        teaching = make_teaching(session, people, clock(), trainees=("trainee", "colleague"))
        part = timetable.parts(session, teaching)[0]
        people_list = lists.keep(session, by, teaching, b"Name\nAwa Diop\n", "", clock())
        opens = {"opens_at": clock() + timedelta(days=1), "closes_at": clock() + timedelta(days=8)}
        session.add(Survey(session_id=teaching.id, kind="form", asked=2, made_at=clock(), **opens))
        award = Award(people["trainee"], teaching.id, people.home, facts_of())
        site = Site(settings.instance, "https://training.example")
        certificate = credentials.issue(session, site, award, accounts.actor_of(instructor), clock())
    with store.writing() as session:
        hosting = host_of(people.home, people["host"])
        assessed = answered(session, hosting, clock())
        closing.close(session, assessed, hosting, clock())
    response = past_response(settings, store, people["trainee"], people.home, tmp_path, clock())
    with app.test_request_context():
        digest, name = cast("Callable[[str], str]", app.jinja_env.globals["asset"])("engram.css").rsplit("/", 2)[1:]
    return {
        "attempt_id": attempt.id,
        "finding_id": uuid.uuid4(),
        "appeal_id": uuid.uuid4(),
        "round_id": {
            **{rule: uuid.uuid4() for rule, _ in TABLE if rule.startswith("marking.")},
            **{rule: assessed.id for rule, _ in TABLE if rule.startswith("assessment.")},
        },
        "indicator_code": "D4.3",
        "piece_id": uuid.uuid4(),
        "example_id": uuid.uuid4(),
        "assignment_id": assignment.id,
        "release_id": attempt.release_id,
        "person_id": people["colleague"],
        "organisation_id": people.home,
        "token": {
            **dict.fromkeys(("accounts.invitation", "accounts.join"), token),
            **{rule: token_for("S1") for rule, _ in TABLE if rule.startswith("assessment.")},
        },
        "digest": digest,
        "module": "m3-1",
        "question": "m3-1-q1",
        "number": 1,
        "act": {"labs.step_back": "runs", "labs.step_back_to_run": "end"},
        "name": {
            **{f"labs.{page}": "finance-workstation" for page in ("open_lab", "begin")},
            **{f"labs.{page}": "processes" for page in ("compare", "compare_missing")},
            **{f"labs.{page}": "tree" for page in ("see", "see_missing")},
            "labs.read_memory": "walk",
            **{f"reporting.{page}": "tree" for page in ("figure", "filed_figure", "filed_figure_of")},
            **{f"labs.{page}": "flows" for page in ("material", "cite_material")},
            "labs.keys": "finance-workstation",
            "machines.begin": "finance-workstation",
            **{f"courses.{page}": "memory-analysis" for page in ("course", "module")},
            **{rule: "memory-analysis" for rule, _ in TABLE if rule.startswith(("offline.", "moving.", "reading."))},
            **{f"learning.{act}": "memory-analysis" for act in ("answer", "read", "move", "answer_returning")},
            **{rule: "memory-analysis" for rule, _ in TABLE if rule.startswith("authoring.")},
            **{f"authoring.{page}": "finance-workstation" for page in ("proof", "prove")},
            "labs.plugin": "linux.pslist",
            "static": name,
        },
        "kind": {rule: "form" if rule.startswith("hosting_feedback.") else "course" for rule, _ in TABLE},
        "course": "cooperation",
        "path": "01-foundations/index.md",
        "folder": "01-foundations",
        "section": 1,
        "note_id": note.id,
        "row": 0,
        "column": "PID",
        "form": {
            **dict.fromkeys(("labs.export", "marking.results_file"), "csv"),
            **dict.fromkeys(("moving.export", "moving.file"), "gift"),
            "credentials.taken": "pdf",
            **dict.fromkeys(("reporting.filed_file", "reporting.filed_file_of"), "json"),
        },
        "pid": 1,
        "response_id": response,
        "fork": "link",
        "competency": "K3",
        "statement_id": statement.id,
        "refresher_id": refresher.id,
        "session_id": teaching.id,
        "import_id": people_list.id,
        "typed": "no-such-0000",
        "certificate_id": certificate.id,
        "code": certificate.code,
        "listed": certificate.listed,
        "part_id": part.id,
        "examination": "A",
        "sitting": 1,
        "critical_id": uuid.uuid4(),
        "resit_id": uuid.uuid4(),
        "due_id": uuid.uuid4(),
        "sha256": "0" * 64,
        "key": "0" * 64,
        "system": "linux",
    }


def arguments_of(app: Flask, endpoint: str) -> set[str]:
    """What stands in the address of an endpoint."""
    return set(next(rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint).arguments)


def address(app: Flask, endpoint: str, places: Mapping[str, Any]) -> str:
    rule = next(rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint)
    found = {name: places.get(name) for name in rule.arguments}
    values = {name: value[endpoint] if isinstance(value, Mapping) else value for name, value in found.items()}
    with app.test_request_context():
        return app.url_for(endpoint, **values)


def routes(app: Flask) -> set[tuple[str, str]]:
    return {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_the_table_names_every_route_and_no_other(app: Flask) -> None:
    assert routes(app) == set(TABLE)


def test_every_view_names_its_policy(app: Flask) -> None:
    silent = [name for name, view in app.view_functions.items() if not hasattr(view, "policy") and name != "static"]
    assert silent == []


@pytest.mark.parametrize("who", [pytest.param(each, marks=BOTH if each in SEEING else ONE) for each in ALL])
def test_every_route_answers_each_role_as_the_table_says(
    who: str, app: Flask, places: Mapping[str, Any], sign_in: Callable[[str], FlaskClient]
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    wrong = []
    for (endpoint, method), (allowed, happy) in TABLE.items():
        answer = sign_in(who).open(address(app, endpoint, places), method=method, buffered=True)
        expected = happy if who in allowed else 302 if who == "anonymous" else 404
        if answer.status_code != expected:
            wrong.append(f"{who} {method} {endpoint}: {answer.status_code}, expected {expected}")
        if answer.status_code == 302 and not answer.location.startswith("/sign-in"):
            wrong.append(f"{who} {method} {endpoint}: sent to {answer.location}")
    assert wrong == []


@ONE
def test_what_belongs_to_another_organisation_is_not_there(
    app: Flask, places: Mapping[str, Any], clients: Mapping[str, FlaskClient]
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    for endpoint, method in TABLE:
        arguments = next(r for r in app.url_map.iter_rules() if r.endpoint == endpoint).arguments
        of_home = next((name for name in ("attempt_id", "session_id") if name in arguments), "")
        if not of_home:
            continue
        for who in ("stranger", "other_instructor"):
            real = clients[who].open(address(app, endpoint, places), method=method, buffered=True)
            none = clients[who].open(
                address(app, endpoint, {**places, of_home: uuid.uuid4()}), method=method, buffered=True
            )
            assert (real.status_code, none.status_code) == (404, 404), endpoint
            hide = re.compile(
                r'csrf_token" value="[^"]*"|nonce="[^"]*"|/(?:attempts|sessions)/[0-9a-f-]+|/results/[0-9a-f-]+'
            )
            assert hide.sub("", real.text) == hide.sub("", none.text), endpoint


@ONE
def test_no_page_tells_another_organisation_of_our_people_results_and_texts(
    app: Flask,
    places: Mapping[str, Any],
    people: People,
    store: Store,
    clock: Clock,
    sign_in: Callable[[str], FlaskClient],
) -> None:
    ours = {"trainee": "Awa Quayside", "colleague": "Ben Breakwater", "instructor": "Cleo Lighthouse"}
    with store.writing() as session:
        for name, called in ours.items():
            accounts.rename(session, people[name], called, now=clock())
        host, stranger = (accounts.find(session, people[name]) for name in ("host", "other_instructor"))
        assert host
        assert stranger
        for role in (Role.HOST, Role.ADMINISTRATOR):
            accounts.give_role(session, stranger, people.elsewhere, role, actor=None, now=clock())
        law = {"jurisdiction": "Selbyland", "article": "1", "dated": "2026", "checked_by": "J", "text": "Ask the dean."}
        notes.write(session, people.home, "contact-point", law, host.id, clock())
        look = looks.Look("Selby shown", ("en",), "1 Quay")
        looks.change(session, accounts.actor_of(host), people.home, look, clock())
    told = (*ours.values(), "Autumn week", "First lab", "A note.", "Selbyland", "Ask the dean", "Selby shown", "1 Quay")
    public = {rule for rule, _ in TABLE if "code" in arguments_of(app, rule)}  # whoever has its code sees a certificate
    seen, answers, wrong = sign_in("other_instructor"), 0, list[str]()
    for endpoint in sorted({rule for rule, method in TABLE if method == "GET"} - public):
        page = seen.get(address(app, endpoint, places), buffered=True)
        answers += page.status_code == 200
        wrong += [f"{endpoint}: {one}" for one in told if one.encode() in page.data]
    assert wrong == []
    assert answers > 40
    assert b"Awa Quayside" in sign_in("instructor").get("/people").data


@ONE
@pytest.mark.parametrize("who", ["trainee", "instructor", "anonymous"])
def test_no_route_takes_a_form_without_its_token(
    who: str, app: Flask, places: Mapping[str, Any], sign_in: Callable[[str], FlaskClient]
) -> None:
    posts = [endpoint for endpoint, method in TABLE if method == "POST"]
    taken = [
        endpoint
        for endpoint in posts
        if sign_in(who).post(address(app, endpoint, places), data={"csrf_token": "forged"}).status_code != 400
    ]
    assert len(posts) > 20
    assert taken == []


@ONE
def test_every_answer_carries_the_headers(
    app: Flask, places: Mapping[str, Any], clients: Mapping[str, FlaskClient]
) -> None:
    for endpoint, method in TABLE:
        answer = clients["trainee"].open(address(app, endpoint, places), method=method, buffered=True)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, endpoint
        assert "unsafe" not in policy, endpoint
        assert "frame-ancestors 'none'" in policy, endpoint
        assert answer.headers["X-Content-Type-Options"] == "nosniff", endpoint
        assert answer.headers["Referrer-Policy"] == "same-origin", endpoint
        if endpoint == "static":
            assert "immutable" in answer.headers["Cache-Control"]
        elif endpoint == "labs.completion":
            assert answer.headers["Cache-Control"] == "private, max-age=3600"
        elif endpoint != "labs.run_state":
            assert "no-store" in answer.headers["Cache-Control"], endpoint


def test_wrong_methods_and_addresses_end_in_a_page(app: Flask, clients: Mapping[str, FlaskClient]) -> None:
    assert clients["trainee"].get("/nothing/here").status_code == 404
    assert clients["trainee"].delete("/labs").status_code == 405
    assert clients["trainee"].get("/static/000000000000/engram.css").status_code == 404
    assert clients["trainee"].get("/static/../../app.py").status_code == 404
    assert clients["trainee"].get("/attempts/not-a-uuid").status_code == 404
    assert "Allow" in clients["trainee"].delete("/labs").headers
