"""What several plugins say of the same things, side by side.

A view names its sources and the key by which they mean the same thing. Each entry says for each source whether it was
seen there, with the rows to cite. That something is not seen counts only where the source was run, is complete and
lists such things at all.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from training.analysis.render import cell
from training.analysis.results import ResultRow
from training.analysis.views.material import Material, best

Key = tuple[Any, ...]
REMARK = 1  # weight of patterns that every machine has: they move nothing up
MOST_TEXTS = 5  # different texts of one cell, such as the processes that share a socket


class State(StrEnum):
    """What a source says of an entry."""

    SEEN = "seen"
    NOT_SEEN = "not seen"
    NOT_LISTED = "not listed there"  # such things are not among what the source lists
    UNKNOWN = "unknown"  # the source was cut off or narrowed, or could not tell
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Sight:
    """What a source says of an entry, and the rows that show it (by number, of the material's result)."""

    state: State
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Pattern:
    """Something that stands out: what it is, ways in which it can be innocent, and how far up it belongs (3 is most;
    1 is a remark).
    """

    says: str
    innocent: str
    weight: int = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing. `cells` are texts by column of the view, `sights` by source."""

    key: Key
    cells: Mapping[str, str]
    sights: Mapping[str, Sight]
    patterns: tuple[Pattern, ...] = ()

    def seen(self, *sources: str) -> bool:
        """Whether any of the sources has it."""
        return any(self.sights[source].state is State.SEEN for source in sources)

    def lacks(self, *sources: str) -> bool:
        """Whether none of the sources has it, and each could have had it."""
        return all(self.sights[source].state is State.NOT_SEEN for source in sources)

    @property
    def weight(self) -> int:
        """How far up it belongs."""
        return max((pattern.weight for pattern in self.patterns), default=0)


def disagreement(*rules: tuple[Pattern, str, str]) -> Callable[[Entry], Iterator[Pattern]]:
    """What stands out where two sources disagree: each pattern for what its first source has and its second lacks."""

    def patterns(entry: Entry) -> Iterator[Pattern]:
        for pattern, has, lacks in rules:
            if entry.seen(has) and entry.lacks(lacks):
                yield pattern

    return patterns


def _everything(_cells: Mapping[str, str]) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Source:
    """Where a view looks. `name` heads its column; `says` tells what it reads.

    `key` names the plugin's columns that make the view's key, None for a part that it doesn't have. `cells` gives the
    plugin's column by column of the view. With `when`, a column of truth values, a row is seen only where it is true.
    `lists` says of the cells of an entry whether the source lists such things.
    """

    name: str
    plugin: str
    says: str
    key: tuple[str | None, ...]
    cells: Mapping[str, str] = field(default_factory=dict)
    when: str = ""
    lists: Callable[[Mapping[str, str]], bool] = _everything


@dataclass(frozen=True, slots=True)
class View:
    """A cross-view table: `key` and `columns` head its cells, `patterns` says what stands out of an entry."""

    name: str
    os: str
    title: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    sources: tuple[Source, ...]
    patterns: Callable[[Entry], Iterable[Pattern]]

    @property
    def plugins(self) -> tuple[str, ...]:
        """The plugins that it needs, each once."""
        return tuple(dict.fromkeys(source.plugin for source in self.sources))


@dataclass(frozen=True, slots=True)
class Table:
    """A view over given results: entries, what stands out first; which plugins have not been run (`missing`), and of
    which what is not there means nothing (`unsure`); `used` are the results by plugin.
    """

    view: View
    entries: tuple[Entry, ...]
    missing: tuple[str, ...]
    unsure: tuple[str, ...]
    used: Mapping[str, Material]


@dataclass(slots=True)
class _Draft:
    """An entry in the making."""

    texts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    rows: dict[str, list[tuple[int, bool | None]]] = field(default_factory=lambda: defaultdict(list))


def cross(view: View, materials: Sequence[Material]) -> Table:
    """Lay the results of a view's sources side by side. Results of other plugins are left alone."""
    used = {plugin: found for plugin in view.plugins if (found := best(materials, plugin)) is not None}
    drafts: dict[Key, _Draft] = {}
    # Sources that know the whole key make the entries; those that know a part of it are then added to all that fit.
    for source in sorted(view.sources, key=lambda source: source.key.count(None)):
        if source.plugin in used and _fits(source, used[source.plugin]):
            _gather(drafts, source, used[source.plugin])
    entries = sorted((_entry(view, key, draft, used) for key, draft in drafts.items()), key=_rank)
    return Table(
        view,
        tuple(entries),
        tuple(plugin for plugin in view.plugins if plugin not in used),
        tuple(plugin for plugin, material in used.items() if not material.whole),
        used,
    )


def _fits(source: Source, material: Material) -> bool:
    return {name for name in source.key if name} <= set(material.columns())


def _gather(drafts: dict[Key, _Draft], source: Source, material: Material) -> None:
    columns = material.columns()
    parts = [None if name is None else columns[name] for name in source.key]
    known = [place for place, part in enumerate(parts) if part is not None]
    fitting: dict[Key, list[Key]] = defaultdict(list)
    for key in drafts:
        fitting[tuple(key[place] for place in known)].append(key)
    for row in material.rows():
        key = tuple(None if part is None else _part(row, part) for part in parts)
        wanted = tuple(key[place] for place in known)
        if not fitting[wanted]:
            fitting[wanted].append(key)
        for each in fitting[wanted]:
            draft = drafts.setdefault(each, _Draft())
            seen = row.cells[columns[source.when]] if source.when in columns else True
            draft.rows[source.name].append((row.n, seen))
            for name, text in _texts(row, source, material, columns):
                if text and text not in draft.texts[name]:
                    draft.texts[name].append(text)


def _part(row: ResultRow, i: int) -> Any:
    if i in row.absent:
        return None
    value = row.cells[i]
    return value.strip() if isinstance(value, str) else value


def _texts(row: ResultRow, source: Source, material: Material, columns: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    for name, column in source.cells.items():
        i = columns.get(column)
        if i is not None and i not in row.absent:
            yield name, cell(row.cells[i], material.result.columns[i].type)


def _joined(texts: Sequence[str]) -> str:
    return ", ".join([*texts[:MOST_TEXTS], *["…"] * (len(texts) > MOST_TEXTS)])


def _entry(view: View, key: Key, draft: _Draft, used: Mapping[str, Material]) -> Entry:
    cells = {name: _joined(texts) for name, texts in draft.texts.items()}
    sights = {source.name: _sight(source, draft, cells, used) for source in view.sources}
    return Entry(key, cells, sights, tuple(view.patterns(Entry(key, cells, sights))))


def _sight(source: Source, draft: _Draft, cells: Mapping[str, str], used: Mapping[str, Material]) -> Sight:
    material = used.get(source.plugin)
    if material is None:
        return Sight(State.NOT_RUN)
    rows = draft.rows.get(source.name, [])
    if not _fits(source, material):
        return Sight(State.UNKNOWN)
    seen = tuple(n for n, flag in rows if flag is True)
    if seen:
        return Sight(State.SEEN, seen)
    if not source.lists(cells):
        return Sight(State.NOT_LISTED)
    if any(flag is None for _, flag in rows) or (not rows and not material.whole):
        return Sight(State.UNKNOWN)
    return Sight(State.NOT_SEEN, tuple(n for n, _ in rows))


def _rank(entry: Entry) -> tuple[int, list[tuple[int, Any]]]:
    """What stands out first, then by key."""
    return -entry.weight if entry.weight > REMARK else 0, [_sortable(part) for part in entry.key]


def _sortable(part: Any) -> tuple[int, Any]:
    """Numbers, then texts, then what isn't known."""
    if part is None:
        return 2, ""
    return (0, part) if isinstance(part, int | float) else (1, str(part))
