//! What holds of every skiplist, and its searches against a list that is sorted anew.

use super::*;
use crate::keyspace::zset::sorted::Sorted;
use quickcheck::quickcheck;

/// Fails if something is wrong with the list: the order, the nodes before, the spans, the scores in links, the levels.
pub fn check(sorted: &Sorted) {
    let (list, members) = (sorted.list(), sorted.members());
    let nodes = list.nodes();
    let mut order = Vec::new();
    let mut node = list.first();
    let mut back = HEAD;
    while node != HEAD {
        assert_eq!(nodes.back(node), back, "the node before");
        order.push(node);
        (back, node) = (node, nodes.link(node, 0).node);
    }
    assert_eq!(list.last(), back, "the last node");
    assert_eq!((order.len(), members.len()), (list.len(), list.len()));
    let key = |node: NodeId| (*members.value(nodes.member(node)), members.key(nodes.member(node)));
    assert!(order.windows(2).all(|pair| key(pair[0]) < key(pair[1])), "the order");
    let mut before: Vec<NodeId> = order.clone();
    for level in 0..list.levels() {
        let (mut at, mut passed, mut here) = (HEAD, 0, Vec::new());
        loop {
            let link = nodes.link(at, level);
            passed += link.span as usize;
            if link.node == HEAD {
                assert_eq!(passed, order.len(), "the last span reaches the end");
                break;
            }
            assert_eq!(order[passed - 1], link.node, "a span counts the members");
            assert_eq!(link.score, key(link.node).0, "a link has the score of its node");
            here.push(link.node);
            at = link.node;
        }
        assert!(here.iter().all(|node| before.contains(node)), "a node is on all levels below");
        assert!(level == 0 || !here.is_empty(), "no level is empty");
        before = here;
    }
}

fn sorted(scores: impl Iterator<Item = f64>) -> Sorted {
    let mut sorted = Sorted::new(KeyedHash::default());
    for (number, score) in scores.enumerate() {
        sorted.insert(format!("m{number}").as_bytes(), score);
    }
    sorted
}

quickcheck! {
    fn it_stays_in_order(steps: Vec<(u8, u8, i8)>) -> bool {
        let mut sorted = Sorted::new(KeyedHash::default());
        for (action, member, score) in steps {
            let (member, score) = ([b'a' + member % 32], f64::from(score / 8));
            match (action % 4, sorted.members().find(&member)) {
                (0, _) => _ = sorted.remove(&member),
                (1, _) => {
                    let len = sorted.list().len();
                    let start = usize::from(action) % (len + 1);
                    sorted.remove_ranks(start..(start + 2).min(len).max(start));
                }
                (_, Some(place)) => sorted.change_score(place, score),
                (_, None) => sorted.insert(&member, score),
            }
            check(&sorted);
        }
        true
    }
}

#[test]
fn a_search_looks_at_few_links_and_a_listener_sees_each_of_them() {
    struct Count(usize, usize);
    impl Visitor for Count {
        fn look(&mut self, look: Look) {
            self.0 += 1;
            self.1 += usize::from(look.follows);
        }
    }
    let sorted = sorted((0..10_000).map(|number| f64::from(number * 7919 % 10_007)));
    check(&sorted);
    let mut looks = Count(0, 0);
    let (rank, score) = sorted.rank(b"m5000", &mut looks).unwrap();
    assert_eq!(score, f64::from(5000 * 7919 % 10_007));
    let lower = (0..10_000).filter(|number| f64::from(number * 7919 % 10_007) < score).count();
    assert_eq!(rank, lower);
    assert!(looks.0 < 80 && looks.1 < looks.0, "{} looks, {} links followed", looks.0, looks.1);
}

#[test]
fn a_node_in_four_is_a_level_higher() {
    let sorted = sorted((0..10_000).map(f64::from));
    let nodes = sorted.list().nodes();
    let on_level = |level: usize| {
        let next = |&node: &NodeId| Some(nodes.link(node, level).node).filter(|&node| node != HEAD);
        std::iter::successors(next(&HEAD), next).count()
    };
    assert_eq!(on_level(0), 10_000);
    assert!((2300..2700).contains(&on_level(1)), "{}", on_level(1));
    assert!((500..750).contains(&on_level(2)), "{}", on_level(2));
    assert!((5..12).contains(&sorted.list().levels()));
}

#[test]
fn the_memory_of_removed_nodes_is_used_again() {
    let mut sorted = sorted((0..1000).map(f64::from));
    let before = sorted.list().memory();
    for round in 0..20 {
        sorted.remove_ranks(0..1000);
        (0..1000).for_each(|number| sorted.insert(format!("r{round}n{number}").as_bytes(), 1.0));
    }
    assert!(sorted.list().memory() <= before + before / 4, "{} after {before}", sorted.list().memory());
    check(&sorted);
}
