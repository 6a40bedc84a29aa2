"""The figures as OData 4.01: a service that is only read, over the tables that the CSV answers tell."""
