//! DUMP here and RESTORE in Redis, and the other way round: the values are equal, and so are the bytes where they are
//! determined; of a HyperLogLog and a bitmap the replies on the way too. Bytes that were changed are refused by both or by neither.
//!
//! `CUTAWAY_EXCHANGES=5000` tries more values than 300, `CUTAWAY_SEED=7` others.

use std::net::SocketAddr;

use cutaway::persist::footer;
use cutaway::tools::scenario::words::{Request, quote};

use super::asked::{Asked, Here, There, print, request};
use super::redis;
use super::values::{Chance, value};

/// What a server says of a key: all but the order in which a dict has it.
fn about(asked: &mut dyn Asked, key: &str) -> String {
    let questions = [
        &["DEBUG", "DIGEST-VALUE", key][..],
        &["OBJECT", "ENCODING", key],
        &["XINFO", "STREAM", key],
        &["XINFO", "GROUPS", key],
        &["XPENDING", key, "g"],
        &["XPENDING", key, "h"],
    ];
    // An error names the key.
    questions.map(|words| print(&asked.ask('A', &request(words))).replace("'new'", "'k'")).join("\n")
}

fn dump(asked: &mut dyn Asked, key: &str) -> Vec<u8> {
    match &asked.ask('A', &request(&["DUMP", key]))[..] {
        [frame] => frame.as_bulk().unwrap_or_else(|| panic!("{}", frame.print(""))).to_vec(),
        frames => panic!("{}", print(frames)),
    }
}

/// What is dumped without compression: what Redis's compressor finds depends on what was in its memory before.
fn plain(asked: &mut dyn Asked) -> Vec<u8> {
    let compress = |asked: &mut dyn Asked, value| {
        assert_eq!(print(&asked.ask('A', &request(&["CONFIG", "SET", "rdbcompression", value]))), "+OK");
    };
    compress(asked, "no");
    let payload = dump(asked, "k");
    compress(asked, "yes");
    payload
}

fn restore(asked: &mut dyn Asked, key: &str, payload: &[u8]) -> String {
    let mut words = request(&["RESTORE", key, "0"]);
    words.extend([payload.to_vec(), b"REPLACE".to_vec()]);
    print(&asked.ask('A', &words))
}

/// Both servers, emptied and with the same value at `k`. None: a command of it is not built here.
fn both(address: SocketAddr, requests: &[Request]) -> Option<(Here, There)> {
    let (mut here, mut there) = (Here::new(), There::new(address));
    let [ours, theirs] = [&mut here as &mut dyn Asked, &mut there].map(|server| {
        // Fields whose time has passed are compared as well.
        for words in
            [&["CONFIG", "SET", "sanitize-dump-payload", "yes"][..], &["DEBUG", "SET-ACTIVE-EXPIRE", "0"]]
        {
            assert_eq!(print(&server.ask('A', &request(words))), "+OK");
        }
        requests.iter().map(|request| print(&server.ask('A', request))).collect::<Vec<_>>()
    });
    for ((request, ours), theirs) in requests.iter().zip(ours).zip(theirs) {
        if ours.contains("unknown command") || theirs.contains("unknown command") {
            return None;
        }
        let typed = || request.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ");
        assert!(!ours.starts_with('-') && !theirs.starts_with('-'), "{ours} {theirs} for {}", typed());
        let name = request[0].to_ascii_uppercase();
        if [&b"PF"[..], b"BIT", b"SETBIT"].iter().any(|start| name.starts_with(start)) {
            assert_eq!(ours, theirs, "{}", typed());
        }
    }
    Some((here, there))
}

/// Whether neither the order of a dict nor the time is a part of the payload.
fn is_determined(about: &str) -> bool {
    let has_consumers = [1, 2].iter().any(|count| about.contains(&format!("\"consumers\" :{count}")));
    !(about.contains("\"hashtable\"") || has_consumers)
}

#[test]
fn what_is_dumped_here_redis_restores_and_the_other_way_round() {
    let Some(redis) = redis() else { return };
    let (mut chance, count) = Chance::asked();
    for number in 0..count {
        let requests = value(&mut chance);
        let Some((mut here, mut there)) = both(redis.address, &requests) else { continue };
        let (ours, theirs) = (dump(&mut here, "k"), dump(&mut there, "k"));
        let (about_ours, about_theirs) = (about(&mut here, "k"), about(&mut there, "k"));
        let of = || format!("value {number}: {}", quote(&theirs));
        assert_eq!(about_ours, about_theirs, "{}", of());
        if is_determined(&about_theirs) {
            let plain = [plain(&mut here), plain(&mut there)];
            assert_eq!(quote(&plain[0]), quote(&plain[1]), "value {number}");
        }
        assert_eq!(restore(&mut here, "new", &theirs), "+OK", "{}", of());
        assert_eq!(restore(&mut there, "new", &ours), "+OK", "{}", quote(&ours));
        let (new_ours, new_theirs) = (about(&mut here, "new"), about(&mut there, "new"));
        assert_eq!(new_ours, new_theirs, "{}", of());
        // A string that has grown is another when it comes back: `embstr`, if it is short, and `int`, if it is a number.
        let any = |about: &str| {
            ["\"embstr\"", "\"int\""]
                .iter()
                .fold(about.to_string(), |about, form| about.replace(form, "\"raw\""))
        };
        assert_eq!(any(&new_theirs), any(&about_theirs));
    }
}

/// Bytes that nobody dumped: some are changed, left out or come twice.
pub(super) fn mutated(chance: &mut Chance, payload: &[u8]) -> Vec<u8> {
    let mut body = payload[..payload.len() - footer::LEN].to_vec();
    for _ in 0..1 + chance.below(3) {
        if body.is_empty() {
            break;
        }
        // Lengths and heads stand in front.
        let reach = if chance.below(2) == 0 { body.len().min(40) } else { body.len() };
        let at = chance.below(reach);
        match chance.below(6) {
            0 => body[at] ^= 1 << chance.below(8),
            1 => body[at] = chance.below(256) as u8,
            2 => body[at] = body[at].wrapping_add(1),
            3 => body.truncate(at),
            4 => _ = body.remove(at),
            _ => body.insert(at, body[at]),
        }
    }
    footer::seal(&mut body);
    body
}

#[test]
fn what_redis_refuses_is_refused_and_what_it_accepts_is_equal() {
    let Some(redis) = redis() else { return };
    let (mut chance, count) = Chance::asked();
    let mut accepted = 0;
    for _ in 0..count {
        let requests = value(&mut chance);
        let Some((mut here, mut there)) = both(redis.address, &requests) else { continue };
        let payload = dump(&mut there, "k");
        // Of a large value, most changes are in what is compressed.
        for _ in 0..10 {
            let changed = mutated(&mut chance, &payload);
            let (ours, theirs) = (restore(&mut here, "m", &changed), restore(&mut there, "m", &changed));
            // Entries of a stream that are not in order, fields that are to expire and scores that are no numbers are refused
            // only here.
            if theirs == "+OK"
                && ours != theirs
                && [3, 12, 15, 17, 19, 21, 22, 23, 24, 25].contains(&changed[0])
            {
                continue;
            }
            assert_eq!(ours, theirs, "{}", quote(&changed));
            if theirs == "+OK" {
                accepted += 1;
                let digest =
                    |asked: &mut dyn Asked| print(&asked.ask('A', &request(&["DEBUG", "DIGEST-VALUE", "m"])));
                assert_eq!(digest(&mut here), digest(&mut there), "{}", quote(&changed));
            }
        }
    }
    assert!(accepted > count, "only {accepted} of the changed payloads were accepted");
}
