"""The query language of the NoSQL API: text to syntax tree to closures over documents."""
