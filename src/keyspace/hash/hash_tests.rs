use super::*;
use quickcheck::quickcheck;
use std::collections::BTreeMap;

fn limits() -> Limits {
    Limits { entries: 8, value: 10, hasher: KeyedHash::default() }
}

fn contents(hash: &Hash) -> BTreeMap<Vec<u8>, Vec<u8>> {
    hash.iter().map(|(field, value)| (field.to_vec(), value.to_vec())).collect()
}

quickcheck! {
    fn a_hash_is_a_map(steps: Vec<(u8, i16, bool)>) -> bool {
        let (mut hash, mut model, mut ever) = (Hash::default(), BTreeMap::new(), 0);
        steps.into_iter().all(|(field, value, set)| {
            let (field, value) = (format!("{}", field % 20).into_bytes(), value.to_string().into_bytes());
            let same = if set {
                hash.set(&field, &value, limits()) == model.insert(field.clone(), value).is_none()
            } else {
                hash.remove(&field) == model.remove(&field).is_some()
            };
            ever = ever.max(model.len());
            let mut scanned = BTreeMap::new();
            let mut cursor = 0;
            loop {
                cursor = hash.scan(cursor, 0, |field, value, is_live| {
                    assert!(is_live);
                    scanned.insert(field.to_vec(), value.to_vec());
                });
                if cursor == 0 {
                    break;
                }
            }
            let random = hash.random(|| 5).map(|(field, value)| (field.to_vec(), value.to_vec()));
            same && hash.len() == model.len() && contents(&hash) == model && scanned == model
                && hash.get(&field).map(Entry::to_vec) == model.get(&field).cloned()
                && random.is_none_or(|(field, value)| model.get(&field) == Some(&value))
                && hash.encoding() == if ever > limits().entries { "hashtable" } else { "listpack" }
        })
    }
}

#[test]
fn a_long_word_unpacks_a_hash_for_good() {
    let words = |words: &[&'static str]| words.iter().map(|word| word.as_bytes()).collect::<Vec<_>>();
    let mut hash = Hash::default();
    hash.prepare(words(&["a", "exactly_10"]).into_iter(), limits());
    assert_eq!(hash.encoding(), "listpack");
    hash.prepare(words(&["a", "exactly__11"]).into_iter(), limits());
    assert_eq!(hash.encoding(), "hashtable");
    let mut hash = Hash::default();
    hash.set(b"a", b"exactly__11", limits());
    hash.remove(b"a");
    assert_eq!(hash.encoding(), "hashtable");
}

#[test]
fn packed_fields_keep_their_order() {
    let mut hash = Hash::default();
    for field in ["z", "3", "a", "z"] {
        hash.set(field.as_bytes(), b"v", limits());
    }
    let fields: Vec<_> = hash.iter().map(|(field, _)| field.to_vec()).collect();
    assert_eq!(fields, [b"z", b"3", b"a"]);
}
