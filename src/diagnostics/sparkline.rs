//! A row of numbers drawn with characters, some rows high, with a label below each that is read downwards: LATENCY GRAPH.
//!
//! Redis: `src/sparkline.c` (`sparklineRender`), with `SPARKLINE_FILL`.

/// The characters that divide a row into steps, the lowest first.
const STEPS: [u8; 3] = *b"_o#";

/// Draws samples, each a number and its label, in lines of so many `columns` at most and so many `rows` high.
pub fn draw(samples: &[(u64, String)], columns: usize, rows: usize) -> String {
    let least = samples.iter().map(|(value, _)| *value).min().unwrap_or(0);
    let most = samples.iter().map(|(value, _)| *value).max().unwrap_or(0);
    let lines = samples.chunks(columns).map(|part| draw_line(part, (least, most), rows));
    lines.collect::<Vec<_>>().join("\n")
}

fn draw_line(samples: &[(u64, String)], (least, most): (u64, u64), rows: usize) -> String {
    let steps = STEPS.len() * rows;
    let step_of = |value: u64| {
        let (height, range) = (u128::from(value - least) * steps as u128, u128::from((most - least).max(1)));
        ((height / range) as usize).min(steps - 1)
    };
    let mut out = String::new();
    for row in (0..rows).rev() {
        let floor = row * STEPS.len();
        out.extend(samples.iter().map(|&(value, _)| match step_of(value).checked_sub(floor) {
            None => ' ',
            Some(over) => STEPS.get(over).map_or('|', |&step| char::from(step)),
        }));
        out.push('\n');
    }
    // An empty row stands above the labels.
    out.extend(samples.iter().map(|_| ' '));
    out.push('\n');
    for place in 0..samples.iter().map(|(_, label)| label.len()).max().unwrap_or(0) {
        let at = |label: &String| label.as_bytes().get(place).map_or(' ', |&byte| char::from(byte));
        out.extend(samples.iter().map(|(_, label)| at(label)));
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::draw;

    #[test]
    fn samples_are_drawn_as_redis_draws_them() {
        let samples = [(300, "6s"), (500, "5s"), (400, "4s"), (700, "13m")];
        let samples = samples.map(|(value, label)| (value, label.to_string()));
        assert_eq!(draw(&samples, 80, 4), "   #\n _ |\n |_|\n_|||\n    \n6541\nsss3\n   m\n");
    }

    #[test]
    fn equal_numbers_are_low_and_long_rows_are_broken() {
        let samples = [(5, "1s"), (5, "1s"), (5, "1s")].map(|(value, label)| (value, label.to_string()));
        let two = "  \n  \n  \n__\n  \n11\nss\n";
        let one = " \n \n \n_\n \n1\ns\n";
        assert_eq!(draw(&samples, 2, 4), format!("{two}\n{one}"));
        assert_eq!(draw(&[], 80, 4), "");
    }
}
