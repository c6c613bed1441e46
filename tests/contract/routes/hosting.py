"""Sessions of hosts."""

from tests.contract.routes.who import ALL, IN_SESSION, SIGNED_IN, STAFF, Answers

TABLE: Answers = {
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
}
