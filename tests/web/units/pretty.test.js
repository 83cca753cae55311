/**
 * Replies are printed as redis-cli prints them. What a real redis-cli makes of the same bytes is compared if one is found:
 * REDIS_CLI, the reference in target/, or on the PATH.
 */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { isRaw, pretty, quoted, replies, wire } from "../../../web/pretty.js";
import { fromJson, read } from "../../../web/resp.js";

const ROOT = new URL("../../..", import.meta.url).pathname;

/** @type {[says: string, bytes: string, printed: string][]} */
const REPLIES = [
  ["a status", "+OK\r\n", "OK"],
  ["an error", "-ERR unknown command 'x'\r\n", "(error) ERR unknown command 'x'"],
  ["an integer", ":-7\r\n", "(integer) -7"],
  ["a text", "$5\r\nhello\r\n", '"hello"'],
  ["what is escaped", "$11\r\na\"b\\c\r\n\t\x07\x08\x00\r\n", '"a\\"b\\\\c\\r\\n\\t\\a\\b\\x00"'],
  ["UTF-8 is not ASCII", "$2\r\né\r\n", '"\\xc3\\xa9"'],
  ["nil", "$-1\r\n", "(nil)"],
  ["nil as an array", "*-1\r\n", "(nil)"],
  ["nil of RESP3", "_\r\n", "(nil)"],
  ["yes", "#t\r\n", "(true)"],
  ["no", "#f\r\n", "(false)"],
  ["a double", ",3.25\r\n", "(double) 3.25"],
  ["a text as it is", "=8\r\ntxt:a\"\nb\r\n", 'a"\nb'],
  ["nothing in an array", "*0\r\n", "(empty array)"],
  ["nothing in a set", "~0\r\n", "(empty set)"],
  ["nothing in a map", "%0\r\n", "(empty hash)"],
  ["a message", "*3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$2\r\nhi\r\n", '1) "message"\n2) "x"\n3) "hi"'],
  ["an array in an array", "*2\r\n*2\r\n:1\r\n*1\r\n:2\r\n:3\r\n", "1) 1) (integer) 1\n   2) 1) (integer) 2\n2) (integer) 3"],
  ["ten are wider", `*10\r\n${":1\r\n".repeat(10)}`, [..." 1 2 3 4 5 6 7 8 9".matchAll(/ \d/g)].map(([n]) => `${n}) (integer) 1`).join("\n") + "\n10) (integer) 1"],
  ["a map", "%2\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n*2\r\n:1\r\n:2\r\n", '1# "a" => (integer) 1\n2# "b" => \n   1) (integer) 1\n   2) (integer) 2'],
  ["a map in a map of one", "%1\r\n$1\r\na\r\n%1\r\n$1\r\nb\r\n:1\r\n", '1# "a" => 1# "b" => (integer) 1'],
  ["a set", "~2\r\n$1\r\na\r\n:1\r\n", '1~ "a"\n2~ (integer) 1'],
];

for (const [says, bytes, printed] of REPLIES) {
  test(`${says} is printed`, () => {
    const { values, rest } = read(fromJson(bytes));
    assert.deepEqual([values.map((value) => pretty(value)), rest.length], [[printed], 0]);
  });
}

test("a push is printed, and keys to forget have a form of their own", () => {
  const push = ">3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$2\r\nhi\r\n>2\r\n$10\r\ninvalidate\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n";
  assert.deepEqual(replies(fromJson(push), push.length, []), ['1) "message"\n2) "x"\n3) "hi"', "-> invalidate: 'a', 'b'"]);
});

test("an error with a length, which this redis-cli cannot read, is printed like others", () => {
  assert.deepEqual(replies(fromJson("!5\r\nERR a\r\n"), 11, []), ["(error) ERR a"]);
});

test("INFO and CLIENT LIST are printed as they are, GET is not", () => {
  assert.deepEqual(
    [["info"], ["INFO", "stats"], ["CLIENT", "list"], ["client", "info"], ["client", "id"], ["get", "info"], ["latency", "doctor"]].map(isRaw),
    [true, true, true, true, false, false, true],
  );
  const info = "$14\r\n# Stats\r\na:1\r\n\r\n";
  assert.deepEqual(replies(fromJson(info), info.length, ["INFO"]), ["# Stats\na:1"]);
});

test("half a reply is said to be half", () => {
  assert.deepEqual(replies(fromJson("+OK\r\n*2\r\n$1"), 11, []), ["OK", '"*2\\r\\n$1" (the reply is not complete)']);
});

test("of a long text that was cut, the beginning and its length are shown", () => {
  const bytes = fromJson(`*3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$400000\r\n${"b".repeat(100)}`);
  assert.deepEqual(replies(bytes, 400_035, []), [
    `1) "message"\n2) "x"\n3) "${"b".repeat(60)}… (400,000 bytes)`,
    "… 400,035 bytes in all",
  ]);
});

test("bytes that are not UTF-8 come as numbers", () => {
  assert.deepEqual(replies(fromJson([36, 49, 13, 10, 255, 13, 10]), 7, []), ['"\\xff"']);
  assert.equal(quoted(Uint8Array.of(0, 127, 255)), '"\\x00\\x7f\\xff"');
});

test("what is not RESP does not stop the page", () => {
  for (const bytes of ["hello\r\n", "*x\r\n", "$99999999999999999999\r\n", `${"*1\r\n".repeat(10_000)}`, "*1000000\r\n"]) {
    assert.equal(read(fromJson(bytes)).values.length, 0);
  }
});

test("raw bytes, a line for each line", () => {
  assert.deepEqual(wire(fromJson("*1\r\n$2\r\nhi\r\n")), ["*1\\r\\n", "$2\\r\\n", "hi\\r\\n"]);
});

const cli = [process.env.REDIS_CLI, `${ROOT}target/reference/trixie/redis-cli`, "/usr/bin/redis-cli"].find((path) => path && existsSync(path));

/** What the server below answers to the next request. */
let next = "";
const server = createServer((socket) => {
  socket.on("data", (data) => socket.write(String(data).toUpperCase().includes("HELLO") ? "%0\r\n" : next));
  socket.on("error", () => {});
});
before(() => new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined))));
after(() => server.close());

test("redis-cli prints the same", { skip: cli === undefined && "no redis-cli" }, async () => {
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  for (const [says, bytes, printed] of REPLIES) {
    next = bytes;
    const { stdout } = await promisify(execFile)(cli ?? "", ["-h", "127.0.0.1", "-p", String(port), "-3", "--no-raw", "ask"]);
    assert.equal(stdout.replace(/\n$/, ""), printed, says);
  }
});
