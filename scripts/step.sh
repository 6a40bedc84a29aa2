#!/bin/sh
# Runs a command quietly and prints one line with how long it took; shows its output only when it fails.
# Usage: sh scripts/step.sh "what it does" command argument ...
label=$1
shift
begun=$(date +%s)
output=$(mktemp)
trap 'rm -f "$output"' EXIT

if "$@" > "$output" 2>&1; then
    printf '%-44s %4d s\n' "$label" "$(($(date +%s) - begun))"
else
    code=$?
    printf '%-44s failed\n' "$label"
    cat "$output"
    exit "$code"
fi
