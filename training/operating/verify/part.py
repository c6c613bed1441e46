"""What one part of a verification came to."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Part:
    """One part of a verification: its name, a line of figures, and each fault in one sentence."""

    name: str
    summary: str = ""
    faults: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """For people: the figures first, then each fault on a line of its own."""
        return [f"{self.name}: {self.summary}", *(f"fault: {self.name}: {fault}" for fault in self.faults)]
