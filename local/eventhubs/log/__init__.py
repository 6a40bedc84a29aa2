"""A durable, append-only log of records: blocks in segments, one log for each partition."""
