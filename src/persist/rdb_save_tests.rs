use super::super::finish::Finisher;
use super::super::save;
use super::super::values::{AnyValue, rules};
use super::*;
use crate::keyspace::string::Str;
use quickcheck::quickcheck;

const ABOUT: About<'_> =
    About { redis_version: "8.0.2", time: 1_700_000_000, memory: 1_000_000, is_aof_base: false };

fn form(fields_expire: bool, compress: bool) -> Form {
    Form { fields_expire, compress, list: rules(compress).list }
}

/// What becomes of the pieces.
fn finish(pieces: &[Unfinished], compress: bool, checksum: bool) -> Vec<u8> {
    let mut finisher = Finisher::new(compress, checksum);
    let mut file: Vec<u8> = pieces.iter().flat_map(|piece| finisher.finish(piece)).collect();
    file.extend(finisher.end());
    file
}

#[test]
fn a_file_is_written_as_redis_writes_it() {
    let mut out = FileWriter::new(form(false, true));
    out.begin(&ABOUT);
    out.library(b"#!lua name=a\n");
    out.select(0);
    out.resize(2, 1);
    let value = Value::String(Str::new(b"10"));
    let info = KeyInfo { expires: Some(1_800_000_000_000), usage: Some(Usage::Idle(70)) };
    let mut slices = out.key(b"k", info, &value);
    assert!(out.value(&mut slices, &value, &mut Budget::UNLIMITED.clone()));
    let value = Value::String(Str::new(&[b'a'; 100]));
    out.select(0);
    let mut slices = out.key(b"long", KeyInfo { expires: None, usage: Some(Usage::Frequency(5)) }, &value);
    assert!(out.value(&mut slices, &value, &mut Budget::UNLIMITED.clone()));
    out.select(3);
    out.end();
    let file = finish(&[out.take()], true, false);
    let expected: [&[u8]; 13] = [
        b"REDIS0011",
        b"\xfa\x09redis-ver\x058.0.2",
        b"\xfa\x0aredis-bits\xc0\x40",
        b"\xfa\x05ctime\xc2\x00\xf1\x53\x65",
        b"\xfa\x08used-mem\xc2\x40\x42\x0f\x00",
        b"\xfa\x08aof-base\xc0\x00",
        b"\xf5\x0d#!lua name=a\n",
        b"\xfe\x00\xfb\x02\x01",
        b"\xfc\x00\x50\x5c\x18\xa3\x01\x00\x00\xf8\x40\x46\x00\x01k\xc0\x0a",
        b"\xf9\x05\x00\x04long\xc3\x09\x40\x64\x01aa\xe0\x57\x00\x01aa",
        b"\xfe\x03",
        b"\xff",
        &[0; 8],
    ];
    assert_eq!(file, expected.concat());
}

#[test]
fn the_version_is_12_only_if_fields_expire() {
    for (fields_expire, magic) in [(false, b"REDIS0011"), (true, b"REDIS0012")] {
        let mut out = FileWriter::new(form(fields_expire, true));
        out.begin(&ABOUT);
        assert!(finish(&[out.take()], true, true).starts_with(magic));
    }
}

#[test]
fn the_checksum_is_that_of_redis() {
    // redis-check-rdb accepts these bytes.
    let mut out = FileWriter::new(form(false, true));
    out.out.raw(b"REDIS0011");
    let first = out.take();
    out.end();
    let file = finish(&[first, out.take()], true, true);
    assert_eq!(file, b"REDIS0011\xff\xc0\x22\x8a\x8d\x74\x38\x97\x62");
}

#[test]
fn a_large_value_is_written_in_slices_within_the_budget() {
    let mut set = crate::keyspace::set::Set::dict(rules(false).set);
    (0..1000).for_each(|number| _ = set.add(format!("member:{number}").as_bytes(), rules(false).set));
    let value = Value::Set(set);
    let mut out = FileWriter::new(form(false, false));
    let mut slices = out.key(b"k", KeyInfo::default(), &value);
    let mut lens = Vec::new();
    loop {
        let is_whole = out.value(&mut slices, &value, &mut Budget { bytes: usize::MAX, elements: 100 });
        lens.push(out.take().len());
        if is_whole {
            break;
        }
    }
    assert_eq!(lens.len(), 10);
    assert!(lens.iter().all(|&len| len <= 1110), "{lens:?}");
    let value = Value::String(Str::new(&[b'x'; 10_000]));
    let mut slices = out.key(b"k", KeyInfo::default(), &value);
    let mut count = 0;
    while !out.value(&mut slices, &value, &mut Budget { bytes: 1000, elements: usize::MAX }) {
        count += 1;
        assert!(out.take().len() < 1010);
    }
    assert_eq!(count, 9);
}

quickcheck! {
    /// In slices, finished later, or at once: the bytes are the same.
    fn the_bytes_of_a_value_do_not_depend_on_how_it_is_written(
        value: AnyValue, budgets: Vec<(u16, u8)>, compress: bool
    ) -> bool {
        let AnyValue(value) = value;
        let mut budgets = budgets.into_iter().map(|(bytes, elements)| Budget { bytes: bytes.into(), elements: elements.into() });
        let mut out = FileWriter::new(form(true, compress));
        let mut slices = out.key(b"k", KeyInfo::default(), &value);
        let mut pieces = Vec::new();
        while !out.value(&mut slices, &value, &mut budgets.next().unwrap_or(Budget::UNLIMITED)) {
            pieces.push(out.take());
        }
        pieces.push(out.take());
        let mut expected = save::value(&value, &rules(compress));
        expected.splice(1..1, *b"\x01k");
        expected.extend([0; 8]);
        finish(&pieces, compress, false) == expected
    }
}
