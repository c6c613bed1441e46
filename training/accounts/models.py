"""Rows of people, organisations, roles, sign-ins, invitations and failed sign-ins."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Table, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from training.accounts.actor import Role
from training.audit.seals import seal_rows
from training.sentence import LANGUAGES
from training.store import Base, new_id

THEMES = ("auto", "light", "dark")
FOUNDING = text("founding")


class Kind(StrEnum):
    """What an organisation is."""

    AGENCY = "agency"
    UNIVERSITY = "university"


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


class Organisation(Base):
    """An agency or a university; roles are held in one, and its people are managed from within."""

    __tablename__ = "organisation"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(120))  # as people write it
    name_key: Mapped[str] = mapped_column(String(240), unique=True)  # NFKC and case folded: what is compared
    kind: Mapped[str] = mapped_column(String(20))  # a value of Kind
    closed_at: Mapped[datetime | None]  # since when roles held in it count for nothing
    founding: Mapped[bool] = mapped_column(default=False)  # whether it runs the installation

    __table_args__ = (
        Index("uq_organisation_founding", "founding", unique=True, sqlite_where=FOUNDING, postgresql_where=FOUNDING),
        CheckConstraint(_one_of("kind", tuple(Kind)), name="kind_known"),
        CheckConstraint("name <> ''", name="name_given"),
    )


class OrganisationLook(Base):
    """How an organisation shows itself on sheets, certificates and boards; without a row: by its name alone."""

    __tablename__ = "organisation_look"

    organisation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organisation.id", ondelete="RESTRICT"), primary_key=True
    )
    short_name: Mapped[str] = mapped_column(String(40))  # empty: none
    languages: Mapped[list[str]]  # that its people use, the first before all others
    address: Mapped[str] = mapped_column(Text)  # lines as they are printed
    logo: Mapped[bytes | None] = mapped_column(LargeBinary)  # cleaned when it came in
    logo_sha256: Mapped[str | None] = mapped_column(String(64))
    logo_type: Mapped[str | None] = mapped_column(String(20))  # media type
    changed_at: Mapped[datetime]
    changed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))

    __table_args__ = (
        CheckConstraint(
            "(logo IS NULL) = (logo_sha256 IS NULL) AND (logo IS NULL) = (logo_type IS NULL)", name="logo_whole"
        ),
        CheckConstraint("logo_type IS NULL OR logo_type IN ('image/png', 'image/svg+xml')", name="logo_type_known"),
    )


class Person(Base):
    """Someone with an account. Never removed while rows of other rooms point here; disabled, or erased, instead."""

    __tablename__ = "person"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    login: Mapped[str] = mapped_column(String(80))  # as it was chosen
    login_key: Mapped[str] = mapped_column(String(240), unique=True)  # NFKC and case folded: what is compared
    name: Mapped[str] = mapped_column(String(120))  # shown to others
    password_hash: Mapped[str] = mapped_column(String(200))  # argon2id in its encoded form
    home_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"), index=True)
    language: Mapped[str | None] = mapped_column(String(2))  # none: as the browser asks
    theme: Mapped[str | None] = mapped_column(String(5))  # none: as the browser's cookie says
    totp_secret: Mapped[str | None] = mapped_column(String(64))  # sealed, see at_rest.py; none: no second factor
    totp_last_step: Mapped[int | None]  # the last 30-second step whose code was used, so that none is used twice
    disabled_at: Mapped[datetime | None]  # since when the account can't be used
    made_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]  # when what names the person was erased: nothing leads to anybody since

    home: Mapped[Organisation] = relationship(lazy="raise")
    memberships: Mapped[list["Membership"]] = relationship(lazy="raise", back_populates="person")

    __table_args__ = (
        CheckConstraint("login_key <> ''", name="login_given"),
        CheckConstraint("name <> ''", name="name_given"),
        CheckConstraint(_one_of("language", tuple(LANGUAGES)), name="language_known"),
        CheckConstraint(_one_of("theme", THEMES), name="theme_known"),
    )


class Membership(Base):
    """A role that a person holds in an organisation; one person may hold several."""

    __tablename__ = "membership"

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organisation.id", ondelete="RESTRICT"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(String(20), primary_key=True)  # a value of Role

    person: Mapped[Person] = relationship(lazy="raise", back_populates="memberships")

    __table_args__ = (CheckConstraint(_one_of("role", tuple(Role)), name="role_known"),)


class SignIn(Base):
    """One sign-in of a person. The token is in the browser's cookie alone; here is its digest."""

    __tablename__ = "sign_in"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)  # SHA-256 of the token
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime]  # kept when the token is renewed: the absolute limit counts from here
    seen_at: Mapped[datetime]  # last request, to the minute
    ended_at: Mapped[datetime | None]
    second_factor_done: Mapped[bool]  # whether a code was given in this sign-in
    offered_secret: Mapped[str | None] = mapped_column(String(64))  # shown for enrolment, not confirmed yet; sealed

    person: Mapped[Person] = relationship(lazy="raise")


class Invitation(Base):
    """A link by which one person can make an account with a role, once and before it expires."""

    __tablename__ = "invitation"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)  # SHA-256 of the token in the link
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"), index=True)
    role: Mapped[str] = mapped_column(String(20))  # a value of Role
    name: Mapped[str] = mapped_column(String(120))  # suggested; empty for none
    login: Mapped[str] = mapped_column(String(80))  # suggested; empty for none
    made_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))  # none: by command
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))

    organisation: Mapped[Organisation] = relationship(lazy="raise")

    __table_args__ = (
        CheckConstraint(_one_of("role", tuple(Role)), name="role_known"),
        CheckConstraint("used_by IS NULL OR used_at IS NOT NULL", name="used_by_has_time"),
    )


class Failure(Base):
    """A try to sign in that failed, or is being checked right now; kept for an hour, for the back-off."""

    __tablename__ = "failure"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    account: Mapped[str] = mapped_column(String(64), index=True)  # SHA-256 of the folded login, for it may be a secret
    address: Mapped[str] = mapped_column(String(45))  # where the request came from: an address, or a network of IPv6
    at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (Index("ix_failure_network", "address", "at"),)


seal_rows(cast("Table", Organisation.__table__), "name name_key kind closed_at")
seal_rows(
    cast("Table", Person.__table__),
    "login login_key name password_hash home_id totp_secret disabled_at made_at erased_at",
    person=Person.id,
)
seal_rows(cast("Table", Membership.__table__), "role")
