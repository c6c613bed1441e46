"""Who gets in, by endpoint and method; all others are sent to the door (anonymous, 302) or find nothing there (404).

The number is the answer to a request without any form field from somebody who gets in.
"""

from tests.contract.routes import hosting, labs, learning, people
from tests.contract.routes.who import Answers

TABLE: Answers = people.TABLE | learning.TABLE | labs.TABLE | hosting.TABLE
