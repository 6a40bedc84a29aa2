// The data lake: raw events for years, cooler as they age. An account of its own, for it has folders.

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

@description('Copies: within a data centre, over zones, or over zones and to the paired region.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GZRS'])
param sku string

@description('File systems, as the code names them.')
@minLength(1)
param fileSystems string[]

@description('Folders whose files age: all that is never written again.')
@minLength(1)
param ageingFolders string[]

@description('Days after which events move to the cool tier.')
@minValue(1)
@maxValue(365)
param coolAfterDays int

@description('Days after which they move to the cold tier.')
@minValue(2)
@maxValue(730)
param coldAfterDays int

@description('Days after which they are deleted, should the app not have done it.')
@minValue(30)
@maxValue(3650)
param deleteAfterDays int

@description('Whether Event Hubs writes here (Capture): a trusted service then passes the firewall.')
param capture bool

@description('Log Analytics workspace.')
@minLength(1)
param workspaceId string

@description('Private endpoints; null leaves the account open to callers with a role.')
param access privateAccess?

var doors = ['blob', 'dfs']

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    accessTier: 'Hot'
    isHnsEnabled: true
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    isLocalUserEnabled: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: access == null || capture ? 'Enabled' : 'Disabled'
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

  resource container 'containers' = [for each in fileSystems: { name: each, properties: { publicAccess: 'None' } }]
}

resource ageing 'Microsoft.Storage/storageAccounts/managementPolicies@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'events-grow-old'
          type: 'Lifecycle'
          enabled: true
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: ageingFolders }
            actions: {
              baseBlob: {
                tierToCool: { daysAfterModificationGreaterThan: coolAfterDays }
                tierToCold: { daysAfterModificationGreaterThan: coldAfterDays }
                delete: { daysAfterModificationGreaterThan: deleteAfterDays }
              }
            }
          }
        }
      ]
    }
  }
  dependsOn: [blobs]
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'log-analytics'
  scope: blobs
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'StorageRead', enabled: true }, { category: 'StorageDelete', enabled: true }]
    metrics: [{ category: 'Transaction', enabled: true }]
  }
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
