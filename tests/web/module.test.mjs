// The playground's module: every scenario that it can play, against the snapshots of `cargo test`; its size and its memory.
//
//   web/wasm/build && node --test tests/web/module.test.mjs      (tests/web/run does it too)
//
// Needs node alone.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../", import.meta.url);
const bytes = readFileSync(new URL("target/wasm/cutaway.wasm", root));
const module = await WebAssembly.compile(bytes);

/** A session in an instance of its own. */
async function open() {
  const { exports } = await WebAssembly.instantiate(module, {});
  const { alloc, answer, free, memory } = exports;
  const ask = (request) => {
    const text = new TextEncoder().encode(JSON.stringify(request));
    const at = alloc(text.length);
    new Uint8Array(memory.buffer, at, text.length).set(text);
    const packed = BigInt.asUintN(64, answer(at));
    const [start, length] = [Number(packed >> 32n), Number(packed & 0xffffffffn)];
    const reply = new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array(memory.buffer, start, length));
    free(start);
    return JSON.parse(reply);
  };
  return { ask, exports };
}

/** What a snapshot holds, without its head. */
function snapshot(name) {
  const text = readFileSync(new URL(`tests/scenarios/snapshots/${name.replace("/", "-")}.snap`, root), "utf8");
  return text.slice(text.indexOf("---\n", 4) + 4).trim();
}

const { scenarios } = (await open()).ask({ do: "scenarios" });

test("the module imports nothing and exports what its page calls", () => {
  assert.deepEqual(WebAssembly.Module.imports(module), []);
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  for (const name of ["alloc", "answer", "free", "memory"]) {
    assert.ok(names.includes(name), names.join(" "));
  }
});

for (const { name, needs, lines } of scenarios) {
  test(`scenario ${name}`, { skip: needs.length > 0 && `needs ${needs.join(" and ")}` }, async () => {
    const { ask } = await open();
    const { scenario } = ask({ do: "scenario", name });
    const loaded = ask({ do: "load", scenario });
    assert.equal(loaded.lines.length, lines);
    loaded.lines.forEach((line, index) => {
      const event = ask({ do: "play", line });
      assert.equal(event.error, undefined, `${line}: ${event.error}`);
      assert.equal(event.number, index + 1);
    });
    assert.equal(ask({ do: "transcript" }).transcript.trim(), snapshot(name));
  });
}

test("a script says that it is not in the playground", async () => {
  const { ask } = await open();
  ask({ do: "open" });
  const event = ask({ do: "play", line: 'A: EVAL "return 1" 0' });
  assert.deepEqual(event.received[0].frames, ["-ERR scripts do not run here: this server is built without Lua, as the playground's is"]);
});

test("ten inputs back and forward are the same bytes", async () => {
  const { ask } = await open();
  const { lines } = ask({ do: "load", scenario: ask({ do: "scenario", name: "weather" }).scenario });
  const events = lines.map((line) => JSON.stringify(ask({ do: "play", line })));
  for (let number = events.length; number > events.length - 10; number--) {
    assert.equal(JSON.stringify(ask({ do: "go", number })), events[number - 1]);
  }
  for (let number = events.length - 9; number <= events.length; number++) {
    assert.equal(JSON.stringify(ask({ do: "go", number })), events[number - 1]);
  }
});

test("answers are freed: ten thousand of them take no memory", async () => {
  const { ask, exports } = await open();
  ask({ do: "open" });
  ask({ do: "play", line: "A: SUBSCRIBE x" });
  for (let round = 0; round < 100; round++) ask({ do: "picture" });
  const before = exports.memory.buffer.byteLength;
  for (let round = 0; round < 10_000; round++) ask({ do: "picture" });
  assert.equal(exports.memory.buffer.byteLength, before);
  // An address that was never lent is no answer and no fault.
  assert.equal(exports.answer(12345), 0n);
  exports.free(12345);
});

test("ten thousand inputs are played again within a few seconds", async (context) => {
  const { ask } = await open();
  ask({ do: "open" });
  ask({ do: "play", line: "A: SUBSCRIBE x" });
  for (let input = 2; input <= 10_000; input++) {
    const { error } = ask({ do: "play", line: `P: PUBLISH x ${input}` });
    assert.equal(error, undefined);
  }
  assert.match(ask({ do: "play", line: "P: PING" }).error, /at most 10000 inputs/);
  const start = performance.now();
  assert.equal(ask({ do: "go", number: 9_999 }).line, "P: PUBLISH x 9999");
  const took = performance.now() - start;
  context.diagnostic(`9,999 inputs again: ${Math.round(took)} ms`);
  context.diagnostic(`the module has ${bytes.length} bytes`);
  assert.ok(took < 20_000, `${took} ms`);
});
