"""The HTTP front: function routes and the admin API."""
