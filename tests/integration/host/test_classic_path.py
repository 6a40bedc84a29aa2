"""The worker's documented entry point, used when a worker library has no native path."""

import base64
from pathlib import Path

from azure.storage.queue import QueueClient

from local.stack.process import Process
from tests.integration.host.running import queue_name, running_app, until, write_app

APP = """
    @app.route("echo/{name}", methods=["POST"])
    @app.queue_output("out", "%Queue%", "AzureWebJobsStorage")
    async def echo(req: func.HttpRequest, out: func.Out[str], context: func.Context) -> func.HttpResponse:
        out.set(req.get_body().decode())
        logging.info("in %s", context.invocation_id)
        response = func.HttpResponse(req.route_params["name"] + req.params["a"] + req.headers["x-b"], status_code=201)
        response.headers.add("Set-Cookie", "a=1; Path=/x; Max-Age=60; HttpOnly; Secure; SameSite=Lax")
        response.headers.add("Set-Cookie", "b=2; Domain=shop.example; Expires=Wed, 21 Oct 2026 07:28:00 GMT")
        return response

    @app.queue_trigger("message", "%Queue%", "AzureWebJobsStorage")
    def work(message: func.QueueMessage) -> None:
        logging.info("working on %s (%s)", message.get_body().decode(), message.dequeue_count)

    @app.timer_trigger("timer", "0 0 0 1 1 *", run_on_startup=True, use_monitor=False)
    def tick(timer: func.TimerRequest) -> None:
        logging.info("tick %s", timer.past_due)

    @app.route("fails")
    def fails(req: func.HttpRequest) -> str:
        raise ValueError("reason")
"""


def test_everything_works_without_the_native_path(tmp_path: Path, azurite: Process) -> None:
    """Requests, cookies, outputs, messages, timers, failures and ids in the log."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nsys.modules['azure_functions_runtime.native_invocation'] = None"
    )
    queue = QueueClient.from_connection_string(azurite.connection, queue_name())
    settings = {
        "AzureWebJobsStorage": azurite.connection,
        "Queue": str(queue.queue_name),
        "PYTHONPATH": str(tmp_path),
        "TZ": "UTC",  # the worker reads the expiry of cookies as local time
    }
    with running_app(write_app(tmp_path, APP), settings) as host:
        answer = host.request("POST", "/api/echo/x?a=y", "message", {"X-B": "z"})
        assert (answer.status, answer.body) == (201, b"xyz"), host.log()
        cookies = [value for name, value in answer.headers if name == "set-cookie"]
        assert cookies == [
            "a=1; Path=/x; Max-Age=60; Secure; HttpOnly; SameSite=Lax",
            "b=2; Domain=shop.example; Expires=Wed, 21 Oct 2026 07:28:00 GMT",
        ]
        host.wait_for("working on message (1)")
        until(lambda: queue.get_queue_properties().approximate_message_count == 0, host.log)
        queue.send_message(base64.b64encode(b"second").decode())
        host.wait_for("working on second (1)")
        host.wait_for("tick False")
        assert host.get("/api/fails").status == 500
        log = host.wait_for("ValueError: reason")
        invocation = log.split("] in ")[1].split("\n")[0]
        assert f"[{invocation[:8]}] in {invocation}" in log
