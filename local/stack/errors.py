"""What can go wrong when a stack starts; each message names the part, the reason and the way out."""


class StackError(Exception):
    """Any of the below: the command line prints its message and exits with code 1."""


class ConfigError(StackError):
    """`stack.toml` cannot be read; the message names the key."""


class MissingError(StackError):
    """A program that a service needs is not installed."""


class AlreadyRunningError(StackError):
    """Another supervisor runs the same stack."""


class UpError(StackError):
    """The stack did not come up."""
