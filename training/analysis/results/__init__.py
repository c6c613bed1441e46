"""Results of runs: files that are written once, then searched, sorted, paged and handed out."""

from training.analysis.results.aids import finish
from training.analysis.results.export import FORMATS, as_csv, as_jsonl
from training.analysis.results.form import DIGITS, FORMAT, LARGEST, SCHEMA, ResultRow, pack, unpack
from training.analysis.results.query import ALL, LONGEST_FILTER, MOST_FILTERS, OPERATORS, Filter, Query, from_vol
from training.analysis.results.result import LONGEST_PAGE, Result
from training.analysis.results.veiled import Mark, Veil, Veiled, key_of

__all__ = [
    "ALL", "DIGITS", "FORMAT", "FORMATS", "LARGEST", "LONGEST_FILTER", "LONGEST_PAGE", "MOST_FILTERS", "OPERATORS",
    "SCHEMA", "Filter", "Mark", "Query", "Result", "ResultRow", "Veil", "Veiled", "as_csv", "as_jsonl", "finish",
    "from_vol", "key_of", "pack", "unpack",
]  # fmt: skip
