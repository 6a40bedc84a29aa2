// The storage that the Functions host lives on: its queues, its state, the deployed package, published models.
// No hierarchical namespace: the host does not run on one.

import { privateAccess } from 'types.bicep'

@description('Region.')
@minLength(1)
param location string

@description('Name of the account.')
@minLength(3)
@maxLength(24)
param name string

@description('Tags.')
param tags object

@description('Copies: within a data centre, or over the zones of the region.')
@allowed(['Standard_LRS', 'Standard_ZRS'])
param sku string

@description('Queues, as the code names them.')
@minLength(1)
param queues string[]

@description('Blob containers, as the code names them.')
@minLength(1)
param containers string[]

@description('Container of the deployed package.')
@minLength(3)
@maxLength(63)
param packageContainer string

@description('Log Analytics workspace.')
@minLength(1)
param workspaceId string

@description('Private endpoints; null leaves the account open to callers with a role.')
param access privateAccess?

var doors = ['blob', 'queue', 'table']

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    isLocalUserEnabled: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: access == null ? 'Enabled' : 'Disabled'
    networkAcls: { bypass: 'AzureServices', defaultAction: access == null ? 'Allow' : 'Deny' }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: { enabled: true, days: 7 }
    containerDeleteRetentionPolicy: { enabled: true, days: 7 }
  }

  resource container 'containers' = [
    for each in union(containers, [packageContainer]): {
      name: each
      properties: { publicAccess: 'None' }
    }
  ]
}

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2025-06-01' = {
  parent: account
  name: 'default'

  resource queue 'queues' = [for each in queues: { name: each }]
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices@2025-06-01' = {
  parent: account
  name: 'default'
}

resource blobLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'log-analytics'
  scope: blobs
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'StorageDelete', enabled: true }]
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}

resource queueLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'log-analytics'
  scope: queueService
  properties: { workspaceId: workspaceId, metrics: [{ category: 'Transaction', enabled: true }] }
}

module endpoint 'private-endpoint.bicep' = [
  for door in doors: if (access != null) {
    name: '${name}-${door}'
    params: {
      location: location
      name: '${name}-${door}-pe'
      tags: tags
      serviceId: account.id
      door: door
      subnetId: access!.subnetId
      zoneId: access!.zones[door]
    }
  }
]

@description('Resource id.')
output id string = account.id

@description('Name of the account.')
output name string = account.name

@description('Where blobs are.')
output blobUri string = account.properties.primaryEndpoints.blob

@description('Where queues are.')
output queueUri string = account.properties.primaryEndpoints.queue

@description('Where tables are.')
output tableUri string = account.properties.primaryEndpoints.table
