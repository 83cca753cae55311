// node-redis (the npm package `redis`): Pub/Sub as its users write it.

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { RESP_TYPES, createClient } from "redis";
import { HOST, Heard, PORT, PROTO, Skip, UNIXSOCKET, event, field, fresh, main, same, test, until } from "./harness.js";

const version = createRequire(import.meta.url)("redis/package.json").version;
const open = [];

async function connect(options = {}) {
  const client = createClient({ RESP: PROTO, socket: { host: HOST, port: PORT }, ...options });
  return started(client);
}

async function started(client) {
  client.on("error", () => {}); // a killed connection is an error event; the tests look at what comes after
  open.push(client);
  return client.connect();
}

const rawList = (client) => client.sendCommand(["CLIENT", "LIST"]).then(String);

test("connects, and the server knows its name, client and protocol", async () => {
  const name = fresh("node-redis");
  const client = await connect({ name });
  same(await client.ping(), "PONG");
  const list = await rawList(client);
  same(
    ["lib-name", "lib-ver", "resp", "db"].map((each) => field(list, name, each)),
    ["node-redis", version.replace(/^.*$/, field(list, name, "lib-ver")), String(PROTO), "0"],
  );
  const parsed = (await client.clientList()).find((each) => each.name === name);
  same([parsed.id, parsed.sub, parsed.psub, parsed.ssub], [await client.clientId(), 0, 0, 0]);
});

test("HELLO, CONFIG GET and INFO come in the shapes of the protocol", async () => {
  const client = await connect();
  const hello = await client.hello();
  same([hello.proto, hello.role, hello.mode], [PROTO, "master", "standalone"]);
  same({ ...(await client.configGet("time*t")) }.timeout, "0");
  same(/^role:master\r$/m.test(await client.info("replication")), true);
});

test("a message, an empty one and any text come to the listener in order", async () => {
  const [publisher, subscriber] = [await connect(), await connect()];
  const [channel, heard] = [fresh("room"), new Heard()];
  await subscriber.subscribe(channel, heard.put);
  const texts = ["hello", "", "naïve ☃ \r\n $5"];
  for (const text of texts) same(await publisher.publish(channel, text), 1);
  same(await heard.take(3), texts.map((text) => [text, channel]));
});

test("a pattern's listener hears every matching channel", async () => {
  const [publisher, subscriber] = [await connect(), await connect()];
  const [base, heard] = [fresh("live_room"), new Heard()];
  await subscriber.pSubscribe(`${base}:*`, heard.put);
  same(await publisher.publish(`${base}:1`, "one"), 1);
  same(await publisher.publish(`${base}:2`, "two"), 1);
  same(await publisher.publish(base, "no"), 0);
  same(await publisher.pubSubNumPat() >= 1, true);
  same(await heard.take(2), [["one", `${base}:1`], ["two", `${base}:2`]]);
});

test("a shard channel is apart from the channel of the same name", async () => {
  const [publisher, subscriber] = [await connect(), await connect()];
  const [channel, plain, shard] = [fresh("same"), new Heard(), new Heard()];
  await subscriber.subscribe(channel, plain.put);
  await subscriber.sSubscribe(channel, shard.put);
  same(await publisher.publish(channel, "plain"), 1);
  same(await publisher.sPublish(channel, "shard"), 1);
  same(await plain.take(1), [["plain", channel]]);
  same(await shard.take(1), [["shard", channel]]);
  same({ ...(await publisher.pubSubShardNumSub([channel])) }, { [channel]: 1 });
  same(await publisher.pubSubShardChannels(`${channel}*`), [channel]);
  await subscriber.sUnsubscribe();
  same(await publisher.sPublish(channel, "nobody"), 0);
});

test("many channels in one command, and two listeners on one channel", async () => {
  const [publisher, subscriber] = [await connect(), await connect()];
  const [base, one, two] = [fresh("many"), new Heard(), new Heard()];
  const channels = Array.from({ length: 100 }, (_, n) => `${base}:${n}`);
  await subscriber.subscribe(channels, one.put);
  await subscriber.subscribe(channels[7], two.put);
  same({ ...(await publisher.pubSubNumSub([channels[7], channels[99]])) }, { [channels[7]]: 1, [channels[99]]: 1 });
  for (const channel of channels) same(await publisher.publish(channel, channel), 1);
  same(await one.take(100), channels.map((each) => [each, each]));
  same(await two.take(1), [[channels[7], channels[7]]]);
});

