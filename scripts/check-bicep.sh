#!/bin/sh
# Checks infra/bicep: with the offline checker where it lies beside the repository, with the Azure CLI where that is
# installed, with both where both are. Neither there, the step says so; pipelines have the CLI.
set -eu

CHECKER=${BICEP_CHECKER:-../shared/bicep/bicep_check.py}
LABEL="infrastructure (Bicep)"

if [ ! -f "$CHECKER" ] && ! command -v az > /dev/null; then
    echo "$LABEL: skipped, there is neither $CHECKER nor the Azure CLI"
    exit
fi
if [ -f "$CHECKER" ]; then
    sh scripts/step.sh "$LABEL" .venv/bin/python "$CHECKER" --lint --strict-enums \
        infra/bicep/main.bicep infra/bicep/modules/*.bicep infra/bicep/main.bicepparam
fi
if command -v az > /dev/null; then
    sh scripts/step.sh "$LABEL, by its compiler" az bicep build --file infra/bicep/main.bicep --stdout
    sh scripts/step.sh "parameters (Bicep), by its compiler" \
        az bicep build-params --file infra/bicep/main.bicepparam --stdout
fi
