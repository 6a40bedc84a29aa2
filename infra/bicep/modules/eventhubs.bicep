// Event Hubs: one hub, a consumer group for each reader, and Capture to the lake where it is wanted.

import { privateAccess } from 'types.bicep'

@description('Region.')
@minLength(1)
param location string

@description('Name of the namespace.')
@minLength(6)
@maxLength(50)
param name string

@description('Tags.')
param tags object

@description('Name of the hub.')
@minLength(1)
@maxLength(256)
param hub string

@description('A consumer group for each reader of the code.')
@minLength(1)
@maxLength(20)
param consumerGroups string[]

@description('Partitions: how many readers can share the work. It cannot be changed later.')
@minValue(1)
@maxValue(32)
param partitions int

@description('Hours for which events can be read again.')
@minValue(1)
@maxValue(168)
param retentionHours int

@description('Throughput units at the least (1 MB/s in, 2 MB/s out each), and at the most: they grow by themselves.')
@minValue(1)
@maxValue(40)
param units int

@description('Throughput units at the most.')
@minValue(1)
@maxValue(40)
param maxUnits int

@description('Identity that writes the captured events; it needs its role in the lake first.')
@minLength(1)
param identityId string

@description('Lake account to which events are captured; empty captures none.')
@maxLength(1000)
param captureAccountId string

@description('File system of the lake that gets captured events.')
@minLength(3)
@maxLength(63)
param captureFileSystem string

@description('Log Analytics workspace.')
@minLength(1)
param workspaceId string

@description('Private endpoint; null leaves the namespace open to callers with a role.')
param access privateAccess?

var capture = !empty(captureAccountId)

resource namespace 'Microsoft.EventHub/namespaces@2026-01-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: 'Standard', tier: 'Standard', capacity: units }
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityId}': {} } }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    isAutoInflateEnabled: maxUnits > units
    maximumThroughputUnits: maxUnits > units ? maxUnits : 0
    publicNetworkAccess: access == null ? 'Enabled' : 'Disabled'
  }

  resource events 'eventhubs' = {
    name: hub
    properties: {
      partitionCount: partitions
      retentionDescription: { cleanupPolicy: 'Delete', retentionTimeInHours: retentionHours }
      ...(capture
        ? {
            captureDescription: {
              enabled: true
              encoding: 'Avro'
              intervalInSeconds: 300
              sizeLimitInBytes: 314572800
              skipEmptyArchives: true
              destination: {
                name: 'EventHubArchive.AzureBlockBlob'
                identity: { type: 'UserAssigned', userAssignedIdentity: identityId }
                properties: {
                  storageAccountResourceId: captureAccountId
                  blobContainer: captureFileSystem
                  archiveNameFormat: '{Namespace}/{EventHub}/{PartitionId}/{Year}/{Month}/{Day}/{Hour}/{Minute}/{Second}'
                }
              }
            }
          }
        : {})
    }

    @batchSize(1)
    resource reader 'consumergroups' = [for each in consumerGroups: { name: each }]
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'log-analytics'
  scope: namespace
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'OperationalLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

module endpoint 'private-endpoint.bicep' = if (access != null) {
  name: '${name}-hub'
  params: {
    location: location
    name: '${name}-pe'
    tags: tags
    serviceId: namespace.id
    door: 'namespace'
    subnetId: access!.subnetId
    zoneId: access!.zones.hub
  }
  dependsOn: [namespace::events]
}

@description('Name of the namespace.')
output name string = namespace.name

@description('Host name by which clients know the namespace.')
output hostName string = '${namespace.name}.servicebus.windows.net'
