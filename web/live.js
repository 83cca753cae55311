/** @param {WebSocket} socket @param {import("./stage.js").Stage} stage @param {import("./views.js").Views} views */
export function startLive(socket, stage, views) { void [socket, stage, views]; }
