//! What is not compared of a reply, said case by case with an `@word` before the request.

use cutaway::tools::scenario::frame::Frame;

pub enum Mask {
    /// `@sorted`: the order of an array or set is left open.
    Sorted,
    /// `@pairs`: the order of a map's pairs is left open, also if it is sent as an array.
    Pairs,
    /// `@scan`: the order of what a SCAN found, and a cursor that is not 0.
    Scan,
    /// `@scan-pairs`: the same for HSCAN's pairs.
    ScanPairs,
    /// `@first`: all but the first item: the words of a help text are our own.
    First,
    /// `@kind`: everything but the type.
    Kind,
    /// `@round`: integers are rounded up to whole thousands: milliseconds that are left.
    Round,
    /// `@far`: seconds that are left until a time some thousand years away, or at the end of all numbers.
    Far,
    /// `@ids`: stream IDs that were made from the time.
    Ids,
    /// `@idle`: the times in lists of pending entries.
    Idle,
    /// `@hide=name,name`: the number that follows these names, if it is not negative.
    Hide(Vec<String>),
}

impl Mask {
    pub fn parse(name: &str) -> Result<Mask, String> {
        Ok(match name {
            "sorted" => Mask::Sorted,
            "pairs" => Mask::Pairs,
            "scan" => Mask::Scan,
            "scan-pairs" => Mask::ScanPairs,
            "first" => Mask::First,
            "kind" => Mask::Kind,
            "round" => Mask::Round,
            "far" => Mask::Far,
            "ids" => Mask::Ids,
            "idle" => Mask::Idle,
            _ => match name.strip_prefix("hide=") {
                Some(names) => Mask::Hide(names.split(',').map(String::from).collect()),
                None => return Err(format!("no such mask: @{name}")),
            },
        })
    }

    pub fn apply(&self, frame: &mut Frame) {
        match self {
            Mask::Sorted => sort(frame, 1),
            Mask::Pairs => sort(frame, 2),
            Mask::Scan => scan(frame, 1),
            Mask::ScanPairs => scan(frame, 2),
            Mask::First => {
                if let Frame::Aggregate(_, items) = frame {
                    items.truncate(1);
                }
            }
            Mask::Kind => match frame {
                Frame::Text(_, text) | Frame::Blob(_, text) => *text = b"<any>".into(),
                _ => {}
            },
            Mask::Round => each(frame, &mut |frame| {
                if let Some(number) = integer(frame).filter(|&number| number > 0) {
                    *frame = Frame::Text(b':', ((number + 999) / 1000 * 1000).to_string().into());
                }
            }),
            Mask::Far => each(frame, &mut |frame| {
                if integer(frame).is_some_and(is_far) {
                    *frame = Frame::Text(b':', b"<far>".into());
                }
            }),
            Mask::Ids => each(frame, &mut |frame| {
                let (Frame::Text(_, text) | Frame::Blob(_, text)) = frame else { return };
                if is_an_id_of_now(text) {
                    *text = b"<ms-seq>".into();
                }
            }),
            Mask::Idle => each(frame, &mut idle),
            Mask::Hide(names) => each(frame, &mut |frame| {
                let Frame::Aggregate(_, items) = frame else { return };
                for at in 1..items.len() {
                    let named = items[at - 1]
                        .as_bulk()
                        .is_some_and(|name| names.iter().any(|n| n.as_bytes() == name));
                    if named && integer(&items[at]).is_some_and(|number| number >= 0) {
                        items[at] = Frame::Text(b':', b"<number>".into());
                    }
                }
            }),
        }
    }
}

/// Does it to the frame and to all frames inside.
fn each(frame: &mut Frame, what: &mut impl FnMut(&mut Frame)) {
    what(frame);
    if let Frame::Aggregate(_, items) = frame {
        items.iter_mut().for_each(|item| each(item, what));
    }
}

fn integer(frame: &Frame) -> Option<i64> {
    match frame {
        Frame::Text(b':', number) => std::str::from_utf8(number).ok()?.parse().ok(),
        _ => None,
    }
}

fn sort(frame: &mut Frame, by: usize) {
    let Frame::Aggregate(_, items) = frame else { return };
    // RESP3 has pairs as arrays of two in an array.
    let by = if items.iter().all(|item| matches!(item, Frame::Aggregate(..))) { 1 } else { by };
    let mut groups: Vec<Vec<Frame>> = items.chunks(by).map(<[Frame]>::to_vec).collect();
    groups.sort_by_key(|group| group.iter().map(|item| item.print("")).collect::<Vec<_>>());
    *items = groups.concat();
}

fn scan(frame: &mut Frame, by: usize) {
    let Frame::Aggregate(_, items) = frame else { return };
    let [cursor, found] = &mut items[..] else { return };
    if cursor.as_bulk() != Some(b"0") {
        *cursor = Frame::bulk("<cursor>");
    }
    sort(found, by);
}

fn is_far(seconds: i64) -> bool {
    (1_000_000_000..100_000_000_000).contains(&seconds)
        || (9_223_360_000_000_000..9_223_380_000_000_000).contains(&seconds)
}

/// Thirteen digits, as the milliseconds of this century have, a dash, a number.
fn is_an_id_of_now(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('-')
        .is_some_and(|(ms, seq)| ms.len() == 13 && digits(ms) && !seq.is_empty() && digits(seq))
}

/// `[id, consumer, time, deliveries]`, or `[id, time, deliveries]`.
fn idle(frame: &mut Frame) {
    let Frame::Aggregate(_, items) = frame else { return };
    let bulks = items.iter().take_while(|item| item.as_bulk().is_some()).count();
    let integers = items[bulks..].iter().filter(|item| integer(item).is_some()).count();
    if matches!((bulks, integers, items.len()), (2, 2, 4) | (1, 2, 3)) {
        items[bulks] = Frame::Text(b':', b"<time>".into());
    }
}
