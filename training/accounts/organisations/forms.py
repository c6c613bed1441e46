"""What people type on the pages of organisations."""

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, SelectField, StringField
from wtforms import SelectChoice as Choice  # type: ignore[attr-defined]  # newer than the type information
from wtforms.validators import Length

from training.accounts.forms import GIVEN, Form
from training.accounts.models import Kind
from training.accounts.service import new_invitation
from training.accounts.service.people import NAME

KINDS = {Kind.AGENCY: _("Agency"), Kind.UNIVERSITY: _("University")}


class MakeForm(Form):
    """A new organisation, with its first host."""

    token = HiddenField(default=new_invitation)
    kind = SelectField(_("What it is"))
    name = StringField(_("Name"), [GIVEN, Length(max=NAME, message=_("At most %(max)s characters fit here."))])

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.kind.choices = [Choice(kind.value, words) for kind, words in KINDS.items()]
