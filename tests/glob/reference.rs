//! A third matcher, written from the rules alone and as unlike the other two as possible: a table of truths.
//!
//! Row by row: `reach[s]` says whether the elements read so far can match exactly the first `s` bytes of the
//! string. Time and memory do not matter here.

/// One place of a pattern.
enum Element {
    Star,
    OneOf(Box<[bool; 256]>),
}

/// Does `pattern` match `string`, by the rules?
pub fn matches(pattern: &[u8], string: &[u8], nocase: bool) -> bool {
    if string.is_empty() {
        return pattern.is_empty();
    }
    let elements = elements(pattern, nocase);
    let inner_stars = match elements.as_slice() {
        [inner @ .., Element::Star] => inner,
        all => all,
    };
    if inner_stars.iter().filter(|element| matches!(element, Element::Star)).count() > 1000 {
        return false;
    }
    let mut reach = vec![false; string.len() + 1];
    reach[0] = true;
    for element in &elements {
        match element {
            Element::Star => {
                for s in 1..=string.len() {
                    reach[s] |= reach[s - 1];
                }
            }
            Element::OneOf(set) => {
                for s in (1..=string.len()).rev() {
                    reach[s] = reach[s - 1] && set[usize::from(string[s - 1])];
                }
                reach[0] = false;
            }
        }
    }
    reach[string.len()]
}

/// Runs of stars are one star.
fn elements(pattern: &[u8], nocase: bool) -> Vec<Element> {
    let mut elements = Vec::new();
    let mut at = 0;
    while at < pattern.len() {
        match pattern[at] {
            b'*' => {
                if !matches!(elements.last(), Some(Element::Star)) {
                    elements.push(Element::Star);
                }
                at += 1;
            }
            b'?' => {
                elements.push(Element::OneOf(Box::new([true; 256])));
                at += 1;
            }
            b'[' => {
                let mut set = Box::new([false; 256]);
                at = read_class(pattern, at + 1, nocase, &mut set);
                elements.push(Element::OneOf(set));
            }
            byte => {
                let escapes = byte == b'\\' && at + 1 < pattern.len();
                at += usize::from(escapes);
                let literal = pattern[at];
                let mut set = Box::new([false; 256]);
                add(&mut set, literal, nocase);
                elements.push(Element::OneOf(set));
                at += 1;
            }
        }
    }
    elements
}

/// Reads a class from after its `[`; returns where it ends.
fn read_class(pattern: &[u8], mut at: usize, nocase: bool, set: &mut [bool; 256]) -> usize {
    let negated = at < pattern.len() && pattern[at] == b'^';
    if negated {
        at += 1;
    }
    while at < pattern.len() && pattern[at] != b']' {
        if pattern[at] == b'\\' && at + 1 < pattern.len() {
            set[usize::from(pattern[at + 1])] = true;
            at += 2;
        } else if at + 2 < pattern.len() && pattern[at + 1] == b'-' {
            let mut ends = [pattern[at] as i8, pattern[at + 2] as i8];
            ends.sort();
            let [low, high] = ends.map(|end| as_int(end, nocase));
            for byte in 0..=255u8 {
                let value = as_int(byte as i8, nocase);
                set[usize::from(byte)] |= low <= value && value <= high;
            }
            at += 3;
        } else {
            add(set, pattern[at], nocase);
            at += 1;
        }
    }
    if negated {
        set.iter_mut().for_each(|member| *member = !*member);
    }
    (at + 1).min(pattern.len())
}

/// A literal; ignoring case, both cases of a letter.
fn add(set: &mut [bool; 256], literal: u8, nocase: bool) {
    set[usize::from(literal)] = true;
    if nocase {
        set[usize::from(literal.to_ascii_uppercase())] = true;
        set[usize::from(literal.to_ascii_lowercase())] = true;
    }
}

/// How a signed char compares in a range; ignoring case, what glibc's `tolower` returns for it.
fn as_int(byte: i8, nocase: bool) -> i32 {
    let value = i32::from(byte);
    if !nocase || value == -1 {
        value
    } else if value < 0 {
        value + 256
    } else {
        i32::from((value as u8).to_ascii_lowercase())
    }
}
