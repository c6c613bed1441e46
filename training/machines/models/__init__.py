"""Rows of live work: one person's response to one running machine, and the record that it left."""

from training.machines.models.material import Acquisition, Medium
from training.machines.models.record import Decision, Entry, Form, Happening, Remark
from training.machines.models.response import Response

__all__ = ["Acquisition", "Decision", "Entry", "Form", "Happening", "Medium", "Remark", "Response"]
