"""Versions of the model: published to Blob storage if they pass the gates, activated and rolled back in Cosmos."""
