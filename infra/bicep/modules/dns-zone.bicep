// A private DNS zone that one virtual network resolves by.

@description('Name of the zone, as the service demands it.')
@minLength(3)
@maxLength(63)
param name string

@description('Tags.')
param tags object

@description('Virtual network that resolves by it.')
@minLength(1)
param networkId string

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = {
  name: name
  location: 'global'
  tags: tags
}

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = {
  parent: zone
  name: 'app'
  location: 'global'
  tags: tags
  properties: { registrationEnabled: false, virtualNetwork: { id: networkId } }
}
