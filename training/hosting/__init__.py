"""Sessions of hosts: people, a timetable, pinned releases and rules, from the plan to the dossier."""
