//! What the clients of the killed server do, and how what has come of it is looked at.

/// Requests that belong together: one command or script, or a transaction.
pub type Unit = Vec<Vec<String>>;

/// Far enough in the future: nothing expires in a test.
const LATER_MS: u64 = 4_000_000_000_000;

const SCRIPT: &str = "for i = 1, 3 do redis.call('RPUSH', KEYS[1], ARGV[1] .. ':' .. i) end \
                      redis.call('INCRBY', KEYS[2], ARGV[1]) return redis.call('SET', KEYS[3], ARGV[1])";

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(String::from).collect()
}

/// The unit with this number. All of it depends on the numbers that are drawn, none on the server's clock or chance.
pub fn unit(random: &mut impl FnMut(u64) -> u64, at: usize) -> Unit {
    let (few, id) = (random(5), random(30) + at as u64 / 2);
    let command = |random: &mut dyn FnMut(u64) -> u64| match random(24) {
        0 => format!("SET s{few} v{at}"),
        1 => format!("APPEND s{few} +{at}"),
        2 => format!("SET s{few} {at} PXAT {}", LATER_MS + at as u64),
        3 => "INCRBYFLOAT f 0.1".into(),
        4 => format!("RENAME s{few} s{}", random(5)),
        5 => format!("PEXPIREAT s{few} {}", LATER_MS + few),
        6 => format!("DEL s{few} gone"),
        7 => format!("RPUSH l {at} {at}"),
        8 => "LPOP l 2".into(),
        9 => "LMOVE l l2 LEFT RIGHT".into(),
        10 => format!("SADD set {at} {few}"),
        11 => format!("SREM set {few} {}", at.saturating_sub(3)),
        12 => format!("ZADD z {few}.5 {at} 1 first"),
        13 => "ZINCRBY z 0.25 first".into(),
        14 => "ZPOPMIN z".into(),
        15 => format!("HSET h a{few} {at} b {at}"),
        16 => format!("HPEXPIREAT h {} FIELDS 2 a{few} b", LATER_MS + at as u64),
        17 => format!("HDEL h a{few}"),
        18 => format!("XADD st MAXLEN 40 {}-1 n {at}", at + 1),
        19 => "XREADGROUP GROUP g c COUNT 2 STREAMS st >".into(),
        20 => format!("XACK st g {id}-1"),
        21 => format!("XCLAIM st g other 0 {id}-1"),
        22 => format!("XDEL st {id}-1"),
        _ => "XGROUP CREATE st g 0 MKSTREAM".into(),
    };
    match random(8) {
        0 => vec![
            ["EVAL", SCRIPT, "3", "l", "n", "s"]
                .map(String::from)
                .into_iter()
                .chain([at.to_string()])
                .collect(),
        ],
        1 => {
            let mut unit = vec![words("MULTI")];
            // A set of one member, so that chance has no choice.
            unit.extend([words(&format!("SADD one {at}")), words("SPOP one"), words("INCR n")]);
            unit.extend((0..3).map(|_| words(&command(random))));
            unit.push(words("EXEC"));
            unit
        }
        _ => vec![words(&command(random))],
    }
}

/// The items of a reply, without its structure.
fn items(reply: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(reply);
    // No value of a unit has a line end in it.
    text.split("\r\n")
        .filter(|line| !line.is_empty() && !line.starts_with(['*', '$']))
        .map(String::from)
        .collect()
}

/// Everything in the database, in an order that does not depend on how it is kept: what was loaded may be kept otherwise.
pub fn state(ask: &mut dyn FnMut(&[String]) -> Vec<u8>) -> Vec<String> {
    let mut ask = |line: &str| ask(&words(line));
    let mut keys = items(&ask("KEYS *"));
    keys.sort();
    let mut state = Vec::new();
    for key in keys {
        let kind = items(&ask(&format!("TYPE {key}"))).concat();
        let mut value = match kind.as_str() {
            "+string" => items(&ask(&format!("GET {key}"))),
            "+list" => items(&ask(&format!("LRANGE {key} 0 -1"))),
            "+set" => items(&ask(&format!("SMEMBERS {key}"))),
            "+zset" => items(&ask(&format!("ZRANGE {key} 0 -1 WITHSCORES"))),
            "+hash" => {
                let fields = items(&ask(&format!("HKEYS {key}")));
                let line = |field: &String| {
                    let value = items(&ask(&format!("HGET {key} {field}")));
                    let expires = items(&ask(&format!("HPEXPIRETIME {key} FIELDS 1 {field}")));
                    format!("{field} {value:?} {expires:?}")
                };
                fields.iter().map(line).collect()
            }
            "+stream" => {
                let mut lines = items(&ask(&format!("XRANGE {key} - +")));
                let length = items(&ask(&format!("XINFO STREAM {key}")));
                // The id that was given last, and how many were ever added.
                for name in ["last-generated-id", "max-deleted-entry-id", "entries-added"] {
                    let at = length.iter().position(|item| item == name).unwrap();
                    lines.push(length[at + 1].clone());
                }
                let mut groups = items(&ask(&format!("XINFO GROUPS {key}")));
                // Of a consumer that XCLAIM has made and given nothing the file does not know, as in Redis.
                if let Some(at) = groups.iter().position(|item| item == "consumers") {
                    groups.drain(at..at + 2);
                }
                lines.extend(groups);
                lines.extend(items(&ask(&format!("XPENDING {key} g"))));
                lines
            }
            other => vec![other.into()],
        };
        if ["+set", "+hash"].contains(&kind.as_str()) {
            value.sort();
        }
        let expires = items(&ask(&format!("PEXPIRETIME {key}"))).concat();
        state.push(format!("{key} {kind} {expires} {}", value.join(" ")));
    }
    state
}
