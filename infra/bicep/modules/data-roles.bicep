// Roles in the stream and in Cosmos DB, whose data roles are its own and not Azure's.

import { principal } from 'types.bicep'

@description('Object id of the app.')
@minLength(36)
@maxLength(36)
param appId string

@description('Event Hubs namespace.')
@minLength(6)
param hubNamespace string

@description('Hub.')
@minLength(1)
param hub string

@description('Cosmos DB account. It holds nothing but the database of the app.')
@minLength(3)
param cosmosName string

@description('Who reads and writes documents.')
@minLength(1)
@maxLength(5)
param principals principal[]

var eventSender = '2b629674-e913-4c01-ae53-ef4638d8f975'
var eventReceiver = 'a638d3c7-ab3a-418d-83e6-5f17a39d4fde'
var dataContributor = '00000000-0000-0000-0000-000000000002'

resource namespace 'Microsoft.EventHub/namespaces@2026-01-01' existing = {
  name: hubNamespace

  resource events 'eventhubs' existing = { name: hub }
}

resource account 'Microsoft.DocumentDB/databaseAccounts@2025-10-15' existing = { name: cosmosName }

resource stream 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in [eventSender, eventReceiver]: {
    name: guid(namespace::events.id, appId, role)
    scope: namespace::events
    properties: {
      principalId: appId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

// The scope is the account, not the database: clients begin by reading the account's regions.
@batchSize(1)
resource documents 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-10-15' = [
  for each in principals: {
    parent: account
    name: guid(account.id, each.id, dataContributor)
    properties: {
      principalId: each.id
      roleDefinitionId: '${account.id}/sqlRoleDefinitions/${dataContributor}'
      scope: account.id
    }
  }
]
