/**
 * What a stage stands on: the entries of a dialogue or of a server's record, and a place among them.
 *
 * Redis has no counterpart.
 */

/** @typedef {import("./session.js").Played} Played */
/** @typedef {import("./session.js").State} State */
/** @typedef {import("./session.js").Received} Received */

/**
 * A line of the dialogue. Once it was played, what each client received because of it is kept for the consoles.
 * @typedef {{ text: string, received: Received[] | null, changed: boolean }} Entry
 */

/**
 * What a stage stands on: a dialogue and its session, and the place in it. A live page has two, of which one is shown.
 * @typedef {{ session: import("./session.js").Session, isLive: boolean, pace: number, title: string, prose: string[], settings: string[],
 *   entries: Entry[], recorded: number, number: number, step: number, event: Played | null, state: State | null }} Track
 */

/**
 * The entry of a line that was played.
 *
 * @param {Played} event
 * @returns {Entry}
 */
export function entryOf(event) {
  return { text: event.line, received: event.received, changed: event.structures !== null };
}
