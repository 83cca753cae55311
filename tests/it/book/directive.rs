//! The comments in a page that say what is to be shown, `<!-- excerpt: … -->` and its siblings.

/// What a page asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Directive {
    /// `<!-- excerpt: src/pubsub/publish.rs publish-walk -->`: the lines between the anchors, in a block.
    Excerpt { file: String, anchor: String },
    /// `<!-- transcript: weather 5..9 structures -->`: lines of a scenario and what came of them, in a block.
    Transcript { scenario: String, lines: Option<(usize, usize)>, structures: bool },
    /// `<!-- wire: lab/ping 5..7 -->`: the bytes of the same lines, as they are sent and received, in a block.
    Wire { scenario: String, lines: Option<(usize, usize)> },
    /// `<!-- steps: weather 11 -->`: a line of a scenario as `cutaway walk` prints it, in a block.
    Steps { scenario: String, line: usize },
    /// `<!-- figure: weather 8 publish -->`: a picture of a line, made by whatever `kind` names, as an image.
    Figure { scenario: String, line: usize, kind: String },
    /// `<!-- commands: all -->`: the commands that are built, by group, in a block.
    Commands,
    /// `<!-- number: fanout "PING" cutaway/redis -->`: a figure of a recorded run, in bold.
    Number { record: String, case: String, what: String },
}

const OPEN: &str = "<!-- ";
const CLOSE: &str = " -->";

/// Reads the comment that `text` begins with. None: it begins with no directive. Some: the directive, or what is wrong
/// with it, and how long the comment is.
pub fn leading(text: &str) -> Option<(Result<Directive, String>, usize)> {
    let inner = text.strip_prefix(OPEN)?;
    let end = inner.find(CLOSE)?;
    let inner = &inner[..end];
    let (kind, rest) = inner.split_once(": ")?;
    if !kind.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    Some((parse(kind, rest), OPEN.len() + end + CLOSE.len()))
}

fn parse(kind: &str, rest: &str) -> Result<Directive, String> {
    let words: Vec<&str> = rest.split_whitespace().collect();
    let form = |form: &str| Err(format!("write `<!-- {kind}: {form} -->`, not `<!-- {kind}: {rest} -->`"));
    match kind {
        "excerpt" => match words[..] {
            [file, anchor] => Ok(Directive::Excerpt { file: file.into(), anchor: anchor.into() }),
            _ => form("src/FILE ANCHOR"),
        },
        "wire" => match words[..] {
            [scenario] => Ok(Directive::Wire { scenario: scenario.into(), lines: None }),
            [scenario, lines] if parse_lines(lines).is_some() => {
                Ok(Directive::Wire { scenario: scenario.into(), lines: parse_lines(lines) })
            }
            _ => form("SCENARIO [FIRST..LAST]"),
        },
        "transcript" => {
            let structures = words.last() == Some(&"structures");
            let words = &words[..words.len() - usize::from(structures)];
            let (scenario, lines) = match words {
                [scenario] => (scenario, None),
                [scenario, lines] => match parse_lines(lines) {
                    Some(lines) => (scenario, Some(lines)),
                    None => return form("SCENARIO [FIRST..LAST] [structures]"),
                },
                _ => return form("SCENARIO [FIRST..LAST] [structures]"),
            };
            Ok(Directive::Transcript { scenario: scenario.to_string(), lines, structures })
        }
        "steps" => match words[..] {
            [scenario, line] if line.parse::<usize>().is_ok() => {
                Ok(Directive::Steps { scenario: scenario.into(), line: line.parse().unwrap_or_default() })
            }
            _ => form("SCENARIO LINE"),
        },
        "figure" => match words[..] {
            [scenario, line, kind] if line.parse::<usize>().is_ok() => Ok(Directive::Figure {
                scenario: scenario.into(),
                line: line.parse().unwrap_or_default(),
                kind: kind.into(),
            }),
            _ => form("SCENARIO LINE KIND"),
        },
        "commands" if rest == "all" => Ok(Directive::Commands),
        "commands" => form("all"),
        "number" => {
            let parts: Vec<&str> = rest.split('"').map(str::trim).collect();
            match parts[..] {
                [record, case, what] if !record.is_empty() && !what.is_empty() => {
                    Ok(Directive::Number { record: record.into(), case: case.into(), what: what.into() })
                }
                _ => form("RECORD \"CASE\" SERVER[/SERVER]"),
            }
        }
        _ => Err(format!(
            "`{kind}` is no directive: excerpt, transcript, wire, steps, figure, commands and number are"
        )),
    }
}

/// `5..9`, both ends included, or `5`.
fn parse_lines(text: &str) -> Option<(usize, usize)> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (1 <= first && first <= last).then_some((first, last))
}

#[test]
fn directives_are_read() {
    let read = |text| leading(text).map(|(directive, _)| directive);
    let lines = |text| match read(text) {
        Some(Ok(Directive::Transcript { lines, structures, .. })) => Some((lines, structures)),
        _ => None,
    };
    assert_eq!(
        read("<!-- excerpt: src/a.rs walk -->"),
        Some(Ok(Directive::Excerpt { file: "src/a.rs".into(), anchor: "walk".into() }))
    );
    assert_eq!(
        read("<!-- wire: lab/ping 5..7 -->"),
        Some(Ok(Directive::Wire { scenario: "lab/ping".into(), lines: Some((5, 7)) }))
    );
    assert_eq!(lines("<!-- transcript: weather -->"), Some((None, false)));
    assert_eq!(lines("<!-- transcript: weather 5 -->"), Some((Some((5, 5)), false)));
    assert_eq!(lines("<!-- transcript: weather 5..9 structures -->"), Some((Some((5, 9)), true)));
    assert_eq!(
        read("<!-- number: fanout \"fan-out to 100, depth 128\" cutaway/redis -->**1x**"),
        Some(Ok(Directive::Number {
            record: "fanout".into(),
            case: "fan-out to 100, depth 128".into(),
            what: "cutaway/redis".into()
        }))
    );
    for wrong in [
        "<!-- excerpt: src/a.rs -->",
        "<!-- transcript: weather 9..5 -->",
        "<!-- wire: weather 9..5 -->",
        "<!-- steps: weather -->",
        "<!-- commands: some -->",
        "<!-- figure: weather publish -->",
        "<!-- excerp: src/a.rs walk -->",
        "<!-- number: fanout PING cutaway -->",
    ] {
        assert!(matches!(read(wrong), Some(Err(_))), "{wrong}");
    }
    assert_eq!(read("<!-- Only a comment. -->"), None);
}
