"""Who may carry a session: whoever runs it. A bundle holds answer keys and the data of people."""

from training.hosting import policy as hosting

may_carry = hosting.may_run
