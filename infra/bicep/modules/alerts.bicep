// What the logs tell: failures, slow answers, events that wait, messages that were parked.

@description('Region.')
@minLength(1)
param location string

@description('What the names of the alerts begin with.')
@minLength(1)
@maxLength(100)
param prefix string

@description('Tags.')
param tags object

@description('Log Analytics workspace.')
@minLength(1)
param workspaceId string

@description('The app, as telemetry names it.')
@minLength(1)
param app string

@description('Who is told.')
param actionGroups string[]

@description('Percent of calls that may fail.')
@minValue(1)
@maxValue(100)
param mostFailures int

@description('Milliseconds within which 95 of 100 HTTP calls must be answered.')
@minValue(10)
@maxValue(60000)
param slowest int

@description('Messages that may wait for aggregation.')
@minValue(100)
@maxValue(100000000)
param mostWaiting int

// What the code logs and measures; a test compares these texts with it. Requests are a sample: each counts ItemCount.
var aggregated = 'Aggregated '
var waiting = ' transactions, '
var left = ' are left'
var parked = ' is parked in the poison queue: '
var deadLetter = ' is a dead letter: '
var lag = 'personalization.stream.lag'

var requests = 'AppRequests | where AppRoleName =~ "${app}"'
var traces = 'AppTraces | where AppRoleName =~ "${app}"'
var alerts = [
  {
    name: 'failures'
    severity: 1
    says: 'More than ${mostFailures} % of all calls fail: see failures in Application Insights, and /api/v1/health.'
    query: '${requests} | summarize calls = sum(ItemCount), failed = sumif(ItemCount, Success == false and not(ResultCode startswith "4")) | where calls >= 20 | project value = 100.0 * failed / calls'
    least: mostFailures
  }
  {
    name: 'slow'
    severity: 2
    says: 'One HTTP call in twenty takes longer than ${slowest} ms.'
    query: '${requests} | where isnotempty(Url) | summarize calls = sum(ItemCount), value = percentilew(DurationMs, ItemCount, 95) | where calls >= 20 | project value'
    least: slowest
  }
  {
    name: 'stream-lag'
    severity: 2
    says: 'Events wait to be aggregated: metrics and trends are late. The stream grows faster than the timer reads.'
    query: '${traces} | where Message startswith "${aggregated}" | parse Message with * "${waiting}" value:long "${left}" * | summarize value = min(value)'
    least: mostWaiting
  }
  {
    name: 'no-aggregation'
    severity: 1
    says: 'Nothing was aggregated for a quarter of an hour: the timer does not run, or fails each time.'
    query: 'AppMetrics | where AppRoleName =~ "${app}" and Name == "${lag}" | summarize done = count() | project value = iff(done == 0, 1, 0)'
    least: 0
  }
  {
    name: 'poison'
    severity: 2
    says: 'A message or an event can never succeed and was parked, in a -poison queue or in the lake: the log says why.'
    query: '${traces} | where Message contains "${parked}" or Message contains "${deadLetter}" | summarize value = count()'
    least: 0
  }
]

// The newest whose types were checked.
#disable-next-line use-recent-api-versions
resource alert 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for each in alerts: {
    name: '${prefix}-${each.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: '${prefix}: ${each.name}'
      description: each.says
      severity: each.severity
      enabled: true
      scopes: [workspaceId]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      criteria: {
        allOf: [
          {
            query: each.query
            metricMeasureColumn: 'value'
            timeAggregation: 'Maximum'
            operator: 'GreaterThan'
            threshold: each.least
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      autoMitigate: true
      skipQueryValidation: true
      actions: { actionGroups: actionGroups }
    }
  }
]
