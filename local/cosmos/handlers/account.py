"""The account itself, and the requests that administer the stand-in."""

from local.cosmos.errors import MethodNotAllowedError, UnauthorizedError
from local.cosmos.faults import Fault
from local.cosmos.service import Service
from local.cosmos.wire import Request, Response, json_response


def account(request: Request) -> Response:
    """Describe the account; its addresses are those that the client used, or the client would go elsewhere."""
    region = [{"name": "Local", "databaseAccountEndpoint": f"{request.origin}/"}]
    replication = {"asyncReplication": False, "minReplicaSetSize": 1, "maxReplicasetSize": 4}
    return json_response(
        200,
        {
            "_self": "",
            "id": "local",
            "_rid": "local",
            "media": "//media/",
            "addresses": "//addresses/",
            "_dbs": "//dbs/",
            "writableLocations": region,
            "readableLocations": region,
            "enableMultipleWriteLocations": False,
            "userReplicationPolicy": replication,
            "userConsistencyPolicy": {"defaultConsistencyLevel": "Session"},
            "systemReplicationPolicy": replication,
            "readPolicy": {"primaryReadCoefficient": 1, "secondaryReadCoefficient": 1},
            "queryEngineConfiguration": "{}",
        },
    )


def faults(service: Service, request: Request) -> Response:
    """Switch faults on (POST) or off (DELETE), or say how many are left (GET); wants the x-account-key header."""
    if not service.signatures.is_account_key(request.header("x-account-key")):
        raise UnauthorizedError("The x-account-key header must hold the account key.")
    match request.method:
        case "POST":
            service.faults.switch_on(Fault.parse(request.json()))
        case "DELETE":
            service.faults.switch_off()
        case "GET":
            pass
        case _:
            raise MethodNotAllowedError("Faults know GET, POST and DELETE.")
    return json_response(200, service.faults.state())
