// The virtual network: a subnet from which the app calls, and one where the services are called.

@description('Region.')
@minLength(1)
param location string

@description('Name of the virtual network; its parts are named after it.')
@minLength(2)
@maxLength(60)
param name string

@description('Tags.')
param tags object

@description('Addresses of the network, /16 to /22: the first two blocks of /24 are used.')
@minLength(9)
@maxLength(18)
param addresses string

@description('Whether private DNS zones are made here; false where a policy of the organisation sees to them.')
param ownZones bool

var app = cidrSubnet(addresses, 24, 0)
var services = cidrSubnet(addresses, 24, 1)
var doors = {
  blob: 'privatelink.blob.${environment().suffixes.storage}'
  queue: 'privatelink.queue.${environment().suffixes.storage}'
  table: 'privatelink.table.${environment().suffixes.storage}'
  dfs: 'privatelink.dfs.${environment().suffixes.storage}'
  cosmos: 'privatelink.documents.azure.com'
  hub: 'privatelink.servicebus.windows.net'
  redis: 'privatelink.redis.azure.net'
  site: 'privatelink.azurewebsites.net'
}

resource appRules 'Microsoft.Network/networkSecurityGroups@2025-05-01' = {
  name: '${name}-app-nsg'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'nobody-calls-the-app-here'
        properties: {
          description: 'Requests come through the front end of Functions, never to this subnet.'
          priority: 4000
          direction: 'Inbound'
          access: 'Deny'
          protocol: '*'
          sourceAddressPrefix: 'Internet'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource serviceRules 'Microsoft.Network/networkSecurityGroups@2025-05-01' = {
  name: '${name}-services-nsg'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'the-network-calls-services'
        properties: {
          description: 'HTTPS for storage, Cosmos DB and the app, AMQP for Event Hubs, 10000 for Redis.'
          priority: 100
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: 'VirtualNetwork'
          sourcePortRange: '*'
          destinationAddressPrefix: services
          destinationPortRanges: ['443', '5671', '10000']
        }
      }
      {
        name: 'nothing-else'
        properties: {
          priority: 4000
          direction: 'Inbound'
          access: 'Deny'
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addresses] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: app
          networkSecurityGroup: { id: appRules.id }
          delegations: [{ name: 'flex', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        name: 'services'
        properties: {
          addressPrefix: services
          networkSecurityGroup: { id: serviceRules.id }
          defaultOutboundAccess: false
          privateEndpointNetworkPolicies: 'NetworkSecurityGroupEnabled'
        }
      }
    ]
  }

  resource appSubnet 'subnets' existing = { name: 'app' }

  resource serviceSubnet 'subnets' existing = { name: 'services' }
}

module zone 'dns-zone.bicep' = [
  for door in items(doors): if (ownZones) {
    name: 'zone-${door.key}'
    params: { name: door.value, tags: tags, networkId: network.id }
  }
]

@description('Subnet of the app.')
output appSubnetId string = network::appSubnet.id

@description('Subnet of the private endpoints.')
output serviceSubnetId string = network::serviceSubnet.id

@description('Ids of the zones by door; empty texts where they are not made here.')
output zones object = mapValues(doors, name => ownZones ? resourceId('Microsoft.Network/privateDnsZones', name) : '')
