"""A local Azure Functions host: runs any Python v2 function app on Microsoft's own worker library."""
