//! Places on the earth, as the scores of a sorted set.
//!
//! Redis: `src/geohash.c`, `src/geohash_helper.c`.
//!
//! A place becomes a number whose first digits say roughly where it is ([`hash`]). So the places within a distance are found in
//! a few ranges of numbers ([`area`]).

pub mod area;
pub mod hash;

/// A place, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// East of Greenwich, from -180 to 180.
    pub longitude: f64,
    /// North of the equator, from [`hash::LATITUDE`]'s start to its end.
    pub latitude: f64,
}

/// The radius of the earth, in metres. Redis: `EARTH_RADIUS_IN_METERS`.
const EARTH: f64 = 6_372_797.560856;

/// A degree in radians. Redis: `D_R`.
const DEGREE: f64 = std::f64::consts::PI / 180.0;

/// The distance of two latitudes on a meridian, in metres. Redis: `geohashGetLatDistance`.
fn latitude_distance(one: f64, other: f64) -> f64 {
    EARTH * (other * DEGREE - one * DEGREE).abs()
}

/// The distance of two places on a sphere, in metres, by the haversine formula. Redis: `geohashGetDistance`.
pub fn distance(one: Point, other: Point) -> f64 {
    let v = ((other.longitude * DEGREE - one.longitude * DEGREE) / 2.0).sin();
    if v == 0.0 {
        return latitude_distance(one.latitude, other.latitude);
    }
    let (one, other) = (one.latitude * DEGREE, other.latitude * DEGREE);
    let u = ((other - one) / 2.0).sin();
    let a = u * u + one.cos() * other.cos() * v * v;
    2.0 * EARTH * a.sqrt().asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GEODIST of a real Redis between the places that its documentation names, to a tenth of a millimetre.
    #[test]
    fn palermo_is_166_kilometres_from_catania() {
        let place = |longitude, latitude| {
            hash::Geohash::decode_score(hash::Geohash::encode(Point { longitude, latitude }).score())
        };
        let metres = distance(place(13.361389, 38.115556), place(15.087269, 37.502669));
        assert_eq!(format!("{metres:.4}"), "166274.1516");
    }
}
