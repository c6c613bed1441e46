"""Why a run failed, in one sentence that a person can act on."""

import mmap
from typing import Any

from volatility3.framework import exceptions, interfaces
from volatility3.framework.configuration import requirements

from training.analysis.volatility.request import Request

LONGEST = 300
BANNER = b"Linux version "


def sentence(error: BaseException, cls: Any, request: Request) -> str:
    """Say what stood in the way of a plugin."""
    if isinstance(error, exceptions.UnsatisfiedException):
        return _unsatisfied(error.unsatisfied, cls, request)
    detail = " ".join(str(error).split())[:LONGEST]
    if isinstance(error, exceptions.SymbolError):
        return f"the symbol file lacks what this plugin needs ({detail})"
    if isinstance(error, exceptions.InvalidAddressException):
        where = f"address {error.invalid_address:#x} of {error.layer_name}"
        return f"a page that the plugin needs is not in the image: {where}"
    if isinstance(error, exceptions.MissingModuleException):
        return f"the package {error.module} is missing on this server"
    return f"the plugin broke off with {type(error).__name__}" + (f": {detail}" if detail else "")


def _unsatisfied(
    unsatisfied: dict[str, interfaces.configuration.RequirementInterface], cls: Any, request: Request
) -> str:
    wanted = sorted(
        f"--{requirement.name.replace('_', '-')}"
        for requirement in unsatisfied.values()
        if isinstance(requirement, interfaces.configuration.SimpleTypeRequirement | requirements.ListRequirement)
    )
    if wanted:
        return f"{cls.__module__.removeprefix('volatility3.plugins.')} needs {' and '.join(wanted)}"
    if not _has_banner(request):
        return "no Linux kernel was found in the image: it is damaged, cut short, or not a memory image of Linux"
    if not any(request.symbols.glob("*/*.json*")):
        return f"the exhibit has no symbol file (none in {request.symbols.name}/)"
    return (
        "the exhibit's symbol file does not fit the kernel in the image: the banner in both must be equal, "
        "byte for byte; or the image is damaged where the kernel's page tables lie"
    )


def _has_banner(request: Request) -> bool:
    """Whether the image holds the text with which every Linux banner begins."""
    if not request.image.stat().st_size:
        return False
    with (
        request.image.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        return content.find(BANNER) >= 0
