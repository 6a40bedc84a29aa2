"""Several questions at once, for the price of one after the other where the answers are at hand."""

import asyncio
from collections.abc import Coroutine
from typing import Any, overload


@overload
async def together[A, B](a: Coroutine[Any, Any, A], b: Coroutine[Any, Any, B], /) -> tuple[A, B]: ...


@overload
async def together[A, B, C](
    a: Coroutine[Any, Any, A], b: Coroutine[Any, Any, B], c: Coroutine[Any, Any, C], /
) -> tuple[A, B, C]: ...


async def together(*coroutines: Coroutine[Any, Any, Any]) -> tuple[Any, ...]:
    """The results in the order of the questions; it goes through the event loop only when one has to wait.

    Each starts at once: what is kept in memory is answered before the next one starts. The first error is raised once
    all have ended: none works on behind the caller's back.
    """
    loop = asyncio.get_running_loop()
    tasks = [asyncio.eager_task_factory(loop, coroutine) for coroutine in coroutines]
    if all(task.done() and not task.cancelled() and task.exception() is None for task in tasks):
        return tuple(task.result() for task in tasks)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return tuple(results)
