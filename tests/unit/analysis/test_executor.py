"""Both executors keep the same promises."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor

import pytest

from training.analysis.executor import InlineExecutor


@pytest.fixture(params=[InlineExecutor, lambda: ThreadPoolExecutor(2)], ids=["inline", "threads"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    make: Callable[[], Executor] = request.param
    with make() as made:
        yield made


def test_a_job_gives_its_value(executor: Executor) -> None:
    assert executor.submit(lambda a, b: a + b, 1, b=2).result(60) == 3


def test_a_failure_comes_with_the_result(executor: Executor) -> None:
    future = executor.submit(int, "x")
    with pytest.raises(ValueError, match="invalid literal"):
        future.result(60)


def test_jobs_are_done_in_order_of_submission_or_at_once(executor: Executor) -> None:
    assert list(executor.map(str, range(5))) == list("01234")


def test_nothing_is_taken_after_shutdown(executor: Executor) -> None:
    executor.shutdown(wait=True, cancel_futures=True)
    with pytest.raises(RuntimeError):
        executor.submit(str)


def test_inline_runs_in_the_callers_thread() -> None:
    assert InlineExecutor().submit(threading.get_ident).result() == threading.get_ident()
