// The app's settings. A test compares the names with what functions/settings.py reads; none of the values is a secret.

@description('Client id of the app.')
@minLength(36)
@maxLength(36)
param clientId string

@description('Blobs of the host storage.')
@minLength(1)
param blobUri string

@description('Its queues.')
@minLength(1)
param queueUri string

@description('Its tables.')
@minLength(1)
param tableUri string

@description('Namespace of Event Hubs.')
@minLength(1)
param hubHost string

@description('Hub.')
@minLength(1)
param hub string

@description('Cosmos DB account.')
@minLength(1)
param cosmosEndpoint string

@description('Its database.')
@minLength(1)
param database string

@description('Host and port of Redis.')
@minLength(3)
param redisAddress string

@description('Where telemetry goes.')
@minLength(1)
param telemetryAddress string

@description('What browsers show to call the API.')
@minLength(16)
@maxLength(128)
param publishableId string

@description('HTTP calls a minute of each caller; 0 does not limit them.')
@minValue(0)
@maxValue(1000000)
param requestsPerMinute int

@description('Sites whose pages may call the API, separated by commas.')
@maxLength(2048)
param corsOrigins string

@description('Blob address of the lake.')
@minLength(1)
param lakeUri string

@description('Days after which events are deleted from the lake.')
@minValue(1)
@maxValue(3650)
param lakeRetentionDays int

@description('Percent of all traces that are recorded.')
@minValue(0)
@maxValue(100)
param tracePercent int

@description('By name. An empty value means what the code has for a default.')
output values object = {
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: clientId
  AzureWebJobsStorage__blobServiceUri: blobUri
  AzureWebJobsStorage__queueServiceUri: queueUri
  AzureWebJobsStorage__tableServiceUri: tableUri
  EventHubConnection__credential: 'managedidentity'
  EventHubConnection__clientId: clientId
  EventHubConnection__fullyQualifiedNamespace: hubHost
  EventHubName: hub
  CosmosEndpoint: cosmosEndpoint
  CosmosDatabase: database
  RedisAddress: redisAddress
  AZURE_CLIENT_ID: clientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: telemetryAddress
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${clientId};Authorization=AAD'
  PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY: 'true'
  Telemetry: 'azure'
  OTEL_TRACES_SAMPLER: 'microsoft.fixed_percentage'
  OTEL_TRACES_SAMPLER_ARG: tracePercent == 100 ? '1' : '0.${padLeft(tracePercent, 2, '0')}'
  LogFormat: 'plain'
  PublishableKey: publishableId
  RequestsPerMinute: string(requestsPerMinute)
  CorsOrigins: corsOrigins
  ModelFolder: ''
  ModelCache: ''
  ModelMaxAgeSeconds: '10'
  ScoringThreads: '1'
  CatalogMaxAgeSeconds: '900'
  OffersMaxAgeSeconds: '30'
  ShopperMaxAgeSeconds: '30'
  LakeEndpoint: lakeUri
  LakeRetentionDays: string(lakeRetentionDays)
  'AzureWebJobs.aggregate_stream.Disabled': 'true'
  'AzureWebJobs.retrain_check.Disabled': 'false'
}
