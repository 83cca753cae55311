// What the Node suites share: named tests, one printed line each, and a limit on the time a test may take.
// The same words as harness.py: lines begin with `ok`, `FAIL` or `skip`, and the script `run` counts them.

import assert from "node:assert/strict";

export const HOST = process.env.HOST ?? "127.0.0.1";
export const PORT = Number(process.env.PORT ?? 6379);
export const UNIXSOCKET = process.env.UNIXSOCKET ?? "";
export const PROTO = Number(process.env.PROTO ?? 2);
const TEST_SECONDS = Number(process.env.TEST_SECONDS ?? 60);

export class Skip extends Error {}

const tests = [];
export const test = (says, run) => tests.push({ says, run });

let names = 0;
/** A channel name nobody used before, so that no other client and no earlier test can be in the way. */
export const fresh = (name) => `${name}:${process.pid}:${++names}`;

/** The whole of what came must be the whole of what was wanted. */
export const same = assert.deepStrictEqual;

/** Asks again and again until the answer is the wanted one: only for what another connection's end brings about. */
export async function until(ask, wanted) {
  const deadline = Date.now() + (TEST_SECONDS * 1000) / 2;
  for (;;) {
    const got = await ask();
    try {
      return same(got, wanted);
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

/** The next event of this name. Unlike Node's events.once it is not ended by an `error` event on the way there. */
export const event = (emitter, name) => new Promise((resolve) => emitter.once(name, resolve));

/** A list that messages are put into and that can be waited on until it holds enough of them. */
export class Heard {
  messages = [];
  #waiting = [];

  put = (...message) => {
    this.messages.push(message);
    for (const check of this.#waiting) check();
  };

  /** The first `count` messages taken out, as soon as there are that many. */
  take(count) {
    return new Promise((resolve) => {
      const check = () => {
        if (this.messages.length < count) return;
        this.#waiting = this.#waiting.filter((other) => other !== check);
        resolve(this.messages.splice(0, count));
      };
      this.#waiting.push(check);
      check();
    });
  }
}

/** The value of one field of the CLIENT LIST line of the connection with this name; undefined if there is none. */
export function field(clientList, name, wanted) {
  const line = clientList.split("\n").find((each) => each.includes(` name=${name} `));
  return line && Object.fromEntries(line.split(" ").map((pair) => pair.split(/=(.*)/s)))[wanted];
}

/** Runs the tests in the order they are written. `cleanup` is called after each, to close what it opened; `last`, after all. */
export async function main(suite, cleanup, last = () => {}) {
  let failed = 0;
  for (const { says, run } of tests) {
    if (!says.includes(process.env.ONLY ?? "")) continue;
    let timer;
    const tooLong = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no end after ${TEST_SECONDS} s`)), TEST_SECONDS * 1000);
    });
    try {
      await Promise.race([run(), tooLong]);
      console.log(`ok   ${suite}: ${says}`);
    } catch (error) {
      if (error instanceof Skip) console.log(`skip ${suite}: ${says} (${error.message})`);
      else {
        failed += 1;
        const reason = String(error).replaceAll(/\s+/g, " ").slice(0, 200);
        console.log(`FAIL ${suite}: ${says} (${reason})\n     ${String(error.stack).replaceAll("\n", "\n     ")}`);
      }
    }
    clearTimeout(timer);
    await cleanup();
  }
  await last();
  process.exit(failed ? 1 : 0);
}
