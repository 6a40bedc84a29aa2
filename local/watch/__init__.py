"""A live text view of an app that answers `GET /api/v1/metrics`. Knows the app by HTTP alone."""
