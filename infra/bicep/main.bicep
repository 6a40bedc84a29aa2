// The whole system in one resource group: `azd up`, or
// `az deployment sub create --location REGION --template-file main.bicep --parameters main.bicepparam`.

targetScope = 'subscription'

import { size as sizeName } from 'modules/types.bicep'
import { sizes } from 'modules/sizes.bicep'

@description('Name of the environment; it is part of the names of all resources.')
@minLength(1)
@maxLength(16)
param environmentName string

@description('Region. Flex Consumption and Azure Managed Redis must be there; size `global` needs its zones.')
@minLength(1)
@maxLength(60)
param location string

@description('How much is bought: modules/sizes.bicep.')
param size sizeName

@description('Second region of Cosmos DB in size `global`.')
@maxLength(60)
param secondLocation string

@description('Whether services can be reached through private endpoints only.')
param privateNetwork bool

@description('Addresses of the virtual network, /16 to /22.')
@minLength(9)
@maxLength(18)
param networkAddresses string = '10.80.0.0/20'

@description('Whether private DNS zones are made here; false where a policy of the organisation sees to them.')
param ownDnsZones bool = true

@description('Whether the internet may call the API; false leaves its private endpoint alone.')
param publicApi bool = true

@description('Object id of who deploys, seeds and publishes models; empty for nobody.')
@maxLength(36)
param principalId string

