//! What DUMP puts behind a value: the version of the format, and a checksum of all before.
//!
//! Redis: `src/cluster.c`, `createDumpPayload`, `verifyDumpPayload`; `src/crc64.c`.
//!
//! ```text
//! type, value | version: 2 bytes | checksum: 8 bytes        both with the low byte first
//! ```

use crc::{CRC_64_REDIS, Crc, Digest, Table};

/// The version that is written, and the greatest that is read. Redis: `RDB_VERSION`.
pub const VERSION: u16 = 12;
/// How many bytes there are behind the value.
pub const LEN: usize = 10;

/// Sixteen bytes at a time: payloads may be large.
static CRC: Crc<u64, Table<16>> = Crc::<u64, Table<16>>::new(&CRC_64_REDIS);

/// The checksum of bytes that come one after another.
pub struct Checksum(Digest<'static, u64, Table<16>>);

impl Default for Checksum {
    /// That of no bytes.
    fn default() -> Checksum {
        Checksum(CRC.digest())
    }
}

impl Checksum {
    /// These come next.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The checksum of all of them.
    pub fn end(self) -> u64 {
        self.0.finalize()
    }
}

/// Puts the version and the checksum behind a value.
pub fn seal(payload: &mut Vec<u8>) {
    payload.extend(VERSION.to_le_bytes());
    payload.extend(CRC.checksum(payload).to_le_bytes());
}

/// Whether the payload has a footer of a version that can be read, and its checksum, unless that is not `checked`, is right.
pub fn is_right(payload: &[u8], checked: bool) -> bool {
    let Some((rest, checksum)) = payload.split_last_chunk::<8>() else { return false };
    let Some((_, version)) = rest.split_last_chunk::<2>() else { return false };
    u16::from_le_bytes(*version) <= VERSION
        && (!checked || CRC.checksum(rest) == u64::from_le_bytes(*checksum))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_footer_is_that_of_redis() {
        // SET k 10; DUMP k
        let mut payload = b"\x00\xc0\x0a".to_vec();
        seal(&mut payload);
        assert_eq!(payload, b"\x00\xc0\x0a\x0c\x00\xa5\xe9c\x85\xf4\x84\xfd\xf2");
        assert!(is_right(&payload, true));
        payload[1] ^= 1;
        assert!(!is_right(&payload, true) && is_right(&payload, false));
        assert!(!is_right(b"123456789", false), "too short");
    }
}
