"""Sockets of a machine: those that any such machine has, and what a scenario adds."""

from collections.abc import Iterator

from training.forge.scenario.windows.model import WindowsScenario
from training.forge.scenario.windows.words import end_of
from training.forge.windows.plan import Endpoint
from training.forge.windows.planning.casting import Cast
from training.forge.windows.planning.moments import SECOND
from training.forge.windows.planning.sockets import DESKTOP_PORT, sockets


class Network:
    """The sockets.

    Attributes:
        endpoints: all of them in the order of their times, each with the name that a scenario gives it.
    """

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.scenario: WindowsScenario = cast.scenario
        addresses = [each.partition("/")[0] for each in self.scenario.machine.addresses]
        self.own_4 = next((each for each in addresses if ":" not in each), "")
        self.own_6 = next((each for each in addresses if ":" in each), "")
        found = [*(("", each) for each in sockets(cast)), *self._of_story(), *self._desktops()]
        self.endpoints = tuple(sorted(found, key=lambda each: (each[1].created, each[1].local, each[1].remote)))

    def _of_story(self) -> Iterator[tuple[str, Endpoint]]:
        for each in self.scenario.endpoints:
            remote = end_of(each.remote) if each.remote else ("", 0)
            yield (
                each.name,
                Endpoint(
                    protocol=each.protocol,
                    local=end_of(each.local),
                    remote=remote,
                    pid=self.cast[each.process].pid,
                    created=self.cast.draw.within(each.created, f"endpoint {each.name}"),
                    state=each.state,
                    live=not each.ended,
                ),
            )

    def _desktops(self) -> Iterator[tuple[str, Endpoint]]:
        """The connections through which people work from elsewhere."""
        for name, user in self.scenario.users.items():
            if not user.remote or name not in self.cast.logons or "svchost_termservice" not in self.cast:
                continue
            remote = end_of(user.remote)
            local = self.own_6 if ":" in remote[0] else self.own_4
            before = self.cast.base(f"desktop {name}").randrange(5 * SECOND, 14 * SECOND)
            yield (
                f"desktop_{name}",
                Endpoint(
                    protocol="tcp",
                    local=(local, DESKTOP_PORT),
                    remote=remote,
                    pid=self.cast["svchost_termservice"].pid,
                    created=self.cast.logons[name] - before,
                    state="ESTABLISHED",
                ),
            )
