//! CLIENT KILL.
//!
//! Redis: `src/networking.c`, `clientKillCommand`.

use super::filter;
use super::filter::Filter;
use crate::base::ids::ClientKey;
use crate::client::log::Described;
use crate::client::reason::Reason;
use crate::server::dispatch::Call;
use crate::text::c::until_nul;

/// `CLIENT KILL ip:port` (replies OK, or that there is no such client; may close its own connection), or
/// `CLIENT KILL option value …` (replies how many it closed; spares its own unless SKIPME no).
pub fn kill(call: &mut Call<'_>) {
    let old_form = call.args.len() == 3;
    let (filter, skip_me) = if old_form {
        (Filter { addr: Some(call.args[2].to_vec()), ..Filter::default() }, false)
    } else {
        match parse(call) {
            Ok(options) => options,
            Err(error) => return call.reply.error(error),
        }
    };
    let now = call.server.seconds();
    let fits =
        |(key, client): &(ClientKey, &_)| filter.matches(client, now) && !(skip_me && *key == call.client);
    let victims: Vec<ClientKey> = call.server.clients.iter().filter(fits).map(|(key, _)| key).collect();
    match victims.len() {
        0 if old_form => call.reply.error("ERR No such client"),
        _ if old_form => call.reply.ok(),
        count => call.reply.integer(count as i64),
    }
    let by = Reason::Killed(Some(Described(&call.server.clients[call.client]).to_string()));
    for key in victims {
        if key == call.client {
            call.server.clients.close_after_reply(key, &Reason::Killed(None));
        } else {
            call.server.kill(key, &by);
        }
    }
}

fn parse(call: &mut Call<'_>) -> Result<(Filter, bool), Vec<u8>> {
    let syntax = || b"ERR syntax error".to_vec();
    let mut filter = Filter::default();
    let mut skip_me = true;
    for at in (2..call.args.len()).step_by(2) {
        let value = call.args.get(at + 1).ok_or_else(syntax)?;
        let number = || crate::text::integer::parse_integer(value);
        if call.is(at, "id") {
            let id = number().filter(|&id| id > 0).ok_or(b"ERR client-id should be greater than 0")?;
            filter.id = Some(id as u64);
        } else if call.is(at, "maxage") {
            let age = number().ok_or(b"ERR maxage is not an integer or out of range")?;
            if age <= 0 {
                return Err(b"ERR maxage should be greater than 0".to_vec());
            }
            filter.max_age = Some(age as u64);
        } else if call.is(at, "type") {
            filter.kind = Some(filter::parse_kind(value).ok_or_else(|| filter::unknown_kind(value))?);
        } else if call.is(at, "addr") {
            filter.addr = Some(value.to_vec());
        } else if call.is(at, "laddr") {
            filter.laddr = Some(value.to_vec());
        } else if call.is(at, "user") {
            if value != b"default" {
                return Err([b"ERR No such user '", until_nul(value), b"'"].concat());
            }
        } else if call.is(at, "skipme") {
            skip_me = match until_nul(value).to_ascii_lowercase().as_slice() {
                b"yes" => true,
                b"no" => false,
                _ => return Err(syntax()),
            };
        } else {
            return Err(syntax());
        }
    }
    Ok((filter, skip_me))
}
