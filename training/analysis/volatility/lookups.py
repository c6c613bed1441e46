"""Look-ups prepared before the fork, in a way that leaves every result of every plugin unchanged.

Two things cost a run seconds: the list of all symbols by address, which Volatility makes of 150,000 symbol objects at
the first question for a name, and the resolution of types, which pulls in some thousand templates with `task_struct`.

**Symbols by address.** The table sorts (address & mask, name) of every symbol. The list is built here from the parsed
file itself. What the original way also does is fill a cache of symbol objects, whose content does not depend on when
they are made: address, name, constant data and a template in which structures are references by name. It would raise
an error for a symbol that can't be made, so the list is prepared only for a table whose symbols all can be.

**Types.** A symbol space keeps each type that it has resolved, with the class that its table then had for it; a class
that a plugin sets later has no effect on a type that was resolved before. So resolving early could change results.
Let A be the names that a run has asked get_type for so far, and C(A) those reachable from A by references. Without
preparation the space holds C(A) exactly: get_type adds a name and all that is reachable from it, nothing else adds
any. Space keeps A. A template has the same content whenever it is made, but for its class: the rest depends on the
symbol file and the native types only. That more of them lie ready than C(A) can't be seen, since the space shows its
templates through get_type alone and what lies outside C(A) has no way from anything that the run holds. What could be
seen:

- A plugin sets a class for a type that lies ready. Inside C(A) the type keeps its class, as it would without
  preparation. Outside, no object was made of it yet; its template gets the new class, which is what making it now
  would give.
- A plugin asks for a type that the file only refers to (the message differs), or takes a class back. Then everything
  outside C(A) is dropped, which is the state without preparation, object for object.
- A table is removed, on which Volatility drops all resolved types itself.
- A reference into a table that is not there yet would freeze as unresolvable, and an error during resolution would
  leave half a state: with either nothing is prepared.
"""

# ruff: noqa: SLF001 - the inner parts of tables and spaces are the matter of this module
import base64
import bisect
from collections.abc import Iterable
from typing import Any

from volatility3.framework import constants, exceptions, objects, symbols
from volatility3.framework.objects import templates
from volatility3.plugins.linux.malware import check_syscall

MEMBERS = "members"
"""A structure with a member of this name makes Volatility's resolution break off."""


class Space(symbols.SymbolSpace):  # type: ignore[misc]
    """A symbol space in which types may lie ready; see the module's text."""

    _resolved: dict[str, Any]
    _asked: dict[str, Any]
    _ready: bool
    _reached: tuple[int, set[str]]

    @classmethod
    def over(cls, space: Any) -> "Space":
        """Turn a plain space into one of these."""
        space.__class__ = cls
        space._asked = dict(space._resolved)
        space._ready = False
        space._reached = (-1, set())
        watched: Space = space
        return watched

    def prepare(self, names: Iterable[str]) -> int:
        """Resolve types ahead of time; returns how many templates lie ready. Names that no table has are left out."""
        before = dict(self._resolved)
        try:
            for name in names:
                if self.has_type(name):
                    super().get_type(name)
        except Exception:  # noqa: BLE001 - whatever it is, a run must meet it at its own time
            self._resolved = before
            return 0
        if any(self._is_missing_table(template) for template in self._resolved.values()):
            self._resolved = before
            return 0
        self._ready = True
        return len(self._resolved) - len(before)

    def _is_missing_table(self, template: Any) -> bool:
        if not isinstance(template, templates.ReferenceTemplate):
            return False
        return template.vol.type_name.partition(constants.BANG)[0] not in self._dict

    def get_type(self, type_name: str) -> Any:
        """As the original; remembers what was asked."""
        try:
            return self._asked[type_name]
        except KeyError:
            pass
        if self._ready and isinstance(self._resolved.get(type_name), templates.ReferenceTemplate):
            self.forget()
        template = super().get_type(type_name)
        self._asked[type_name] = template
        return template

    def remove(self, key: str) -> None:
        """As the original, which drops all resolved types."""
        super().remove(key)
        self._asked = {}
        self._ready = False
        self._reached = (-1, set())

    def reclass(self, type_name: str, cls: Any) -> None:
        """A plugin sets a class; see the module's text."""
        template = self._resolved.get(type_name)
        if not self._ready or not isinstance(template, templates.ObjectTemplate) or type_name in self._reachable():
            return
        arguments = template._vol.maps[1]
        if cls is objects.AggregateType or cls.VolTemplateProxy._methods:
            self.forget()  # such a template is not made of its arguments alone
        else:
            arguments["object_class"] = cls

    def forget(self) -> None:
        """Drop what no question of this run would have brought here."""
        if not self._ready:
            return
        self._ready = False
        reachable = self._reachable()
        self._resolved = {name: template for name, template in self._resolved.items() if name in reachable}

    def _reachable(self) -> set[str]:
        """C(A): walked as the original resolution walks, by references and by templates that replaced one."""
        if self._reached[0] == len(self._asked):
            return self._reached[1]
        found = set(self._asked)
        names = list(found)
        while names:
            inner = [self._resolved[names.pop()]]
            while inner:
                for child in inner.pop().children:
                    name = child.vol.type_name
                    if isinstance(child, templates.ReferenceTemplate) or self._resolved.get(name) is child:
                        if name in self._resolved and name not in found:
                            found.add(name)
                            names.append(name)
                    elif child.children:
                        inner.append(child)
        self._reached = len(self._asked), found
        return found


