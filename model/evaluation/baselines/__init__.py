"""The rankings that a model must beat, each with the choices among which validation decides."""
