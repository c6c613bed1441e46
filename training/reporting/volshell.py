"""How a reader repeats our own looks at memory with `volshell` as its makers publish it: what to type, and a program.

The program goes into the script of a report. It knows nothing of the document but whole numbers, and reads through
Volatility's own layers alone. Pure.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from training.reporting.document import Cited, Document, Made

BYTES, WALK = "engram.bytes", "engram.walk"
NAMES = (BYTES, WALK)
USUAL = 256
"""Bytes that are read where no length was named: the default on the card."""
ROW = 16
WORDS = {BYTES: (), WALK: ("Flags", "Note")}
"""Columns that say in words what other columns have as numbers: nothing of Volatility's own to compare them with."""
SYSTEMS = {"linux": "-l", "windows": "-w"}
PHYSICAL = 'self.context.layers[self.current_layer].config.get("memory_layer")'
SMALL_TABLE = 10
"""Bits that choose one of the entries of a table of 4 bytes each; larger entries are fewer."""
MARK = "@repeated "
PROGRAM = """
def repeat(shell, regions, walks):
    # All names are inside: some consoles keep those of a file apart.
    import json
    from volatility3.framework import exceptions

    def machine(layer):
        below = layer.config.get("memory_layer")
        return shell.context.layers[below] if below else layer

    def hidden(pid):
        # Linux: a process that is not in the list can be in the table of PIDs.
        from volatility3.plugins.linux import pidhashtable
        found = []
        table = shell.generate_treegrid(pidhashtable.PIDHashTable, kernel=shell.config["kernel"])
        table.populate(lambda node, _: found.append(int(node.values[0])), None)
        tasks = [shell.get_process(virtaddr=one) for one in found]
        return [one for one in tasks if int(one.tgid) == pid]

    def memory(pid):
        if pid is None:
            return shell.context.layers[shell.kernel.layer_name]
        if hasattr(shell, "list_tasks"):
            found = [one for one in shell.list_tasks() if int(one.tgid) == pid] or hidden(pid)
        else:
            found = [one for one in shell.list_processes() if int(one.UniqueProcessId) == pid]
        name = found[0].add_process_layer() if found else None
        if name is None:
            raise LookupError(f"there is no process {pid} with memory of its own")
        return shell.context.layers[name]

    def of_region(pid, address, length, physical):
        if physical:
            layer, at, past = machine(shell.context.layers[shell.current_layer]), address, 2**64
        else:
            layer = memory(pid)
            at, past = address & layer.address_mask, layer.address_mask + 1
        end, rows = min(at + length, past), []
        while at < end:
            after = min(at - at % 16 + 16, end)
            row = dict.fromkeys(("Address", "Physical", "Hex", "Text"))
            row["Address"] = at if physical else layer.canonicalize(at)
            try:
                row["Physical"] = at if physical else layer._translate(at)[0]
                data = layer.read(at, after - at)
                row["Hex"], row["Text"] = data.hex(" "), "".join(chr(x) if 32 <= x < 127 else "." for x in data)
            except exceptions.InvalidAddressException:
                pass
            rows.append(row)
            at = after
        return rows

    def translated(layer, place):
        # translate() asks for the page itself, too, which the tables can name without its being in the image.
        try:
            return layer._translate(place)[0]
        except exceptions.InvalidAddressException:
            return None

    names = {"page map layer 4": "PML4", "page directory pointer": "PDPT", "page directory": "PD", "page table": "PT"}

    def of_walk(pid, address):
        layer = memory(pid)
        place, below, rows = address & layer.address_mask, machine(layer), []
        there, entry, high = translated(layer, place), layer._initial_entry, layer._initial_position
        for name, size, large in layer._structure:
            low, shift = high - size + 1, layer._index_shift
            index = layer._mask(place, high, low) >> low
            table = layer._mask(entry, layer._maxphyaddr - 1, size + shift)
            if rows:
                rows[-1]["Leads to"] = table
            at = table + (index << shift)
            row = {"Level": names[name], "Bits": f"{high}-{low}", "Index": index, "Table": table, "Entry address": at}
            rows.append({**row, "Entry": None, "Leads to": None})
            try:
                entry = int.from_bytes(below.read(at, layer._entry_size), "little")
            except exceptions.InvalidAddressException:
                break
            rows[-1]["Entry"] = entry
            if layer._get_valid_table(table) is None or not layer._page_is_valid(entry):
                break
            if large and entry & layer._PAGE_PSE:
                break
            high = low - 1
        end = dict.fromkeys(("Bits", "Index", "Table", "Entry address", "Entry", "Leads to"))
        if there is not None:
            inside = layer._mask(place, low - 1, 0)
            rows[-1]["Leads to"] = there - inside
            end |= {"Bits": f"{low - 1}-0", "Index": inside, "Table": there - inside, "Leads to": there}
        return [*rows, {"Level": "physical address", **end}]

    for rows_of, asked in ((of_region, regions), (of_walk, walks)):
        for run, *given in asked:
            try:
                said = {"run": run, "rows": [{**row, "__children": []} for row in rows_of(*given)]}
            except Exception as error:
                said = {"run": run, "why": str(error)}
            print("\\n@repeated " + json.dumps(said))

repeat(self, REGIONS, WALKS)
"""
"""What `volshell` runs: it makes the same rows anew and prints them, a line of JSON for each run."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a run of ours looked at: whole numbers, whatever its options hold."""

    run: int
    pid: int | None
    address: int
    length: int
    physical: bool


