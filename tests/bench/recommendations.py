"""How long each list takes in process, on real servers, against the one round trip to Redis that a shopper costs."""

import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from functions.app import App
from functions.contracts import SHOPPERS
from functions.settings import Settings
from functions.usecases.recommend import Recommend
from functions.usecases.recommendation_messages import RecommendationQuery
from functions.usecases.scores_kept import ScoresKept
from tests.bench.figures import Figure, median_of, percentile
from tests.stack import SeededStack, seeded_stack

CALLS, RUNS, WARM_UP = 300, 3, 50
BANANAS, MILK = "1082185", "995242"
SOMEBODY = object()
"""Stands for another shopper with a history in each call."""
LISTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "picks": ("picks", {"userId": SOMEBODY}),
    "picks of a category": ("picks", {"userId": SOMEBODY, "category": "Produce"}),
    "picks of prices, page 5": (
        "picks",
        {"userId": SOMEBODY, "priceMin": 2, "priceMax": 4, "skip": 400, "count": 100},
    ),
    "picks, diverse": ("picks", {"userId": SOMEBODY, "diversity": 0.3}),
    "similar": ("similar", {"seed": [BANANAS]}),
    "bought-together": ("bought-together", {"seed": [BANANAS]}),
    "basket": ("basket", {"userId": SOMEBODY, "seed": [BANANAS, MILK]}),
    "buy-again": ("buy-again", {"userId": SOMEBODY}),
    "trending": ("trending", {}),
    "popular": ("popular", {}),
    "new": ("new", {}),
    "recently-viewed": ("recently-viewed", {"userId": SOMEBODY}),
    "search": ("search", {"userId": SOMEBODY, "q": "organic milk"}),
    "rank": ("rank", {"userId": SOMEBODY, "items": [BANANAS, MILK, "819063"]}),
}
AIMS = {"picks": "< 4 ms"}
FLOOR = "one round trip to Redis"

type Call = Callable[[str], Awaitable[object]]


def run() -> Sequence[Figure]:
    """Milliseconds of ten products of each list, one after the other; nobody's scores are kept from before."""
    with tempfile.TemporaryDirectory() as folder, seeded_stack(Path(folder)) as stack:
        stack.functions.stop()
        return asyncio.run(_measure(stack))


async def _measure(stack: SeededStack) -> Sequence[Figure]:
    app = App(Settings.read(stack.settings))
    try:
        shoppers = await _shoppers(app)
        floor = median_of([percentile(await _timed(_ping(app), shoppers), 0.5) for _ in range(RUNS)])
        return [
            Figure(FLOOR, floor, "ms"),
            *[figure for name in LISTS for figure in await _figures(app, name, shoppers, floor)],
        ]
    finally:
        await app.close()


async def _figures(app: App, name: str, shoppers: Sequence[str], floor: float) -> Sequence[Figure]:
    await _timed(_asking(app.recommend, name), shoppers[:WARM_UP])
    runs = []
    for _ in range(RUNS):
        recommend = replace(app.recommend, scores=ScoresKept())
        runs.append(await _timed(_asking(recommend, name), shoppers))
    middle, slow = (median_of([percentile(run, share) for run in runs]) for share in (0.5, 0.99))
    return [
        Figure(f"{name}, p50", middle, "ms", middle / floor, FLOOR, AIMS.get(name, "")),
        Figure(f"{name}, p99", slow, "ms"),
    ]


async def _shoppers(app: App) -> list[str]:
    """Those with a history, in a mixed order."""
    query = "SELECT VALUE c.id FROM c WHERE ARRAY_LENGTH(c.history.products) > 20"
    found = [str(each) async for each in app.database.get_container_client(SHOPPERS.name).query_items(query)]
    return random.Random(1).sample(found, CALLS)


def _ping(app: App) -> Call:
    async def call(_: str) -> None:
        await app.redis.ping()

    return call


def _asking(recommend: Recommend, name: str) -> Call:
    which, asked = LISTS[name]

    def call(shopper: str) -> Awaitable[object]:
        query = {field: shopper if value is SOMEBODY else value for field, value in asked.items()}
        return recommend(which, RecommendationQuery.model_validate(query))

    return call


async def _timed(call: Call, shoppers: Sequence[str]) -> list[float]:
    taken = []
    for shopper in shoppers:
        start = time.perf_counter()
        await call(shopper)
        taken.append(1e3 * (time.perf_counter() - start))
    return taken
