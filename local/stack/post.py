"""Posts JSON to the app of a running stack: python -m local.stack.post /api/v1/simulations '{"shoppers": 100}'."""

import argparse
import http.client
import json
import os
import sys
from http import HTTPStatus
from urllib.parse import urlsplit

TIMEOUT = 60.0


def main() -> int:
    """Post, print the answer, and exit with 0 when the app accepted it."""
    parser = argparse.ArgumentParser(prog="python -m local.stack.post", description="Post JSON to the app.")
    parser.add_argument("path", help="such as /api/v1/simulations")
    parser.add_argument("body", type=json.loads, help="a JSON value")
    arguments = parser.parse_args()
    status, answer = post(os.environ.get("FUNCTIONS_URL", "http://127.0.0.1:7071"), arguments.path, arguments.body)
    print(f"{arguments.path} answered {status}: {answer}")
    return 0 if status < HTTPStatus.BAD_REQUEST else 1


def post(url: str, path: str, body: object) -> tuple[int, str]:
    """The status and text of the answer."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=TIMEOUT)
    try:
        connection.request("POST", path, json.dumps(body), {"content-type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read().decode(errors="replace")
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
