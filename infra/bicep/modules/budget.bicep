// What the resource group may cost in a month, and who hears of it before that is reached.

@description('Name of the budget.')
@minLength(1)
@maxLength(63)
param name string

@description('Amount in the currency of the subscription.')
@minValue(1)
@maxValue(1000000)
param amount int

@description('First of a month, such as 2026-11-01. It cannot be changed later.')
@minLength(10)
@maxLength(10)
param start string

@description('Who gets an e-mail.')
@minLength(3)
@maxLength(320)
param email string

// The checker has no types of this provider.
#disable-next-line BCP081
resource budget 'Microsoft.Consumption/budgets@2023-11-01' = {
  name: name
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: { startDate: '${start}T00:00:00Z' }
    notifications: {
      spent: { enabled: true, operator: 'GreaterThan', threshold: 80, thresholdType: 'Actual', contactEmails: [email] }
      forecast: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: [email]
      }
    }
  }
}
