// The one identity of the app. It exists before the app does, so that its roles are there when the app starts.

@description('Region.')
@minLength(1)
param location string

@description('Name of the identity.')
@minLength(3)
@maxLength(128)
param name string

@description('Tags.')
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

@description('Resource id.')
output id string = identity.id

@description('Client id: what code and host name it by.')
output clientId string = identity.properties.clientId

@description('Object id: what roles are given to.')
output principalId string = identity.properties.principalId
