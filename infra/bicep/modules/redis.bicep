// Azure Managed Redis: memory of shoppers and trends. Tokens only; who may come in is listed here, one after the other,
// because the service takes one change at a time.

import { privateAccess, principal } from 'types.bicep'

@description('Region.')
@minLength(1)
param location string

@description('Name of the instance.')
@minLength(1)
@maxLength(60)
param name string

@description('Tags.')
param tags object

@description('Size: memory in the name, from half a gigabyte (B0) upward.')
@allowed(['Balanced_B0', 'Balanced_B1', 'Balanced_B3', 'Balanced_B5', 'Balanced_B10', 'Balanced_B20', 'Balanced_B50'])
param sku string

@description('Whether a second node takes over, in another zone where the region has zones.')
param highAvailability bool

@description('Who may read and write.')
@minLength(1)
@maxLength(5)
param principals principal[]

@description('Log Analytics workspace.')
@minLength(1)
param workspaceId string

@description('Private endpoint; null leaves the instance open to callers with a token.')
param access privateAccess?

resource cluster 'Microsoft.Cache/redisEnterprise@2025-07-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: sku }
  properties: {
    highAvailability: highAvailability ? 'Enabled' : 'Disabled'
    minimumTlsVersion: '1.2'
    publicNetworkAccess: access == null ? 'Enabled' : 'Disabled'
  }

  resource database 'databases' = {
    name: 'default'
    properties: {
      clientProtocol: 'Encrypted'
      port: 10000
      clusteringPolicy: 'EnterpriseCluster'
      evictionPolicy: 'AllKeysLRU'
      accessKeysAuthentication: 'Disabled'
    }

    @batchSize(1)
    resource member 'accessPolicyAssignments' = [
      for each in principals: {
        name: uniqueString(each.id)
        properties: { accessPolicyName: 'default', user: { objectId: each.id } }
      }
    ]
  }
}

resource metrics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'log-analytics'
  scope: cluster
  properties: { workspaceId: workspaceId, metrics: [{ category: 'AllMetrics', enabled: true }] }
}

module endpoint 'private-endpoint.bicep' = if (access != null) {
  name: '${name}-redis'
  params: {
    location: location
    name: '${name}-pe'
    tags: tags
    serviceId: cluster.id
    door: 'redisEnterprise'
    subnetId: access!.subnetId
    zoneId: access!.zones.redis
  }
  dependsOn: [cluster::database::member]
}

@description('Host and port.')
output address string = '${cluster.properties.hostName}:${cluster::database.properties.port}'
