#!/bin/sh
# Runs every fuzz target for some seconds (60 unless told): fuzz/run.sh [seconds]
# Without nightly Rust or cargo-fuzz, it replays the corpus on stable Rust instead, and says so.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}

if ! cargo +nightly --version >/dev/null 2>&1 || ! cargo fuzz --version >/dev/null 2>&1; then
    echo "No nightly Rust, or no cargo-fuzz (cargo install cargo-fuzz --locked): replaying the corpus on stable Rust."
    exec cargo test --test fuzz_corpus
fi

for target in $(cargo +nightly fuzz list); do
    # More than 5 s or 1 GB for one input is a finding (the sanitizer itself keeps up to 256 MB of freed memory).
    # Short inputs suffice for globs, whose oracles are slow.
    options='-timeout=5 -rss_limit_mb=1024'
    case $target in
        glob_* | pattern_index) options="$options -max_len=256 -dict=fuzz/glob.dict" ;;
        request_parser) options="$options -max_len=512 -dict=fuzz/resp.dict" ;;
        server) options="$options -max_len=2048 -dict=fuzz/resp.dict" ;;
        output_queue) options="$options -max_len=512" ;;
        config_file) options="$options -max_len=1024" ;;
        *) options="$options -max_len=4096" ;;
    esac
    echo "== $target, $seconds s"
    cargo +nightly fuzz run "$target" -- -max_total_time="$seconds" -print_final_stats=1 $options
done