test("unsubscribing: one listener, one channel, then all with no arguments; patterns stay", async () => {
  const [publisher, subscriber] = [await connect(), await connect()];
  const [a, b, c] = [fresh("a"), fresh("b"), fresh("c")];
  const [heard, byPattern] = [new Heard(), new Heard()];
  await subscriber.subscribe([a, b, c], heard.put);
  await subscriber.pSubscribe(`${a}*`, byPattern.put);
  await subscriber.unsubscribe(a, heard.put);
  same(await publisher.publish(a, "only the pattern"), 1);
  await subscriber.unsubscribe(b);
  same(await publisher.publish(b, "nobody"), 0);
  await subscriber.unsubscribe();
  same(await publisher.publish(c, "nobody"), 0);
  same(await publisher.publish(a, "still the pattern"), 1);
  same(await byPattern.take(2), [["only the pattern", a], ["still the pattern", a]]);
  await subscriber.pUnsubscribe();
  same(await publisher.publish(a, "nobody"), 0);
  same(heard.messages, []);
  same(await subscriber.get(fresh("no-key")), null); // an ordinary client again
});

test("PING goes through in the middle of a subscription", async () => {
  const subscriber = await connect();
  await subscriber.subscribe(fresh("ping"), () => {});
  same(await subscriber.ping(), PROTO === 3 ? "PONG" : "pong"); // RESP2 answers with the array pong, ""
  if (PROTO === 3) same(await subscriber.get(fresh("no-key")), null);
});

test("buffers: every byte of a channel's payload, and 1 MB", async () => {
  const [publisher, subscriber] = [await connect(), await connect()];
  const [channel, heard] = [fresh("bytes"), new Heard()];
  await subscriber.subscribe(channel, heard.put, true);
  const payloads = [Buffer.from(Array.from({ length: 256 }, (_, n) => n)), randomBytes(1 << 20), Buffer.alloc(0)];
  for (const payload of payloads) same(await publisher.publish(channel, payload), 1);
  for (const [[got, from], payload] of (await heard.take(3)).map((each, n) => [each, payloads[n]])) {
    same([Buffer.compare(got, payload), String(from)], [0, channel]);
  }
});

test("a killed subscriber reconnects and subscribes again to channels, patterns and shard channels", async () => {
  const [admin, subscriber] = [await connect(), await connect()];
  const [channel, heard] = [fresh("again"), new Heard()];
  const id = await subscriber.clientId();
  await subscriber.subscribe(channel, heard.put);
  await subscriber.pSubscribe(`${channel}:*`, heard.put);
  await subscriber.sSubscribe(channel, heard.put);
  const back = event(subscriber, "ready");
  same(await admin.sendCommand(["CLIENT", "KILL", "ID", String(id)]), 1);
  await back;
  await until(() => admin.publish(channel, "1"), 1);
  same(await admin.publish(`${channel}:x`, "2"), 1);
  same(await admin.sPublish(channel, "3"), 1);
  same(await heard.take(3), [["1", channel], ["2", `${channel}:x`], ["3", channel]]);
});

test("duplicate() is a connection of its own with the same options", async () => {
  const client = await connect();
  const twin = await started(client.duplicate());
  const [channel, heard] = [fresh("twin"), new Heard()];
  await twin.subscribe(channel, heard.put);
  same(await client.publish(channel, "from the first"), 1);
  same(await heard.take(1), [["from the first", channel]]);
  same((await client.clientId()) === (await twin.duplicate().connect().then(async (third) => (open.push(third), third.clientId()))), false);
});

test("10,000 channels subscribed in one batch", async () => {
  const [publisher, subscriber] = [await connect(), await connect()];
  const [base, heard] = [fresh("ten-thousand"), new Heard()];
  const channels = Array.from({ length: 10_000 }, (_, n) => `${base}:${n}`);
  await subscriber.subscribe(channels, heard.put);
  same((await publisher.pubSubChannels(`${base}:*`)).length, 10_000);
  const counts = await Promise.all(channels.map((channel) => publisher.publish(channel, "x")));
  same(new Set(counts), new Set([1]));
  same(await heard.take(10_000), channels.map((channel) => ["x", channel]));
  await subscriber.unsubscribe();
  same(await publisher.pubSubChannels(`${base}:*`), []);
});

test("5,000 messages published at once arrive in order", async () => {
  const [publisher, subscriber] = [await connect(), await connect()];
  const [channel, heard] = [fresh("order"), new Heard()];
  await subscriber.subscribe(channel, heard.put);
  const texts = Array.from({ length: 5000 }, (_, n) => String(n));
  same(new Set(await Promise.all(texts.map((text) => publisher.publish(channel, text)))), new Set([1]));
  same(await heard.take(5000), texts.map((text) => [text, channel]));
});

