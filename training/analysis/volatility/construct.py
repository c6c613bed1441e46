"""An exhibit constructed once: its layers and its kernel module, from what an earlier opening found or by looking.

Looking (banner or PDB scan, stacking of layers) happens in a child that ends: all it leaves is a configuration. The
layers are then always built from a configuration, so that an exhibit is in the same state whether it is opened for the
first time or again.
"""

import contextlib
import importlib
import json
import os
import select
import signal
import socket
from dataclasses import dataclass
from typing import Any

from volatility3 import framework as volatility
from volatility3.framework import automagic, contexts, exceptions, interfaces, plugins
from volatility3.framework.automagic import construct_layers, stacker
from volatility3.framework.configuration import requirements
from volatility3.framework.constants import BANG
from volatility3.framework.symbols import native

from training.analysis.volatility import failure
from training.analysis.volatility.parsed import SymbolFiles

REPRESENTATIVES = {"linux": "linux.pslist.PsList", "windows": "windows.pslist.PsList"}
"""A plugin per system whose requirements make Volatility look for the kernel."""
ANY_LAYER = "banners.Banners"
ARCHITECTURES = ["Intel32", "Intel64"]
PATH = "exhibit"
LAST_FRAME = "max_pfn"
PAGE_BITS = 12
WORD = 8  # bytes of a long on a machine of 64 bits
FILE_LAYER = "volatility3.framework.layers.physical.FileLayer"
CLASSES = ("volatility3.framework.layers.", "volatility3.framework.symbols.", "volatility3.framework.contexts.")

Configuration = dict[str, Any]


class Unfit(Exception):
    """A configuration does not lead to a kernel module and layers that Volatility accepts."""


@dataclass
class Exhibit:
    """An exhibit that plugins can be built on. `module` is None where no kernel was found; `unfit` then says why. `cut`
    says that the image holds less than the machine's memory, so that no result of it is whole; else it is ''.
    """

    system: str
    context: Any
    layer: str
    module: str | None
    unfit: str
    cut: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What looking found: the kernel's configuration, or that of the layers alone and the reason."""

    kernel: Configuration | None
    primary: Configuration | None
    unfit: str


def look(system: str, location: str, classes: dict[str, Any], symbols: SymbolFiles) -> Found:
    """Find layers and kernel as `vol -f IMAGE PLUGIN` does."""
    cls = classes[REPRESENTATIVES[system]]
    try:
        built = _construct(cls, location)
    except exceptions.UnsatisfiedException:
        built = _construct(classes[ANY_LAYER], location)
    else:
        return Found(_portable(built.context.modules[built.config["kernel"]].build_configuration(), symbols), None, "")
    layer = built.config["primary"]
    configuration = built.context.layers[layer].build_configuration()
    reason = failure.no_kernel(built.context, layer, system, symbols)
    return Found(None, _portable(configuration, symbols), reason)


def _construct(cls: Any, location: str) -> Any:
    context = contexts.Context()
    magics = automagic.choose_automagic(automagic.available(context), cls)  # imports the stackers, so before the next
    context.config["automagic.LayerStacker.single_location"] = location
    context.config["automagic.LayerStacker.stackers"] = stacker.choose_os_stackers(cls)
    return plugins.construct_plugin(context, magics, cls, "plugins", lambda _percent, _text: None, None)


def _portable(found: Any, symbols: SymbolFiles) -> Configuration:
    """A configuration without the places of this process: no image, and symbol files by their path in the folder."""
    configuration = {}
    for key, value in dict(found).items():
        if key.rpartition(".")[2] == "location":
            continue
        configuration[key] = symbols.relative(value) if key.rpartition(".")[2] == "isf_url" else value
    return configuration


def _placed(configuration: Configuration, location: str, symbols: SymbolFiles) -> Any:
    """The same with the places of this process. Raises Unfit."""
    placed = {}
    for key, value in configuration.items():
        if not isinstance(value, str | int | bool | None):
            raise Unfit("a configuration holds only plain values")
        stem, _, last = key.rpartition(".")
        if last == "class" and not (isinstance(value, str) and value.startswith(CLASSES)):
            raise Unfit(f"{value!r} is not a class of Volatility's layers or symbols")
        if last == "class" and value == FILE_LAYER:
            placed[f"{stem}.location" if stem else "location"] = location
        placed[key] = _present(symbols, value) if last == "isf_url" else value
    return interfaces.configuration.HierarchicalDict(placed)


def _present(symbols: SymbolFiles, file: object) -> str:
    uri = (symbols.folder / str(file)).as_uri()
    if uri not in symbols.uris():
        raise Unfit(f"the symbol file {file} is not there")
    return uri


