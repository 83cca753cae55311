//! Three outputs that share frames, against three plain queues of bytes.
//!
//! The input is a script, readable in an editor; one line, one step:
//!
//! ```text
//! o0 40       output 0 gets 40 bytes of its own
//! s12 300     a frame of 300 bytes for outputs 1 and 2; S: of RESP3
//! l* 20000    a message that is stored once, for all three
//! w1 17       17 bytes are written to output 1
//! b1          its socket is full; u1: it is not
//! c2          it is closed
//! e           the turn ends: everything is written to those that are not full
//! ```

use cutaway::output::chunks::Chunks;
use cutaway::output::queue::Output;
use cutaway::resp::Protocol;
use std::io::IoSlice;

const OUTPUTS: usize = 3;
/// No step has more bytes, and no script more steps.
const LONGEST: usize = 40_000;
const STEPS: usize = 200;
/// What the two open chunks may keep allocated.
const CHUNKS_KEPT: usize = 2 * 64 * 1024;
/// A blocked output pins no more than so many times what it owes.
const PINNED: usize = 4;

#[derive(Default)]
struct Harness {
    chunks: Chunks,
    outputs: [Output; OUTPUTS],
    queues: [Vec<u8>; OUTPUTS],
    /// Counts the bytes that were made: no two of them stand next to each other again soon.
    made: usize,
}

pub fn run(data: &[u8]) {
    let mut harness = Harness::default();
    for line in data.split(|&byte| byte == b'\n').take(STEPS) {
        harness.step(line);
        harness.check();
    }
    for output in &mut harness.outputs {
        output.clear(&mut harness.chunks);
    }
    harness.chunks.seal();
    assert!(harness.chunks.memory() <= CHUNKS_KEPT, "a chunk outlives its readers");
}

impl Harness {
    fn step(&mut self, line: &[u8]) {
        let Some((&kind, rest)) = line.split_first() else { return };
        let space = rest.iter().position(|&byte| byte == b' ').unwrap_or(rest.len());
        let (names, number) = rest.split_at(space);
        let digit = |n: usize, &byte: &u8| (n * 10 + usize::from(byte & 15)).min(LONGEST);
        let count = number.iter().skip(1).fold(0, digit);
        let named = |i: &usize| names.contains(&(b'0' + *i as u8)) || names.contains(&b'*');
        let chosen: Vec<usize> = (0..OUTPUTS).filter(named).collect();
        match kind {
            b'o' => {
                let bytes = self.make(count);
                for i in chosen {
                    self.outputs[i].push(&bytes);
                    self.queues[i].extend(&bytes);
                }
            }
            b's' | b'S' => {
                let protocol = if kind == b's' { Protocol::Resp2 } else { Protocol::Resp3 };
                let bytes = self.make(count);
                let range = self.chunks.append(protocol, |out| out.extend(&bytes));
                assert_eq!(self.chunks.bytes(range), bytes);
                for i in chosen {
                    self.outputs[i].push_shared(range, &mut self.chunks);
                    self.queues[i].extend(&bytes);
                }
            }
            b'l' => {
                let bytes = self.make(count);
                let range = self.chunks.store(&bytes);
                for i in chosen {
                    self.outputs[i].push_shared(range, &mut self.chunks);
                    self.queues[i].extend(&bytes);
                    self.queues[i].extend(b"\r\n");
                }
                self.chunks.release(range.chunk);
            }
            b'w' => chosen.into_iter().for_each(|i| self.write(i, count)),
            b'b' => chosen.into_iter().for_each(|i| self.outputs[i].block(&mut self.chunks)),
            b'u' => chosen.into_iter().for_each(|i| self.outputs[i].unblock()),
            b'c' => {
                for i in chosen {
                    self.outputs[i].clear(&mut self.chunks);
                    self.queues[i].clear();
                }
            }
            b'e' => {
                self.chunks.seal();
                for i in 0..OUTPUTS {
                    if !self.outputs[i].is_blocked() {
                        self.write(i, usize::MAX);
                    }
                }
                let owed: usize = self.outputs.iter().map(Output::owed).sum();
                let memory = self.chunks.memory();
                assert!(memory <= CHUNKS_KEPT + PINNED * owed, "{memory} bytes of frames for {owed} owed");
            }
            _ => {}
        }
    }

    /// So many bytes of the queue are written, as the event loop does it; it owns no buffer when it is empty.
    fn write(&mut self, i: usize, count: usize) {
        let count = count.min(self.queues[i].len());
        self.outputs[i].consume(count, &mut self.chunks);
        self.outputs[i].unblock();
        self.queues[i].drain(..count);
        if self.queues[i].is_empty()
            && let Some(buffer) = self.outputs[i].return_buffer()
        {
            assert!(buffer.is_empty());
            self.outputs[i].lend_buffer(buffer);
        }
    }

    fn make(&mut self, count: usize) -> Vec<u8> {
        self.made += count;
        let period: Vec<u8> = (0..251).map(|n| ((n + self.made) % 251) as u8).collect();
        let mut bytes = period.repeat(count / 251 + 1);
        bytes.truncate(count);
        bytes
    }

    fn check(&self) {
        for (output, queue) in self.outputs.iter().zip(&self.queues) {
            assert_eq!((output.owed(), output.is_empty()), (queue.len(), queue.is_empty()));
            let mut slices = [IoSlice::new(&[]); 2 * STEPS];
            let filled = output.slices(&self.chunks, usize::MAX, &mut slices);
            assert!(slices[..filled].iter().all(|slice| !slice.is_empty()), "an empty slice");
            let mut rest = &queue[..];
            for slice in &slices[..filled] {
                rest = rest.strip_prefix(&**slice).expect("the output and the naive queue differ");
            }
            assert!(rest.is_empty(), "bytes are missing");
            let mut two = [IoSlice::new(&[]); 2];
            let few = output.slices(&self.chunks, usize::MAX, &mut two);
            assert_eq!(few, filled.min(2));
            assert!(
                two[..few].iter().zip(&slices).all(|(a, b)| **a == **b),
                "fewer slices are not the first"
            );
        }
    }
}
