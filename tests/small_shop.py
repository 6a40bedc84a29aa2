"""A shop of a few products with its shoppers, offers and model: enough to run every function for real."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from azure.cosmos.aio import CosmosClient, DatabaseProxy
from azure.cosmos.partition_key import PartitionKey
from onnx import TensorProto, helper, numpy_helper

from functions.contracts import CONTAINERS, OFFERS, POLICY_ID, PRODUCTS, SETTINGS, SHOPPERS, SIMULATION
from functions.personalization.catalog import Product
from functions.personalization.offers import Offer, Policy
from functions.personalization.shopper import History, Shopper

PRODUCT_LIST = tuple(Product(f"p{n}", f"Product {n}", (f"DEPARTMENT {n % 3}",), 1.0 + n) for n in range(30))
PRODUCT_IDS = tuple(product.id for product in PRODUCT_LIST)
OFFER_LIST = (
    Offer(id="bread", name="Bread week", products=("p1", "p4", "p7")),
    Offer(id="milk", name="Milk week", products=("p2", "p5", "p8")),
    Offer(id="voucher", name="One off anything"),
)
POLICY = Policy(fallback="voucher", likely_products=10)
SHOPPER_LIST = tuple(
    Shopper(
        id=f"s{n}",
        segment="young" if n % 2 else "old",
        affinities={"DEPARTMENT 1": 0.7, "DEPARTMENT 2": 0.3},
        history=History((f"p{n % 30}", f"p{(n + 1) % 30}"), (2, 1), (1, 2), (3, 4), (1.5, 0.5), 20_000.0),
    )
    for n in range(12)
)


async def create(client: CosmosClient, name: str) -> DatabaseProxy:
    """The database with all containers, empty."""
    database = await client.create_database(name)
    for container in CONTAINERS:
        await database.create_container(
            container.name,
            PartitionKey(container.partition_key),
            indexing_policy=container.indexing_policy,
            default_ttl=container.default_ttl,
        )
    return database


async def seed(database: DatabaseProxy) -> None:
    """Write all documents."""
    wants = [{"id": shopper.id, "products": ["p1", "p2"], "weights": [3, 1]} for shopper in SHOPPER_LIST]
    documents = {
        PRODUCTS.name: [product.to_document() for product in PRODUCT_LIST],
        OFFERS.name: [offer.to_document() for offer in OFFER_LIST],
        SETTINGS.name: [{"id": POLICY_ID, **POLICY.to_document()}],
        SHOPPERS.name: [shopper.to_document() for shopper in SHOPPER_LIST],
        SIMULATION.name: wants,
    }
    for container, rows in documents.items():
        for row in rows:
            await database.get_container_client(container).upsert_item(row)


def write_model(folder: Path, products: Sequence[str] = PRODUCT_IDS, version: str = "small-1") -> Path:
    """A model folder: affinity is the weight in the history, plus a little for products that come first."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "products.json").write_text(json.dumps(products))
    (folder / "candidates.onnx").write_bytes(_graph(len(products)))
    files = {name: _sha256(folder / name) for name in ("products.json", "candidates.onnx")}
    manifest = {
        "version": version,
        "created": "2026-11-01T12:00:00+00:00",
        "data": {"name": "small", "cut": "2026-11-01", "shoppers": 12, "products": len(products), "purchases": 24},
        "settings": {},
        "metrics": {"validation": {"recall": 0.16, "ndcg": 0.22}},
        "tau": 60.0,
        "features": {},
        "files": files,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def _graph(count: int) -> bytes:
    popularity = np.linspace(0.1, 0.01, count, dtype=np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("ScatterElements", ["popularity", "history", "weights"], ["all"], reduction="add"),
            helper.make_node("TopK", ["all", "k"], ["scores", "products"]),
        ],
        "candidates",
        [
            helper.make_tensor_value_info("history", TensorProto.INT64, ["n"]),
            helper.make_tensor_value_info("weights", TensorProto.FLOAT, ["n"]),
            helper.make_tensor_value_info("k", TensorProto.INT64, [1]),
        ],
        [
            helper.make_tensor_value_info("products", TensorProto.INT64, ["top"]),
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["top"]),
        ],
        [numpy_helper.from_array(popularity, "popularity")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
