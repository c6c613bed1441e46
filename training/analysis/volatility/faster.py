"""Inner parts of Volatility replaced by quicker ones with the same results.

Every object carries its facts in a chain of mappings; reading one of them (layer, offset, members) and making an object
from a template is what plugins do most. Each replacement says why its results are the same; tests compare them with the
originals.
"""

# ruff: noqa: SLF001 - these are the inner parts
import os
from collections import ChainMap
from functools import lru_cache
from itertools import islice
from typing import Any

from volatility3.framework import contexts, exceptions
from volatility3.framework import objects as kinds
from volatility3.framework.interfaces import objects
from volatility3.framework.layers import intel, linear, scanners
from volatility3.framework.objects import templates
from volatility3.framework.symbols import intermed
from volatility3.framework.symbols.linux import kallsyms

PARTS = 4
PAGE_BITS = 12
SMALL_PAGE = 2**PAGE_BITS - 1
ENOUGH = 3
"""Bytes of a common ending that are rare enough to be searched for."""
FACTS = frozenset(objects.ObjectInformation.__dataclass_fields__)


def _has_fact(_self: Any, key: object) -> bool:
    """The original makes a list of the names of the data class's fields for each question; they never change."""
    return key in FACTS


def _fact(self: Any, key: str) -> Any:
    """As the original, with one question less."""
    if key in FACTS:
        return getattr(self, key)
    raise KeyError(f"No {key} present in ObjectInformation")


def _attribute(self: Any, name: str) -> Any:
    """The original asks the chain whether it has the key and then for its value. The first part of a chain that has a
    key gives its value, which is what a chain does, without an exception for each part that has not.
    """
    if name == "_dict":
        return object.__getattribute__(self, name)
    mapping = self._dict
    for part in mapping.maps if type(mapping) is ChainMap else (mapping,):
        if name in part:
            return part[name]
    raise AttributeError(f"Object has no attribute: {self.__class__.__name__}.{name}")


def _object(self: Any, context: Any, object_info: Any) -> Any:
    """Make an object. The original looks up each argument in the chain; merging its parts from the last to the first
    gives the same arguments.
    """
    arguments: dict[str, Any] = {}
    for part in reversed(self._vol.maps):
        arguments.update(part)
    cls = arguments.pop("object_class")
    return cls(context=context, object_info=object_info, **arguments)


def _member(self: Any, attr: str) -> Any:
    """A member of a structure: the same steps as the original's, with each fact taken from the part of the chain in
    which the constructor of objects puts it (own ones, type and offset, information, arguments). A structure with
    facts of its own, and a member that is not there, go the original way.
    """
    if attr in {"_concrete_members", "vol"}:
        raise AttributeError("Object has not been properly initialized")
    made = self._concrete_members
    if attr in made:
        return made[attr]
    if attr.startswith("_") and not attr.startswith("__") and "__" in attr:
        attr = attr[attr.find("__", 1) :]  # a class's own private name around a member that begins with two underscores
    parts = self._vol.maps
    if parts[0] or len(parts) != PARTS or attr not in parts[3]["members"]:
        return _original_member(self, attr)
    here = parts[2]
    context, layer_name = self._context, here.layer_name
    offset, template = parts[3]["members"][attr]
    if isinstance(template, templates.ReferenceTemplate):
        template = context.symbol_space.get_type(template.vol.type_name)
    information = objects.ObjectInformation(
        layer_name=layer_name,
        offset=context.layers[layer_name].address_mask & (parts[1]["offset"] + offset),
        member_name=attr,
        parent=self,
        native_layer_name=here.native_layer_name or layer_name,
        size=template.size,
    )
    member = made[attr] = template(context=context, object_info=information)
    return member


@lru_cache(maxsize=512)
def _read(self: Any, offset: int, length: int, pad: bool = False) -> bytes:  # noqa: FBT001, FBT002 - as the original
    """Bytes of a layer that maps pages. Within one page there is one mapping, and the layer below gives what is there;
    everything else, errors included, goes the original way.
    """
    if length > 0 and (offset & SMALL_PAGE) + length <= SMALL_PAGE + 1 and isinstance(self, intel.Intel):
        try:
            mapped, _, layer = self._translate(offset)
            below = self._context.layers[layer]
            if below.is_valid(mapped, length):
                data: bytes = below.read(mapped, length, pad)
                return data
        except exceptions.InvalidAddressException:
            pass
    whole: bytes = _original_read(self, offset, length, pad)
    return whole


