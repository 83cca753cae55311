//! A place as a number: the cell of a grid that it is in, and the cells around.
//!
//! Redis: `src/geohash.c` (`geohashEncode`, `geohashDecode`, `geohashNeighbors`); `src/geo.c`, `decodeGeohash`, `geohashCommand`.
//!
//! Longitude and latitude are cut in two again and again: a step takes one binary digit for each, the half in which the place
//! is, and the digits alternate. So two places with the same first digits are in the same cell. 26 steps make 52 digits, which
//! a double holds exactly: the score.

use super::Point;
use std::ops::RangeInclusive;

/// The longitudes that there are.
const LONGITUDE: RangeInclusive<f64> = -180.0..=180.0;
/// The latitudes that can be stored: those of web maps. Redis: `GEO_LAT_MIN`, `GEO_LAT_MAX`.
pub const LATITUDE: RangeInclusive<f64> = -85.05112878..=85.05112878;
/// The latitudes of the text that GEOHASH replies with, which other programs read.
const ALL_LATITUDES: RangeInclusive<f64> = -90.0..=90.0;
/// How many steps a score has. Redis: `GEO_STEP_MAX`.
pub const STEPS: u8 = 26;

/// The digits of latitudes.
const EVEN: u64 = 0x5555_5555_5555_5555;
/// The digits of longitudes.
const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;

/// A cell of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geohash {
    bits: u64,
    steps: u8,
}

/// What is in a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// Its south-western corner.
    pub min: Point,
    /// Its north-eastern corner.
    pub max: Point,
}

impl Point {
    /// Whether the place can be stored.
    pub fn is_valid(self) -> bool {
        LONGITUDE.contains(&self.longitude) && LATITUDE.contains(&self.latitude)
    }
}

/// Spreads the digits of a number to the even places. Redis: half of `interleave64`.
fn spread(number: u32) -> u64 {
    let mut bits = u64::from(number);
    for (shift, mask) in [
        (16, 0x0000_ffff_0000_ffff),
        (8, 0x00ff_00ff_00ff_00ff),
        (4, 0x0f0f_0f0f_0f0f_0f0f),
        (2, 0x3333_3333_3333_3333),
        (1, EVEN),
    ] {
        bits = (bits | bits << shift) & mask;
    }
    bits
}

/// The digits at the even places. Redis: half of `deinterleave64`.
fn gather(bits: u64) -> u32 {
    let mut bits = bits & EVEN;
    for (shift, mask) in [
        (1, 0x3333_3333_3333_3333),
        (2, 0x0f0f_0f0f_0f0f_0f0f),
        (4, 0x00ff_00ff_00ff_00ff),
        (8, 0x0000_ffff_0000_ffff),
        (16, 0x0000_0000_ffff_ffff),
    ] {
        bits = (bits | bits >> shift) & mask;
    }
    bits as u32
}

/// Which of `2^steps` parts of a range a value is in; one too far at the very end of the range, as in Redis.
fn part(range: &RangeInclusive<f64>, value: f64, steps: u8) -> u32 {
    let offset = (value - range.start()) / (range.end() - range.start());
    (offset * (1u64 << steps) as f64) as u32
}

/// Where a part of a range begins.
fn border(range: &RangeInclusive<f64>, part: u32, steps: u8) -> f64 {
    range.start() + (f64::from(part) / (1u64 << steps) as f64) * (range.end() - range.start())
}

impl Geohash {
    /// The cell of a score in which a place is.
    pub fn encode(place: Point) -> Geohash {
        Geohash::encode_steps(place, STEPS)
    }

    /// The cell after so many steps, 1 to [`STEPS`], in which a place is.
    pub fn encode_steps(place: Point, steps: u8) -> Geohash {
        Geohash::encode_in(&LATITUDE, place, steps)
    }

    fn encode_in(latitudes: &RangeInclusive<f64>, place: Point, steps: u8) -> Geohash {
        let (latitude, longitude) =
            (part(latitudes, place.latitude, steps), part(&LONGITUDE, place.longitude, steps));
        Geohash { bits: spread(latitude) | spread(longitude) << 1, steps }
    }

    /// The place in the middle of a score's cell. Any score has one: what is no number of 64 digits is taken as x86
    /// processors convert it. Redis: `decodeGeohash`.
    pub fn decode_score(score: f64) -> Point {
        const HALF: f64 = 9_223_372_036_854_775_808.0;
        let bits = match score {
            score if score < HALF => score as i64 as u64,
            score if score < 2.0 * HALF => (score - HALF) as u64 | 1 << 63,
            _ => 0,
        };
        let cell = Geohash { bits, steps: STEPS }.cell();
        let middle = |min: f64, max: f64, range: RangeInclusive<f64>| {
            ((min + max) / 2.0).min(*range.end()).max(*range.start())
        };
        Point {
            longitude: middle(cell.min.longitude, cell.max.longitude, LONGITUDE),
            latitude: middle(cell.min.latitude, cell.max.latitude, LATITUDE),
        }
    }

    /// What is in the cell. Redis: `geohashDecode`.
    pub fn cell(self) -> Cell {
        let (latitude, longitude) = (gather(self.bits), gather(self.bits >> 1));
        let corner = |longitude, latitude| Point {
            longitude: border(&LONGITUDE, longitude, self.steps),
            latitude: border(&LATITUDE, latitude, self.steps),
        };
        Cell {
            min: corner(longitude, latitude),
            max: corner(longitude.wrapping_add(1), latitude.wrapping_add(1)),
        }
    }

