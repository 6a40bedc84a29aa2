"""How the services are reached, by settings."""

import pytest

from functions.settings import Entra, MissingSettingError, Settings

LOCAL = {
    "AzureWebJobsStorage": "storage",
    "EventHubConnection": "hub",
    "CosmosConnection": "cosmos",
    "RedisConnection": "redis://",
}
AZURE = {
    "AzureWebJobsStorage__blobServiceUri": "https://a.blob.core.windows.net/",
    "AzureWebJobsStorage__queueServiceUri": "https://a.queue.core.windows.net/",
    "EventHubConnection__fullyQualifiedNamespace": "a.servicebus.windows.net",
    "CosmosEndpoint": "https://a.documents.azure.com:443/",
    "RedisAddress": "a.redis.azure.net:10000",
    "AZURE_CLIENT_ID": "app",
    "IDENTITY_ENDPOINT": "http://127.0.0.1:42356/msi/token",
}


def test_connection_strings_are_taken_as_they_are() -> None:
    """On a laptop every service has a connection string, queues and blobs the same."""
    settings = Settings.read(LOCAL)
    assert settings.blob_connection == settings.queue_connection == "storage"
    assert (settings.event_hub_connection, settings.cosmos_connection) == ("hub", "cosmos")
    assert settings.redis_connection == "redis://"


def test_addresses_are_reached_as_the_apps_identity() -> None:
    """In Azure every service has an address, and the app's identity asks for the tokens."""
    settings = Settings.read(AZURE)
    assert settings.blob_connection == Entra("https://a.blob.core.windows.net/", "app")
    assert settings.queue_connection == Entra("https://a.queue.core.windows.net/", "app")
    assert settings.event_hub_connection == Entra("a.servicebus.windows.net", "app")
    assert settings.cosmos_connection == Entra("https://a.documents.azure.com:443/", "app")
    assert settings.redis_connection == Entra("a.redis.azure.net:10000", "app")


def test_outside_of_azure_it_is_who_is_logged_in() -> None:
    """A pipeline that seeds has its own AZURE_CLIENT_ID, which is no managed identity there."""
    outside = {name: value for name, value in AZURE.items() if name != "IDENTITY_ENDPOINT"}
    assert Settings.read(outside).cosmos_connection == Entra("https://a.documents.azure.com:443/", None)


def test_a_connection_string_wins() -> None:
    """Where both are set, a laptop works with its own services."""
    assert Settings.read(AZURE | LOCAL).redis_connection == "redis://"


def test_the_lake_is_in_the_apps_storage_unless_it_is_said() -> None:
    """An account of its own has a connection string, or an address."""
    assert Settings.read(LOCAL).lake_connection == "storage"
    assert Settings.read(LOCAL | {"LakeConnection": "lake"}).lake_connection == "lake"
    own = {"LakeEndpoint": "https://lake.blob.core.windows.net/"}
    assert Settings.read(AZURE | own).lake_connection == Entra("https://lake.blob.core.windows.net/", "app")
    assert Settings.read(AZURE).lake_connection == Entra("https://a.blob.core.windows.net/", "app")


@pytest.mark.parametrize("missing", sorted(LOCAL))
def test_a_missing_service_is_named(missing: str) -> None:
    """What has neither a connection string nor an address is named, an empty one counting as none."""
    with pytest.raises(MissingSettingError, match=f"'{missing}'"):
        Settings.read(LOCAL | {missing: ""})
