"""A durable Azure Event Hubs stand-in: AMQP 1.0 over plain TCP on the loopback, in pure Python."""
