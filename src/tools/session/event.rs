//! What came of an input, for the page: what `cutaway walk --format json` prints, and what is drawn beside it.

use crate::tools::draw::place;
use crate::tools::walk::session::Walked;
use crate::tools::walk::{json, short};
use serde_json::{Value, json};

/// The event of the input with this number, after which the queues are as `state` says.
pub fn event(number: usize, walked: &Walked, state: Value) -> Result<Value, String> {
    let mut event = json::object(walked).map_err(|error| error.to_string())?;
    event["number"] = number.into();
    for (at, share) in walked.played.shares().iter().enumerate() {
        event["received"][at]["frames"] = short::frames(&share.lines("")).into();
    }
    let picture = walked.change.picture();
    for (at, step) in walked.steps.iter().enumerate() {
        let place = place::of(&step.step, step.client.as_deref());
        event["steps"][at]["at"] = place.filter(|place| picture.has_place(place)).into();
    }
    event["picture"] = picture.with_places().into();
    event["state"] = state;
    event["drift"] = Value::Null;
    Ok(event)
}

/// The event of the beginning: no input was played.
pub fn beginning(picture: &str, state: Value) -> Value {
    json!({
        "number": 0, "line": "", "steps": [], "structures": null, "received": [],
        "picture": picture, "state": state, "drift": null,
    })
}
