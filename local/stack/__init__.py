"""The local stack: Azurite, Valkey, stand-ins for Event Hubs, Cosmos DB and the Functions host, supervised."""