def look(made: Made) -> Look:
    """What a run looked at."""
    given = made.options
    pid = _whole(given["pid"]) if given.get("pid") is not None else None
    length = _whole(given.get("length", USUAL))
    return Look(made.number, pid, _whole(given.get("address")), length, bool(given.get("physical")))


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int) else 0


def program(runs: Iterable[Made]) -> str:
    """The program for these runs."""
    looks = [(one.plugin, look(one)) for one in runs]
    regions = [(one.run, one.pid, one.address, one.length, one.physical) for name, one in looks if name == BYTES]
    walks = [(one.run, one.pid, one.address) for name, one in looks if name == WALK]
    return f"REGIONS = {regions!r}\nWALKS = {walks!r}\n{PROGRAM.strip()}\n"


def system(document: Document, runs: Iterable[Made]) -> str:
    """The option that makes volshell look for the kernel; nothing where physical addresses alone are read, which can be
    done without one.
    """
    return "" if all(look(one).physical for one in runs) else SYSTEMS.get(document.exhibit.os, "")


def typed(document: Document, made: Made, only: Cited | None = None) -> Iterator[str]:
    """What a reader types for the cited rows of a run, or for one of them, line by line."""
    one, mode = look(made), system(document, [made])
    yield " ".join(("volshell -q --offline", *([mode] if mode else ()), "-s SYMBOLS -f IMAGE"))
    if one.pid is not None:
        yield f"cp(pid={one.pid})"
    cited = [only] if only else [each for each in document.citations if each.run == made.number]
    cited.sort(key=lambda each: each.row or 0)
    lines = (_row(one, each) if made.plugin == BYTES else _level(one, each) for each in cited)
    yield from dict.fromkeys(lines)


def _row(one: Look, cited: Cited) -> str:
    """Every row but the first begins at a multiple of sixteen."""
    row = cited.row or 0
    begin = one.address - one.address % ROW + ROW * row if row else one.address
    size = min(begin - begin % ROW + ROW, one.address + one.length) - begin
    return f"db({begin:#x}, {size}, {PHYSICAL})" if one.physical else f"db({begin:#x}, {size})"


def _level(one: Look, cited: Cited) -> str:
    """An entry of a table, or the end of the walk, which has none."""
    cells = {each.name: each.value for each in cited.cells}
    at, (high, _, low) = cells.get("Entry address"), str(cells.get("Bits")).partition("-")
    if not isinstance(at, int):
        return f"hex(self.context.layers[self.current_layer].translate({one.address:#x})[0])"
    small = high.isdecimal() and low.isdecimal() and int(high) - int(low) + 1 == SMALL_TABLE
    return f"dd({at:#x}, 4, {PHYSICAL})" if small else f"dq({at:#x}, 8, {PHYSICAL})"
