//! Tests of the queue, against one buffer of bytes.

use super::*;
use crate::resp::Protocol;
use quickcheck::{Arbitrary, Gen, quickcheck};

/// What can happen to an output.
#[derive(Clone, Debug)]
enum Step {
    Own(u8, usize),
    Shared(u8, usize),
    Large(u8, usize),
    Write(usize),
    Block,
    Unblock,
    EndOfTurn,
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Self {
        let byte = u8::arbitrary(g);
        let len = *g.choose(&[1, 3, 40, 1000, 1024, 1025, 5000]).unwrap();
        match u8::arbitrary(g) % 9 {
            0 => Step::Own(byte, len),
            1..=3 => Step::Shared(byte, len),
            4 => Step::Large(byte, 16 * 1024 + len),
            5 => Step::Write(usize::arbitrary(g) % 30_000),
            6 => Step::Block,
            7 => Step::Unblock,
            _ => Step::EndOfTurn,
        }
    }
}

fn bytes_of(output: &Output, chunks: &Chunks) -> Vec<u8> {
    let mut slices = [IoSlice::new(&[]); 4096];
    let count = output.slices(chunks, usize::MAX, &mut slices);
    slices[..count].iter().flat_map(|slice| slice.to_vec()).collect()
}

quickcheck! {
    /// Two clients that share frames, against two plain queues of bytes: any sequence of pushes and partial
    /// writes delivers exactly those bytes, and no chunk outlives its readers.
    fn any_partial_writes_deliver_the_bytes_of_a_naive_queue(steps: Vec<(Step, bool)>) -> bool {
        let mut chunks = Chunks::default();
        let mut outputs = [Output::default(), Output::default()];
        let mut model = [Vec::new(), Vec::new()];
        for (step, both) in steps {
            let to = if both { 0..2 } else { 0..1 };
            match step {
                Step::Own(byte, len) => for i in to {
                    outputs[i].push(&vec![byte; len]);
                    model[i].extend(vec![byte; len]);
                },
                Step::Shared(byte, len) => {
                    let range = chunks.append(Protocol::Resp2, |out| out.extend(vec![byte; len]));
                    for i in to {
                        outputs[i].push_shared(range, &mut chunks);
                        model[i].extend(vec![byte; len]);
                    }
                }
                Step::Large(byte, len) => {
                    let range = chunks.store(&vec![byte; len]);
                    for i in to {
                        outputs[i].push_shared(range, &mut chunks);
                        model[i].extend(vec![byte; len]);
                        model[i].extend(b"\r\n");
                    }
                    chunks.release(range.chunk);
                }
                Step::Write(count) => for i in to {
                    let count = count.min(outputs[i].owed());
                    outputs[i].consume(count, &mut chunks);
                    model[i].drain(..count);
                },
                Step::Block => for i in to { outputs[i].block(&mut chunks) },
                Step::Unblock => for i in to { outputs[i].unblock() },
                Step::EndOfTurn => chunks.seal(),
            }
            for i in 0..2 {
                assert_eq!(bytes_of(&outputs[i], &chunks), model[i]);
                assert_eq!(outputs[i].owed(), model[i].len());
            }
        }
        for output in &mut outputs {
            output.clear(&mut chunks);
        }
        chunks.seal();
        chunks.memory() <= 64 * 1024
    }
}

#[test]
fn a_burst_of_frames_is_one_slice() {
    let (mut chunks, mut output) = (Chunks::default(), Output::default());
    for _ in 0..128 {
        let range = chunks.append(Protocol::Resp2, |out| out.extend(b"*3\r\n$7\r\nmessage\r\n"));
        output.push_shared(range, &mut chunks);
    }
    let mut slices = [IoSlice::new(&[]); 8];
    assert_eq!(output.slices(&chunks, usize::MAX, &mut slices), 1);
}

#[test]
fn a_large_message_is_stored_once_for_all_and_freed_by_the_last_reader() {
    let mut chunks = Chunks::default();
    let mut outputs: Vec<Output> = (0..500).map(|_| Output::default()).collect();
    let range = chunks.store(&vec![b'x'; 1 << 20]);
    for output in &mut outputs {
        output.push_shared(range, &mut chunks);
    }
    chunks.release(range.chunk);
    assert_eq!(chunks.memory(), (1 << 20) + 2);
    assert_eq!(outputs.iter().map(Output::memory).sum::<usize>(), 0);
    for output in &mut outputs {
        assert_eq!(chunks.memory(), (1 << 20) + 2);
        output.consume((1 << 20) + 2, &mut chunks);
    }
    assert_eq!(chunks.memory(), 0);
}

#[test]
fn a_blocked_client_pins_at_most_four_times_what_it_owes() {
    for message in [64, 1025, 12_000] {
        let (mut chunks, mut slow) = (Chunks::default(), Output::default());
        for turn in 0..100 {
            let range = chunks.append(Protocol::Resp2, |out| out.extend(vec![b'm'; message]));
            slow.push_shared(range, &mut chunks);
            chunks.append(Protocol::Resp2, |out| out.extend([b'x'; 200_000])); // for others
            if turn == 0 {
                slow.block(&mut chunks);
            }
            chunks.seal();
        }
        assert_eq!(slow.owed(), 100 * message);
        let memory = chunks.memory() + slow.memory();
        assert!(memory <= 64 * 1024 + 4 * slow.owed(), "{memory} for messages of {message}");
    }
}

#[test]
fn a_blocked_client_pins_no_chunk_for_a_frame_too_long_to_be_small() {
    let (mut chunks, mut slow) = (Chunks::default(), Output::default());
    slow.block(&mut chunks);
    for _ in 0..10 {
        let range = chunks.append(Protocol::Resp2, |out| out.extend([b'm'; COPY_MAX + 1]));
        slow.push_shared(range, &mut chunks);
        chunks.append(Protocol::Resp2, |out| out.extend([b'x'; 100_000])); // for others
        chunks.seal();
    }
    assert!(chunks.memory() <= 64 * 1024 + 4 * slow.owed(), "{}", chunks.memory());
}

#[test]
fn a_client_blocked_in_mid_turn_does_not_pin_what_the_chunk_grows_to() {
    let (mut chunks, mut slow) = (Chunks::default(), Output::default());
    let range = chunks.append(Protocol::Resp2, |out| out.extend([b'm'; COPY_MAX + 1]));
    slow.push_shared(range, &mut chunks);
    slow.block(&mut chunks);
    chunks.append(Protocol::Resp2, |out| out.extend([b'x'; 200_000])); // for others
    chunks.seal();
    assert!(chunks.memory() <= 64 * 1024 + 4 * slow.owed(), "{}", chunks.memory());
}
