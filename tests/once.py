"""What hundreds of tests would each work out again from the same input, and get the same from: done once in a process.

None of it is what a test is about. Who changes the input, the bytes of a file or a text, has it worked out anew.
"""

import gc
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from training.content import source
from training.forge import pack


class _Compiled(BytecodeCache):
    """Templates as Python code, for all applications of this process: each compiles its templates for itself."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._codes[bucket.key, bucket.checksum] = bucket.code


def _reading(load: Callable[..., Any]) -> Callable[..., Any]:
    """A reader of YAML that knows what it has read; what is handed out is a copy each time."""

    @lru_cache(maxsize=8192)
    def known(*given: Any) -> bytes:
        return pickle.dumps(load(*given))

    return lambda *given: pickle.loads(known(*given))  # noqa: S301 - made here


def _verifying(verify: Callable[..., None]) -> Callable[..., None]:
    """A check of digests that knows which files were found whole: the exhibit of each test is a link to the same."""
    whole: set[tuple[Any, ...]] = set()

    def check(where: Path, sha256: str, progress: pack.Progress = pack.nothing) -> None:
        image = where / pack.IMAGE if where.is_dir() else where
        found = image.stat() if image.is_file() else None
        state = (found and (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns), sha256)
        if found is None or state not in whole:
            verify(where, sha256, progress)
            whole.add(state)

    return check


def _building(compile_builder: Callable[..., Any]) -> Callable[..., Any]:
    """Functions that put addresses together, compiled by each application from the same rules; what they need of an
    application they look up in the rule that they are called with.
    """
    known: dict[tuple[str, bool], Any] = {}

    def build(rule: Rule, append_unknown: bool = True) -> Any:  # noqa: FBT001, FBT002 - Werkzeug's signature
        if rule.defaults or rule.subdomain or rule.host:
            return compile_builder(rule, append_unknown)
        if (rule.rule, append_unknown) not in known:
            known[rule.rule, append_unknown] = compile_builder(rule, append_unknown)
        return known[rule.rule, append_unknown]

    return build


def _shared(statements: int) -> property:
    """One place for the SQL of statements instead of one for each engine: each compiles what it is asked for, and each
    test has two. It fits them all, as dialects of a kind are of the same driver and the same server.
    """
    compiled: LRUCache[Any, Any] = LRUCache(statements)
    return property(lambda _engine: compiled, lambda _engine, _own: None)


def set_aside() -> None:
    """Leave what the collection of thousands of tests has made out of every later search for garbage, and search less
    often: looking through all of it again and again took up to a quarter of the time of tests.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


@contextmanager
def once() -> Iterator[None]:
    """Put all of it in place."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine, "_compiled_cache", _shared(5000), raising=False)
        patch.setattr(DefaultDialect, "__eq__", lambda one, other: type(one) is type(other))
        patch.setattr(DefaultDialect, "__hash__", lambda one: hash(type(one)))
        patch.setattr(Flask, "jinja_options", {**Flask.jinja_options, "bytecode_cache": _Compiled()})
        patch.setattr(Rule, "_compile_builder", _building(Rule._compile_builder))
        patch.setattr(source, "_loaded", _reading(source._loaded))
        patch.setattr(pack, "verify", _verifying(pack.verify))
        yield
