"""Databases, containers and documents, kept in SQLite."""
