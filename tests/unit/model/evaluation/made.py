"""Slices written by hand: what each shopper bought, and the basket that followed."""

from collections.abc import Mapping, Sequence

import numpy as np

from model.evaluation.slices import Slice


def made_slice(
    past: Mapping[str, Sequence[tuple[int, Sequence[int]]]], truth: Mapping[str, Sequence[int]], products: int
) -> Slice:
    """A slice of baskets (age in days, products), oldest first, of each shopper; products are numbers."""
    shoppers = tuple(sorted(past))
    rows = [
        (buyer, product, float(age), place)
        for buyer, shopper in enumerate(shoppers)
        for place, (age, basket) in enumerate(past[shopper])
        for product in basket
    ]
    buyers, bought, ages, baskets = zip(*rows, strict=True)
    judged = [shopper for shopper in shoppers if shopper in truth]
    return Slice(
        shoppers=shoppers,
        products=tuple(f"p{product}" for product in range(products)),
        buyers=np.array(buyers, dtype=np.int64),
        bought=np.array(bought, dtype=np.int64),
        ages=np.array(ages, dtype=np.float32),
        baskets=np.array(baskets, dtype=np.int64),
        judged=np.array([shoppers.index(shopper) for shopper in judged], dtype=np.int64),
        truth=tuple(np.array(sorted(truth[shopper]), dtype=np.int64) for shopper in judged),
    )


def random_slice(seed: int = 1, shoppers: int = 30, products: int = 40) -> Slice:
    """Shoppers with a taste of their own, which lasts."""
    dice = np.random.default_rng(seed)
    past, truth = {}, {}
    for shopper in range(shoppers):
        taste = dice.choice(products, 8, replace=False)
        ages = np.sort(dice.choice(100, int(dice.integers(2, 9)), replace=False) + 1)[::-1]
        past[f"s{shopper:03}"] = [(int(age), dice.choice(taste, 3, replace=False).tolist()) for age in ages]
        truth[f"s{shopper:03}"] = dice.choice(taste, 3, replace=False).tolist()
    return made_slice(past, truth, products)
