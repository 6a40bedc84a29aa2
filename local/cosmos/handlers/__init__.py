"""One module for each kind of resource: what its requests do."""
