// Sends and receives with Microsoft's JavaScript SDK; prints one JSON document with what it saw.
import { EventHubConsumerClient, EventHubProducerClient, earliestEventPosition } from "@azure/event-hubs";

const [connectionString] = process.argv.slice(2);
const producer = new EventHubProducerClient(connectionString, "offers");
const consumer = new EventHubConsumerClient("agg", connectionString, "offers");

async function send() {
  const batch = await producer.createBatch({ partitionId: "2" });
  for (let number = 0; number < 20; number++) {
    batch.tryAdd({ body: { number }, properties: { kind: "batch" } });
  }
  await producer.sendBatch(batch);
  await producer.sendBatch([{ body: "keyed" }], { partitionKey: "7" });
  await producer.sendBatch([{ body: "anywhere" }]);
}

function receive(partitionId, count) {
  return new Promise((resolve, reject) => {
    const received = [];
    const subscription = consumer.subscribe(
      partitionId,
      {
        processEvents: async (events) => {
          received.push(...events);
          if (received.length >= count) {
            await subscription.close();
            resolve(received);
          }
        },
        processError: async (error) => reject(error),
      },
      { startPosition: earliestEventPosition, trackLastEnqueuedEventProperties: true },
    );
  });
}

await send();
const hub = await consumer.getEventHubProperties();
const batch = await receive("2", 20);
const [keyed] = await receive("3", 1);
const partition = await consumer.getPartitionProperties("2");
console.log(
  JSON.stringify({
    partitionIds: hub.partitionIds,
    numbers: batch.slice(0, 20).map((event) => event.body.number),
    kinds: [...new Set(batch.slice(0, 20).map((event) => event.properties.kind))],
    sequences: batch.slice(0, 20).map((event) => event.sequenceNumber),
    keyed: { body: keyed.body, key: keyed.partitionKey },
    beginning: partition.beginningSequenceNumber,
  }),
);
await producer.close();
await consumer.close();
