#!/bin/sh
# After resources were made: fills the shop and publishes the default model, as whoever is logged in. azd runs it with
# the outputs of main.bicep as environment. SEED=true or SEED=false decides; without it, size `dev` alone is filled.
set -eu

PYTHON=${PYTHON:-.venv/bin/python}
ATTEMPTS=${ATTEMPTS:-10}
PAUSE=${PAUSE:-30} # seconds; new roles take some minutes until every service knows them

if [ -z "${SEED:-}" ]; then
    SEED=false
    [ "${SIZE:-dev}" = dev ] && SEED=true
fi
if [ "$SEED" != true ]; then
    echo "The shop is left as it is. To fill it with the example: azd env set SEED true && azd hooks run postprovision"
    exit
fi
if [ "${PRIVATE_NETWORK:-false}" = true ] && [ -z "${INSIDE_NETWORK:-}" ]; then
    echo "Only the virtual network reaches the data. From a machine inside of it:"
    echo "  INSIDE_NETWORK=yes azd hooks run postprovision"
    exit
fi
[ -x "$PYTHON" ] || make --silent .venv/.stamp

# Addresses in place of the connection strings that the sample has for a laptop.
export AzureWebJobsStorage= EventHubConnection= CosmosConnection= RedisConnection=
export AzureWebJobsStorage__blobServiceUri="$STORAGE_BLOB_URI"
export AzureWebJobsStorage__queueServiceUri="$STORAGE_QUEUE_URI"
export EventHubConnection__fullyQualifiedNamespace="$EVENT_HUB_HOST"
export CosmosEndpoint="$COSMOS_ENDPOINT"
export RedisAddress="$REDIS_ADDRESS"

attempt=1
until PYTHON="$PYTHON" sh infra/hooks/fill.sh; do
    if [ "$attempt" -ge "$ATTEMPTS" ]; then
        echo "The shop could not be filled. Try again: azd hooks run postprovision" >&2
        exit 1
    fi
    echo "Not yet; the roles may be too young. Again in $PAUSE s ($attempt of $ATTEMPTS)."
    attempt=$((attempt + 1))
    sleep "$PAUSE"
done
