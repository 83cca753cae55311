// node-redis with `clientSideCache`: values that it keeps, and what makes it drop them.
//
// A value that is kept is read without asking the server. If no invalidation came, it would be read so forever: each test
// here then waits for the new value until its time is up, and fails.

import { createRequire } from "node:module";
import { createClient } from "redis";
import { HOST, PORT, fresh, main, same, test, until } from "./harness.js";

const version = createRequire(import.meta.url)("redis/package.json").version;
const open = [];

async function connect(options = {}) {
  const client = createClient({ RESP: 3, socket: { host: HOST, port: PORT }, ...options });
  client.on("error", () => {});
  open.push(client);
  return client.connect();
}

const caching = (options = {}) => connect({ clientSideCache: { ttl: 0, maxEntries: 0, evictPolicy: "LRU" }, ...options });

/** The next answer, after whatever the socket has: a value from the cache comes without a turn of Node's loop. */
const later = (ask) => () => new Promise(setImmediate).then(ask);

/** How often the server has executed a command. */
async function calls(client, command) {
  const stats = await client.info("commandstats");
  return Number(stats.match(new RegExp(`^cmdstat_${command}:calls=(\\d+)`, "m"))?.[1] ?? 0);
}

test("a value is read from the cache, without asking the server, until another client changes it", async () => {
  const [cache, writer, key] = [await caching(), await connect(), fresh("price")];
  await writer.set(key, "10");
  same(await cache.get(key), "10");
  const before = await calls(writer, "get");
  for (let n = 0; n < 20; n++) same(await cache.get(key), "10");
  same(await calls(writer, "get"), before);
  for (const price of ["11", "12", "13"]) {
    await writer.set(key, price);
    await until(later(() => cache.get(key)), price);
  }
  await writer.del(key);
  await until(later(() => cache.get(key)), null);
  await writer.set(key, "14");
  await until(later(() => cache.get(key)), "14");
});

test("hashes and several keys of one command are dropped, each for itself", async () => {
  const [cache, writer] = [await caching(), await connect()];
  const [cart, a, b] = [fresh("cart"), fresh("a"), fresh("b")];
  await writer.hSet(cart, { apples: "1" });
  await writer.mSet([[a, "1"], [b, "2"]]);
  same({ ...(await cache.hGetAll(cart)) }, { apples: "1" });
  same(await cache.mGet([a, b]), ["1", "2"]);
  const before = await calls(writer, "mget");
  same(await cache.mGet([a, b]), ["1", "2"]);
  same(await calls(writer, "mget"), before);
  await writer.hIncrBy(cart, "apples", 2);
  await writer.incr(b);
  await until(later(async () => ({ ...(await cache.hGetAll(cart)) })), { apples: "3" });
  await until(later(() => cache.mGet([a, b])), ["1", "3"]);
});

test("a transaction, a script, an expiry and a flush of another client are heard of too", async () => {
  const [cache, writer, key] = [await caching({ database: 9 }), await connect({ database: 9 }), fresh("k")];
  await writer.set(key, "1");
  same(await cache.get(key), "1");
  await writer.multi().set(key, "2").append(key, "3").exec();
  await until(later(() => cache.get(key)), "23");
  await writer.eval("return redis.call('SET', KEYS[1], 'script')", { keys: [key] });
  await until(later(() => cache.get(key)), "script");
  await writer.pExpire(key, 20);
  await until(later(() => cache.get(key)), null);
  await writer.set(key, "again");
  await until(later(() => cache.get(key)), "again");
  await writer.flushDb();
  await until(later(() => cache.get(key)), null);
});

test("what the client changes itself is not read from its cache", async () => {
  const [cache, key] = [await caching(), fresh("own")];
  for (const value of ["1", "2", "3"]) {
    await cache.set(key, value);
    await until(later(() => cache.get(key)), value);
  }
});

await main(`node-redis ${version} cache`, () => {
  for (const client of open.splice(0)) if (client.isOpen) client.destroy();
});
