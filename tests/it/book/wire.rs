//! The bytes of a dialogue as they go over the wire, escaped, one frame a line: for readers who write a server of their own.

use cutaway::tools::scenario::frame::{Frame, split};
use cutaway::tools::scenario::words::escape;
use cutaway::tools::scenario::{Action, Sending, Step, Transcript};
use std::fmt::Write;

/// Lines of a transcript: what was sent, and what each client received.
pub fn print(name: &str, transcript: &Transcript, lines: Option<(usize, usize)>) -> Result<String, String> {
    let (first, last) = lines.unwrap_or((1, usize::MAX));
    let steps = transcript.steps.iter().filter(|step| (first..=last).contains(&step.line.number));
    let steps: Vec<&Step> = steps.filter(|step| step.line.action != Action::Note).collect();
    if steps.is_empty() {
        return Err(format!("no line of the dialogue stands in lines {first} to {last} of {name}.scenario"));
    }
    let names = steps.iter().flat_map(|step| {
        let sender =
            if let Action::Send { client, .. } = &step.line.action { Some(client.len()) } else { None };
        sender.into_iter().chain(step.received.iter().map(|received| received.client.len()))
    });
    let width = names.max().unwrap_or(0) + " receives  ".len();
    let mut text = String::new();
    let mut say = |who: String, what: &str| writeln!(text, "{who:width$}{what}").unwrap();
    for step in steps {
        match &step.line.action {
            Action::Send { held: true, .. } => {}
            Action::Send { client, sending, .. } => {
                for bytes in sent(sending, step) {
                    say(format!("{client} sends"), &escape(&bytes));
                }
            }
            _ => say(String::new(), step.line.text.trim_start_matches("! ")),
        }
        for received in &step.received {
            for frame in split(&received.bytes) {
                let mut bytes = Vec::new();
                frame.encode(&mut bytes);
                say(format!("{} receives", received.client), &escape(&bytes));
            }
            if received.closed {
                say(format!("{} is closed", received.client), "");
            }
        }
    }
    Ok(text.lines().map(|line| format!("{}\n", line.trim_end())).collect())
}

/// The bytes of each request that left with a line, or those that were given as bytes.
fn sent(sending: &Sending, step: &Step) -> Vec<Vec<u8>> {
    if let Sending::Raw(bytes) = sending {
        return vec![bytes.clone()];
    }
    let encode = |words: &Vec<Vec<u8>>| {
        let mut bytes = Vec::new();
        Frame::Aggregate(b'*', words.iter().map(|word| Frame::bulk(&**word)).collect()).encode(&mut bytes);
        bytes
    };
    step.requests.iter().map(encode).collect()
}
