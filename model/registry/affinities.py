"""The pre-computed affinities of the version that is active: what shoppers get of whom the model knows nothing."""

import hashlib

from functions.adapters import model_store
from functions.adapters.active_model import Version
from functions.adapters.model_store import ModelStoreError
from functions.contracts import SHIPPED
from model import artifact, precomputed
from model.precomputed import FILE, Precomputed
from model.registry import store
from model.registry.connections import Connections


async def publish(connections: Connections, version: Version) -> int:
    """Write a version's lists to Redis, where they take the place of those before; the number of keys written.

    0 for a version without lists: those that are there stay. Raises `InvalidArtifactError`, `RegistryError`,
    `ModelStoreError` and `RedisError`.
    """
    content = await _read(connections, version.name)
    if content is None:
        return 0
    try:
        lists = Precomputed.from_bytes(content)
    except (ValueError, TypeError, KeyError) as error:
        raise ModelStoreError(f"{version.name}/{FILE} holds no affinities: {error!r}") from error
    return await precomputed.publish(connections.redis, lists)


async def _read(connections: Connections, name: str) -> bytes | None:
    """The file, which has the hash that the manifest names."""
    if name == SHIPPED:
        folder = connections.settings.model_folder
        return (folder / FILE).read_bytes() if FILE in artifact.read(folder).files else None
    expected = (await store.find(connections.models, name)).manifest.files.get(FILE)
    if expected is None:
        return None
    content = await model_store.read(connections.models, f"{name}/{FILE}")
    if hashlib.sha256(content).hexdigest() != expected:
        raise ModelStoreError(f"{name}/{FILE} does not have the hash that the manifest names")
    return content
