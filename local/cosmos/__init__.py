"""A durable stand-in for Azure Cosmos DB (NoSQL API) over HTTP on the loopback interface."""
