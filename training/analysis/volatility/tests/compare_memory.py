"""`python compare_memory.py IMAGE SYMBOLS SYSTEM`: our bytes and walks beside what Volatility's own layers say.

An exhibit is opened as the command line opens it, without anything of ours around the layers. What is compared, and how
much of which kind there was, is printed as JSON.
"""

import json
import random
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training.analysis.volatility.bench import forks

ROUNDS = 60  # random addresses in each half of each memory
NEAR = (0, 1, 0xFFF, 0x1000, 0x1FFFFF, 0x200000)


def main(image: str, symbols: str, system: str) -> None:
    """Compare, and print the counts."""
    warnings.simplefilter("ignore")
    forks.prepare(Path(symbols))
    exhibit, processes = opened(image, symbols, system)
    from training.analysis.volatility import spaces  # noqa: PLC0415 - Volatility is prepared before

    dice, seen = random.Random(7), Counter[str]()  # noqa: S311 - the same addresses each time
    kernel = spaces.virtual(exhibit, None)
    for at in [*of_kernel(exhibit), *guessed(kernel, dice)]:
        compare(exhibit, kernel, at, seen)
    for pid, places in processes:
        try:
            layer = spaces.virtual(exhibit, pid)
        except spaces.Nowhere:
            seen["without memory"] += 1
            continue
        for at in [*places, *guessed(layer, dice)]:
            compare(exhibit, layer, at, seen)
    sys.stdout.write(json.dumps(seen))


def opened(image: str, symbols: str, system: str) -> tuple[Any, list[tuple[int, list[int]]]]:
    """The exhibit, and its processes with addresses at and around their regions."""
    import volatility3.symbols  # noqa: PLC0415 - Volatility is prepared before
    from volatility3 import framework  # noqa: PLC0415
    from volatility3.framework import automagic, constants, contexts, plugins  # noqa: PLC0415
    from volatility3.framework.automagic import stacker  # noqa: PLC0415

    from training.analysis.volatility import construct  # noqa: PLC0415

    constants.OFFLINE = True
    volatility3.symbols.__path__ = [symbols, *constants.SYMBOL_BASEPATHS]
    context = contexts.Context()
    magics = automagic.available(context)
    cls = framework.list_plugins()[f"{system}.pslist.PsList"]
    context.config["automagic.LayerStacker.single_location"] = Path(image).as_uri()
    context.config["automagic.LayerStacker.stackers"] = stacker.choose_os_stackers(cls)
    built = plugins.construct_plugin(context, automagic.choose_automagic(magics, cls), cls, "plugins", None, None)
    name = built.config["kernel"]
    exhibit = construct.Exhibit(system, context, context.modules[name].layer_name, name, "")
    listed = cls.list_tasks if system == "linux" else cls.list_processes
    return exhibit, [(pid(one), list(places(one, system))) for one in listed(context, name)]


def pid(process: Any) -> int:
    return int(process.tgid if hasattr(process, "tgid") else process.UniqueProcessId)


def places(process: Any, system: str) -> Iterator[int]:
    """The ends of every region of a process, and what lies around them."""
    if system == "windows":
        bounds = [(int(one.get_start()), int(one.get_end())) for one in process.get_vad_root().traverse()]
    elif process.mm:
        bounds = [(int(one.vm_start), int(one.vm_end)) for one in process.mm.get_vma_iter()]
    else:
        bounds = []
    for begin, end in bounds:
        yield from (max(begin - 1, 0), begin, (begin + end) // 2, end - 1, end)


def of_kernel(exhibit: Any) -> Iterator[int]:
    """Addresses of symbols, with and without their upper bits, and of the processes: small pages and large ones."""
    module = exhibit.context.modules[exhibit.module]
    base = 0 if exhibit.system == "linux" else module.offset
    for number, name in enumerate(sorted(module.symbols)):
        if number % 500 == 0:
            at = module.get_symbol(name).address + (base if exhibit.system == "windows" else module.offset)
            yield at & (2**64 - 1)
            yield at & (2**48 - 1)


def guessed(layer: Any, dice: random.Random) -> Iterator[int]:
    """Addresses anywhere, and around those of the layer's own mapping."""
    top = layer.maximum_address
    for _ in range(ROUNDS):
        yield dice.randrange(top + 1)
    for begin, length, *_ in dice.sample(list(mapped(layer)), k=1):
        yield from (begin + near for near in NEAR if near < length)


def mapped(layer: Any) -> Iterator[Any]:
    """What the layer maps in its upper half, as far as a test needs it."""
    for number, one in enumerate(layer.mapping(layer.maximum_address // 2 + 1, layer.maximum_address // 2, True)):
        yield one
        if number > ROUNDS:
            return


def compare(exhibit: Any, layer: Any, at: int, seen: Counter[str]) -> None:
    """One address: its walk, and a region from it."""
    from volatility3.framework import exceptions  # noqa: PLC0415

    from training.analysis.volatility import region, spaces, walk  # noqa: PLC0415

    try:
        place = spaces.place(layer, at)
    except spaces.Nowhere:
        seen["no address"] += 1
        return
    try:
        theirs = layer.translate(place)[0]
    except exceptions.InvalidAddressException:
        theirs = None
    taken = list(walk.steps(layer, place, exhibit.system))
    ours = walk.physical(layer, place, taken[-1])
    held = ours is not None and layer.context.layers[layer.config["memory_layer"]].is_valid(ours)
    assert (ours if held else None) == theirs, (hex(place), ours, theirs)
    seen["mapped" if theirs is not None else "not in the image" if ours is not None else "unmapped"] += 1
    seen[f"ends in {taken[-1].name}{', large' if taken[-1].page and taken[-1].name != 'PT' else ''}"] += 1
    rows = [region.row(layer, where, size) for where, size in region.lines(place, 600)]
    data = b"".join(
        bytes.fromhex(cells[2]) if isinstance(cells[2], str) else bytes(size)
        for cells, (_, size) in zip(rows, region.lines(place, 600), strict=True)
    )
    assert data == layer.read(place, 600, True), hex(place)
    seen["bytes there" if any(isinstance(cells[2], str) for cells in rows) else "no bytes"] += 1


if __name__ == "__main__":
    main(*sys.argv[1:])
