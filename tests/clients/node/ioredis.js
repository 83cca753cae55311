// ioredis: Pub/Sub as its users write it. IOREDIS=ioredis-5 runs the older version, which knows RESP2 only.

import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { HOST, Heard, PORT, PROTO, Skip, UNIXSOCKET, event, field, fresh, main, same, test, until } from "./harness.js";

const require = createRequire(import.meta.url);
const which = process.env.IOREDIS ?? "ioredis";
const { Redis } = require(which);
const { version } = require(`${which}/package.json`);
const open = [];

async function connect(options = {}) {
  const where = options.path ? {} : { host: HOST, port: PORT };
  return started(new Redis({ ...where, protocol: PROTO, ...options }));
}

/** Ready means: the handshake is over and the ready check has read INFO. */
async function started(client) {
  client.on("error", () => {});
  open.push(client);
  if (client.status !== "ready") await event(client, "ready");
  return client;
}

/** Everything a subscriber hears, in the order it came: [event, ...its arguments]. */
function listen(client, ...events) {
  const heard = new Heard();
  for (const event of events) client.on(event, (...message) => heard.put(event, ...message));
  return heard;
}

test("connects through the ready check, and the server knows its name, client and protocol", async () => {
  const name = fresh("ioredis");
  const client = await connect({ connectionName: name });
  same(await client.ping(), "PONG");
  const list = await client.client("LIST");
  same(
    ["lib-name", "lib-ver", "resp", "db"].map((each) => field(list, name, each)),
    ["ioredis", version, String(PROTO), "0"],
  );
  const info = await client.info(); // what the ready check reads
  same([/^role:master\r$/m.test(info), /^loading:0\r$/m.test(info), /^redis_version:[0-9.]+\r$/m.test(info)], [true, true, true]);
});

test("SUBSCRIBE's promise gives the count; messages come in order", async () => {
  const [publisher, subscriber] = [await connect(), await connect()];
  const [a, b] = [fresh("a"), fresh("b")];
  const heard = listen(subscriber, "message");
  same(await subscriber.subscribe(a), 1);
  same(await subscriber.subscribe(b, a), 2);
  same(await publisher.publish(b, "one"), 1);
  same(await publisher.publish(a, ""), 1);
  same(await publisher.publish(a, "naïve ☃ \r\n $5"), 1);
  same(await heard.take(3), [["message", b, "one"], ["message", a, ""], ["message", a, "naïve ☃ \r\n $5"]]);
});

test("a pattern's messages name pattern and channel, and a channel's copy comes first", async () => {
  const [publisher, subscriber] = [await connect(), await connect()];
  const base = fresh("live_room");
  const heard = listen(subscriber, "message", "pmessage");
  same(await subscriber.psubscribe(`${base}:*`), 1);
  same(await subscriber.subscribe(`${base}:123`), 2);
  same(await publisher.publish(`${base}:123`, "hello"), 2);
  same(await publisher.publish(`${base}:7`, "other"), 1);
  same(await heard.take(3), [
    ["message", `${base}:123`, "hello"],
    ["pmessage", `${base}:*`, `${base}:123`, "hello"],
    ["pmessage", `${base}:*`, `${base}:7`, "other"],
  ]);
});

test("a shard channel is apart from the channel of the same name", async () => {
  const [publisher, subscriber] = [await connect(), await connect()];
  const channel = fresh("same");
  const heard = listen(subscriber, "message", "smessage");
  same(await subscriber.subscribe(channel), 1);
  same(await subscriber.ssubscribe(channel), 1);
  same(await publisher.publish(channel, "plain"), 1);
  same(await publisher.spublish(channel, "shard"), 1);
  same(await heard.take(2), [["message", channel, "plain"], ["smessage", channel, "shard"]]);
  same(await publisher.pubsub("SHARDNUMSUB", channel), [channel, 1]);
  same(await subscriber.sunsubscribe(channel), 0);
  same(await publisher.spublish(channel, "nobody"), 0);
});

test("PUBSUB CHANNELS, NUMSUB and NUMPAT", async () => {
  const [publisher, subscriber] = [await connect(), await connect()];
  const base = fresh("see");
  await subscriber.subscribe(`${base}:a`, `${base}:b`);
  await subscriber.psubscribe(`${base}:p*`);
  same((await publisher.pubsub("CHANNELS", `${base}:*`)).sort(), [`${base}:a`, `${base}:b`]);
  same(await publisher.pubsub("NUMSUB", `${base}:b`, "nobody"), [`${base}:b`, 1, "nobody", 0]);
  same((await publisher.pubsub("NUMPAT")) >= 1, true);
});

test("unsubscribing: one channel, all patterns, then all channels with no arguments", async () => {
  const [publisher, subscriber] = [await connect(), await connect()];
  const [a, b, c] = [fresh("a"), fresh("b"), fresh("c")];
  const heard = listen(subscriber, "message", "pmessage");
  same(await subscriber.subscribe(a, b, c), 3);
  same(await subscriber.psubscribe(`${a}*`, `${b}*`), 5);
  same(await subscriber.unsubscribe(a), 4);
  same(await publisher.publish(a, "only the pattern"), 1);
  same(await subscriber.punsubscribe(`${a}*`, `${b}*`), 2);
  same(await publisher.publish(a, "nobody"), 0);
  same(await publisher.publish(b, "the channel"), 1);
  // ioredis ends an argument-less unsubscribe at the confirmation that says 0, so channels must be the last.
  same(await subscriber.unsubscribe(), 0);
  same(await publisher.publish(c, "nobody"), 0);
  same(await heard.take(2), [["pmessage", `${a}*`, a, "only the pattern"], ["message", b, "the channel"]]);
  same(await subscriber.get(fresh("no-key")), null); // an ordinary client again
  same(await subscriber.unsubscribe(), 0); // nothing left to leave: confirmed all the same
});

