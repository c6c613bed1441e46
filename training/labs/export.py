"""A result as a file for other programs: its name and where its rows come from. The rows are written by `results`."""

from training.analysis.models import Run, State

TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}
LONGEST = 500  # characters of a command in a header


def name_of(run: Run, exhibit: str, number: int, form: str, *, filtered: bool) -> str:
    """The name of the file: which exhibit, run and try it holds, and whether that is all of it."""
    short = ("" if run.state is State.COMPLETE else f"-{run.state.value}") + ("-filtered" if filtered else "")
    return f"{exhibit}-run{number}-{run.plugin}-try{run.try_no}{short}.{form}"


def provenance(run: Run, *, filtered: bool) -> dict[str, str]:
    """Where the rows come from, as headers of the answer."""
    return {
        "X-Engram-Exhibit": run.exhibit,
        "X-Engram-Command": run.text.encode("unicode_escape").decode()[:LONGEST],
        "X-Engram-Run": f"{run.key}-{run.try_no}",
        "X-Engram-State": run.state.value,
        "X-Engram-Rows": "filtered" if filtered else "all",
        "X-Engram-Volatility": f"{run.volatility}, {run.plugin} {run.plugin_version}, island {run.island}",
    }


def attached(name: str) -> dict[str, str]:
    """Headers of an answer that is a table for a spreadsheet under this name, which is our own."""
    return {"Content-Disposition": f'attachment; filename="{name}"', "Content-Type": TYPES["csv"]}
