// What holds data cannot be deleted by mistake: the lock has to be removed first. On the accounts rather than on the
// group, where it would also keep Azure from tidying up old deployments.

@description('Storage account of the host.')
@minLength(3)
param storageName string

@description('Lake account.')
@minLength(3)
param lakeName string

@description('Cosmos DB account.')
@minLength(3)
param cosmosName string

var why = 'It holds data: remove this lock on purpose before you delete it.'

resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = { name: storageName }

resource lake 'Microsoft.Storage/storageAccounts@2025-06-01' existing = { name: lakeName }

resource account 'Microsoft.DocumentDB/databaseAccounts@2025-10-15' existing = { name: cosmosName }

resource storageLock 'Microsoft.Authorization/locks@2020-05-01' = {
  name: 'keep'
  scope: storage
  properties: { level: 'CanNotDelete', notes: why }
}

resource lakeLock 'Microsoft.Authorization/locks@2020-05-01' = {
  name: 'keep'
  scope: lake
  properties: { level: 'CanNotDelete', notes: why }
}

resource cosmosLock 'Microsoft.Authorization/locks@2020-05-01' = {
  name: 'keep'
  scope: account
  properties: { level: 'CanNotDelete', notes: why }
}
