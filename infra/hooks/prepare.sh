#!/bin/sh
# Before resources are made: what a template cannot know or do. azd runs it.
set -eu

if [ -z "${BUDGET_START:-}" ]; then
    azd env set BUDGET_START "$(date +%Y-%m-01)" # a budget keeps the month in which it began
fi

if [ -z "${AZURE_PRINCIPAL_ID:-}" ] && command -v az > /dev/null; then
    if id=$(az ad signed-in-user show --query id --output tsv); then
        azd env set AZURE_PRINCIPAL_ID "$id" # gets the roles with which seed.sh fills the shop
    fi
fi

if [ "${PRIVATE_NETWORK:-false}" = true ]; then
    if command -v az > /dev/null; then
        az provider register --namespace Microsoft.App --wait # to which the subnet of the app is delegated
    else
        echo "The subscription must know Microsoft.App: az provider register --namespace Microsoft.App"
    fi
fi
