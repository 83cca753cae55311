/**
 * RESP, read from what a client received: bytes to values, RESP2 and RESP3.
 *
 * Redis: `deps/hiredis/read.c` reads the same for redis-cli.
 */

/**
 * @typedef {{ type: "status" | "error" | "double" | "number", text: string }} Line
 * @typedef {{ type: "integer", text: string }} Integer
 * Text; `whole` is its length if only its first bytes are here.
 * @typedef {{ type: "string" | "verbatim", bytes: Uint8Array, whole?: number }} Bulk
 * @typedef {{ type: "nil" }} Nil
 * @typedef {{ type: "bool", yes: boolean }} Bool
 * @typedef {{ type: "array" | "set" | "push" | "map" | "attribute", items: Value[] }} Aggregate
 * @typedef {Line | Integer | Bulk | Nil | Bool | Aggregate} Value
 */

/** Replies stand in each other no deeper than this; hiredis allows 9. */
const DEEPEST = 64;

const decoder = new TextDecoder();

/** @type {Record<string, Aggregate["type"]>} */
const AGGREGATES = { "*": "array", "~": "set", ">": "push", "%": "map", "|": "attribute" };

/** The bytes end in the middle of a value. */
class Incomplete extends Error {}

/** What is read is not RESP. */
export class NotResp extends Error {}

/** Reads values from bytes, one after the other. */
class Reader {
  /**
   * @param {Uint8Array} bytes
   * @param {boolean} isCut whether there was more, which is not here
   */
  constructor(bytes, isCut) {
    this.bytes = bytes;
    this.isCut = isCut;
    this.at = 0;
    /** The text that the cut has gone through. @type {Uint8Array | null} */
    this.torn = null;
  }

  /** The rest of the line, without its end. */
  line() {
    for (let end = this.at; end + 1 < this.bytes.length; end += 1) {
      if (this.bytes[end] === 13 && this.bytes[end + 1] === 10) {
        const line = this.bytes.subarray(this.at, end);
        this.at = end + 2;
        return decoder.decode(line);
      }
    }
    throw new Incomplete();
  }

  length() {
    const text = this.line();
    if (!/^-?\d{1,15}$/.test(text)) throw new NotResp(`a length was expected in place of ${JSON.stringify(text)}`);
    return Number(text);
  }

  /** @param {number} length */
  bulk(length) {
    if (this.at + length + 2 > this.bytes.length) throw new Incomplete();
    const bytes = this.bytes.subarray(this.at, this.at + length);
    this.at += length + 2;
    return bytes;
  }

  /**
   * @param {number} depth
   * @returns {Value}
   */
  value(depth) {
    if (this.at >= this.bytes.length) throw new Incomplete();
    if (depth > DEEPEST) throw new NotResp("the reply is nested too deep");
    const sign = String.fromCharCode(this.bytes[this.at]);
    this.at += 1;
    switch (sign) {
      case "+":
        return { type: "status", text: this.line() };
      case "-":
        return { type: "error", text: this.line() };
      case ":":
        return { type: "integer", text: this.line() };
      case ",":
        return { type: "double", text: this.line() };
      case "(":
        return { type: "number", text: this.line() };
      case "_":
        this.line();
        return { type: "nil" };
      case "#":
        return { type: "bool", yes: this.line() === "t" };
      case "!":
        return { type: "error", text: decoder.decode(this.bulk(this.length())) };
      case "=":
        // Its first four bytes say what kind of text it is.
        return { type: "verbatim", bytes: this.bulk(this.length()).subarray(4) };
      case "$": {
        const length = this.length();
        if (length < 0) return { type: "nil" };
        if (this.isCut && this.at + length > this.bytes.length) {
          this.torn = this.bytes.subarray(this.at);
          this.at = this.bytes.length;
          return { type: "string", bytes: this.torn, whole: length };
        }
        return { type: "string", bytes: this.bulk(length) };
      }
      default: {
        const type = AGGREGATES[sign];
        if (type === undefined) throw new NotResp(`no reply begins with ${JSON.stringify(sign)}`);
        return this.aggregate(type, depth);
      }
    }
  }

  /**
   * @param {Aggregate["type"]} type
   * @param {number} depth
   * @returns {Value}
   */
  aggregate(type, depth) {
    const announced = this.length();
    if (announced < 0) return { type: "nil" };
    const count = type === "map" || type === "attribute" ? announced * 2 : announced;
    const items = [];
    while (items.length < count && !this.torn) items.push(this.value(depth + 1));
    return { type, items };
  }
}

/**
 * The values that `bytes` hold, and the bytes that are left: half a value, or what is not RESP.
 *
 * @param {Uint8Array} bytes
 * @param {boolean} [isCut] whether these are only the first of the bytes
 * @returns {{ values: Value[], rest: Uint8Array }}
 */
export function read(bytes, isCut = false) {
  const reader = new Reader(bytes, isCut);
  const values = [];
  let whole = 0;
  try {
    while (whole < bytes.length) {
      values.push(reader.value(0));
      whole = reader.at;
    }
  } catch (error) {
    if (!(error instanceof Incomplete || error instanceof NotResp)) throw error;
  }
  return { values, rest: bytes.subarray(whole) };
}

const encoder = new TextEncoder();

/**
 * Bytes as JSON has them: text if they are UTF-8, otherwise numbers.
 *
 * @param {string | number[]} bytes
 */
export function fromJson(bytes) {
  return typeof bytes === "string" ? encoder.encode(bytes) : Uint8Array.from(bytes);
}
