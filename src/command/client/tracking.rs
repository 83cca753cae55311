//! CLIENT TRACKING, CLIENT CACHING, CLIENT TRACKINGINFO, CLIENT GETREDIR: client-side caching.
//!
//! Redis: `src/networking.c`, `clientCommand`; `src/tracking.c`, `checkPrefixCollisionsOrReply`.
//!
//! Different on purpose: prefixes that overlap among themselves are refused whichever they are. Redis 8.0 replies with the
//! error and with OK if the first of them is not in front.

use crate::base::ids::ClientKey;
use crate::client::State;
use crate::client::tracker::Mode;
use crate::pubsub::tracking::prefixes::{Overlap, find_overlap};
use crate::server::dispatch::Call;
use crate::text::c::until_nul;

/// What the options ask for.
#[derive(Default)]
struct Options<'a> {
    mode: Mode,
    redirect: Option<(u64, ClientKey)>,
    prefixes: Vec<&'a [u8]>,
}

/// `CLIENT TRACKING ON|OFF [REDIRECT id] [PREFIX prefix …] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]`
pub fn tracking(call: &mut Call<'_>) {
    let Some(options) = parse(call) else { return };
    if call.is(2, "on") {
        if let Err(error) = check(call, &options) {
            return call.reply.error(error);
        }
        let Options { mode, redirect, prefixes } = options;
        call.server.enable_tracking(call.client, mode, redirect, &prefixes);
    } else if call.is(2, "off") {
        call.server.disable_tracking(call.client);
    } else {
        return call.syntax_error();
    }
    call.reply.ok();
}

/// The options; None, with the error replied, if they are wrong.
fn parse<'a>(call: &mut Call<'a>) -> Option<Options<'a>> {
    let args = call.args;
    let mut options = Options::default();
    let mut at = 3;
    while at < args.len() {
        let more = at + 1 < args.len();
        if call.is(at, "redirect") && more {
            at += 1;
            if options.redirect.is_some() {
                call.reply.error("ERR A client can only redirect to a single other client");
                return None;
            }
            let id = call.integer(at, "value is not an integer or out of range")?;
            options.redirect = find_client(call, id);
            if options.redirect.is_none() {
                call.reply.error("ERR The client ID you want redirect to does not exist");
                return None;
            }
        } else if call.is(at, "prefix") && more {
            at += 1;
            options.prefixes.extend(args.get(at));
        } else if call.is(at, "bcast") {
            options.mode.broadcast = true;
        } else if call.is(at, "optin") {
            options.mode.opt_in = true;
        } else if call.is(at, "optout") {
            options.mode.opt_out = true;
        } else if call.is(at, "noloop") {
            options.mode.no_loop = true;
        } else {
            call.syntax_error();
            return None;
        }
        at += 1;
    }
    Some(options)
}

/// The client with an id, and its key. Redis: `lookupClientByID`.
fn find_client(call: &Call<'_>, id: i64) -> Option<(u64, ClientKey)> {
    let mut clients = call.server.clients.iter();
    let found = clients.find(|(_, client)| client.id as i64 == id && client.state != State::Gone);
    found.map(|(key, client)| (client.id, key))
}

/// Whether the options fit together, and what the client has asked for before.
fn check(call: &mut Call<'_>, options: &Options<'_>) -> Result<(), Vec<u8>> {
    let Options { mode, prefixes, .. } = options;
    let old = call.client().tracking();
    let error = if !mode.broadcast && !prefixes.is_empty() {
        "PREFIX option requires BCAST mode to be enabled"
    } else if old.on && old.broadcast != mode.broadcast {
        "You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a \
         different mode."
    } else if mode.broadcast && (mode.opt_in || mode.opt_out) {
        "OPTIN and OPTOUT are not compatible with BCAST"
    } else if mode.opt_in && mode.opt_out {
        "You can't specify both OPTIN mode and OPTOUT mode"
    } else if (mode.opt_in && old.opt_out) || (mode.opt_out && old.opt_in) {
        "You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a \
         different mode."
    } else {
        let existing = Default::default();
        let existing = call.client().tracker.as_ref().map_or(&existing, |tracker| &tracker.prefixes);
        let (prefix, which, other) = match find_overlap(existing, prefixes) {
            None => return Ok(()),
            Some(Overlap::Existing(prefix, other)) => (prefix, "an existing prefix", other),
            Some(Overlap::New(prefix, other)) => (prefix, "another provided prefix", other),
        };
        let words: [&[u8]; 7] = [
            b"ERR Prefix '",
            until_nul(prefix),
            b"' overlaps with ",
            which.as_bytes(),
            b" '",
            until_nul(other),
            b"'. Prefixes for a single client must not overlap.",
        ];
        return Err(words.concat());
    };
    Err(format!("ERR {error}").into_bytes())
}

/// `CLIENT CACHING YES|NO`: whether the keys of the next command, or of the transaction, are remembered.
pub fn caching(call: &mut Call<'_>) {
    let mode = call.client().tracking();
    let error = if !mode.on {
        "CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled"
    } else if call.is(2, "yes") {
        if mode.opt_in {
            ""
        } else {
            "CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode."
        }
    } else if call.is(2, "no") {
        if mode.opt_out {
            ""
        } else {
            "CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode."
        }
    } else {
        return call.syntax_error();
    };
    if !error.is_empty() {
        return call.reply.error(format!("ERR {error}"));
    }
    if let Some(tracker) = call.client().tracker.as_mut() {
        tracker.mode.caching = true;
    }
    call.reply.ok();
}

/// The id of the client that is sent the messages for `client`; 0: itself; -1: it does not track.
pub(super) fn redirection(client: &crate::client::Client) -> i64 {
    match client.tracker.as_deref().filter(|tracker| tracker.mode.on) {
        Some(tracker) => tracker.redirect.map_or(0, |(id, _)| id as i64),
        None => -1,
    }
}

/// `CLIENT GETREDIR`
pub fn getredir(call: &mut Call<'_>) {
    let id = redirection(call.client());
    call.reply.integer(id);
}

/// `CLIENT TRACKINGINFO`
pub fn trackinginfo(call: &mut Call<'_>) {
    let client = &call.server.clients[call.client];
    let mode = client.tracking();
    let flags = [
        (mode.on, "on"),
        (!mode.on, "off"),
        (mode.broadcast, "bcast"),
        (mode.opt_in, "optin"),
        (mode.opt_in && mode.caching, "caching-yes"),
        (mode.opt_out, "optout"),
        (mode.opt_out && mode.caching, "caching-no"),
        (mode.no_loop, "noloop"),
        (mode.broken, "broken_redirect"),
    ];
    let flags = flags.iter().filter(|(set, _)| *set);
    let reply = &mut *call.reply;
    reply.map(3);
    reply.bulk("flags");
    reply.set(flags.clone().count());
    flags.for_each(|(_, name)| reply.bulk(name));
    reply.bulk("redirect");
    reply.integer(redirection(client));
    reply.bulk("prefixes");
    let prefixes = client.tracker.as_deref().map(|tracker| &tracker.prefixes);
    reply.array(prefixes.map_or(0, |prefixes| prefixes.len()));
    prefixes.into_iter().flat_map(|prefixes| prefixes.keys()).for_each(|prefix| reply.bulk(prefix));
}