test("PING goes through in the middle of a subscription; QUIT ends it", async () => {
  const subscriber = await connect();
  await subscriber.subscribe(fresh("ping"));
  // RESP2 answers with an array of two; ioredis hands over what came.
  same(await subscriber.ping(), PROTO === 3 ? "PONG" : ["pong", ""]);
  same(await subscriber.quit(), "OK");
});

test("buffers: every byte of channel and payload, and 1 MB", async () => {
  const [publisher, subscriber] = [await connect(), await connect()];
  const channel = Buffer.concat([Buffer.from(Array.from({ length: 256 }, (_, n) => n)), Buffer.from(fresh(""))]);
  const heard = listen(subscriber, "messageBuffer");
  same(await subscriber.subscribe(channel), 1);
  const payloads = [Buffer.from("\r\n$3\r\n\0"), randomBytes(1 << 20), Buffer.alloc(0)];
  for (const payload of payloads) same(await publisher.publish(channel, payload), 1);
  const got = await heard.take(3);
  got.forEach(([, from, payload], n) => same([from.compare(channel), payload.compare(payloads[n])], [0, 0]));
});

test("a killed subscriber reconnects and subscribes again to channels, patterns and shard channels", async () => {
  const [admin, subscriber] = [await connect(), await connect()];
  const channel = fresh("again");
  const id = await subscriber.client("ID");
  const heard = listen(subscriber, "message", "pmessage", "smessage");
  await subscriber.subscribe(channel);
  await subscriber.psubscribe(`${channel}:*`);
  await subscriber.ssubscribe(channel);
  const back = event(subscriber, "ready");
  same(await admin.client("KILL", "ID", id), 1);
  await back;
  await until(() => admin.publish(`${channel}:probe`, "0"), 1); // the three are sent after the ready event
  await until(() => admin.pubsub("SHARDNUMSUB", channel), [channel, 1]);
  same(await admin.publish(channel, "1"), 1);
  same(await admin.spublish(channel, "2"), 1);
  same(await heard.take(3), [
    ["pmessage", `${channel}:*`, `${channel}:probe`, "0"],
    ["message", channel, "1"],
    ["smessage", channel, "2"],
  ]);
});

test("duplicate() is a connection of its own with the same options", async () => {
  const client = await connect();
  const twin = await started(client.duplicate());
  const [channel, heard] = [fresh("twin"), listen(twin, "message")];
  same((await twin.client("ID")) === (await client.client("ID")), false);
  same(await twin.subscribe(channel), 1);
  same(await client.publish(channel, "from the first"), 1);
  same(await heard.take(1), [["message", channel, "from the first"]]);
});

test("10,000 channels subscribed in one batch", async () => {
  const [publisher, subscriber] = [await connect(), await connect()];
  const base = fresh("ten-thousand");
  const heard = listen(subscriber, "message");
  const channels = Array.from({ length: 10_000 }, (_, n) => `${base}:${n}`);
  same(await subscriber.subscribe(...channels), 10_000);
  const replies = await channels.reduce((pipe, channel) => pipe.publish(channel, "x"), publisher.pipeline()).exec();
  same(new Set(replies.map(String)), new Set([",1"]));
  same(await heard.take(10_000), channels.map((channel) => ["message", channel, "x"]));
  same(await subscriber.unsubscribe(), 0);
  same(await publisher.pubsub("CHANNELS", `${base}:*`), []);
});

test("10,000 SUBSCRIBE commands in one write, each with its own confirmation", async () => {
  const [publisher, subscriber] = [await connect(), await connect()];
  const base = fresh("one-by-one");
  const channels = Array.from({ length: 10_000 }, (_, n) => `${base}:${n}`);
  const counts = await Promise.all(channels.map((channel) => subscriber.subscribe(channel)));
  same(counts, channels.map((_, n) => n + 1));
  same((await publisher.pubsub("CHANNELS", `${base}:*`)).length, 10_000);
});

test("the Unix socket serves as TCP does", async () => {
  if (!UNIXSOCKET) throw new Skip("UNIXSOCKET names no socket file");
  const [publisher, subscriber] = [await connect(), await connect({ path: UNIXSOCKET })];
  const [channel, heard] = [fresh("unix"), listen(subscriber, "message")];
  same(await subscriber.subscribe(channel), 1);
  same(await publisher.publish(channel, "hello"), 1);
  same(await heard.take(1), [["message", channel, "hello"]]);
});

test("disconnect() without a farewell: the server forgets the subscriptions", async () => {
  const [publisher, subscriber] = [await connect(), await connect()];
  const channel = fresh("gone");
  same(await subscriber.subscribe(channel), 1);
  same(await publisher.publish(channel, "x"), 1);
  subscriber.disconnect();
  await until(() => publisher.publish(channel, "x"), 0);
});

await main(`${which} ${version} RESP${PROTO}`, () => {
  for (const client of open.splice(0)) client.disconnect();
});
