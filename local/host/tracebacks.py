"""Tracebacks that begin where the user's code does."""

_INTERNAL = ("azure_functions_runtime", "<frozen importlib", "/lib/python3.13/importlib/")


def user_traceback(text: str) -> str:
    """A traceback without the frames of the worker library and of the import system."""
    kept: list[str] = []
    skipping = False
    for line in text.rstrip().splitlines():
        if line.startswith('  File "'):
            skipping = any(part in line for part in _INTERNAL)
        elif not line.startswith("    "):
            skipping = False
        if not skipping:
            kept.append(line)
    return "\n".join(kept)
