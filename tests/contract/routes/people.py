"""Everybody, their accounts and data, organisations."""

from tests.contract.routes.who import ALL, HOSTS, SIGNED_IN, STAFF, Answers

TABLE: Answers = {
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
    ("moving.index", "GET"): (("instructor", "other_instructor"), 200),
    ("moving.send_pack", "POST"): (("instructor", "other_instructor"), 422),
    ("moving.arrived", "GET"): (("instructor", "other_instructor"), 404),  # no such pack waits
    ("moving.decide", "POST"): (("instructor", "other_instructor"), 404),
    ("moving.distrust", "POST"): (("instructor", "other_instructor"), 422),
    ("moving.send_questions", "POST"): (("instructor", "other_instructor"), 422),
    ("moving.export", "GET"): (("instructor",), 200),
    ("moving.file", "GET"): (("instructor",), 200),
}
