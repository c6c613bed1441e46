"""The kernel's symbol table, made before any image is there: what depends on the kernel alone is shared by its
exhibits.
"""

from typing import Any

from volatility3.framework import constants
from volatility3.framework.configuration import requirements

from training.analysis.volatility import construct, lookups
from training.analysis.volatility.parsed import SymbolFiles

LINUX = "volatility3.framework.symbols.linux.LinuxKernelIntermedSymbols"
WINDOWS = "volatility3.framework.symbols.windows.WindowsKernelIntermedSymbols"
LINUX_MASK = 2**48 - 1
"""The address mask of a layer with four levels of page tables, which the symbol finder gives to the table."""
NAME = "symbol_table_name"
PATH = f"{construct.PATH}.kernel.{NAME}"

TYPES = {
    "linux": """
        task_struct address_space atomic_notifier_head bpf_ksym dentry dentry_operations fb_info file file_operations
        ftrace_mod_map ftrace_ops gate_struct idr in_device inet6_dev inet_sock inode kernel_symbol kobject kset kthread
        latch_tree_root maple_node maple_tree mem_section mod_tree_root module module_kobject mount net net_device
        netlink_sock nf_hook_entry nsproxy path perf_event pid pid_namespace prb_desc printk_info printk_ringbuffer
        resource seq_operations signal_struct sock sockaddr_un socket socket_alloc super_block taint_flag tcp_seq_afinfo
        timekeeper tracepoint tty_driver tty_struct unix_sock vfsmount vm_area_struct xa_node xarray
    """.split(),  # noqa: SIM905 - many short words
    "windows": """
        _EPROCESS _ETHREAD _DRIVER_OBJECT _DEVICE_OBJECT _FILE_OBJECT _OBJECT_HEADER _CMHIVE _CM_KEY_BODY _TOKEN
        _LDR_DATA_TABLE_ENTRY _MMVAD _POOL_HEADER _HANDLE_TABLE_ENTRY _KMUTANT _OBJECT_SYMBOLIC_LINK _KTIMER _KPCR
        _HHIVE _SHARED_CACHE_MAP _VACB _MMVAD_SHORT _CONTROL_AREA _SUBSECTION _OBJECT_TYPE _OBJECT_DIRECTORY _KDPC
        _KDDEBUGGER_DATA64 _LIST_ENTRY _SINGLE_LIST_ENTRY _POOL_TRACKER_BIG_PAGES _DBGKD_GET_VERSION64 _MM_SESSION_SPACE
    """.split(),  # noqa: SIM905 - many short words
}
"""Types that plugins ask for; those that a kernel does not have are left out."""

Key = tuple[str, str, int]
"""Symbol file, class and address mask: two tables with the same key are equal."""


def make(symbols: SymbolFiles) -> dict[Key, Any]:
    """Parse every symbol file; for each one of a kernel a context that holds its table and nothing else."""
    made = {}
    for uri in symbols.uris():
        file = str(symbols.relative(uri))
        content = symbols.content(uri)
        if file.startswith("linux/"):
            made[file, LINUX, LINUX_MASK] = _context("linux", uri, LINUX, LINUX_MASK)
        elif _is_windows_kernel(content):
            made[file, WINDOWS, 0] = _context("windows", uri, WINDOWS, 0)
    return made


def key(configuration: construct.Configuration) -> Key:
    """The table that a kernel's configuration asks for."""
    part = [configuration.get(f"{NAME}.{name}") for name in ("isf_url", "class", "symbol_mask")]
    return str(part[0]), str(part[1]), part[2] if isinstance(part[2], int) else -1


def _context(system: str, uri: str, cls: str, mask: int) -> Any:
    context = construct.context_for(system)
    context.config[f"{PATH}.class"] = cls
    context.config[f"{PATH}.isf_url"] = uri
    context.config[f"{PATH}.symbol_mask"] = mask
    need = requirements.SymbolTableRequirement(name=NAME)
    parent = PATH.rpartition(".")[0]
    need.unsatisfied(context, parent)  # it learns from the class what else it needs
    need.construct(context, parent)
    prepare(context, system)
    return context


def prepare(context: Any, system: str) -> None:
    """Let the look-ups of the kernel's table lie ready; see lookups.py for why that changes no result."""
    table = context.symbol_space[context.config[PATH]]
    space = lookups.Space.over(context.symbol_space)
    lookups.watch(space, table)
    lookups.sort_symbols(table)
    space.prepare(f"{table.name}{constants.BANG}{name}" for name in TYPES[system])


def _is_windows_kernel(content: Any) -> bool:
    name = content.get("metadata", {}).get("windows", {}).get("pdb", {}).get("database", "")
    return name.removesuffix(".pdb") in constants.windows.KERNEL_MODULE_NAMES
