"""A trainee at work on the real lab, for tests of what is said of the findings afterwards."""

from tests.unit.labs import conftest as at_work

answered, desk_of, desk = at_work.answered, at_work.desk_of, at_work.desk  # fixtures
