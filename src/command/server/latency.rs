//! LATENCY: what took long, and how long commands take.
//!
//! Redis: `src/latency.c`, `latencyCommand`. GRAPH and DOCTOR, which draw and discuss what HISTORY tells, are in
//! [`super::latency_report`].

use crate::diagnostics::latency_histogram::Histogram;
use crate::resp::reply::Reply;
use crate::server::dispatch::Call;

/// `LATENCY LATEST`: for each event its name, the time and the length of the last sample, and the longest of all.
pub fn latest(call: &mut Call<'_>) {
    let events = call.server.latency_monitor.iter();
    call.reply.array(events.len());
    for (name, event) in events {
        let (second, millis) = event.samples.back().copied().unwrap_or_default();
        call.reply.array(4);
        call.reply.bulk(name);
        [second, millis, event.max].into_iter().for_each(|number| call.reply.integer(number as i64));
    }
}

/// `LATENCY HISTORY event`: times and lengths, the oldest first.
pub fn history(call: &mut Call<'_>) {
    let event = call.server.latency_monitor.get(&call.args[2]);
    let samples = event.map(|event| &event.samples);
    call.reply.array(samples.map_or(0, |samples| samples.len()));
    for &(second, millis) in samples.into_iter().flatten() {
        call.reply.array(2);
        [second, millis].into_iter().for_each(|number| call.reply.integer(number as i64));
    }
}

/// `LATENCY RESET [event …]`
pub fn reset(call: &mut Call<'_>) {
    let (monitor, args) = (&mut call.server.latency_monitor, call.args);
    let count = match args.len() {
        2 => monitor.reset(None),
        _ => args.from(2).map(|name| monitor.reset(Some(name))).sum(),
    };
    call.reply.integer(count as i64);
}

/// `LATENCY HISTOGRAM [command …]`: of each command, and of the subcommands of one that has some. Names that mean none are
/// left out.
pub fn histogram(call: &mut Call<'_>) {
    let table = &call.server.table;
    let mut found: Vec<(&str, &Histogram)> = Vec::new();
    if call.args.len() == 2 {
        found.extend(table.latencies().map(|(command, histogram)| (command.name, histogram)));
    }
    for name in call.args.from(2) {
        let Some(asked) = table.full_name(name) else { continue };
        let is_asked = |name: &str| match name.strip_prefix(asked.name) {
            Some(rest) => rest.is_empty() || rest.starts_with('|'),
            None => false,
        };
        let of_it = table.latencies().filter(|(command, _)| is_asked(command.name));
        found.extend(of_it.map(|(command, histogram)| (command.name, histogram)));
    }
    call.reply.map(found.len());
    for (name, histogram) in found {
        call.reply.bulk(name);
        write(call.reply, histogram);
    }
}

/// How often it ran, and how often within how many microseconds. Redis: `fillCommandCDF`.
fn write(reply: &mut Reply, histogram: &Histogram) {
    reply.map(2);
    reply.bulk("calls");
    reply.integer(histogram.calls() as i64);
    reply.bulk("histogram_usec");
    let steps = histogram.steps();
    reply.map(steps.len());
    for (micros, count) in steps {
        reply.integer(micros as i64);
        reply.integer(count as i64);
    }
}

/// `LATENCY HELP`
pub fn help(call: &mut Call<'_>) {
    call.help("LATENCY");
}
