// An address inside the virtual network for one door of one service, and the name that leads to it.

@description('Region.')
@minLength(1)
param location string

@description('Name of the endpoint.')
@minLength(1)
@maxLength(80)
param name string

@description('Tags.')
param tags object

@description('Resource that is reached.')
@minLength(1)
param serviceId string

@description('Its door, as Azure calls it.')
@allowed(['blob', 'queue', 'table', 'dfs', 'Sql', 'namespace', 'redisEnterprise', 'sites'])
param door string

@description('Subnet that holds the endpoint.')
@minLength(1)
param subnetId string

@description('Private DNS zone that learns the address; empty where a policy of the organisation sees to that.')
@maxLength(1000)
param zoneId string

resource endpoint 'Microsoft.Network/privateEndpoints@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    customNetworkInterfaceName: '${name}-nic'
    privateLinkServiceConnections: [
      {
        name: name
        properties: { privateLinkServiceId: serviceId, groupIds: [door] }
      }
    ]
  }
}

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-05-01' = if (!empty(zoneId)) {
  parent: endpoint
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [
      {
        name: door
        properties: { privateDnsZoneId: zoneId }
      }
    ]
  }
}
