"""What can stop the host, and what can stop a single function."""


class HostError(Exception):
    """The host cannot start; the message is one line and says the way out."""


class BindingError(Exception):
    """One function cannot run (bad binding, missing setting); the others still do."""


class ExpressionError(BindingError):
    """A `%setting%` or `{property}` in a binding has no value."""
