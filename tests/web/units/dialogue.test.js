import assert from "node:assert/strict";
import { test } from "node:test";
import { Commands, parts } from "../../../web/complete.js";
import { fileName, freeName, lineFrom, namesIn, understand } from "../../../web/dialogue.js";
import { LONGEST, fragment, playedBy, readFragment } from "../../../web/link.js";
import { SPEEDS, notch } from "../../../web/queues.js";
import { partsOf, turnsIn } from "../../../web/turn.js";

test("a line is a request, a direction or a note", () => {
  assert.deepEqual(understand("P: PUBLISH x hi"), { kind: "request", client: "P", text: "PUBLISH x hi", words: ["PUBLISH", "x", "hi"] });
  assert.deepEqual(understand('A| "*1\\r\\n"'), { kind: "request", client: "A", text: '| "*1\\r\\n"', words: [] });
  assert.deepEqual(understand("! Slow stops reading"), { kind: "direction", client: "Slow", text: "Slow stops reading" });
  assert.deepEqual(understand("! wait 61s"), { kind: "direction", client: null, text: "wait 61s" });
  assert.deepEqual(understand("# Nobody listens."), { kind: "note", text: "Nobody listens." });
});

test("what is typed in a console is that client's request, or a direction", () => {
  assert.equal(lineFrom("B", "  GET x "), "B: GET x");
  assert.equal(lineFrom("B", "! wait 1s"), "! wait 1s");
});

test("names: those in a dialogue, and the next that is free", () => {
  assert.deepEqual([...namesIn(["B: PING", "# A: not a line", "! A connects", "! wait 1s"])], ["B", "A"]);
  assert.equal(freeName(new Set(["A", "B", "P"])), "C");
  assert.equal(freeName(new Set("ABCDEFGHIJKLMNOPQRSTUVWXYZ")), "A1");
  assert.equal(fileName("Four clients and the weather."), "four-clients-and-the-weather");
  assert.equal(fileName("☃"), "dialogue");
});

test("a link holds a dialogue, whatever is in it", () => {
  const text = '# Ünïcode ☃\nA: SET k "</script><img src=x onerror=alert(1)>"\n';
  assert.deepEqual(readFragment(fragment(text, 9) ?? ""), { dialogue: text, line: 9 });
  assert.deepEqual(readFragment("#scenario=weather&line=11"), { scenario: "weather", line: 11 });
});

test("a link is bounded, and what is no link is none", () => {
  assert.equal(fragment("x".repeat(LONGEST)), null);
  for (const hash of ["", "#", "#stage", "#scenario=../../etc", "#dialogue=%%%", "#dialogue=_w", `#dialogue=${"a".repeat(LONGEST)}`]) {
    assert.equal(readFragment(hash), null, hash);
  }
  assert.deepEqual(readFragment("#scenario=weather&line=-1"), { scenario: "weather", line: undefined });
});

test("a line of the file is found among the lines of the dialogue", () => {
  const text = "# Title.\n# Prose.\n! set maxclients 3\nA: PING\n\nA: PING\n# note\nB: PING\n";
  const lines = ["A: PING", "A: PING", "# note", "B: PING"];
  assert.deepEqual([3, 4, 6, 7, 8, 99].map((line) => playedBy(text, line, lines)), [0, 1, 2, 3, 4, 4]);
});

/** @param {string} name */
const command = (name) => ({ name, summary: "", group: "", since: "", arity: 1, arguments: "key [NX | XX]", complexity: "" });
const commands = new Commands(["GET", "GETDEL", "CLIENT LIST", "CLIENT", "SET"].map(command));

test("commands are completed by their beginning, subcommands too", () => {
  const names = (/** @type {string} */ typed) => commands.completions(typed).map(({ name }) => name);
  assert.deepEqual(names("ge"), ["GET", "GETDEL"]);
  assert.deepEqual(names("client  l"), ["CLIENT LIST"]);
  assert.deepEqual([names(""), names("get x"), names("set")], [[], [], []]);
});

test("the command that was typed is known by its longest name", () => {
  assert.equal(commands.typed("client list x")?.command.name, "CLIENT LIST");
  assert.equal(commands.typed("client")?.command.name, "CLIENT");
  assert.equal(commands.typed("set a b")?.words, 2);
  assert.equal(commands.typed("nothing"), null);
  assert.deepEqual(parts("key value [NX | XX] [GET]"), ["key", "value", "[NX | XX]", "[GET]"]);
});

/** @param {[string, number][]} kinds */
const steps = (kinds) => kinds.map(([step, depth]) => ({ step, depth, text: "" }));

test("each step belongs to a part of the turn", () => {
  const publish = steps([["arrived", 0], ["parsed", 1], ["dispatched", 2], ["visited", 4], ["closed", 6], ["replied", 2], ["written", 0], ["closed", 0], ["arrived", 0]]);
  const parts = partsOf(publish, "P: PUBLISH x y");
  assert.deepEqual(parts, ["read", "read", "execute", "execute", "execute", "execute", "before", "before", "read"]);
  assert.equal(turnsIn(parts), 2);
  assert.deepEqual(partsOf(steps([["key_event", 0], ["written", 0]]), "! wait 61s"), ["timers", "before"]);
});

test("a reading speed has a notch", () => {
  assert.deepEqual(SPEEDS.map(notch), [0, 1, 2, 3, 4, 5, 6]);
  assert.equal(notch(100), 2);
});