test("fields of a hash expire: hExpire, hTTL, hGetEx, hSetEx, hGetDel, hPersist", async () => {
  const [client, key] = [await connect(), fresh("session")];
  if ((await client.info("server")).includes("valkey_version")) throw new Skip("Valkey 8.1 has no fields that expire");
  same(await client.hSet(key, { user: "ada", theme: "dark", cart: "3" }), 3);
  same(await client.hExpire(key, ["user", "nofield"], 100), [1, -2]);
  same(await client.hExpire(key, "user", 50, "GT"), [0]);
  same(await client.hTTL(key, ["user", "theme", "nofield"]), [100, -1, -2]);
  same(await client.hPersist(key, ["user", "theme"]), [1, -1]);
  same(await client.hSetEx(key, { token: "9f3c" }, { expiration: { type: "EX", value: 100 }, mode: "FNX" }), 1);
  same(await client.hSetEx(key, { token: "no" }, { mode: "FNX" }), 0);
  same(await client.hGetEx(key, ["token", "nofield"], { expiration: { type: "EX", value: 200 } }), ["9f3c", null]);
  same(await client.hTTL(key, "token"), [200]);
  same(await client.hGetEx(key, "token", { expiration: { type: "PERSIST" } }), ["9f3c"]);
  same(await client.hTTL(key, "token"), [-1]);
  same(await client.hGetDel(key, ["cart", "nofield"]), ["3", null]);
  same(await client.hpExpire(key, "token", 20), [1]);
  await until(() => client.hLen(key), 2);
  same({ ...(await client.hGetAll(key)) }, { user: "ada", theme: "dark" });
});

test("bits, numbers of some bits and HyperLogLogs", async () => {
  const client = await connect();
  const [bits, mask, out] = ["bits", "mask", "out"].map(fresh);
  for (const at of [1, 9, 17]) same(await client.setBit(bits, at, 1), 0);
  same([await client.getBit(bits, 9), await client.bitCount(bits), await client.bitCount(bits, { start: 5, end: 16, mode: "BIT" })], [1, 3, 1]);
  same([await client.bitPos(bits, 1, 1), await client.bitPos(bits, 0, 9, 9, "BIT")], [9, -1]);
  await client.setBit(mask, 9, 1);
  same([await client.bitOp("AND", out, [bits, mask]), await client.bitCount(out)], [3, 1]);
  const set = { operation: "SET", encoding: "u8", offset: "#3", value: 250 };
  const more = { operation: "INCRBY", encoding: "u8", offset: "#3", increment: 10 };
  same(await client.bitField(out, [set, { operation: "OVERFLOW", behavior: "FAIL" }, more]), [0, null]);
  same(await client.bitFieldRo(out, [{ encoding: "u8", offset: 24 }]), [250]);
  const [monday, tuesday, week] = ["monday", "tuesday", "week"].map(fresh);
  same([await client.pfAdd(monday, ["ann", "bob"]), await client.pfAdd(monday, "ann"), await client.pfAdd(tuesday, "cleo")], [1, 0, 1]);
  same([await client.pfCount(monday), await client.pfCount([monday, tuesday])], [2, 3]);
  same([await client.pfMerge(week, [monday, tuesday]), await client.pfCount(week)], ["OK", 3]);
  await client.del([bits, mask, out, monday, tuesday, week]);
});

const STOCK = readFileSync(new URL("../stock.lua", import.meta.url), "utf8");

/** What a call must be refused with: its whole text, or the beginning of it. */
async function refused(text, call, beginning = false) {
  const error = await call.then((got) => got, (error) => error);
  same(error instanceof Error, true, `no error, but ${error}`);
  same(beginning ? error.message.slice(0, text.length) : error.message, text);
}

test("functions: a library is loaded, replaced, listed and deleted", async () => {
  const client = await connect();
  same(await client.functionLoad(STOCK, { REPLACE: true }), "stock");
  await refused("ERR Library 'stock' already exists", client.functionLoad(STOCK));
  same(await client.functionLoad(STOCK, { REPLACE: true }), "stock");
  const functions = {
    deliver: [null, []],
    reserve: [null, []],
    state: ["what is left", ["allow-stale", "no-writes"]],
    liar: [null, ["no-writes"]],
    forever: [null, ["no-writes"]],
  };
  for (const list of [client.functionList({ LIBRARYNAME: "st?ck" }), client.functionListWithCode({ LIBRARYNAME: "stock" })]) {
    const [library, ...more] = await list;
    same([library.library_name, library.engine, more], ["stock", "LUA", []]);
    if ("library_code" in library) same(library.library_code, STOCK);
    same(Object.fromEntries(library.functions.map((each) => [each.name, [each.description, [...each.flags].sort()]])), functions);
  }
  same(await client.functionDelete("stock"), "OK");
  await refused("ERR Library not found", client.functionDelete("stock"));
});