def watch(space: Space, table: Any) -> None:
    """Let the classes that plugins set in a table reach the space first."""
    delegate = table._delegate
    user_types = delegate._json_object["user_types"]
    setting, deleting = delegate.set_type_class, delegate.del_type_class

    def set_type_class(name: str, cls: Any) -> None:
        if name in user_types:  # native types don't look at classes
            space.reclass(f"{table.name}{constants.BANG}{name}", cls)
        setting(name, cls)

    def del_type_class(name: str) -> None:
        space.forget()
        deleting(name)

    delegate.set_type_class, delegate.del_type_class = set_type_class, del_type_class


def sort_symbols(table: Any) -> bool:
    """Give a table its symbols by address. False where they can't be prepared."""
    delegate = table._delegate
    entries = delegate._json_object["symbols"]
    try:
        dangling = _dangling(delegate, entries)
        mask = delegate.config.get("symbol_mask", 0) or -1
        ordered = sorted([(entry["address"] & mask, name) for name, entry in entries.items()])
    except (exceptions.VolatilityException, KeyError, TypeError, ValueError, AttributeError):
        return False  # a symbol that can't be made: the original way must meet it at its own time
    table._sort_symbols = ordered
    if not any(MEMBERS in kind["fields"] for kind in delegate._json_object["user_types"].values()):
        table.addresses = [address for address, name in ordered if name not in dangling]
    return True


def next_table_size(self: Any, table_addr: int, ptr_sz: int, vmlinux: Any) -> int:
    """Entries of a table up to the next symbol, for linux.malware.check_syscall.

    The original asks the module for every symbol, leaves out those whose type can't be resolved, sorts the addresses
    and takes the first above the table's. The list is the same; what it resolves on the way, no later part of that
    plugin asks for.
    """
    addresses = getattr(self.context.symbol_space[vmlinux.symbol_table_name], "addresses", None)
    if addresses is None:
        size: int = _original_table_size(self, table_addr, ptr_sz, vmlinux)
        return size
    at = bisect.bisect_right(addresses, table_addr)
    return int((addresses[at] - table_addr) / ptr_sz) if at < len(addresses) and addresses[at] > 0 else 0


_original_table_size = check_syscall.Check_syscall._get_table_size_next_symbol
check_syscall.Check_syscall._get_table_size_next_symbol = next_table_size


def _dangling(delegate: Any, entries: dict[str, Any]) -> set[str]:
    """Symbols whose type refers to one that the file does not have. Raises what making a symbol raises."""
    seen: dict[str, bool] = {}
    dangling = set()
    for name, entry in entries.items():
        if constants.BANG in name or not entry:
            raise ValueError(name)
        if "constant_data" in entry:
            base64.b64decode(entry["constant_data"])
        if "type" not in entry:
            continue
        text = repr(entry["type"])
        if text not in seen:
            seen[text] = _refers_to_nothing(delegate, delegate._interdict_to_template(entry["type"]))
        if seen[text]:
            dangling.add(name)
    return dangling


def _refers_to_nothing(delegate: Any, template: Any) -> bool:
    for child in template.children:
        if isinstance(child, templates.ReferenceTemplate):
            table, _, name = child.vol.type_name.partition(constants.BANG)
            if table != delegate.name or name not in delegate.types:
                return True
        elif _refers_to_nothing(delegate, child):
            return True
    return False
