"""Storage queues: trigger and output, with the semantics of the Azure Functions extension."""
