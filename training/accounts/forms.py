"""What people type on the pages of accounts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, SelectField, StringField
from wtforms import SelectChoice as Choice  # type: ignore[attr-defined]  # newer than the type information
from wtforms.validators import EqualTo, InputRequired, Length, Optional

from training.accounts.actor import Role
from training.accounts.service import Suggested, new_invitation
from training.accounts.service.passwords import LONGEST
from training.accounts.service.people import LOGIN, NAME
from training.errors import DomainError, TooMany
from training.sentence import LANGUAGES
from training.web.language import spoken

GIVEN = InputRequired(_("Fill this in."))


def _fits(most: int) -> Length:
    return Length(max=most, message=_("At most %(max)s characters fit here."))


LATIN = {"dir": "ltr"}
ROLES = {
    Role.TRAINEE: _("Trainee"),
    Role.INSTRUCTOR: _("Instructor"),
    Role.HOST: _("Host"),
    Role.ADMINISTRATOR: _("Administrator"),
}


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A form that can also show what a service refused, with the status that belongs to it."""

    refusal: DomainError | None = None

    @contextmanager
    def told(self) -> Iterator[None]:
        """Turn a domain error inside the block into an error of the field that it names, or of the last one."""
        try:
            yield
        except DomainError as error:
            self.refusal = error
            shown = [field for field in self if field.type not in {"CSRFTokenField", "HiddenField"}]
            field = self[error.field] if error.field in self else shown[-1]
            field.errors = [*field.errors, spoken(error.message)]

    @property
    def status(self) -> int:
        """200 for a form that is fresh, 422 for one that was refused, 429 when the reader has to wait."""
        if isinstance(self.refusal, TooMany):
            return 429
        return 422 if any(field.errors for field in self) else 200

    def text(self, name: str) -> str:
        """The value of a field as text, empty for none."""
        return str(self[name].data or "")


class SignInForm(Form):
    """The door."""

    next, kept = HiddenField(), HiddenField()
    login = StringField(_("Sign-in name, service number or e-mail"), [GIVEN, _fits(LOGIN[-1])], render_kw=LATIN)
    password = PasswordField(_("Password"), [GIVEN, _fits(LONGEST)])


class CodeForm(Form):
    """A code of the second factor."""

    next, kept = HiddenField(), HiddenField()
    code = StringField(_("Code"), [GIVEN, _fits(20)], render_kw=LATIN | {"inputmode": "numeric"})


class RemovalForm(Form):
    """A code of the second factor, to remove it."""

    code = StringField(_("Code, to remove it"), [GIVEN, _fits(20)], render_kw=LATIN | {"inputmode": "numeric"})


class ProfileForm(Form):
    """What a person chooses."""

    name = StringField(_("Name, as others see it"), [GIVEN, _fits(NAME)])
    language = SelectField(
        _("Language"),
        [Optional()],
        choices=[Choice("", _("As the browser asks")), *(Choice(*each) for each in LANGUAGES.items())],
    )
    theme = SelectField(
        _("Appearance"),
        [Optional()],
        choices=[Choice("auto", _("As the system")), Choice("light", _("Light")), Choice("dark", _("Dark"))],
    )


class PasswordForm(Form):
    """A new password for oneself."""

    old_password = PasswordField(_("Present password"), [GIVEN, _fits(LONGEST)])
    password = PasswordField(_("New password"), [GIVEN, _fits(LONGEST)])
    again_password = PasswordField(
        _("New password, once more"), [GIVEN, EqualTo("password", _("The two new passwords differ."))]
    )


class InvitationForm(Form):
    """The answer to an invitation."""

    name = StringField(_("Name, as others see it"), [GIVEN, _fits(NAME)])
    login = StringField(_("Sign-in name, service number or e-mail"), [GIVEN, _fits(LOGIN[-1])], render_kw=LATIN)
    password = PasswordField(_("Password"), [GIVEN, _fits(LONGEST)])
    again_password = PasswordField(
        _("Password, once more"), [GIVEN, EqualTo("password", _("The two passwords differ."))]
    )


class InviteForm(Form):
    """A new invitation."""

    token = HiddenField(default=new_invitation)
    role = SelectField(_("Role"))
    name = StringField(_("Name (optional)"), [_fits(NAME)])
    login = StringField(_("Sign-in name, service number or e-mail (optional)"), [_fits(LOGIN[-1])], render_kw=LATIN)

    def __init__(self, rank: int = 0, **values: Any) -> None:
        super().__init__(**values)
        self.role.choices = [
            Choice(role.value, words) for at, (role, words) in enumerate(ROLES.items(), 1) if at <= rank
        ]

    @property
    def suggested(self) -> Suggested:
        """What the invited person finds filled in."""
        return Suggested(self.text("name"), self.text("login"))
