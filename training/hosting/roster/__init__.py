"""Rosters of sessions: tables read with a dry run, join codes, paper sign-in slips."""
