"""Microsoft's Python worker library, in process: the same code that runs the app in Azure."""

import json
import os
import sys
import uuid
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

import azure_functions_runtime as runtime

from local.host.classic import ClassicPath
from local.host.datum import Datum
from local.host.errors import HostError
from local.host.functions import Binding, Function, RetryPolicy
from local.host.invocation import Invocation, Outcome
from local.host.protos import StatusResult, envelope, protos
from local.host.tracebacks import user_traceback


class AppImportError(HostError):
    """The app's own code failed while its functions were being collected."""


class InvocationPath(Protocol):
    """One of the two ways into the worker."""

    async def __call__(self, id_: str, invocation: Invocation, retries: int, retry_limit: int) -> Outcome:
        """Run the function once; a failure of the function is an Outcome, never an exception."""
        ...


class Worker:
    """Loads one function app (the library keeps module state: one app for each process)."""

    def __init__(self, app: Path) -> None:
        self._app = app
        self._run = _native_path() or ClassicPath()

    async def start(self) -> tuple[Function, ...]:
        """Import the app and return its functions; AppImportError carries the user's traceback."""
        self._enter_folder()
        runtime.start_threadpool_executor()
        body = SimpleNamespace(capabilities={}, function_app_directory=str(self._app))
        started = await runtime.worker_init_request(
            envelope("worker_init_request", body, host="127.0.0.1", protos=protos)
        )
        if started.result.status != StatusResult.Success:
            failure = started.result.exception
            raise AppImportError(
                f"the app does not load: {failure.message}\n{user_traceback(failure.stack_trace)}".rstrip()
            )
        if "HttpUri" in started.capabilities:
            raise HostError(
                "the app uses HTTP streaming (azurefunctions-extensions-http-fastapi), which works in Azure only"
            )
        answer = await runtime.functions_metadata_request(envelope("functions_metadata_request", None))
        found = answer.function_metadata_results or []
        for metadata in found:
            body = SimpleNamespace(function_id=metadata.function_id, metadata=metadata)
            await runtime.function_load_request(envelope("function_load_request", body))
        return tuple(_function(metadata) for metadata in found)

    def _enter_folder(self) -> None:
        script = os.environ.get("PYTHON_SCRIPT_FILE_NAME", "function_app.py")
        if not (self._app / script).exists():
            raise HostError(f"{self._app / script} is missing; is --app the folder of a Python v2 function app?")
        os.chdir(self._app)
        for folder in (self._app / ".python_packages/lib/site-packages", self._app):
            if folder.exists() and str(folder) not in sys.path:
                sys.path.insert(0, str(folder))

    async def invoke(self, invocation: Invocation, retries: int = 0) -> Outcome:
        """Run a function once; its failure is an Outcome, never an exception."""
        policy = invocation.function.retry
        return await self._run(str(uuid.uuid4()), invocation, retries, policy.limit if policy else 0)

    def stop(self) -> None:
        """Stop the threads of synchronous functions; blocks until they are idle."""
        runtime.stop_threadpool_executor()


def _native_path() -> InvocationPath | None:
    """The direct path of azure-functions-runtime 1.3, which skips the protobuf messages."""
    try:
        from azure_functions_runtime.native_invocation import invocation_request_native
    except ImportError:
        return None

    async def run(id_: str, invocation: Invocation, retries: int, retry_limit: int) -> Outcome:
        function = invocation.function
        arguments = [(function.trigger.name, invocation.argument)]
        ok, returned, outputs, error, trace = await invocation_request_native(
            id_, function.id, arguments, invocation.metadata, invocation.trace_parent, "", retries, retry_limit
        )
        return Outcome(id_, ok, _kept(returned), _named(outputs), error or "", trace or "")

    return run


def _kept(datum: Any) -> Datum | None:
    return None if datum is None or datum.type is None else Datum(datum.value, datum.type)


def _named(outputs: list[tuple[str, Any]]) -> Mapping[str, Datum]:
    kept = ((name, _kept(datum)) for name, datum in outputs)
    return {name: datum for name, datum in kept if datum is not None}


def _function(metadata: Any) -> Function:
    bindings = tuple(Binding(json.loads(text)) for text in metadata.raw_bindings)
    retry = _retry_policy(metadata.retry_options)
    return Function(metadata.function_id, metadata.name, str(metadata.script_file), bindings, retry)


def _retry_policy(options: Any) -> RetryPolicy | None:
    if options is None:
        return None
    if options.retry_strategy == "fixed_delay":
        delay = options.delay_interval.total_seconds()
        return RetryPolicy(options.max_retry_count, exponential=False, shortest=delay, longest=delay)
    shortest, longest = options.minimum_interval or timedelta(0), options.maximum_interval or timedelta.max
    return RetryPolicy(
        options.max_retry_count,
        exponential=True,
        shortest=shortest.total_seconds(),
        longest=longest.total_seconds(),
    )