@description('What that is.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param principalType string

@description('Who is responsible, for the tag `owner`.')
@minLength(1)
@maxLength(256)
param owner string

@description('Who pays, for the tag `cost-center`.')
@minLength(1)
@maxLength(256)
param costCenter string

@description('Who gets alerts and news of the budget by e-mail; empty for nobody.')
@maxLength(320)
param alertEmail string

@description('What a month may cost, in the currency of the subscription; 0 for no budget.')
@minValue(0)
@maxValue(1000000)
param monthlyBudget int

@description('First of the month in which the budget begins, such as 2026-11-01; empty for no budget.')
@maxLength(10)
param budgetStart string

@description('What browsers show to call the API; known to everybody, so no secret. Empty takes one made from names.')
@maxLength(128)
param publishableId string

@description('Sites whose pages may call the API, separated by commas, such as https://shop.example.')
@maxLength(2048)
param corsOrigins string

@description('HTTP calls a minute of each caller; 0 does not limit them.')
@minValue(0)
@maxValue(1000000)
param requestsPerMinute int = 6000

@description('Percent of traces that are recorded, figures and logs being complete; -1 takes that of the size.')
@minValue(-1)
@maxValue(100)
param tracePercent int = -1

@description('Megabytes of an instance.')
@allowed([512, 2048, 4096])
param instanceMemory int = 2048

@description('HTTP calls that an instance works on at once: more of them wait for the same core, see docs/scale.md.')
@minValue(1)
@maxValue(1000)
param httpConcurrency int = 8

@description('Instances that always wait for HTTP calls; -1 takes the number of the size.')
@minValue(-1)
@maxValue(20)
param alwaysReady int = -1

@description('Whether Event Hubs writes every message to the lake by itself as well (Capture).')
param capture bool = false

@description('Days after which events are deleted from the lake; set it to what your privacy policy promises.')
@minValue(30)
@maxValue(3650)
param lakeRetentionDays int

var contracts = loadJsonContent('contracts.json')
var bought = sizes[size]
var token = uniqueString(subscription().id, environmentName, location)
var stem = 'personalization-${toLower(environmentName)}'
var tags = {
  'azd-env-name': environmentName
  application: 'personalization'
  environment: environmentName
  size: size
  owner: owner
  'cost-center': costCenter
}
var packageContainer = 'packages'
var captureFileSystem = 'capture'
var names = {
  group: 'rg-${stem}'
  app: 'func-${stem}-${token}'
  cosmos: 'cosmos-${toLower(environmentName)}-${token}'
  hub: 'evhns-${toLower(environmentName)}-${token}'
  redis: 'redis-${toLower(environmentName)}-${token}'
  storage: 'sthost${token}'
  lake: 'stlake${token}'
}
var deployer = empty(principalId) ? null : { id: principalId, kind: principalType }
var members = union([{ id: identity.outputs.principalId, kind: 'ServicePrincipal' }], empty(principalId) ? [] : [deployer!])
var access = privateNetwork ? { subnetId: network!.outputs.serviceSubnetId, zones: network!.outputs.zones } : null

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: names.group
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  scope: group
  name: 'identity'
  params: { location: location, name: 'id-${stem}', tags: tags }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  name: 'monitoring'
  params: {
    location: location
    workspaceName: 'log-${stem}'
    insightsName: 'appi-${stem}'
    actionGroupName: 'ag-${stem}'
    tags: tags
    retentionDays: bought.logDays
    dailyGigabytes: bought.logGigabytes
    email: alertEmail
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  scope: group
  name: 'network'
  params: { location: location, name: 'vnet-${stem}', tags: tags, addresses: networkAddresses, ownZones: ownDnsZones }
}

module storage 'modules/storage.bicep' = {
  scope: group
  name: 'storage'
  params: {
    location: location
    name: names.storage
    tags: tags
    sku: bought.storageSku
    queues: contracts.queues
    containers: contracts.blobContainers
    packageContainer: packageContainer
    workspaceId: monitoring.outputs.workspaceId
    access: access
  }
}

module lake 'modules/lake.bicep' = {
  scope: group
  name: 'lake'
  params: {
    location: location
    name: names.lake
    tags: tags
    sku: bought.lakeSku
    fileSystems: capture ? union(contracts.fileSystems, [captureFileSystem]) : contracts.fileSystems
    ageingFolders: capture ? union(contracts.ageingFolders, ['${captureFileSystem}/']) : contracts.ageingFolders
    coolAfterDays: 30
    coldAfterDays: 60
    deleteAfterDays: lakeRetentionDays + 30 // the app deletes them first, and keeps its manifest in step
    capture: capture
    workspaceId: monitoring.outputs.workspaceId
    access: access
  }
}

module roles 'modules/roles.bicep' = {
  scope: group
  name: 'roles'
  params: {
    appId: identity.outputs.principalId
    deployer: deployer
    storageName: storage.outputs.name
    modelContainer: contracts.blobContainers[0]
    lakeName: lake.outputs.name
    insightsName: monitoring.outputs.insightsName
  }
}

module cosmos 'modules/cosmos.bicep' = {
  scope: group
  name: 'cosmos'
  params: {
    location: location
    name: names.cosmos
    tags: tags
    database: contracts.database
    containers: contracts.containers
    maxThroughput: bought.cosmosThroughput
    zoneRedundant: bought.zoneRedundant
    secondLocation: bought.secondRegion ? secondLocation : ''
    backup: bought.cosmosBackup
    workspaceId: monitoring.outputs.workspaceId
    access: access
  }
}

module eventHubs 'modules/eventhubs.bicep' = {
  scope: group
  name: 'eventhubs'
  params: {
    location: location
    name: names.hub
    tags: tags
    hub: contracts.hub
    consumerGroups: contracts.consumerGroups
    partitions: bought.partitions
    retentionHours: bought.retentionHours
    units: bought.units
    maxUnits: bought.mostUnits
    identityId: identity.outputs.id
    captureAccountId: capture ? lake.outputs.id : ''
    captureFileSystem: captureFileSystem
    workspaceId: monitoring.outputs.workspaceId
    access: access
  }
  dependsOn: [roles] // Capture tries its identity's role when it is switched on
}

module redis 'modules/redis.bicep' = {
  scope: group
  name: 'redis'
  params: {
    location: location
    name: names.redis
    tags: tags
    sku: bought.redisSku
    highAvailability: bought.redisTwice
    principals: members
    workspaceId: monitoring.outputs.workspaceId
    access: access
  }
}

module dataRoles 'modules/data-roles.bicep' = {
  scope: group
  name: 'data-roles'
  params: {
    appId: identity.outputs.principalId
    hubNamespace: eventHubs.outputs.name
    hub: contracts.hub
    cosmosName: cosmos.outputs.name
    principals: members
  }
}

module settings 'modules/settings.bicep' = {
  scope: group
  name: 'settings'
  params: {
    clientId: identity.outputs.clientId
    blobUri: storage.outputs.blobUri
    queueUri: storage.outputs.queueUri
    tableUri: storage.outputs.tableUri
    hubHost: eventHubs.outputs.hostName
    hub: contracts.hub
    cosmosEndpoint: cosmos.outputs.endpoint
    database: contracts.database
    redisAddress: redis.outputs.address
    telemetryAddress: monitoring.outputs.telemetryAddress
    publishableId: empty(publishableId) ? guid(token, 'publishable') : publishableId
    requestsPerMinute: requestsPerMinute
    tracePercent: tracePercent < 0 ? bought.tracePercent : tracePercent
    corsOrigins: corsOrigins
    lakeUri: lake.outputs.blobUri
    lakeRetentionDays: lakeRetentionDays
  }
}

module app 'modules/app.bicep' = {
  scope: group
  name: 'app'
  params: {
    location: location
    planName: 'plan-${stem}'
    name: names.app
    tags: tags
    identityId: identity.outputs.id
    packageUri: '${storage.outputs.blobUri}${packageContainer}'
    settings: settings.outputs.values
    memory: instanceMemory
    concurrency: httpConcurrency
    alwaysReady: alwaysReady < 0 ? bought.alwaysReady : alwaysReady
    mostInstances: bought.mostInstances
    zoneRedundant: bought.zoneRedundant
    publicApi: publicApi
    workspaceId: monitoring.outputs.workspaceId
    subnetId: privateNetwork ? network!.outputs.appSubnetId : ''
    access: access
  }
  dependsOn: [roles, dataRoles] // the host starts with its roles, or not at all
}

module alerts 'modules/alerts.bicep' = {
  scope: group
  name: 'alerts'
  params: {
    location: location
    prefix: stem
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    app: app.outputs.name
    actionGroups: monitoring.outputs.actionGroups
    mostFailures: 5
    slowest: 500
    mostWaiting: 50000
  }
}

module capacityAlerts 'modules/capacity-alerts.bicep' = {
  scope: group
  name: 'capacity-alerts'
  params: {
    prefix: stem
    tags: tags
    cosmosName: bought.cosmosThroughput == 0 ? '' : cosmos.outputs.name
    hubName: eventHubs.outputs.name
    redisName: names.redis
    actionGroups: monitoring.outputs.actionGroups
  }
  dependsOn: [redis]
}

module budget 'modules/budget.bicep' = if (monthlyBudget > 0 && !empty(budgetStart) && !empty(alertEmail)) {
  scope: group
  name: 'budget'
  params: { name: 'budget-${stem}', amount: monthlyBudget, start: budgetStart, email: alertEmail }
}

module locks 'modules/locks.bicep' = if (bought.locked) {
  scope: group
  name: 'locks'
  params: { storageName: storage.outputs.name, lakeName: lake.outputs.name, cosmosName: cosmos.outputs.name }
  dependsOn: [app]
}

@description('Region.')
output AZURE_LOCATION string = location

@description('Resource group, which `azd deploy` looks into.')
output AZURE_RESOURCE_GROUP string = group.name

@description('The function app.')
output SERVICE_API_NAME string = app.outputs.name

@description('Where the API is.')
output SERVICE_API_URI string = app.outputs.url

@description('What browsers show to call it.')
output PUBLISHABLE_ID string = empty(publishableId) ? guid(token, 'publishable') : publishableId

@description('Whether only the virtual network reaches the data: then it is seeded from there.')
output PRIVATE_NETWORK bool = privateNetwork

@description('Where published models go.')
output STORAGE_BLOB_URI string = storage.outputs.blobUri

@description('Where queues are.')
output STORAGE_QUEUE_URI string = storage.outputs.queueUri

@description('Namespace of Event Hubs.')
output EVENT_HUB_HOST string = eventHubs.outputs.hostName

@description('Cosmos DB.')
output COSMOS_ENDPOINT string = cosmos.outputs.endpoint

@description('Redis.')
output REDIS_ADDRESS string = redis.outputs.address
