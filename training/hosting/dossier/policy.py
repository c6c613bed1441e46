"""Who may seal a session, and have dossiers looked at: whoever runs it. A dossier holds the data of people."""

from training.hosting import policy as hosting

may_seal = hosting.may_run