test("functions: called by name, and as methods of the client that says which there are; read-only ones", async () => {
  const method = (keys) => ({
    NUMBER_OF_KEYS: keys,
    parseCommand: (parser, ...words) => words.forEach((word, at) => (at < keys ? parser.pushKey(word) : parser.push(String(word)))),
    transformReply: undefined,
  });
  const stock = { deliver: method(1), reserve: method(2), state: { ...method(2), IS_READ_ONLY: true } };
  const [client, key, log] = [await connect({ functions: { stock } }), fresh("chairs"), fresh("reserved")];
  await client.functionLoad(STOCK, { REPLACE: true });
  same(await client.stock.deliver(key, 5), 5);
  same(await client.stock.reserve(key, log, "ann", 3), 2);
  await refused("SOLDOUT 2 left", client.stock.reserve(key, log, "bob", 3));
  same(await client.stock.state(key, log), [2, ["ann=3"]]);
  same(await client.multi().stock.deliver(key, 1).stock.state(key, log).exec(), [3, [3, ["ann=3"]]]);
  same(await client.fCall("deliver", { keys: [key], arguments: ["1"] }), 4);
  same(await client.fCallRo("state", { keys: [key, log], arguments: [] }), [4, ["ann=3"]]);
  const text = "ERR Can not execute a script with write flag using *_ro command.";
  await refused(text, client.fCallRo("deliver", { keys: [key], arguments: ["1"] }));
  const liar = "ERR Write commands are not allowed from read-only scripts. script: liar, on @user_function:";
  await refused(liar, client.fCall("liar", { keys: [key], arguments: [] }), true);
  same({ ...(await client.hGetAll(key)) }, { left: "4" });
  await client.functionDelete("stock");
});

test("functions: a dump as a buffer brings the library back", async () => {
  const [client, key] = [await connect(), fresh("lamps")];
  await client.functionLoad(STOCK, { REPLACE: true });
  const dump = await client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }).functionDump();
  await refused("ERR Library stock already exists", client.functionRestore(dump));
  await client.functionDelete("stock");
  same(await client.functionRestore(dump), "OK");
  for (const [mode, left] of [["REPLACE", 1], ["FLUSH", 2]]) {
    same(await client.functionRestore(dump, { mode }), "OK");
    same(await client.fCall("deliver", { keys: [key], arguments: ["1"] }), left);
  }
  await client.functionDelete("stock");
});

test("functions: one that does not end: others are told BUSY, functionStats names it, functionKill ends it", async () => {
  const [admin, slow] = [await connect(), await connect()];
  await admin.functionLoad(STOCK, { REPLACE: true });
  const { "busy-reply-threshold": threshold } = await admin.configGet("busy-reply-threshold");
  await admin.configSet("busy-reply-threshold", "10");
  const killed = "ERR Script killed by user with SCRIPT KILL... script: forever, on @user_function:";
  const ended = refused(killed, slow.fCall("forever", { keys: [], arguments: [] }), true);
  const busy = "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.";
  await until(() => admin.get("anything").catch((error) => error.message), busy);
  const { running_script: running } = await admin.functionStats();
  same([running.name, running.command], ["forever", ["FCALL", "forever", "0"]]);
  same(await admin.functionKill(), "OK");
  await ended;
  await admin.configSet("busy-reply-threshold", threshold);
  same((await admin.functionStats()).running_script, null);
  same(await slow.fCallRo("state", { keys: ["anything", "nothing"], arguments: [] }), [0, []]);
  await admin.functionDelete("stock");
});

test("the Unix socket serves as TCP does", async () => {
  if (!UNIXSOCKET) throw new Skip("UNIXSOCKET names no socket file");
  const [publisher, subscriber] = [await connect(), await connect({ socket: { path: UNIXSOCKET } })];
  const [channel, heard] = [fresh("unix"), new Heard()];
  await subscriber.subscribe(channel, heard.put);
  same(await publisher.publish(channel, "hello"), 1);
  same(await heard.take(1), [["hello", channel]]);
});

test("close() ends the connection, and the server forgets its subscriptions", async () => {
  const [publisher, subscriber] = [await connect(), await connect()];
  const channel = fresh("closing");
  await subscriber.subscribe(channel, () => {});
  same(await publisher.publish(channel, "x"), 1);
  await subscriber.close();
  await until(() => publisher.publish(channel, "x"), 0);
});

await main(`node-redis ${version} RESP${PROTO}`, () => {
  for (const client of open.splice(0)) if (client.isOpen) client.destroy();
});
