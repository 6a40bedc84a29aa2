// What several modules agree on.

@export()
@description('Small and cheap, for a region, or for customers who cannot wait for a region to come back.')
type size = 'dev' | 'prod' | 'global'

@export()
@description('How a service is reached from inside the virtual network.')
type privateAccess = {
  @description('Subnet that holds the private endpoint.')
  subnetId: string

  @description('Ids of the private DNS zones by name of the service: blob, queue, table, dfs, cosmos, hub, redis, site.')
  zones: object
}

@export()
@description('Somebody who works with the data: the app itself, or who deploys and seeds it.')
type principal = {
  @description('Object id in Entra ID.')
  id: string

  @description('What it is; a wrong kind makes the assignment fail while the principal is young.')
  kind: 'User' | 'Group' | 'ServicePrincipal'
}
