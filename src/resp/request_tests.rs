//! Tests of the request parser: cut anywhere, its requests are the same.

use super::*;
use quickcheck::quickcheck;

const LIMITS: Limits = Limits { max_bulk: 512 * 1024 * 1024, unauthenticated: false };
const STRANGER: Limits = Limits { max_bulk: 512 * 1024 * 1024, unauthenticated: true };

/// Every request in `bytes`, fed in pieces of the given sizes (the last size repeats), and how it ended.
fn requests(
    bytes: &[u8],
    pieces: &[usize],
    limits: Limits,
) -> (Vec<Vec<Vec<u8>>>, Result<usize, ProtocolError>) {
    let (mut found, mut buffer, mut parser) = (Vec::new(), Vec::new(), RequestParser::default());
    let mut rest = bytes;
    let mut sizes = pieces.iter().chain(std::iter::repeat(pieces.last().unwrap_or(&usize::MAX)));
    while !rest.is_empty() {
        let (piece, tail) = rest.split_at((*sizes.next().unwrap()).clamp(1, rest.len()));
        buffer.extend_from_slice(piece);
        rest = tail;
        loop {
            match parser.parse(&buffer, limits) {
                Err(error) => return (found, Err(error)),
                Ok(false) => break,
                Ok(true) => {
                    found.push(parser.request(&buffer).from(0).map(<[u8]>::to_vec).collect());
                    buffer.drain(..parser.consumed());
                    parser.reset();
                }
            }
        }
    }
    let left = buffer.len();
    (found, Ok(left))
}

macro_rules! parses {
    ($($name:ident: $bytes:expr => [$([$($word:expr),*]),*], left $left:expr;)*) => {$(
        #[test]
        fn $name() {
            let expected: Vec<Vec<Vec<u8>>> = vec![$(vec![$(Vec::from(&$word[..])),*]),*];
            for size in [usize::MAX, 1, 2, 3, 7] {
                assert_eq!(requests($bytes, &[size], LIMITS), (expected.clone(), Ok($left)), "pieces of {size}");
            }
        }
    )*};
}

parses! {
    one_word: b"*1\r\n$4\r\nPING\r\n" => [[b"PING"]], left 0;
    two_requests: b"*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n" => [[b"PING"], [b"ECHO", b"hi"]], left 0;
    an_inline_request: b"PING hello\r\n" => [[b"PING", b"hello"]], left 0;
    inline_with_a_bare_newline: b"PING\n" => [[b"PING"]], left 0;
    inline_with_quotes: b"SET k \"a b\"\r\n" => [[b"SET", b"k", b"a b"]], left 0;
    inline_then_multibulk: b"PING\r\n*1\r\n$4\r\nPING\r\n" => [[b"PING"], [b"PING"]], left 0;
    an_empty_line: b"\r\n" => [[]], left 0;
    no_words: b"*0\r\n*-1\r\nPING\r\n" => [[], [], [b"PING"]], left 0;
    an_empty_word: b"*2\r\n$4\r\nECHO\r\n$0\r\n\r\n" => [[b"ECHO", b""]], left 0;
    a_word_with_line_ends: b"*1\r\n$4\r\n\r\n\r\n\r\n" => [[b"\r\n\r\n"]], left 0;
    half_a_request: b"*2\r\n$4\r\nECHO\r\n$10\r\nhi" => [], left 21;
    a_nul_in_the_line_of_a_length_hides_its_end: b"*1\r\n$4\0\r\nPING\r\n" => [], left 15;
    a_nul_in_place_of_a_length: b"*1\r\n\0\r\n" => [], left 7;
    a_nul_in_the_line_of_a_count: b"*1\0\r\n$4\r\nPING\r\n" => [], left 15;
    a_nul_in_an_inline_request_hides_its_end: b"PING\0\r\nPING\r\n" => [], left 13;
    the_bytes_after_a_word_are_not_checked: b"*1\r\n$4\r\nPINGxx*1\r\n$1\r\na\r\n" => [[b"PING"], [b"a"]], left 0;
}

macro_rules! breaks {
    ($($name:ident: $bytes:expr, $limits:expr => $message:expr;)*) => {$(
        #[test]
        fn $name() {
            for size in [usize::MAX, 1, 4096] {
                assert_eq!(requests($bytes, &[size], $limits).1, Err(ProtocolError($message.into())));
            }
        }
    )*};
}

breaks! {
    a_word_without_a_dollar: b"*1\r\nPING\r\n", LIMITS => "expected '$', got 'P'";
    a_count_that_is_no_number: b"*abc\r\n", LIMITS => "invalid multibulk length";
    a_count_with_a_leading_zero: b"*01\r\n", LIMITS => "invalid multibulk length";
    a_count_beyond_an_int: b"*2147483648\r\n", LIMITS => "invalid multibulk length";
    a_length_that_is_no_number: b"*1\r\n$x\r\n", LIMITS => "invalid bulk length";
    a_negative_length: b"*1\r\n$-1\r\n", LIMITS => "invalid bulk length";
    a_length_over_proto_max_bulk_len: b"*1\r\n$536870913\r\n", LIMITS => "invalid bulk length";
    a_stranger_with_many_words: b"*11\r\n", STRANGER => "unauthenticated multibulk length";
    a_stranger_with_a_long_word: b"*1\r\n$16385\r\n", STRANGER => "unauthenticated bulk length";
    an_open_quote: b"SET k \"a\r\n", LIMITS => "unbalanced quotes in request";
    an_endless_count: &[&b"*"[..], &[b'1'; 70_000]].concat(), LIMITS => "too big mbulk count string";
    an_endless_length: &[&b"*1\r\n$"[..], &[b'1'; 70_000]].concat(), LIMITS => "too big bulk count string";
    an_endless_line_behind_a_nul: &[&b"\0\n"[..], &[b'a'; 70_000]].concat(), LIMITS => "too big inline request";
    an_endless_line: &[b'a'; 70_000], LIMITS => "too big inline request";
}

quickcheck! {
    /// Words of any bytes, sent in pieces of any sizes, come out as they went in.
    fn any_split_gives_the_same_requests(sent: Vec<Vec<Vec<u8>>>, pieces: Vec<usize>) -> bool {
        let mut bytes = Vec::new();
        for words in &sent {
            bytes.extend(format!("*{}\r\n", words.len()).bytes());
            for word in words {
                crate::resp::reply::write_bulk(&mut bytes, word);
            }
        }
        let pieces: Vec<usize> = pieces.iter().map(|size| size % 9 + 1).collect();
        requests(&bytes, &pieces, LIMITS) == (sent, Ok(0))
    }

    /// Bytes of any kind: whole and split agree, and nothing panics.
    fn any_bytes_whole_and_split_agree(bytes: Vec<u8>, pieces: Vec<usize>) -> bool {
        let pieces: Vec<usize> = pieces.iter().map(|size| size % 5 + 1).collect();
        requests(&bytes, &pieces, LIMITS) == requests(&bytes, &[], LIMITS)
    }
}