def module(configuration: Configuration, location: str, symbols: SymbolFiles, context: Any) -> str:
    """Build the kernel module of a configuration in a context; returns its name. Raises Unfit."""
    need = requirements.ModuleRequirement(name="kernel", architectures=ARCHITECTURES)
    return _build(need, configuration, location, symbols, context)


def layers(configuration: Configuration, location: str, symbols: SymbolFiles, context: Any) -> str:
    """Build layers alone; returns the name of the topmost. Raises Unfit."""
    need = requirements.TranslationLayerRequirement(name="primary")
    return _build(need, configuration, location, symbols, context)


def _build(need: Any, configuration: Configuration, location: str, symbols: SymbolFiles, context: Any) -> str:
    path = f"{PATH}.{need.name}"
    context.config.merge(path, _placed(configuration, location, symbols), overwrite=True)
    for layer_class in {value for key, value in configuration.items() if key.rpartition(".")[2] == "class"}:
        with contextlib.suppress(ImportError):
            importlib.import_module(str(layer_class).rpartition(".")[0])
    constructor = construct_layers.ConstructionMagic(context, "automagic.ConstructionMagic")
    try:
        constructor(context, PATH, need)
        missing = need.unsatisfied(context, PATH)
    except Exception as error:
        raise Unfit(f"{type(error).__name__}: {error}") from error
    if missing:
        raise Unfit(f"not satisfied: {', '.join(missing)}")
    return str(context.config[path])


def plugin(cls: Any, exhibit: Exhibit, options: dict[str, Any], opener: Any) -> Any:
    """Construct a plugin on an exhibit. `opener` makes the files that it writes; None lets writing fail loudly.

    Raises what Volatility raises.
    """
    context, path = exhibit.context, f"plugins.{cls.__name__}"
    for requirement in cls.get_requirements():
        if isinstance(requirement, requirements.ModuleRequirement) and exhibit.module is not None:
            context.config[f"{path}.{requirement.name}"] = exhibit.module
        elif isinstance(requirement, requirements.TranslationLayerRequirement):
            context.config[f"{path}.{requirement.name}"] = exhibit.layer
    for name, value in options.items():
        context.config[f"{path}.{name}"] = value
    # Nothing is left for the automagic: what is not satisfied now is an option that was not given.
    return plugins.construct_plugin(context, [], cls, "plugins", lambda _percent, _text: None, opener)


def in_child(
    system: str, location: str, classes: dict[str, Any], symbols: SymbolFiles, control: socket.socket
) -> Found:
    """`look` in a child, whose memory is given back. When the host gives up and closes `control`, the search ends too,
    and with it this process.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            found = look(system, location, classes, symbols)
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(json.dumps([found.kernel, found.primary, found.unfit]).encode())
        finally:
            os._exit(0)
    os.close(writing)
    waiting = select.poll()
    waiting.register(reading, select.POLLIN)
    waiting.register(control, select.POLLRDHUP)
    if reading not in dict(waiting.poll()):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os._exit(1)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    if not told:
        return Found(None, None, "Volatility broke off while it looked for the kernel in the image")
    return Found(*json.loads(told))


def cut_short(context: Any, module: str) -> str:
    """Why an image of Linux can't be whole: the kernel's number of its last page frame (`max_pfn`, mm/memblock.c) lies
    beyond the end of what the image holds, or is not in it. '' where it is whole, or where symbols lack the number.

    Only bytes are read; no type is resolved (see lookups.py).
    """
    kernel = context.modules[module]
    name = f"{kernel.symbol_table_name}{BANG}{LAST_FRAME}"
    if not context.symbol_space.has_symbol(name):
        return ""
    virtual = context.layers[kernel.layer_name]
    try:
        last = virtual.read(kernel.offset + context.symbol_space.get_symbol(name).address, WORD)
    except exceptions.InvalidAddressException:  # the kernel's own data is never paged out
        return "the image is cut short or damaged: it lacks data of the kernel itself"
    end = int.from_bytes(last, "little") << PAGE_BITS
    held = context.layers[virtual.config["memory_layer"]].maximum_address + 1
    return (
        ""
        if end <= held
        else f"the image is cut short: it ends at {held:#x}, and the machine had memory up to {end:#x}"
    )


def context_for(system: str) -> Any:
    """An empty context, as the automagic of the system leaves it."""
    volatility.require_interface_version(2, 0, 0)
    context = contexts.Context()
    if system == "windows":
        context.symbol_space.append(native.NativeTable("pdbscan", native.std_ctypes))  # what KernelPDBScanner leaves
    return context
