//! SAVE and its like, against a disk that is played.

mod commands;
mod disk;
mod picture;
