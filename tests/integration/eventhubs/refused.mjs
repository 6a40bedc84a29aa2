// Asks for what there is not, with Microsoft's JavaScript SDK; prints the code of each error.
import { EventHubProducerClient } from "@azure/event-hubs";

const [good, bad] = process.argv.slice(2);
const impatient = { retryOptions: { maxRetries: 0, timeoutInMs: 10000 } };

async function code(connectionString, hub) {
  const producer = new EventHubProducerClient(connectionString, hub, impatient);
  try {
    await producer.sendBatch([{ body: "x" }]);
    return "sent";
  } catch (error) {
    return error.code;
  } finally {
    await producer.close();
  }
}

console.log(JSON.stringify({ unknownHub: await code(good, "nowhere"), wrongKey: await code(bad, "offers") }));
