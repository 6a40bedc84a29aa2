#!/bin/sh
# After the app was deployed: waits until it says that it is healthy. azd runs it.
set -eu

URL="$SERVICE_API_URI/api/v1/health"
ATTEMPTS=${ATTEMPTS:-30}
PAUSE=${PAUSE:-10}

attempt=1
while :; do
    answer=$(curl --silent --show-error --max-time 30 "$URL") || answer=
    case $answer in '{"status":"healthy"'*) break ;; esac
    echo "$answer"
    if [ "$attempt" -ge "$ATTEMPTS" ]; then
        echo "The app is not healthy: $URL says what it lacks." >&2
        exit 1
    fi
    attempt=$((attempt + 1))
    sleep "$PAUSE"
done
echo "Healthy. The demo store: $SERVICE_API_URI/store/?key=$PUBLISHABLE_ID"
