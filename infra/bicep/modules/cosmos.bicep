// Cosmos DB: one database with the containers of the code. Entra ID only; its data roles are in roles.bicep.

import { privateAccess } from 'types.bicep'

@description('Region.')
@minLength(1)
param location string

@description('Name of the account.')
@minLength(3)
@maxLength(44)
param name string

@description('Tags.')
param tags object

@description('Name of the database.')
@minLength(1)
@maxLength(255)
param database string

@description('Containers of the code: name, partitionKey, indexingPolicy, and defaultTtl where documents expire.')
@minLength(1)
param containers array

@description('Most request units a second, which all containers share; 0 pays for each request instead (serverless).')
@minValue(0)
@maxValue(1000000)
param maxThroughput int

@description('Whether copies are spread over the zones of each region.')
param zoneRedundant bool

@description('A second region that takes over; empty for none. It needs throughput: serverless has one region.')
@maxLength(60)
param secondLocation string

@description('How far back the data can be restored to any second.')
@allowed(['Continuous7Days', 'Continuous30Days'])
param backup string

@description('Log Analytics workspace.')
@minLength(1)
param workspaceId string

@description('Private endpoint; null leaves the account open to callers with a role.')
param access privateAccess?

var regions = empty(secondLocation) ? [location] : [location, secondLocation]

resource account 'Microsoft.DocumentDB/databaseAccounts@2025-10-15' = {
  name: name
  location: location
  tags: union(tags, { defaultExperience: 'Core (SQL)' })
  kind: 'GlobalDocumentDB'
  properties: {
    databaseAccountOfferType: 'Standard'
    locations: [
      for (region, place) in regions: {
        locationName: region
        failoverPriority: place
        isZoneRedundant: zoneRedundant
      }
    ]
    enableAutomaticFailover: length(regions) > 1
    enableMultipleWriteLocations: false
    capabilities: maxThroughput == 0 ? [{ name: 'EnableServerless' }] : []
    consistencyPolicy: { defaultConsistencyLevel: 'Session' }
    backupPolicy: { type: 'Continuous', continuousModeProperties: { tier: backup } }
    disableLocalAuth: true
    disableKeyBasedMetadataWriteAccess: true
    minimalTlsVersion: 'Tls12'
    publicNetworkAccess: access == null ? 'Enabled' : 'Disabled'
    networkAclBypass: 'None'
  }
}

resource store 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases@2025-10-15' = {
  parent: account
  name: database
  properties: {
    resource: { id: database }
    options: maxThroughput == 0 ? {} : { autoscaleSettings: { maxThroughput: maxThroughput } }
  }
}

resource container 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2025-10-15' = [
  for each in containers: {
    parent: store
    name: each.name
    properties: {
      resource: {
        id: each.name
        partitionKey: { kind: 'Hash', version: 2, paths: [each.partitionKey] }
        indexingPolicy: union(each.indexingPolicy, { automatic: true })
        ...(contains(each, 'defaultTtl') ? { defaultTtl: each.defaultTtl } : {})
      }
    }
  }
]

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'log-analytics'
  scope: account
  properties: {
    workspaceId: workspaceId
    logAnalyticsDestinationType: 'Dedicated'
    logs: [{ category: 'ControlPlaneRequests', enabled: true }, { category: 'PartitionKeyRUConsumption', enabled: true }]
    metrics: [{ category: 'Requests', enabled: true }]
  }
}

module endpoint 'private-endpoint.bicep' = if (access != null) {
  name: '${name}-sql'
  params: {
    location: location
    name: '${name}-pe'
    tags: tags
    serviceId: account.id
    door: 'Sql'
    subnetId: access!.subnetId
    zoneId: access!.zones.cosmos
  }
  dependsOn: [container]
}

@description('Name of the account.')
output name string = account.name

@description('Where the account is.')
output endpoint string = account.properties.documentEndpoint
