/**
 * Replies as redis-cli prints them on a terminal.
 *
 * Redis: `src/redis-cli.c` (`cliFormatReplyTTY`, `cliFormatInvalidateTTY`, and the list of commands whose text is printed as
 * it is, in `cliSendCommand`), `src/sds.c` (`sdscatrepr`). `tests/web/pretty.test.js` compares with a real redis-cli.
 */

import { read } from "./resp.js";

/** @typedef {import("./resp.js").Value} Value */

const decoder = new TextDecoder();

/** Of a text that is not here as a whole, this many bytes are shown. */
const MOST_OF_CUT = 60;

/** @type {Record<number, string>} */
const ESCAPES = { 7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 13: "\\r", 34: '\\"', 92: "\\\\" };

/**
 * Bytes in quotes; what cannot be printed in ASCII is escaped.
 *
 * @param {Uint8Array} bytes
 */
export function quoted(bytes) {
  let text = '"';
  for (const byte of bytes) {
    const escape = ESCAPES[byte];
    if (escape !== undefined) text += escape;
    else if (byte >= 32 && byte < 127) text += String.fromCharCode(byte);
    else text += `\\x${byte.toString(16).padStart(2, "0")}`;
  }
  return `${text}"`;
}

/** @type {Record<import("./resp.js").Aggregate["type"], [sign: string, none: string]>} */
const AGGREGATES = {
  array: [")", "(empty array)"],
  set: ["~", "(empty set)"],
  map: ["#", "(empty hash)"],
  push: [")", "(empty push)"],
  attribute: ["|", "(empty attribute)"],
};

/**
 * @param {Value} value
 * @returns {boolean}
 */
function isMultiline(value) {
  if (!("items" in value) || value.items.length === 0) return false;
  if (value.type === "map") return value.items.length > 2 || isMultiline(value.items[1]);
  return value.items.length > 1 || isMultiline(value.items[0]);
}

/**
 * The lines of a value; the first has no prefix, as what stands before it is the caller's.
 *
 * @param {Value} value
 * @param {string} prefix
 * @returns {string}
 */
function format(value, prefix) {
  switch (value.type) {
    case "error":
      return `(error) ${value.text}`;
    case "status":
    case "number":
      return value.text;
    case "integer":
      return `(integer) ${value.text}`;
    case "double":
      return `(double) ${value.text}`;
    case "string":
      if (value.whole === undefined) return quoted(value.bytes);
      return `${quoted(value.bytes.subarray(0, MOST_OF_CUT)).slice(0, -1)}… (${value.whole.toLocaleString("en")} bytes)`;
    case "verbatim":
      return decoder.decode(value.bytes);
    case "nil":
      return "(nil)";
    case "bool":
      return value.yes ? "(true)" : "(false)";
    default:
      return aggregate(value, prefix);
  }
}

/**
 * @param {import("./resp.js").Aggregate} value
 * @param {string} prefix
 */
function aggregate({ type, items }, prefix) {
  const [sign, none] = AGGREGATES[type];
  if (items.length === 0) return none;
  const pairs = type === "map" || type === "attribute";
  const width = String(pairs ? items.length / 2 : items.length).length;
  const deeper = prefix + " ".repeat(width + 2);
  const lines = [];
  for (let at = 0; at < items.length; at += 1) {
    const number = pairs ? at / 2 + 1 : at + 1;
    let line = `${at === 0 ? "" : prefix}${String(number).padStart(width)}${sign} ${format(items[at], deeper)}`;
    if (pairs) {
      at += 1;
      line += ` => ${isMultiline(items[at]) ? `\n${deeper}` : ""}${format(items[at], deeper)}`;
    }
    lines.push(line);
  }
  return lines.join("\n");
}

/**
 * The keys that a client is told to forget; null if this is another push.
 *
 * @param {Value} value
 */
function invalidated(value) {
  if (value.type !== "push" || value.items.length !== 2) return null;
  const [kind, keys] = value.items;
  if (kind.type !== "string" || decoder.decode(kind.bytes) !== "invalidate" || keys.type !== "array") return null;
  const names = keys.items.map((key) => `'${"bytes" in key ? decoder.decode(key.bytes) : ""}'`);
  return `-> invalidate: ${names.join(", ")}`;
}

/**
 * Whether redis-cli prints the text of a command's reply as it is.
 *
 * @param {string[]} words
 */
export function isRaw(words) {
  const [command, sub] = words.map((word) => word.toLowerCase());
  if (command === "info" || command === "lolwut") return true;
  if (command === "debug") return ["htstats", "htstats-key", "client-eviction"].includes(sub);
  if (command === "memory") return sub === "malloc-stats" || sub === "doctor";
  if (command === "cluster") return words.length === 2 && (sub === "nodes" || sub === "info");
  if (command === "client") return sub === "list" || sub === "info";
  if (command === "latency") return (words.length === 3 && sub === "graph") || (words.length === 2 && sub === "doctor");
  return false;
}

/**
 * A value as redis-cli prints it, without the last line end. `raw`: text is printed as it is.
 *
 * @param {Value} value
 * @param {boolean} [raw]
 */
export function pretty(value, raw = false) {
  if (raw && value.type === "error") return value.text;
  if (raw && "bytes" in value) return decoder.decode(value.bytes).replace(/\r?\n$/, "").replaceAll("\r\n", "\n");
  return invalidated(value) ?? format(value, "");
}

/**
 * Everything that a client received, one text for each reply or push. Of what is very long the server shows only the
 * beginning: then the last text says how much is missing.
 *
 * @param {Uint8Array} bytes
 * @param {number} length how many bytes there were
 * @param {string[]} words the request that is answered
 * @returns {string[]}
 */
export function replies(bytes, length, words) {
  const isCut = length > bytes.length;
  const { values, rest } = read(bytes, isCut);
  const raw = isRaw(words);
  const texts = values.map((value) => pretty(value, raw));
  if (rest.length > 0) texts.push(`${quoted(rest.subarray(0, MOST_OF_CUT))} (the reply is not complete)`);
  if (isCut) texts.push(`… ${length.toLocaleString("en")} bytes in all`);
  return texts;
}

/**
 * The bytes as they are on the wire, one line for each line of RESP.
 *
 * @param {Uint8Array} bytes
 * @returns {string[]}
 */
export function wire(bytes) {
  const text = quoted(bytes).slice(1, -1);
  return text.split("\\r\\n").map((line, at, all) => (at < all.length - 1 ? `${line}\\r\\n` : line)).filter((line) => line);
}
