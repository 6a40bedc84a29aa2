"""What Azure's worker finds in the app, which it can be asked once for each process."""

from typing import Any

import function_app

FUNCTIONS: dict[str, dict[str, dict[str, Any]]] = {
    str(function.get_function_name()): {binding.name: binding.get_dict_repr() for binding in function.get_bindings()}
    for function in function_app.app.get_functions()
}
"""The bindings of each function, by name."""
