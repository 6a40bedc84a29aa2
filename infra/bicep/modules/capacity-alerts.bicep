// What the services tell of themselves: each is close to the size that was bought.

@description('What the names of the alerts begin with.')
@minLength(1)
@maxLength(100)
param prefix string

@description('Tags.')
param tags object

@description('Name of the Cosmos DB account; empty where it is serverless and has no size.')
@maxLength(44)
param cosmosName string

@description('Name of the Event Hubs namespace.')
@minLength(6)
param hubName string

@description('Name of the Redis instance.')
@minLength(1)
param redisName string

@description('Who is told.')
param actionGroups string[]

var limits = union(
  empty(cosmosName)
    ? []
    : [
        {
          name: 'cosmos-full'
          id: resourceId('Microsoft.DocumentDB/databaseAccounts', cosmosName)
          namespace: 'Microsoft.DocumentDB/databaseAccounts'
          metric: 'NormalizedRUConsumption'
          says: 'Cosmos DB uses nearly all request units it may: requests begin to be throttled.'
          aggregation: 'Maximum'
          most: 90
        }
      ],
  [
    {
      name: 'hub-throttled'
      id: resourceId('Microsoft.EventHub/namespaces', hubName)
      namespace: 'Microsoft.EventHub/namespaces'
      metric: 'ThrottledRequests'
      says: 'Event Hubs refuses requests: raise the most throughput units.'
      aggregation: 'Total'
      most: 10
    }
    {
      name: 'redis-full'
      id: resourceId('Microsoft.Cache/redisEnterprise', redisName)
      namespace: 'Microsoft.Cache/redisEnterprise'
      metric: 'usedmemorypercentage'
      says: 'Redis is nearly full: it begins to forget what was used least lately.'
      aggregation: 'Maximum'
      most: 80
    }
  ]
)

// The newest whose types were checked.
#disable-next-line use-recent-api-versions
resource alert 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for each in limits: {
    name: '${prefix}-${each.name}'
    location: 'global'
    tags: tags
    properties: {
      description: each.says
      severity: 2
      enabled: true
      scopes: [each.id]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      autoMitigate: true
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            name: each.name
            criterionType: 'StaticThresholdCriterion'
            metricNamespace: each.namespace
            metricName: each.metric
            timeAggregation: each.aggregation
            operator: 'GreaterThan'
            threshold: each.most
          }
        ]
      }
      actions: [for group in actionGroups: { actionGroupId: group }]
    }
  }
]
