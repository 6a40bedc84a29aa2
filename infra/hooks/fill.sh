#!/bin/sh
# Fills the shop that the settings name, and publishes and activates the model that comes with the code. What is there
# already stays, so that it may be run again.
set -eu

PYTHON=${PYTHON:-.venv/bin/python}
MODEL=model/artifacts
EVALUATION=docs/evaluation/complete-journey

"$PYTHON" -m model.seed

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$MODEL"/* "$folder"
cp "$EVALUATION.json" "$folder/evaluation.json"
cp "$EVALUATION.md" "$folder/evaluation.md"
version=$("$PYTHON" -c 'import json, sys; print(json.load(open(sys.argv[1]))["version"])' "$MODEL/manifest.json")
"$PYTHON" -m model.publish --model "$folder"
"$PYTHON" -m model.activate "$version"
