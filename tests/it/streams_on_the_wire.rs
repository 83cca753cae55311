//! What Redis 8.0 answered on the wire to the commands that StackExchange.Redis sends for streams, captured once on a
//! connection of RESP2 and one of RESP3; the clock goes as it went then, so that the ages are the same too.

use cutaway::base::ids::ClientKey;
use cutaway::client::About;
use cutaway::config::Config;
use cutaway::server::turn::Received;
use cutaway::server::{Process, Server, Time};

/// Milliseconds since 1970 at the first command: the id of the entry with `*` says so.
const START: u64 = 1_795_220_318_938;

/// Which connection sends.
use Connection::{R2, R3};

#[derive(Clone, Copy, Debug)]
enum Connection {
    R2,
    R3,
}

/// What was sent and received: when, in milliseconds after the start, if that matters; who; the requests; the bytes of all
/// their replies.
type Step = (Option<u64>, Connection, &'static [&'static str], &'static str);

#[rustfmt::skip]
const CAPTURED: &[Step] = &[
    (Some(0), R2, &["XADD st 0-1 data x metadata y", "XADD st 0-2 data x2", "XADD st 0-2 data x3", "XADD st 0-1 data x3", "XADD st 0-0 data x3", "XADD st 0-* d x", "XADD st2 0-* d x", "XADD st 0-* d x", "XADD nosuch NOMKSTREAM * f v", "XADD st * f v"],
     "$3\r\n0-1\r\n$3\r\n0-2\r\n-ERR The ID specified in XADD is equal or smaller than the target stream top item\r\n-ERR The ID specified in XADD is equal or smaller than the target stream top item\r\n-ERR The ID specified in XADD must be greater than 0-0\r\n$3\r\n0-3\r\n$3\r\n0-1\r\n$3\r\n0-4\r\n$-1\r\n$15\r\n1795220318938-0\r\n"),
    (None, R3, &["XADD nosuch NOMKSTREAM * f v"],
     "_\r\n"),
    (None, R2, &["XRANGE st - + COUNT 2"],
     "*2\r\n*2\r\n$3\r\n0-1\r\n*4\r\n$4\r\ndata\r\n$1\r\nx\r\n$8\r\nmetadata\r\n$1\r\ny\r\n*2\r\n$3\r\n0-2\r\n*2\r\n$4\r\ndata\r\n$2\r\nx2\r\n"),
    (None, R3, &["XRANGE st - + COUNT 2"],
     "*2\r\n*2\r\n$3\r\n0-1\r\n*4\r\n$4\r\ndata\r\n$1\r\nx\r\n$8\r\nmetadata\r\n$1\r\ny\r\n*2\r\n$3\r\n0-2\r\n*2\r\n$4\r\ndata\r\n$2\r\nx2\r\n"),
    (None, R2, &["XREAD COUNT 1 STREAMS st 0"],
     "*1\r\n*2\r\n$2\r\nst\r\n*1\r\n*2\r\n$3\r\n0-1\r\n*4\r\n$4\r\ndata\r\n$1\r\nx\r\n$8\r\nmetadata\r\n$1\r\ny\r\n"),
    (None, R3, &["XREAD COUNT 1 STREAMS st 0"],
     "%1\r\n$2\r\nst\r\n*1\r\n*2\r\n$3\r\n0-1\r\n*4\r\n$4\r\ndata\r\n$1\r\nx\r\n$8\r\nmetadata\r\n$1\r\ny\r\n"),
    (None, R2, &["XREAD COUNT 1 STREAMS st st2 0 0"],
     "*2\r\n*2\r\n$2\r\nst\r\n*1\r\n*2\r\n$3\r\n0-1\r\n*4\r\n$4\r\ndata\r\n$1\r\nx\r\n$8\r\nmetadata\r\n$1\r\ny\r\n*2\r\n$3\r\nst2\r\n*1\r\n*2\r\n$3\r\n0-1\r\n*2\r\n$1\r\nd\r\n$1\r\nx\r\n"),
    (None, R3, &["XREAD COUNT 1 STREAMS st st2 0 0"],
     "%2\r\n$2\r\nst\r\n*1\r\n*2\r\n$3\r\n0-1\r\n*4\r\n$4\r\ndata\r\n$1\r\nx\r\n$8\r\nmetadata\r\n$1\r\ny\r\n$3\r\nst2\r\n*1\r\n*2\r\n$3\r\n0-1\r\n*2\r\n$1\r\nd\r\n$1\r\nx\r\n"),
    (None, R2, &["XREAD COUNT 1 STREAMS nosuch 0"],
     "*-1\r\n"),
    (None, R3, &["XREAD COUNT 1 STREAMS nosuch 0"],
     "_\r\n"),
    (None, R2, &["XGROUP CREATE st g 0 MKSTREAM"],
     "+OK\r\n"),
    (None, R3, &["XGROUP CREATE st g 0 MKSTREAM"],
     "-BUSYGROUP Consumer Group name already exists\r\n"),
    (None, R2, &["XGROUP CREATE nosuch g $"],
     "-ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.\r\n"),
    (None, R2, &["XGROUP SETID st g 0", "XGROUP CREATECONSUMER st g c2", "XGROUP DELCONSUMER st g c9", "XGROUP DESTROY st g9"],
     "+OK\r\n:1\r\n:0\r\n:0\r\n"),
    (Some(17486), R2, &["XREADGROUP GROUP g c1 COUNT 1 STREAMS st >"],
     "*1\r\n*2\r\n$2\r\nst\r\n*1\r\n*2\r\n$3\r\n0-1\r\n*4\r\n$4\r\ndata\r\n$1\r\nx\r\n$8\r\nmetadata\r\n$1\r\ny\r\n"),
    (Some(17737), R3, &["XREADGROUP GROUP g c1 COUNT 1 STREAMS st >"],
     "%1\r\n$2\r\nst\r\n*1\r\n*2\r\n$3\r\n0-2\r\n*2\r\n$4\r\ndata\r\n$2\r\nx2\r\n"),
    (Some(17988), R2, &["XREADGROUP GROUP g c1 STREAMS st 0"],
     "*1\r\n*2\r\n$2\r\nst\r\n*2\r\n*2\r\n$3\r\n0-1\r\n*4\r\n$4\r\ndata\r\n$1\r\nx\r\n$8\r\nmetadata\r\n$1\r\ny\r\n*2\r\n$3\r\n0-2\r\n*2\r\n$4\r\ndata\r\n$2\r\nx2\r\n"),
    (Some(18238), R3, &["XREADGROUP GROUP g c1 STREAMS st 0"],
     "%1\r\n$2\r\nst\r\n*2\r\n*2\r\n$3\r\n0-1\r\n*4\r\n$4\r\ndata\r\n$1\r\nx\r\n$8\r\nmetadata\r\n$1\r\ny\r\n*2\r\n$3\r\n0-2\r\n*2\r\n$4\r\ndata\r\n$2\r\nx2\r\n"),
    (Some(18490), R2, &["XREADGROUP GROUP g c2 COUNT 1 NOACK STREAMS st >"],
     "*1\r\n*2\r\n$2\r\nst\r\n*1\r\n*2\r\n$3\r\n0-3\r\n*2\r\n$1\r\nd\r\n$1\r\nx\r\n"),
    (Some(18741), R3, &["XREADGROUP GROUP g c2 COUNT 1 NOACK STREAMS st >"],
     "%1\r\n$2\r\nst\r\n*1\r\n*2\r\n$3\r\n0-4\r\n*2\r\n$1\r\nd\r\n$1\r\nx\r\n"),
    (None, R2, &["XREADGROUP GROUP zz c1 STREAMS st >"],
     "-NOGROUP No such key 'st' or consumer group 'zz' in XREADGROUP with GROUP option\r\n"),
    (None, R3, &["XREADGROUP GROUP zz c1 STREAMS st >"],
     "-NOGROUP No such key 'st' or consumer group 'zz' in XREADGROUP with GROUP option\r\n"),
    (None, R2, &["XPENDING st g"],
     "*4\r\n:2\r\n$3\r\n0-1\r\n$3\r\n0-2\r\n*1\r\n*2\r\n$2\r\nc1\r\n$1\r\n2\r\n"),
    (None, R3, &["XPENDING st g"],
     "*4\r\n:2\r\n$3\r\n0-1\r\n$3\r\n0-2\r\n*1\r\n*2\r\n$2\r\nc1\r\n$1\r\n2\r\n"),
    (Some(20000), R2, &["XPENDING st g - + 10", "XPENDING st g - + 10 c1"],
     "*2\r\n*4\r\n$3\r\n0-1\r\n$2\r\nc1\r\n:1762\r\n:3\r\n*4\r\n$3\r\n0-2\r\n$2\r\nc1\r\n:1762\r\n:3\r\n*2\r\n*4\r\n$3\r\n0-1\r\n$2\r\nc1\r\n:1762\r\n:3\r\n*4\r\n$3\r\n0-2\r\n$2\r\nc1\r\n:1762\r\n:3\r\n"),
    (Some(20250), R3, &["XPENDING st g - + 10", "XPENDING st g - + 10 c1"],
     "*2\r\n*4\r\n$3\r\n0-1\r\n$2\r\nc1\r\n:2012\r\n:3\r\n*4\r\n$3\r\n0-2\r\n$2\r\nc1\r\n:2012\r\n:3\r\n*2\r\n*4\r\n$3\r\n0-1\r\n$2\r\nc1\r\n:2012\r\n:3\r\n*4\r\n$3\r\n0-2\r\n$2\r\nc1\r\n:2012\r\n:3\r\n"),
    (None, R2, &["XGROUP CREATE st g2 0", "XPENDING st g2"],
     "+OK\r\n*4\r\n:0\r\n$-1\r\n$-1\r\n*-1\r\n"),
    (None, R3, &["XPENDING st g2"],
     "*4\r\n:0\r\n_\r\n_\r\n_\r\n"),
    (Some(21003), R2, &["XCLAIM st g c3 0 0-1", "XCLAIM st g c3 0 0-1 JUSTID"],
     "*1\r\n*2\r\n$3\r\n0-1\r\n*4\r\n$4\r\ndata\r\n$1\r\nx\r\n$8\r\nmetadata\r\n$1\r\ny\r\n*1\r\n$3\r\n0-1\r\n"),
    (Some(21254), R3, &["XCLAIM st g c3 0 0-1", "XCLAIM st g c3 0 0-1 JUSTID"],
     "*1\r\n*2\r\n$3\r\n0-1\r\n*4\r\n$4\r\ndata\r\n$1\r\nx\r\n$8\r\nmetadata\r\n$1\r\ny\r\n*1\r\n$3\r\n0-1\r\n"),
    (Some(21505), R2, &["XAUTOCLAIM st g c4 0 0-0", "XAUTOCLAIM st g c4 0 0-0 COUNT 1 JUSTID"],
     "*3\r\n$3\r\n0-0\r\n*2\r\n*2\r\n$3\r\n0-1\r\n*4\r\n$4\r\ndata\r\n$1\r\nx\r\n$8\r\nmetadata\r\n$1\r\ny\r\n*2\r\n$3\r\n0-2\r\n*2\r\n$4\r\ndata\r\n$2\r\nx2\r\n*0\r\n*3\r\n$3\r\n0-2\r\n*1\r\n$3\r\n0-1\r\n*0\r\n"),
    (Some(21755), R3, &["XAUTOCLAIM st g c4 0 0-0", "XAUTOCLAIM st g c4 0 0-0 COUNT 1 JUSTID"],
     "*3\r\n$3\r\n0-0\r\n*2\r\n*2\r\n$3\r\n0-1\r\n*4\r\n$4\r\ndata\r\n$1\r\nx\r\n$8\r\nmetadata\r\n$1\r\ny\r\n*2\r\n$3\r\n0-2\r\n*2\r\n$4\r\ndata\r\n$2\r\nx2\r\n*0\r\n*3\r\n$3\r\n0-2\r\n*1\r\n$3\r\n0-1\r\n*0\r\n"),
    (None, R2, &["XINFO STREAM st"],
     "*20\r\n$6\r\nlength\r\n:5\r\n$15\r\nradix-tree-keys\r\n:1\r\n$16\r\nradix-tree-nodes\r\n:2\r\n$17\r\nlast-generated-id\r\n$15\r\n1795220318938-0\r\n$20\r\nmax-deleted-entry-id\r\n$3\r\n0-0\r\n$13\r\nentries-added\r\n:5\r\n$23\r\nrecorded-first-entry-id\r\n$3\r\n0-1\r\n$6\r\ngroups\r\n:2\r\n$11\r\nfirst-entry\r\n*2\r\n$3\r\n0-1\r\n*4\r\n$4\r\ndata\r\n$1\r\nx\r\n$8\r\nmetadata\r\n$1\r\ny\r\n$10\r\nlast-entry\r\n*2\r\n$15\r\n1795220318938-0\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n"),
    (None, R3, &["XINFO STREAM st"],
     "%10\r\n$6\r\nlength\r\n:5\r\n$15\r\nradix-tree-keys\r\n:1\r\n$16\r\nradix-tree-nodes\r\n:2\r\n$17\r\nlast-generated-id\r\n$15\r\n1795220318938-0\r\n$20\r\nmax-deleted-entry-id\r\n$3\r\n0-0\r\n$13\r\nentries-added\r\n:5\r\n$23\r\nrecorded-first-entry-id\r\n$3\r\n0-1\r\n$6\r\ngroups\r\n:2\r\n$11\r\nfirst-entry\r\n*2\r\n$3\r\n0-1\r\n*4\r\n$4\r\ndata\r\n$1\r\nx\r\n$8\r\nmetadata\r\n$1\r\ny\r\n$10\r\nlast-entry\r\n*2\r\n$15\r\n1795220318938-0\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n"),
    (None, R2, &["XINFO GROUPS st"],
     "*2\r\n*12\r\n$4\r\nname\r\n$1\r\ng\r\n$9\r\nconsumers\r\n:4\r\n$7\r\npending\r\n:2\r\n$17\r\nlast-delivered-id\r\n$3\r\n0-4\r\n$12\r\nentries-read\r\n:4\r\n$3\r\nlag\r\n:1\r\n*12\r\n$4\r\nname\r\n$2\r\ng2\r\n$9\r\nconsumers\r\n:0\r\n$7\r\npending\r\n:0\r\n$17\r\nlast-delivered-id\r\n$3\r\n0-0\r\n$12\r\nentries-read\r\n$-1\r\n$3\r\nlag\r\n:5\r\n"),
    (None, R3, &["XINFO GROUPS st"],
     "*2\r\n%6\r\n$4\r\nname\r\n$1\r\ng\r\n$9\r\nconsumers\r\n:4\r\n$7\r\npending\r\n:2\r\n$17\r\nlast-delivered-id\r\n$3\r\n0-4\r\n$12\r\nentries-read\r\n:4\r\n$3\r\nlag\r\n:1\r\n%6\r\n$4\r\nname\r\n$2\r\ng2\r\n$9\r\nconsumers\r\n:0\r\n$7\r\npending\r\n:0\r\n$17\r\nlast-delivered-id\r\n$3\r\n0-0\r\n$12\r\nentries-read\r\n_\r\n$3\r\nlag\r\n:5\r\n"),
    (Some(23009), R2, &["XINFO CONSUMERS st g"],
     "*4\r\n*8\r\n$4\r\nname\r\n$2\r\nc1\r\n$7\r\npending\r\n:0\r\n$4\r\nidle\r\n:4771\r\n$8\r\ninactive\r\n:5272\r\n*8\r\n$4\r\nname\r\n$2\r\nc2\r\n$7\r\npending\r\n:0\r\n$4\r\nidle\r\n:4268\r\n$8\r\ninactive\r\n:-1\r\n*8\r\n$4\r\nname\r\n$2\r\nc3\r\n$7\r\npending\r\n:0\r\n$4\r\nidle\r\n:1755\r\n$8\r\ninactive\r\n:1755\r\n*8\r\n$4\r\nname\r\n$2\r\nc4\r\n$7\r\npending\r\n:2\r\n$4\r\nidle\r\n:1254\r\n$8\r\ninactive\r\n:1254\r\n"),
    (Some(23259), R3, &["XINFO CONSUMERS st g"],
     "*4\r\n%4\r\n$4\r\nname\r\n$2\r\nc1\r\n$7\r\npending\r\n:0\r\n$4\r\nidle\r\n:5021\r\n$8\r\ninactive\r\n:5522\r\n%4\r\n$4\r\nname\r\n$2\r\nc2\r\n$7\r\npending\r\n:0\r\n$4\r\nidle\r\n:4518\r\n$8\r\ninactive\r\n:-1\r\n%4\r\n$4\r\nname\r\n$2\r\nc3\r\n$7\r\npending\r\n:0\r\n$4\r\nidle\r\n:2005\r\n$8\r\ninactive\r\n:2005\r\n%4\r\n$4\r\nname\r\n$2\r\nc4\r\n$7\r\npending\r\n:2\r\n$4\r\nidle\r\n:1504\r\n$8\r\ninactive\r\n:1504\r\n"),
    (None, R2, &["XINFO STREAM nosuch"],
     "-ERR no such key\r\n"),
    (None, R2, &["XACK st g 0-1"],
     ":1\r\n"),
    (None, R3, &["XACK st g 0-1"],
     ":0\r\n"),
    (None, R2, &["XLEN st"],
     ":5\r\n"),
    (None, R3, &["XLEN st"],
     ":5\r\n"),
    (None, R2, &["XDEL st 0-2"],
     ":1\r\n"),
    (None, R3, &["XDEL st 0-2"],
     ":0\r\n"),
    (None, R2, &["XTRIM st MAXLEN 3", "XTRIM st MAXLEN ~ 3"],
     ":1\r\n:0\r\n"),
    (None, R3, &["XTRIM st MAXLEN 3", "XTRIM st MAXLEN ~ 3"],
     ":0\r\n:0\r\n"),
    (None, R2, &["XGROUP CREATE st g 0"],
     "-BUSYGROUP Consumer Group name already exists\r\n"),
    (None, R2, &["XREAD COUNT 1 STREAMS st -", "XREAD COUNT 1 STREAMS st x", "XRANGE st (0-2 + COUNT 1"],
     "-ERR Invalid stream ID specified as stream command argument\r\n-ERR Invalid stream ID specified as stream command argument\r\n*1\r\n*2\r\n$3\r\n0-3\r\n*2\r\n$1\r\nd\r\n$1\r\nx\r\n"),
];

fn owed(server: &mut Server, key: ClientKey) -> String {
    String::from_utf8(Received::from(server, key)).unwrap()
}

#[test]
fn every_reply_is_what_redis_answered() {
    let mut server = Server::new(
        cutaway::command::table(&Config::default()).unwrap(),
        Config::default(),
        Process::default(),
        Time::default(),
        || 0,
    );
    let connections =
        [(); 2].map(|()| server.connect(About { addr: "127.0.0.1:1".into(), ..About::default() }));
    server.feed(connections[1], b"HELLO 3\r\n");
    owed(&mut server, connections[1]);
    for &(at, connection, requests, expected) in CAPTURED {
        if let Some(at) = at {
            server.set_time(Time { unix_micros: (START + at) * 1000, millis: at });
        }
        let key = connections[connection as usize];
        for request in requests {
            server.feed(key, format!("{request}\r\n").as_bytes());
        }
        assert_eq!(owed(&mut server, key), expected, "{connection:?} {requests:?}");
    }
}
