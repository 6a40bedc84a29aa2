"""Timer functions on a running host."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from azure.storage.blob import ContainerClient

from local.stack import services
from local.stack.ports import free_ports
from local.stack.process import Process
from tests.integration.host.running import running_app, until, write_app

APP = """
    @app.timer_trigger("timer", "%Often%")
    async def often(timer: func.TimerRequest) -> None:
        logging.info("often begins")
        await asyncio.sleep(1.5)
        logging.info("often ends")

    @app.timer_trigger("timer", "0 0 0 1 1 *", run_on_startup=True)
    def yearly(timer: func.TimerRequest) -> None:
        logging.info("yearly past due: %s", timer.past_due)

    @app.timer_trigger("timer", "00:00:01", use_monitor=False)
    @app.retry(strategy="fixed_delay", max_retry_count="2", delay_interval="00:00:00")
    async def failing(timer: func.TimerRequest, context: func.Context) -> None:
        retry = context.retry_context
        logging.info("try %s of %s", retry.retry_count, retry.max_retry_count)
        raise ValueError("as always")

    @app.timer_trigger("timer", "not a schedule")
    def wrong(timer: func.TimerRequest) -> None:
        pass

    @app.timer_trigger("timer", "0 0 0 1 1 *")
    @app.event_hub_output(arg_name="$return", event_hub_name="hub", connection="Missing")
    def unconfigured(timer: func.TimerRequest) -> str:
        return ""
"""


def test_timers_fire_by_their_schedule(tmp_path: Path, azurite: Process) -> None:
    """They run at start when asked, never overlap themselves, retry, and wrong ones are named."""
    settings = {
        "AzureWebJobsStorage": azurite.connection,
        "AzureFunctionsWebHost__hostid": "firing",
        "Often": "* * * * * *",
    }
    with running_app(write_app(tmp_path, APP), settings) as host:
        log = host.wait_for("often ends", times=2)
        order = [
            line.split("often ")[1] for line in log.splitlines() if "often begins" in line or "often ends" in line
        ]
        assert order[:4] == ["begins", "ends", "begins", "ends"]
        host.wait_for("yearly past due: False")
        log = host.wait_for("try 2 of 2")
        tries = [line.split("try ")[1][0] for line in log.splitlines() if "try " in line and " of 2" in line]
        assert tries[:3] == ["0", "1", "2"]
        assert "wrong is in error: the schedule is no NCRONTAB expression" in log
        assert "unconfigured is in error: connection setting 'Missing' is missing" in log
        assert host.request("POST", "/admin/functions/yearly", b"{}").status == 202
        host.wait_for("yearly past due: False", times=2)
    # Neither useMonitor=False nor a timer that fires more often than once a minute is remembered.
    with ContainerClient.from_connection_string(azurite.connection, "azure-webjobs-hosts") as container:
        remembered = [blob.name.split("/")[2] for blob in container.list_blobs("timers/firing/")]
    assert remembered == ["Host.Functions.yearly"]


def test_a_missed_run_is_made_up_for(tmp_path: Path, azurite: Process) -> None:
    """The status blob of the Azure extension says when a timer should have run."""
    code = """
        @app.timer_trigger("timer", "0 0 3 * * *")
        def nightly(timer: func.TimerRequest) -> None:
            logging.info("nightly past due: %s, last %s", timer.past_due, timer.schedule_status["Last"])
    """
    settings = {"AzureWebJobsStorage": azurite.connection, "AzureFunctionsWebHost__hostid": "missed"}
    app = write_app(tmp_path, code)
    container = ContainerClient.from_connection_string(azurite.connection, "azure-webjobs-hosts")
    status = container.get_blob_client("timers/missed/Host.Functions.nightly/status")
    with container, status:
        with running_app(app, settings):
            until(status.exists, lambda: "the status was not stored")
        assert json.loads(status.download_blob().readall())["Last"].startswith("0001-01-01")
        last = datetime.now(UTC) - timedelta(days=2)
        stored = {"Last": last.isoformat(), "Next": last.isoformat(), "LastUpdated": last.isoformat()}
        status.upload_blob(json.dumps(stored), overwrite=True)
        with running_app(app, settings) as host:
            host.wait_for(f"nightly past due: True, last {last.isoformat()}")
            host.wait_for("nightly ok")
            until(lambda: json.loads(status.download_blob().readall())["Last"] > last.isoformat(), host.log)


def test_a_timer_waits_for_storage_and_not_for_ever(tmp_path: Path) -> None:
    """Without storage a monitored timer is retried with one line of log, and the host runs and stops."""
    code = """
        @app.timer_trigger("timer", "0 0 3 * * *")
        def nightly(timer: func.TimerRequest) -> None:
            pass

        @app.route("alive")
        def alive(req: func.HttpRequest) -> str:
            return "yes"
    """
    away = services.azurite(tmp_path, free_ports(3)).connection
    with running_app(write_app(tmp_path, code), {"AzureWebJobsStorage": away}) as host:
        assert host.get("/api/alive").body == b"yes"
        host.wait_for("timer 'nightly': ")
        host.process.stop()
        assert host.process.outcome() == "exit code 0"
