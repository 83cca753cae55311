/**
 * Lines of a dialogue, as far as the page must understand them: who says what, what kind of line it is. The language itself
 * is read by the session (`src/tools/scenario/parse.rs`).
 *
 * Redis has no counterpart.
 */

/**
 * @typedef {{ kind: "request", client: string, text: string, words: string[] }
 *   | { kind: "direction", client: string | null, text: string }
 *   | { kind: "note", text: string }} Said
 */

/**
 * What a line says.
 *
 * @param {string} line
 * @returns {Said}
 */
export function understand(line) {
  if (line.startsWith("#")) return { kind: "note", text: line.replace(/^#\s?/, "") };
  if (line.startsWith("!")) {
    const text = line.replace(/^!\s*/, "");
    const about = /^(\S+) (?:connects|disconnects|stops reading|reads )/.exec(text);
    return { kind: "direction", client: about ? about[1] : null, text };
  }
  const request = /^([^\s:+|]+)([:+|])\s?(.*)$/s.exec(line);
  if (!request) return { kind: "note", text: line };
  const [, client, sign, text] = request;
  const shown = sign === ":" ? text : `${sign} ${text}`;
  return { kind: "request", client, text: shown, words: sign === "|" ? [] : text.split(/\s+/, 4) };
}

/**
 * The line that a client's console sends: a direction as it stands, anything else as a request.
 *
 * @param {string} client
 * @param {string} typed
 */
export function lineFrom(client, typed) {
  const text = typed.trim();
  return text.startsWith("!") ? text : `${client}: ${text}`;
}

/**
 * The names in a dialogue, in the order in which they come.
 *
 * @param {Iterable<string>} lines
 */
export function namesIn(lines) {
  /** @type {Set<string>} */
  const names = new Set();
  for (const line of lines) {
    const said = understand(line);
    if (said.kind !== "note" && said.client) names.add(said.client);
  }
  return names;
}

/**
 * The first of A, B, C … Z, A1 … that no client has.
 *
 * @param {Set<string>} names
 */
export function freeName(names) {
  for (let round = 0; ; round += 1) {
    for (let at = 0; at < 26; at += 1) {
      const name = String.fromCharCode(65 + at) + (round || "");
      if (!names.has(name)) return name;
    }
  }
}

/**
 * A name for a file, from a title.
 *
 * @param {string} title
 */
export function fileName(title) {
  const plain = title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
  return plain.slice(0, 60).replace(/-+$/, "") || "dialogue";
}
