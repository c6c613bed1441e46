"""Why something failed, in one sentence that a person can act on."""

from typing import TYPE_CHECKING, Any

from volatility3.framework import constants, exceptions, interfaces
from volatility3.framework.configuration import requirements
from volatility3.framework.layers import physical, scanners
from volatility3.framework.symbols.windows import pdbutil

from training.analysis.volatility.parsed import SymbolFiles

if TYPE_CHECKING:
    from training.analysis.volatility.construct import Exhibit

LONGEST = 300
BANNER = b"Linux version "
NOT_LINUX = "no Linux kernel was found in the image: it is damaged, cut short, or not a memory image of Linux"
NOT_WINDOWS = "no Windows kernel was found in the image: it is damaged, cut short, or not a memory image of Windows"


def sentence(error: BaseException, name: str, exhibit: "Exhibit") -> str:
    """Say what stood in the way of a plugin."""
    if isinstance(error, exceptions.UnsatisfiedException):
        return _unsatisfied(error.unsatisfied, name, exhibit)
    detail = " ".join(str(error).split())[:LONGEST]
    if isinstance(error, exceptions.SymbolError):
        return f"the symbol file lacks what this plugin needs ({detail})"
    if isinstance(error, exceptions.InvalidAddressException):
        where = f"address {error.invalid_address:#x} of {error.layer_name}"
        return f"a page that the plugin needs is not in the image: {where}"
    if isinstance(error, exceptions.MissingModuleException):
        return f"the package {error.module} is missing on this server"
    return f"the plugin broke off with {type(error).__name__}" + (f": {detail}" if detail else "")


def _unsatisfied(unsatisfied: dict[str, Any], name: str, exhibit: "Exhibit") -> str:
    wanted = sorted(
        f"--{requirement.name.replace('_', '-')}"
        for requirement in unsatisfied.values()
        if isinstance(requirement, interfaces.configuration.SimpleTypeRequirement | requirements.ListRequirement)
    )
    if wanted:
        return f"{name} needs {' and '.join(wanted)}"
    return exhibit.unfit or f"{name} needs something that this exhibit does not have: {', '.join(unsatisfied)}"


def no_kernel(context: Any, layer: str, system: str, symbols: SymbolFiles) -> str:
    """Say why no kernel was found in an image whose layers were stacked as far as possible."""
    base = _lowest(context, layer)
    files = [file for uri in symbols.uris() if (file := str(symbols.relative(uri))).startswith(f"{system}/")]
    if system == "windows":
        return _no_windows(context, base, symbols, files)
    if next(iter(base.scan(context, scanners.BytesScanner(BANNER))), None) is None:
        return NOT_LINUX
    if not files:
        return f"the exhibit has no symbol file (none in {symbols.folder.name}/)"
    return (
        "the exhibit's symbol file does not fit the kernel in the image: the banner in both must be equal, "
        "byte for byte; or the image is damaged where the kernel's page tables lie"
    )


def _no_windows(context: Any, base: Any, symbols: SymbolFiles, files: list[str]) -> str:
    names = [f"{name}.pdb".encode() for name in constants.windows.KERNEL_MODULE_NAMES]
    for guid, age, name, _ in base.scan(context, pdbutil.PdbSignatureScanner(names)):
        wanted = f"{name.decode('latin-1')}, GUID {guid}, age {age}"
        if wanted in {_pdb(symbols, file) for file in files}:
            return (
                f"the kernel's symbols are there ({wanted}), but its page tables were not found: the image is damaged"
            )
        there = ", ".join(files) or "none"
        return f"the symbols of the kernel in the image are missing: {wanted}; the exhibit has {there}"
    return NOT_WINDOWS


def _pdb(symbols: SymbolFiles, file: str) -> str:
    pdb = symbols.content((symbols.folder / file).as_uri()).get("metadata", {}).get("windows", {}).get("pdb", {})
    return f"{pdb.get('database')}, GUID {pdb.get('GUID')}, age {pdb.get('age')}"


def _lowest(context: Any, layer: str) -> Any:
    """The layer that holds physical memory, under those that translate addresses."""
    found = context.layers[layer]
    while not isinstance(found, physical.FileLayer) and "memory_layer" in found.config:
        found = context.layers[found.config["memory_layer"]]
    return found
