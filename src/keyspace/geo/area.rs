//! The cells in which the places within a circle or a box are.
//!
//! Redis: `src/geohash_helper.c` (`geohashCalculateAreasByShapeWGS84`, `geohashBoundingBox`, `geohashEstimateStepsByRadius`);
//! `src/geo.c`, `geoWithinShape`, `membersOfAllNeighbors`.
//!
//! The cells are as small as they can be so that the one with the centre and the eight around it cover the shape; those
//! of the eight that it does not reach are left out. Which cells, and in which order, decides the order of the replies.

use super::hash::{Geohash, STEPS};
use super::{DEGREE, EARTH, Point, distance, latitude_distance};

/// Half of the earth's circumference on web maps, in metres. Redis: `MERCATOR_MAX`.
const HALF_ROUND: f64 = 20_037_726.37;

/// What is searched for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Extent {
    /// What is so far away or nearer, in the unit of the shape.
    Circle(f64),
    /// Width and height of a box with sides along the meridians and the parallels.
    Rectangle(f64, f64),
}

/// A part of the earth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Its middle.
    pub centre: Point,
    /// How far it reaches.
    pub extent: Extent,
    /// The unit of distances, in metres.
    pub unit: f64,
}

/// The degrees that a shape does not reach beyond.
struct Bounds {
    min: Point,
    max: Point,
}

impl Shape {
    /// How far a place is from the centre, in metres; None if it is outside. Redis: `geoWithinShape`.
    pub fn distance_within(&self, place: Point) -> Option<f64> {
        match self.extent {
            Extent::Circle(radius) => {
                let metres = distance(self.centre, place);
                let is_outside = metres > radius * self.unit;
                (!is_outside).then_some(metres)
            }
            Extent::Rectangle(width, height) => {
                if latitude_distance(place.latitude, self.centre.latitude) > height * self.unit / 2.0 {
                    return None;
                }
                let beside = Point { longitude: self.centre.longitude, latitude: place.latitude };
                let is_outside = distance(place, beside) > width * self.unit / 2.0;
                (!is_outside).then(|| distance(self.centre, place))
            }
        }
    }

    /// Redis: `geohashBoundingBox`.
    fn bounds(&self) -> Bounds {
        let Point { longitude, latitude } = self.centre;
        let (width, height) = match self.extent {
            Extent::Circle(radius) => (radius, radius),
            Extent::Rectangle(width, height) => (width / 2.0, height / 2.0),
        };
        let (width, height) = (self.unit * width, self.unit * height);
        let up = height / EARTH / DEGREE;
        // Parallels are shorter towards the poles: the side that is nearer to a pole spans more degrees.
        let beside = |latitude: f64| width / EARTH / (latitude * DEGREE).cos() / DEGREE;
        let aside = if latitude < 0.0 { beside(latitude - up) } else { beside(latitude + up) };
        Bounds {
            min: Point { longitude: longitude - aside, latitude: latitude - up },
            max: Point { longitude: longitude + aside, latitude: latitude + up },
        }
    }

    /// How far the shape reaches from its centre, in metres.
    fn radius(&self) -> f64 {
        let radius = match self.extent {
            Extent::Circle(radius) => radius,
            Extent::Rectangle(width, height) => {
                ((width / 2.0) * (width / 2.0) + (height / 2.0) * (height / 2.0)).sqrt()
            }
        };
        radius * self.unit
    }

    /// The cells in which the shape's places are, in the order in which they are searched.
    pub fn cells(&self) -> Vec<Geohash> {
        let bounds = self.bounds();
        let mut steps = steps_for(self.radius(), self.centre.latitude);
        let mut hash = Geohash::encode_steps(self.centre, steps);
        if steps > 1 && !reaches(hash, &bounds) {
            steps -= 1;
            hash = Geohash::encode_steps(self.centre, steps);
        }
        let cell = hash.cell();
        // With one step there is nothing to be left out.
        let is_small = steps >= 2;
        let useless = |east: i8, north: i8| {
            is_small
                && ((north < 0 && cell.min.latitude < bounds.min.latitude)
                    || (north > 0 && cell.max.latitude > bounds.max.latitude)
                    || (east < 0 && cell.min.longitude < bounds.min.longitude)
                    || (east > 0 && cell.max.longitude > bounds.max.longitude))
        };
        const AROUND: [(i8, i8); 9] =
            [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1)];
        let mut cells: Vec<Geohash> = Vec::new();
        for (east, north) in AROUND {
            let cell = hash.moved(east, north);
            // Of few large cells, two that follow one another may be the same; one that is the same as the centre's, and
            // comes right after it, is searched again, as in Redis.
            let is_last = cells.len() > 1 && cells.last() == Some(&cell);
            if !useless(east, north) && !is_last {
                cells.push(cell);
            }
        }
        cells
    }
}

/// Whether the cells around a cell reach as far as the bounds.
fn reaches(hash: Geohash, bounds: &Bounds) -> bool {
    let cell = |east, north| hash.moved(east, north).cell();
    !(cell(0, 1).max.latitude < bounds.max.latitude
        || cell(0, -1).min.latitude > bounds.min.latitude
        || cell(1, 0).max.longitude < bounds.max.longitude
        || cell(-1, 0).min.longitude > bounds.min.longitude)
}

/// How many steps make cells of about that radius. Redis: `geohashEstimateStepsByRadius`.
fn steps_for(mut radius: f64, latitude: f64) -> u8 {
    if radius == 0.0 {
        return STEPS;
    }
    let mut steps = -1;
    while radius < HALF_ROUND {
        radius *= 2.0;
        steps += 1;
    }
    // Towards the poles, cells are narrower.
    steps -= i32::from(latitude.abs() > 66.0) + i32::from(latitude.abs() > 80.0);
    steps.clamp(1, i32::from(STEPS)) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;

    quickcheck! {
        /// Away from the poles and the date line, where Redis's cells do not reach around.
        fn a_place_within_the_shape_is_in_one_of_its_cells(at: (i8, i8), off: (i8, i8), reach: u16, is_box: bool) -> bool {
            let centre = Point { longitude: f64::from(at.0), latitude: f64::from(at.1) / 4.0 };
            let reach = f64::from(reach) + 1.0;
            let extent = if is_box { Extent::Rectangle(reach * 2.0, reach) } else { Extent::Circle(reach) };
            let shape = Shape { centre, extent, unit: 10.0 };
            let place = Point {
                longitude: centre.longitude + f64::from(off.0) / 127.0 * reach / 10_000.0,
                latitude: centre.latitude + f64::from(off.1) / 127.0 * reach / 10_000.0,
            };
            let score = Geohash::encode(place).score();
            shape.distance_within(place).is_none() || shape.cells().iter().any(|cell| cell.scores().contains(&score))
        }

        fn no_shape_is_too_odd(longitude: f64, latitude: f64, width: f64, height: f64) -> bool {
            let centre = Point { longitude: longitude % 180.0, latitude: latitude % 85.0 };
            let fine = |value: f64| if value.is_nan() { 0.0 } else { value.abs() };
            let centre = Point { longitude: if centre.longitude.is_nan() { 0.0 } else { centre.longitude },
                latitude: if centre.latitude.is_nan() { 0.0 } else { centre.latitude } };
            [Extent::Circle(fine(width)), Extent::Rectangle(fine(width), fine(height))].iter().all(|&extent| {
                let shape = Shape { centre, extent, unit: 1609.34 };
                (1..=9).contains(&shape.cells().len())
            })
        }
    }
}
