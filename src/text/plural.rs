//! How many of something, in words.
//!
//! Redis has no counterpart.

/// `1 key`, `3 pending entries`, `2 nodes of lists`.
pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 {
        return format!("1 {noun}");
    }
    let (head, rest) = noun.find(" of a ").map_or((noun, ""), |at| noun.split_at(at));
    let head = match head.strip_suffix("ry") {
        Some(start) => format!("{start}ries"),
        None => format!("{head}s"),
    };
    let rest = if rest.is_empty() { String::new() } else { format!("{}s", rest.replace(" of a ", " of ")) };
    format!("{count} {head}{rest}")
}

#[cfg(test)]
mod tests {
    use super::plural;

    #[test]
    fn more_than_one_is_in_the_plural_and_so_is_what_it_is_of() {
        let cases = [
            (0, "byte", "0 bytes"),
            (1, "pending entry", "1 pending entry"),
            (3, "pending entry", "3 pending entries"),
            (2, "library", "2 libraries"),
            (1, "node of a list", "1 node of a list"),
            (2, "node of a list", "2 nodes of lists"),
        ];
        for (count, noun, words) in cases {
            assert_eq!(plural(count, noun), words);
        }
    }
}
