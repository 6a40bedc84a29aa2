"""Event Hubs: trigger and output, on the unmodified SDK."""
