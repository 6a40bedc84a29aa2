// Roles that must be there before anything starts: in storage, in the lake, and for telemetry. Nobody gets a key.

import { principal } from 'types.bicep'

@description('Object id of the app.')
@minLength(36)
@maxLength(36)
param appId string

@description('Who deploys, seeds and publishes models; null for nobody.')
param deployer principal?

@description('Storage account of the host.')
@minLength(3)
param storageName string

@description('Its container of published models.')
@minLength(3)
param modelContainer string

@description('Lake account.')
@minLength(3)
param lakeName string

@description('Application Insights.')
@minLength(1)
param insightsName string

// Names and ids are Azure's, the same everywhere.
var blobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
var blobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
var queueDataContributor = '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
var tableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
var metricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'

resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource models 'containers' existing = { name: modelContainer }
  }
}

resource lake 'Microsoft.Storage/storageAccounts@2025-06-01' existing = { name: lakeName }

resource insights 'Microsoft.Insights/components@2020-02-02' existing = { name: insightsName }

// Blobs: leases, keys of functions and the package. Queues: it also makes the -poison ones. Tables: diagnostics.
resource host 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in [blobDataOwner, queueDataContributor, tableDataContributor]: {
    name: guid(storage.id, appId, role)
    scope: storage
    properties: {
      principalId: appId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

resource archive 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(lake.id, appId, blobDataContributor)
  scope: lake
  properties: {
    principalId: appId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataContributor)
  }
}

resource telemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, appId, metricsPublisher)
  scope: insights
  properties: {
    principalId: appId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', metricsPublisher)
  }
}

resource publisher 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (deployer != null) {
  name: guid(storage::blobs::models.id, deployer.?id ?? '', blobDataContributor)
  scope: storage::blobs::models
  properties: {
    principalId: deployer!.id
    principalType: deployer!.kind
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataContributor)
  }
}
