"""Which cross-views there are, and which plugins each needs."""

from training.analysis.views import linux, windows
from training.analysis.views.crossing import View
from training.errors import NotThere
from training.sentence import phrase

VIEWS: tuple[View, ...] = (*linux.VIEWS, *windows.VIEWS)
"""All of them. `view.plugins` names what has to be run for one."""


def views_of(os: str) -> tuple[View, ...]:
    """The views for an operating system."""
    return tuple(one for one in VIEWS if one.os == os)


def view(os: str, name: str) -> View:
    """The view of that name, such as 'processes'. Raises NotThere."""
    found = next((one for one in views_of(os) if one.name == name), None)
    if found is None:
        raise NotThere(phrase("there is no view %(name)s for %(system)s", name=repr(name[:40]), system=os[:20]))
    return found
