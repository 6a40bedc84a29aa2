// What is bought in each size. Everything can be raised later but the number of partitions.

@export()
@description('By size.')
var sizes = {
  dev: {
    storageSku: 'Standard_LRS'
    lakeSku: 'Standard_LRS'
    cosmosThroughput: 0
    cosmosBackup: 'Continuous7Days'
    zoneRedundant: false
    secondRegion: false
    partitions: 4
    retentionHours: 24
    units: 1
    mostUnits: 2
    redisSku: 'Balanced_B0'
    redisTwice: false
    alwaysReady: 1
    tracePercent: 100
    mostInstances: 40
    logDays: 30
    logGigabytes: 1
    locked: false
  }
  prod: {
    storageSku: 'Standard_ZRS'
    lakeSku: 'Standard_ZRS'
    cosmosThroughput: 4000
    cosmosBackup: 'Continuous30Days'
    zoneRedundant: false
    secondRegion: false
    partitions: 16
    retentionHours: 168
    units: 2
    mostUnits: 10
    redisSku: 'Balanced_B3'
    redisTwice: true
    alwaysReady: 2
    tracePercent: 5
    mostInstances: 100
    logDays: 90
    logGigabytes: 10
    locked: true
  }
  global: {
    storageSku: 'Standard_ZRS'
    lakeSku: 'Standard_GZRS'
    cosmosThroughput: 20000
    cosmosBackup: 'Continuous30Days'
    zoneRedundant: true
    secondRegion: true
    partitions: 32
    retentionHours: 168
    units: 4
    mostUnits: 40
    redisSku: 'Balanced_B10'
    redisTwice: true
    alwaysReady: 3
    tracePercent: 1
    mostInstances: 400
    logDays: 90
    logGigabytes: 50
    locked: true
  }
}