    /// The digits as a number of [`STEPS`] steps, of at most 54 digits. Redis: `geohashAlign52Bits`.
    fn aligned(self) -> u64 {
        self.bits << ((STEPS - self.steps) * 2)
    }

    /// The score of the cell.
    pub fn score(self) -> f64 {
        self.aligned() as f64
    }

    /// The scores of all cells inside this one, without the last number. Redis: `scoresOfGeoHashBox`.
    pub fn scores(self) -> std::ops::Range<f64> {
        let next = Geohash { bits: self.bits + 1, ..self };
        self.score()..next.score()
    }

    /// The cell that is `east` cells further east and `north` further north, each -1, 0 or 1; at the edge of the map it is the
    /// one at the other edge. Redis: `geohash_move_x`, `geohash_move_y`.
    pub fn moved(self, east: i8, north: i8) -> Geohash {
        let unused = 64 - u32::from(self.steps) * 2;
        let moved = |digits: u64, others: u64, by: i8| {
            let (bits, gaps) = (self.bits & digits, others >> unused);
            // The gaps between the digits are filled, so that a carry goes through them.
            let bits = match by {
                0 => return bits,
                1.. => bits.wrapping_add(gaps + 1),
                _ => (bits | gaps).wrapping_sub(gaps + 1),
            };
            bits & (digits >> unused)
        };
        Geohash { bits: moved(ODD, EVEN, east) | moved(EVEN, ODD, north), ..self }
    }

    /// The eleven characters that other programs know the place of a score by; the last is always `0`. Redis: `geohashCommand`.
    pub fn text(score: f64) -> String {
        const ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
        let bits = Geohash::encode_in(&ALL_LATITUDES, Geohash::decode_score(score), STEPS).bits;
        let character = |at: u32| char::from(ALPHABET[(bits >> (52 - at * 5)) as usize & 0x1f]);
        (1..=10).map(character).chain(['0']).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;

    /// Any place that can be stored.
    fn place(longitude: u32, latitude: u32) -> Point {
        let within = |range: RangeInclusive<f64>, part: u32| {
            range.start() + (range.end() - range.start()) * (f64::from(part) / f64::from(u32::MAX))
        };
        Point { longitude: within(LONGITUDE, longitude), latitude: within(LATITUDE, latitude) }
    }

    quickcheck! {
        fn digits_come_back(number: u32) -> bool {
            let naive = (0..32).fold(0, |bits, at| bits | u64::from(number >> at & 1) << (2 * at));
            spread(number) == naive && gather(naive) == number && gather(naive << 1) == 0
        }

        fn a_place_is_in_its_cell_and_its_score_in_every_larger_one(longitude: u32, latitude: u32, steps: u8) -> bool {
            // The very edge is a part of its own, beyond the last: see the cases.
            let place = place(longitude.min(u32::MAX - 64), latitude.min(u32::MAX - 64));
            let hash = Geohash::encode_steps(place, steps % STEPS + 1);
            let Cell { min, max } = hash.cell();
            let near = |value: f64, min: f64, max: f64| (min - 1e-9..=max + 1e-9).contains(&value);
            near(place.longitude, min.longitude, max.longitude)
                && near(place.latitude, min.latitude, max.latitude)
                && hash.scores().contains(&Geohash::encode(place).score())
        }

        fn the_middle_of_a_cell_is_in_that_cell(longitude: u32, latitude: u32) -> bool {
            let score = Geohash::encode(place(longitude.min(u32::MAX - 64), latitude.min(u32::MAX - 64))).score();
            Geohash::encode(Geohash::decode_score(score)).score() == score
        }

        fn who_goes_around_a_cell_comes_back(longitude: u32, latitude: u32, steps: u8) -> bool {
            let hash = Geohash::encode_steps(place(longitude / 2, latitude / 2), steps % STEPS + 1);
            let round = hash.moved(1, 0).moved(0, 1).moved(-1, 0).moved(-1, 0).moved(0, -1).moved(0, -1).moved(1, 1);
            round == hash && hash.moved(1, 1) == hash.moved(1, 0).moved(0, 1)
        }

        fn a_neighbour_begins_where_the_cell_ends(longitude: u32, latitude: u32, steps: u8) -> bool {
            let (here, steps) = (place(longitude / 4 + (1 << 30), latitude / 4 + (1 << 30)), steps % (STEPS - 2) + 3);
            let hash = Geohash::encode_steps(here, steps);
            hash.moved(1, 0).cell().min.longitude == hash.cell().max.longitude
                && hash.moved(0, -1).cell().max.latitude == hash.cell().min.latitude
        }

        fn any_score_is_a_place(score: f64) -> bool {
            Geohash::decode_score(score).is_valid() && Geohash::text(score).len() == 11
        }
    }

    #[test]
    fn scores_that_no_place_has_are_places_all_the_same() {
        for score in
            [f64::NEG_INFINITY, -1.0, 0.5, 2f64.powi(53), 2f64.powi(63), 2f64.powi(64), f64::INFINITY]
        {
            assert!(Geohash::decode_score(score).is_valid(), "{score}");
        }
        assert_eq!(Geohash::text(Geohash::encode(place(0, 0)).score()), "00bh0hbj200");
    }
}
