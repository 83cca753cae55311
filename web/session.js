/**
 * The one interface that the page knows: a session, which is a server of its own. A request goes in as JSON, the reply comes
 * out as JSON. Two things answer: the WebAssembly module in the page, or a session of a live server behind a WebSocket.
 * `src/tools/session/` is the other side of it.
 *
 * Redis has no counterpart.
 */

/**
 * A step that the server took. `at` names what it is about in the picture; other fields are those of its kind.
 * @typedef {{ step: string, depth: number, text: string, client?: string, at?: string | null, dict?: string,
 *   matches?: boolean }} Step
 *
 * What a client received because of a line. `bytes` are numbers if they are not UTF-8, and only the first of very many.
 * @typedef {{ client: string, bytes: string | number[], length: number, closed: boolean, frames?: string[] }} Received
 *
 * A piece of an output queue: a range of a chunk that others may wait for too, or bytes of its own (replies).
 * @typedef {{ chunk: number, from: number, to: number } | { own: number }} Piece
 * @typedef {{ hard: number, soft: number, seconds: number, class: string, near_percent: number }} Limit
 * @typedef {{ name: string, id: number, addr: string, resp: 2 | 3, open: boolean, reading: number | null, owed: number,
 *   limit: Limit | null, over_soft_ms: number | null, queue: Piece[] }} ClientState
 * @typedef {{ id: number, length: number, sealed: boolean, waiting: string[] }} Chunk
 * @typedef {{ clients: ClientState[], chunks: Chunk[],
 *   counts: { channels: number, patterns: number, subscriptions: number, keys: number },
 *   clock: { millis: number } }} State
 *
 * What an input did.
 * @typedef {{ number: number, line: string, steps: Step[], structures: string | null, received: Received[],
 *   picture: string, state: State, drift: string | null }} Played
 *
 * @typedef {{ title: string, prose: string[], settings: string[], lines: string[] }} Loaded
 * @typedef {{ name: string, title: string, lines: number, needs: string[] }} ScenarioRow
 * @typedef {{ name: string, summary: string | null, group: string | null, since: string | null, arity: number,
 *   arguments: string | null, complexity: string | null }} Command
 * Where a kind of step happens, `appended`, or `appended:pubsub_patterns` if each structure has a place of its own.
 * `excerpt_line` is the line of the step in the excerpt, from 0.
 * @typedef {{ file: string, line: number, excerpt: string, excerpt_line: number, function: string, redis: string }} Place
 *
 * @typedef {{ do: "open", settings?: string[], seed?: number, unix_ms?: number }
 *   | { do: "play", line: string }
 *   | { do: "speed", client: string, bytes: number | null }
 *   | { do: "go", number: number }
 *   | { do: "save", title: string }
 *   | { do: "load", scenario: string }
 *   | { do: "scenario", name: string }
 *   | { do: "scenarios" | "commands" | "places" | "state" | "picture" | "document" }} Request
 */

/** A session: what is asked is answered in order. A request that cannot be done throws {@link Refused}. */
export class Session {
  /** @param {(request: string) => Promise<string>} answer */
  constructor(answer) {
    /** @private */
    this.answer = answer;
    /** @private @type {Promise<unknown>} */
    this.last = Promise.resolve();
  }

  /**
   * @template T
   * @param {Request} request
   * @returns {Promise<T>}
   */
  ask(request) {
    const reply = this.last.then(async () => {
      const answered = JSON.parse(await this.answer(JSON.stringify(request)));
      if (typeof answered.error === "string") throw new Refused(answered.error);
      return answered;
    });
    this.last = reply.catch(() => undefined);
    return reply;
  }
}

/** A session has refused a request: nothing has happened. */
export class Refused extends Error {}

/**
 * A session in the page: the module of `web/wasm/`.
 *
 * @param {BufferSource} bytes
 * @returns {Promise<Session>}
 */
export async function wasmSession(bytes) {
  const { instance } = await WebAssembly.instantiate(bytes, {});
  const exported = /** @type {{ memory: WebAssembly.Memory, alloc: (length: number) => number,
    free: (at: number) => void, answer: (at: number) => bigint }} */ (
    /** @type {unknown} */ (instance.exports)
  );
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  return new Session(async (request) => {
    const asked = encoder.encode(request);
    const at = exported.alloc(asked.length);
    new Uint8Array(exported.memory.buffer, at, asked.length).set(asked);
    const packed = BigInt.asUintN(64, exported.answer(at));
    const [start, length] = [Number(packed >> 32n), Number(packed & 0xffff_ffffn)];
    // The memory may have grown: its buffer is another one.
    const reply = decoder.decode(new Uint8Array(exported.memory.buffer, start, length));
    exported.free(start);
    return reply;
  });
}

/**
 * A session of a live server. Its replies come in the order of its requests, between the messages of `live.js`.
 *
 * @param {WebSocket} socket
 * @returns {Session}
 */
export function liveSession(socket) {
  /** @type {{ resolve: (reply: string) => void, reject: (error: Error) => void }[]} */
  const waiting = [];
  socket.addEventListener("message", (event) => {
    const message = JSON.parse(String(event.data));
    if (message.session !== undefined) waiting.shift()?.resolve(JSON.stringify(message.session));
  });
  socket.addEventListener("close", () => {
    for (const { reject } of waiting.splice(0)) reject(new Refused("the connection to the server was closed"));
  });
  return new Session(
    (request) =>
      new Promise((resolve, reject) => {
        if (socket.readyState > WebSocket.OPEN) return reject(new Refused("the connection to the server was closed"));
        waiting.push({ resolve, reject });
        socket.send(`{"session":${request}}`);
      }),
  );
}
