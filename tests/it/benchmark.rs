//! Tests of the benchmark's pure parts. A benchmark without a harness has no place for tests of its own.

#![allow(dead_code)] // what only the benchmark's other files use

#[path = "../../benches/commands/scripts.rs"]
mod scripts;
#[path = "../../benches/fanout/stats.rs"]
pub mod stats;
#[path = "../../benches/fanout/wire.rs"]
mod wire;
#[path = "../../benches/commands/workloads.rs"]
mod workloads;

/// The script of one of them is read from a file that others change.
#[test]
fn every_workload_knows_what_to_ask_for() {
    for workload in workloads::WORKLOADS {
        let mut requests = Vec::new();
        (workload.request)(0, 1, &mut requests);
        assert!(requests.starts_with(b"*"), "{}", workload.name);
        assert!((workload.prepare)(0).iter().all(|request| request.starts_with(b"*")), "{}", workload.name);
    }
}

mod numbers {
    use super::stats::*;

    #[test]
    fn median_is_the_middle_or_the_mean_of_the_two_in_the_middle() {
        for (values, expected) in [(&[3.0][..], 3.0), (&[9.0, 1.0, 5.0], 5.0), (&[4.0, 1.0, 2.0, 100.0], 3.0)]
        {
            assert_eq!(median(values), expected, "{values:?}");
        }
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn a_slow_round_leaves_the_paired_ratio_alone() {
        assert_eq!(paired_ratio(&[2.0, 20.0, 2.0], &[1.0, 10.0, 1.0]), 2.0);
        assert_eq!(paired_ratio(&[2.0, 4.0, 9.0], &[1.0, 1.0, 1.0]), 4.0);
    }

    #[test]
    fn percentile_is_the_nearest_rank() {
        let hundred: Vec<u32> = (1..=100).collect();
        for (percent, expected) in [(50.0, 50), (99.0, 99), (99.9, 100), (100.0, 100), (0.0, 1)] {
            assert_eq!(percentile(&hundred, percent), Some(expected), "{percent}");
        }
        assert_eq!(percentile(&[7], 99.9), Some(7));
        assert_eq!(percentile(&[], 50.0), None);
    }

    #[test]
    fn numbers_have_three_figures_and_a_unit() {
        for (value, expected) in [
            (0.0, "0.00 ns"),
            (412.4, "412 ns"),
            (999.6, "1.00 us"),
            (1_570.0, "1.57 us"),
            (27_040.0, "27.0 us"),
            (4_813_000.0, "4.81 ms"),
            (23.7e9, "23.7 s"),
        ] {
            assert_eq!(time(value), expected, "{value}");
        }
        let ratios = [2095.5, 13.06, 1.239, 0.35, 0.0021].map(times);
        assert_eq!(ratios, ["2096x", "13.1x", "1.24x", "0.35x", "0.0021x"]);
        assert_eq!(bytes(48.0), "48.0 B");
        assert_eq!(bytes(1536.0), "1.50 KiB");
        assert_eq!(rate(950_000.0), "950 k");
        assert_eq!(rate(12.0), "12.0");
    }

    #[test]
    fn spread_is_half_the_distance_of_the_quartiles_over_the_median() {
        assert_eq!(spread(&[100.0, 90.0, 110.0, 80.0, 900.0]), 0.1);
        assert!(spread(&[]).is_nan());
    }
}

mod bytes {
    use super::wire::*;

    #[test]
    fn frames_are_resp() {
        for (bytes, expected) in [
            (command(&[b"PING"]), "*1\r\n$4\r\nPING\r\n"),
            (message(b"news", b"hi"), "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$2\r\nhi\r\n"),
            (subscription("subscribe", b"news", 2), "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:2\r\n"),
        ] {
            assert_eq!(String::from_utf8(bytes).unwrap(), expected);
        }
    }

    #[test]
    fn a_stamped_batch_numbers_both_ends_of_each_message_for_every_group_that_listens() {
        // Group 0 hears both channels, group 1 only channel 5.
        let mut batch = Batch::new(&[3, 5], 32, 2, |channel| if channel == 5 { vec![0, 1] } else { vec![0] });
        batch.stamp(0xabc);
        let payload = |number: &str| format!("{number}{number}").into_bytes();
        let first = payload("0000000000000abc");
        let second = payload("0000000000000abd");
        assert_eq!(
            batch.request,
            [command(&[b"PUBLISH", b"c000003", &first]), command(&[b"PUBLISH", b"c000005", &second])]
                .concat()
        );
        assert_eq!(batch.expected[0], [message(b"c000003", &first), message(b"c000005", &second)].concat());
        assert_eq!(batch.expected[1], message(b"c000005", &second));
        assert_eq!(batch.messages, [2, 1]);
    }
}
