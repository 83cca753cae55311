/**
 * The page on a running server, as a program serves it: real clients connect, subscribe and publish, and the page shows it.
 * The program is CUTAWAY, or target/release/cutaway, or target/debug/cutaway; redis-py is a client if it is installed.
 */

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ROOT, open, visit } from "../browser.js";

const programs = [process.env.CUTAWAY, `${ROOT}target/release/cutaway`, `${ROOT}target/debug/cutaway`];
const program = programs.find((path) => path && existsSync(path) && execFileSync(path, ["--help"], { encoding: "utf8" }).includes("--live"));
const skip = program ? false : "no program that serves the page (--live)";
const python = [`${ROOT}target/clients/venv/bin/python`, "python3"].find((path) => {
  try {
    execFileSync(path, ["-c", "import redis"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
});

/** @returns {Promise<number>} */
const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });

/** @type {import("node:child_process").ChildProcess[]} */
const children = [];
const directory = mkdtempSync(join(tmpdir(), "cutaway-live-"));
/** @type {Awaited<ReturnType<typeof open>>} */
let browser;
before(async () => {
  if (program) browser = await open();
});
after(async () => {
  await browser?.close();
  const ended = children.map((child) => new Promise((resolve) => (child.exitCode === null ? child.once("exit", resolve) : resolve(0))));
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(ended);
  rmSync(directory, { recursive: true, force: true });
});

/**
 * Starts something, and waits for a text in what it prints.
 *
 * @param {string} command
 * @param {string[]} words
 * @param {string} text
 */
async function start(command, words, text) {
  const child = spawn(command, words, { cwd: directory, stdio: ["pipe", "pipe", "inherit"] });
  children.push(child);
  let printed = "";
  await new Promise((resolve, reject) => {
    child.stdout.on("data", (data) => {
      printed += data;
      if (printed.includes(text)) resolve(0);
    });
    child.once("exit", (code) => reject(new Error(`${command} ended with ${code}: ${printed}`)));
  });
  return child;
}

/** @param {...string} settings */
async function server(...settings) {
  const [port, live] = [await freePort(), await freePort()];
  await start(program ?? "", ["--port", `${port}`, "--save", "", "--dir", mkdtempSync(join(directory, "server-")), "--live", `127.0.0.1:${live}`, ...settings], "Ready to accept connections");
  return { port, address: `http://127.0.0.1:${live}/` };
}

/**
 * A client that speaks inline commands; `ask` waits for as many lines of reply as are named.
 *
 * @param {number} port
 */
async function client(port) {
  const socket = connect(port, "127.0.0.1");
  let received = "";
  /** @type {() => void} */
  let told = () => {};
  socket.on("data", (data) => {
    received += data;
    told();
  });
  socket.on("error", () => {});
  await new Promise((resolve) => socket.once("connect", resolve));
  return {
    socket,
    /**
     * @param {string} line
     * @param {number} lines
     */
    async ask(line, lines) {
      received = "";
      socket.write(`${line}\r\n`);
      while (received.split("\r\n").length <= lines) await new Promise((resolve) => (told = () => resolve(0)));
      return received;
    },
  };
}

const SUBSCRIBER = `
import redis, sys
r = redis.Redis(port=int(sys.argv[1]), client_name="listener")
p = r.pubsub(); p.subscribe("news.art"); p.psubscribe("news.*")
for _ in range(2): p.get_message(timeout=5)
print("subscribed", flush=True)
sys.stdin.read()
`;
const PUBLISHER = `
import redis, sys
r = redis.Redis(port=int(sys.argv[1]), client_name="speaker")
r.ping()
print("connected", flush=True)
sys.stdin.readline()
print("delivered", r.publish("news.art", "opening"), flush=True)
sys.stdin.read()
`;

test("a redis-py client subscribes, another publishes: node, walk and count are there within a second", { skip: skip || (!python && "no redis-py") }, async (t) => {
  const { port, address } = await server();
  const { page, requests, errors } = await visit(browser.context, address);
  const seen = (/** @type {string} */ selector, /** @type {RegExp} */ text) => page.locator(selector).filter({ hasText: text }).first().waitFor({ timeout: 10_000 });
  await start(python ?? "", ["-c", SUBSCRIBER, `${port}`], "subscribed");
  const subscribed = performance.now();
  await seen("#picture svg text", /^listener#\d+$/);
  await seen("#picture svg text", /^news\.art$/);
  t.diagnostic(`the node after ${Math.round(performance.now() - subscribed)} ms`);

  const speaker = await start(python ?? "", ["-c", PUBLISHER, `${port}`], "connected");
  const published = performance.now();
  speaker.stdin?.write("\n");
  await seen("#tree .step", /^request: PUBLISH news\.art opening$/);
  await seen("#tree .step", /^pubsub_channels\[news\.art\] \(listener#\d+\): node visited$/);
  await seen("#tree .step", /^news\.\* matches news\.art: 1 holder/);
  const took = Math.round(performance.now() - published);
  t.diagnostic(`the walk after ${took} ms`);
  await page.locator("#tab-operators").click();
  await page.locator("#operators tr", { hasText: "news.art" }).filter({ hasText: "channel" }).last().waitFor({ timeout: 10_000 });
  await seen("#operators tr", /listener#\d+/);
  assert.ok(took < 5000, `${took} ms`);
  assert.deepEqual(errors, []);
  const foreign = requests.filter((each) => !each.startsWith(address));
  assert.deepEqual(foreign, []);
  await page.close();
});

test("the page pauses and goes back in its record, and the server goes on", { skip }, async () => {
  const { port, address } = await server();
  const { page, errors } = await visit(browser.context, address);
  const speaker = await client(port);
  for (const at of [1, 2, 3]) {
    await speaker.ask(`PUBLISH x message-${at}`, 1);
    await page.locator("#tree .step", { hasText: `request: PUBLISH x message-${at}` }).waitFor();
  }
  await page.locator("#line-back").click();
  await page.locator("#tree .step", { hasText: "message-2" }).waitFor();
  await speaker.ask("PUBLISH x message-4", 1);
  await page.waitForFunction(() => /** @type {any} */ (window).cutaway.stage.hasNext);
  assert.equal(await page.locator("#tree .step", { hasText: "message-2" }).count(), 1);
  await page.getByRole("button", { name: "Running server" }).click();
  await page.locator("#tree .step", { hasText: "message-4" }).waitFor();
  await speaker.ask("PUBLISH x message-5", 1);
  await page.locator("#tree .step", { hasText: "message-5" }).waitFor();
  assert.deepEqual(errors, []);
  await page.close();
});

test("beside the server there is a session, as in the playground", { skip }, async () => {
  const { address } = await server();
  const { page, errors } = await visit(browser.context, address);
  assert.match(await page.locator("#watch").innerText(), /Read-only/);
  await page.getByRole("button", { name: "Session", exact: true }).click();
  await page.locator("#picture svg title", { hasText: "The walk of P: PUBLISH temperature 21" }).waitFor({ state: "attached" });
  await page.evaluate(() => /** @type {any} */ (window).cutaway.stage.changePace(9));
  await page.getByLabel("Command for P").fill("PUBLISH rainfall 1");
  await page.getByLabel("Command for P").press("Enter");
  await page.getByLabel("What D sent and received").getByText('2) "rainfall"\n3) "1"').waitFor();
  await page.getByRole("button", { name: "Running server" }).click();
  assert.equal(await page.locator("#consoles").isVisible(), false);
  assert.deepEqual(errors, []);
  await page.close();
});

test("a console is there if the server allows it", { skip }, async () => {
  const { address } = await server("--live-console", "yes");
  const { page, errors } = await visit(browser.context, address);
  const prompt = page.getByLabel("Command for the server");
  await prompt.fill("SET k 1");
  await prompt.press("Enter");
  // A reply comes when it comes: what is typed meanwhile stands above it.
  await page.locator(".live-console .log").getByText("OK").waitFor();
  await prompt.fill("LRANGE k 0 1");
  await prompt.press("Enter");
  await page.locator(".live-console .failed").waitFor();
  assert.match(await page.locator(".live-console .log").innerText(), /^SET k 1\nOK\nLRANGE k 0 1\n\(error\) WRONGTYPE/);
  assert.deepEqual(errors, []);
  await page.close();
});

test("with 10,000 channels the page shows a part, says so, searches and stays smooth", { skip }, async (t) => {
  const { port, address } = await server();
  const names = (/** @type {number} */ from) => Array.from({ length: 500 }, (_, at) => `room:${from + at}`).join(" ");
  for (let at = 0; at < 10; at += 1) {
    const listener = await client(port);
    for (let from = 0; from < 10_000; from += 500) await listener.ask(`SUBSCRIBE ${names(from)}`, 500 * 6);
  }
  const { page, errors } = await visit(browser.context, address);
  await page.locator("#watch", { hasText: /A part of/ }).waitFor();
  assert.match(await page.locator("#watch").innerText(), /10,000 channels/);
  await page.locator("#filter").fill("room:7777");
  await page.locator("#picture svg text", { hasText: /^room:7777$/ }).waitFor();
  const speaker = await client(port);
  const frames = page.evaluate(() => new Promise((resolve) => {
    /** @type {number[]} */
    const times = [];
    let last = performance.now();
    const frame = (/** @type {number} */ now) => {
      times.push(now - last);
      last = now;
      if (times.length < 150) requestAnimationFrame(frame);
      else resolve(times.slice(5).sort((one, other) => one - other));
    };
    requestAnimationFrame(frame);
  }));
  for (let at = 0; at < 200; at += 1) await speaker.ask(`PUBLISH room:${at} hello`, 1);
  const times = /** @type {number[]} */ (await frames);
  const pause = await page.evaluate(() => /** @type {any} */ (window).cutaway.live.longestPause);
  t.diagnostic(`frames: median ${times[times.length >> 1].toFixed(1)} ms, 95 % ${times[Math.floor(times.length * 0.95)].toFixed(1)} ms, longest ${times.at(-1)?.toFixed(1)} ms; the loop's longest pause for a picture ${pause} us`);
  assert.deepEqual(errors, []);
  await page.close();
});
