// The function app on Flex Consumption. Its settings name services and an identity; none of them is a secret.

import { privateAccess } from 'types.bicep'

@description('Region.')
@minLength(1)
param location string

@description('Name of the plan.')
@minLength(1)
@maxLength(60)
param planName string

@description('Name of the app.')
@minLength(2)
@maxLength(60)
param name string

@description('Tags.')
param tags object

@description('Identity of the app.')
@minLength(1)
param identityId string

@description('Where the package is: the container of blobs, as an address.')
@minLength(1)
param packageUri string

@description('What the code and the host read, by name.')
param settings object

@description('Megabytes of an instance; the model takes about 300.')
@allowed([512, 2048, 4096])
param memory int

@description('HTTP calls that an instance works on at once.')
@minValue(1)
@maxValue(1000)
param concurrency int

@description('Instances that always wait for HTTP calls.')
@minValue(0)
@maxValue(20)
param alwaysReady int

@description('Instances at the most, for each group of functions that scales by itself.')
@minValue(40)
@maxValue(1000)
param mostInstances int

@description('Whether instances are spread over zones; it needs two that always wait.')
param zoneRedundant bool

@description('Whether the internet may call; false leaves the private endpoint alone.')
param publicApi bool

@description('Log Analytics workspace.')
@minLength(1)
param workspaceId string

@description('Subnet from which the app calls services; empty for none.')
@maxLength(1000)
param subnetId string

@description('Private endpoint; null for none.')
param access privateAccess?

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true, zoneRedundant: zoneRedundant }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityId}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    publicNetworkAccess: publicApi ? 'Enabled' : 'Disabled'
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    outboundVnetRouting: empty(subnetId) ? null : { allTraffic: true }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      appSettings: [for each in items(settings): { name: each.key, value: each.value }]
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageUri
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
        }
      }
      runtime: { name: 'python', version: '3.13' }
      scaleAndConcurrency: {
        instanceMemoryMB: memory
        maximumInstanceCount: mostInstances
        alwaysReady: alwaysReady == 0 ? [] : [{ name: 'http', instanceCount: alwaysReady }]
        triggers: { http: { perInstanceConcurrency: concurrency } }
      }
    }
  }

  // Deployments come with an Entra token.
  resource passwords 'basicPublishingCredentialsPolicies' = [
    for door in ['ftp', 'scm']: { name: door, properties: { allow: false } }
  ]
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'log-analytics'
  scope: app
  properties: { workspaceId: workspaceId, metrics: [{ category: 'AllMetrics', enabled: true }] }
}

module endpoint 'private-endpoint.bicep' = if (access != null) {
  name: '${name}-sites'
  params: {
    location: location
    name: '${name}-pe'
    tags: tags
    serviceId: app.id
    door: 'sites'
    subnetId: access!.subnetId
    zoneId: access!.zones.site
  }
}

@description('Name of the app.')
output name string = app.name

@description('Where the API is.')
output url string = 'https://${app.properties.defaultHostName}'
