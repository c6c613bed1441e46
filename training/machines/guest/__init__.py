"""Machines of trainees: saved states, QEMU that lives on its own behind walls, its console, media and memory.

Pure: it knows neither Flask nor a database. The guest inside is hostile, and so is QEMU once the guest has taken it
over; docs/security.md says what holds them.
"""