class _Page:
    """The page that was read last, of one layer."""

    def __init__(self) -> None:
        self.layer: Any = None
        self.number = -1
        self.data = b""

    def read(self, layer: Any, offset: int, length: int) -> bytes:
        """As layer.read(). A page that can't be read as a whole is not kept."""
        start = offset & SMALL_PAGE
        if not 0 < length <= SMALL_PAGE + 1 - start:
            return bytes(layer.read(offset, length))
        if layer is not self.layer or offset >> PAGE_BITS != self.number:
            try:
                data = layer.read(offset - start, SMALL_PAGE + 1)
            except exceptions.InvalidAddressException:
                return bytes(layer.read(offset, length))
            self.layer, self.number, self.data = layer, offset >> PAGE_BITS, data
        return self.data[start : start + length]


def _kallsyms_read(self: Any, size: int) -> bytes:
    """The packed table of symbols is read byte by byte: from a page that is there, not through the layers each time."""
    page = self.__dict__.setdefault("_page", _Page())
    data: bytes = page.read(self._context.layers[self._layer_name], self._position, size)
    self._position += size
    return data


def _types(self: Any) -> Any:
    """Names of types. The original puts the file's and the native ones into a new dict at each question; neither
    changes, so one dict serves all.
    """
    natives = self.natives.types
    kept = self.__dict__.get("_types_kept")
    if kept is None or kept[0] is not natives:
        kept = self._types_kept = natives, {**self._json_object.get("user_types", {}), **dict.fromkeys(natives)}.keys()
    return kept[1]


def _start_scanner(self: Any, patterns: Any) -> None:
    """As the original; remembers what all patterns end with, where one search can find that."""
    patterns = list(patterns)
    _original_scanner(self, patterns)
    self._patterns = frozenset(patterns)
    reversed_ending = os.path.commonprefix([pattern[::-1] for pattern in patterns])  # noqa: RUF071 - bytes, not paths
    self._ending = reversed_ending[::-1]
    self._length = len(patterns[0]) if len({len(pattern) for pattern in patterns}) == 1 else 0


def _search(self: Any, haystack: bytes) -> Any:
    """Where patterns of one length share their last bytes (addresses of one kernel do), those are searched at once and
    what stands before them is looked up. Like the original's regular expression it goes from left to right and goes on
    after the end of each hit; patterns of one length can't begin at the same place.
    """
    if not self._length or len(self._ending) < ENOUGH or len(self._patterns) == 1 or not isinstance(haystack, bytes):
        yield from _original_search(self, haystack)
        return
    before = self._length - len(self._ending)
    at = haystack.find(self._ending, before)
    while at >= 0:
        found = haystack[at - before : at + len(self._ending)]
        hit = found in self._patterns
        if hit:
            yield at - before, found
        at = haystack.find(self._ending, at + (self._length if hit else 1))


def _free_module_name(self: Any, prefix: str = "module") -> str:
    """A name that no module has: `prefix` with the number of modules that are numbered so. The original looks at all
    names each time; some plugins ask for each of thousands of rows. Here only those are looked at that came since.
    """
    if not prefix.isidentifier():  # the original takes it for a regular expression
        name: str = _original_free_name(self, prefix)
        return name
    names = self._modules
    kept = self.__dict__.setdefault("_numbered", {})
    seen, last, count = kept.get(prefix, (0, "", 0))
    if seen and next(islice(names, seen - 1, None), "") != last:  # one of those before is gone
        seen = count = 0
    count += sum(_is_numbered(name, prefix) for name in islice(names, seen, None))
    kept[prefix] = len(names), next(reversed(names), ""), count
    if not count:
        return prefix
    number = count
    while prefix + str(number) in names:
        number += 1
    return prefix + str(number)


def _is_numbered(name: str, prefix: str) -> bool:
    return name.startswith(prefix) and not name[len(prefix) :].strip("0123456789")


_original_free_name = contexts.ModuleCollection.free_module_name
_original_scanner = scanners.MultiStringScanner.__init__
_original_search = scanners.MultiStringScanner.search
_original_read = linear.LinearlyMappedLayer.read.__wrapped__
_original_member = kinds.AggregateType.__getattr__


def install() -> None:
    """Put the replacements in place, for this process and its forks."""
    objects.ObjectInformation.__contains__ = _has_fact
    objects.ObjectInformation.__getitem__ = _fact
    objects.ReadOnlyMapping.__getattr__ = _attribute
    templates.ObjectTemplate.__call__ = _object
    kinds.AggregateType.__getattr__ = _member
    linear.LinearlyMappedLayer.read = _read
    kallsyms._KallsymsIO.read = _kallsyms_read
    intermed.Version1Format.types = property(_types)
    contexts.ModuleCollection.free_module_name = _free_module_name
    scanners.MultiStringScanner.__init__ = _start_scanner
    scanners.MultiStringScanner.search = _search
