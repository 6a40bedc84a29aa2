// `azd env set NAME VALUE`, or variables of the pipeline, say what differs from the defaults.
using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'dev')
param location = readEnvironmentVariable('AZURE_LOCATION', 'swedencentral')
param size = readEnvironmentVariable('SIZE', 'dev')
param secondLocation = readEnvironmentVariable('SECOND_LOCATION', 'norwayeast')
param privateNetwork = bool(readEnvironmentVariable('PRIVATE_NETWORK', 'false'))
param publicApi = bool(readEnvironmentVariable('PUBLIC_API', 'true'))
param principalId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param principalType = readEnvironmentVariable('AZURE_PRINCIPAL_TYPE', 'User')
param owner = readEnvironmentVariable('OWNER', 'personalization-team')
param costCenter = readEnvironmentVariable('COST_CENTER', 'unassigned')
param alertEmail = readEnvironmentVariable('ALERT_EMAIL', '')
param monthlyBudget = int(readEnvironmentVariable('MONTHLY_BUDGET', '0'))
param budgetStart = readEnvironmentVariable('BUDGET_START', '')
param lakeRetentionDays = int(readEnvironmentVariable('LAKE_RETENTION_DAYS', '90'))
param publishableId = readEnvironmentVariable('PUBLISHABLE_ID', '')
param corsOrigins = readEnvironmentVariable('CORS_ORIGINS', '')
