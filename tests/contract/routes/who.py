"""Groups of roles, as the tables of routes name them."""

from tests.conftest import ROLES

Answers = dict[tuple[str, str], tuple[tuple[str, ...], int]]
"""Who gets in, by endpoint and method, and the answer to a request without any form field from somebody who does."""

ALL = (*ROLES, "anonymous")
SIGNED_IN = tuple(ROLES)
STAFF = ("instructor", "host", "administrator")
HOSTS = ("host", "administrator")
IN_SESSION = ("instructor", "trainee", "colleague")
