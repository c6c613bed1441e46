"""Rows of people, organisations, roles, sign-ins, invitations and failed sign-ins."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
