// Drives the stand-in with Microsoft's unmodified JavaScript SDK and prints what it saw as one JSON object.
// usage: node javascript.mjs ENDPOINT KEY
import { CosmosClient, BulkOperationType, ChangeFeedStartFrom } from "@azure/cosmos";

const [endpoint, key] = process.argv.slice(2);
const client = new CosmosClient({ endpoint, key });
const seen = {};

const all = async (container, query, options) => (await container.items.query(query, options).fetchAll()).resources;
const failure = async (action) => {
  try {
    await action();
    return null;
  } catch (error) {
    return { code: error.code, substatus: error.substatus };
  }
};

const { database } = await client.databases.createIfNotExists({ id: "javascript" });
const { container } = await database.containers.createIfNotExists({ id: "orders", partitionKey: { paths: ["/shop"] } });

for (let n = 0; n < 30; n++) {
  await container.items.create({ id: `order-${n}`, shop: `shop-${n % 7}`, total: n, lines: [{ sku: "a", n }, { sku: "b", n: 1 }] });
}

seen.read = (await container.item("order-3", "shop-3").read()).resource.total;
seen.missing = (await container.item("nope", "shop-3").read()).statusCode;
seen.conflict = await failure(() => container.items.create({ id: "order-3", shop: "shop-3" }));
const { etag } = await container.item("order-3", "shop-3").read();
seen.replaced = (await container.item("order-3", "shop-3").replace(
  { id: "order-3", shop: "shop-3", total: 300 }, { accessCondition: { type: "IfMatch", condition: etag } })).statusCode;
seen.stale = await failure(() => container.item("order-3", "shop-3").replace(
  { id: "order-3", shop: "shop-3", total: 3 }, { accessCondition: { type: "IfMatch", condition: etag } }));
seen.patched = (await container.item("order-3", "shop-3").patch([{ op: "incr", path: "/total", value: 5 }])).resource.total;

seen.readAll = (await container.items.readAll({ maxItemCount: 4 }).fetchAll()).resources.length;
seen.filtered = await all(container, { query: "SELECT VALUE c.id FROM c WHERE c.total < @most AND c.shop = @shop",
  parameters: [{ name: "@most", value: 10 }, { name: "@shop", value: "shop-1" }] });
seen.ordered = await all(container, "SELECT TOP 3 c.id, c.total FROM c ORDER BY c.total DESC");
seen.offset = await all(container, "SELECT VALUE c.total FROM c ORDER BY c.total OFFSET 2 LIMIT 3");
seen.distinct = (await all(container, "SELECT DISTINCT VALUE c.shop FROM c")).sort();
seen.count = await all(container, "SELECT VALUE COUNT(1) FROM c");
seen.average = await all(container, "SELECT VALUE AVG(c.total) FROM c WHERE c.total < 5");
seen.least = await all(container, "SELECT VALUE MIN(c.total) FROM c");
seen.greatest = await all(container, "SELECT VALUE MAX(c.total) FROM c");
seen.counted = await all(container, "SELECT COUNT(1) AS orders, SUM(c.total) AS total FROM c WHERE c.total < 5");
seen.grouped = (await all(container, "SELECT c.shop, COUNT(1) AS orders FROM c GROUP BY c.shop")).sort((a, b) => a.shop < b.shop ? -1 : 1);
seen.joined = await all(container, "SELECT VALUE l.n FROM c JOIN l IN c.lines WHERE l.sku = 'a' AND c.shop = 'shop-2'");

seen.batch = (await container.items.batch([
  { operationType: "Create", resourceBody: { id: "b1", shop: "shop-1" } },
  { operationType: "Read", id: "b1" },
  { operationType: "Delete", id: "b1" },
], "shop-1")).result.map((result) => result.statusCode);
seen.failedBatch = (await container.items.batch([
  { operationType: "Create", resourceBody: { id: "b1", shop: "shop-1" } },
  { operationType: "Read", id: "nope" },
  { operationType: "Delete", id: "b1" },
], "shop-1")).result.map((result) => result.statusCode);
const bulk = await container.items.executeBulkOperations([
  { operationType: BulkOperationType.Upsert, partitionKey: "shop-1", resourceBody: { id: "k1", shop: "shop-1" } },
  { operationType: BulkOperationType.Read, partitionKey: "shop-2", id: "nope" },
  { operationType: BulkOperationType.Upsert, partitionKey: "shop-3", resourceBody: { id: "k3", shop: "shop-3" } },
]);
seen.bulk = bulk.map((result) => result.response?.statusCode ?? result.error?.code);

const changes = container.items.getChangeFeedIterator({ changeFeedStartFrom: ChangeFeedStartFrom.Beginning() });
let changed = 0;
for await (const page of changes.getAsyncIterator()) {
  if (page.statusCode === 304) break;
  changed += page.result.length;
}
seen.changed = changed;

await database.delete();
seen.gone = (await failure(() => container.read())).code;
console.log(JSON.stringify(seen));
