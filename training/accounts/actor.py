"""Who acts: a value that services and policies take, without a database or a web behind it."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a person is in an organisation."""

    TRAINEE = "trainee"
    INSTRUCTOR = "instructor"
    HOST = "host"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person with the roles held in each organisation; `home` is the organisation that the person works in now."""

    id: UUID | None = None
    name: str = ""
    home: UUID | None = None
    roles: frozenset[tuple[UUID, Role]] = field(default_factory=frozenset)

    @property
    def signed_in(self) -> bool:
        """Whether this is a person at all."""
        return self.id is not None

    def holds(self, role: Role, organisation: UUID | None = None) -> bool:
        """Whether the role is held in that organisation; None asks for any organisation."""
        return any(held is role and organisation in {None, where} for where, held in self.roles)


ANONYMOUS = Actor()
