#!/bin/sh
# Runs every fuzz target for some seconds (60 unless told), as many at a time as there are cores: fuzz/run.sh [seconds]
# Without nightly Rust or cargo-fuzz, it replays the corpus on stable Rust instead, and says so.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}

if ! cargo +nightly --version >/dev/null 2>&1 || ! cargo fuzz --version >/dev/null 2>&1; then
    echo "No nightly Rust, or no cargo-fuzz (cargo install cargo-fuzz --locked): replaying the corpus on stable Rust."
    exec cargo test --test fuzz_corpus
fi

# One target: $1 is its name, $2 the seconds. Its output is kept in fuzz/artifacts and shown if it finds something.
if [ $# -eq 2 ]; then
    target=$1 seconds=$2 log=fuzz/artifacts/$1.log
    # More than 10 s or 1 GB for one input is a finding (the sanitizer itself keeps up to 256 MB of freed memory).
    # Short inputs suffice for globs, whose oracles are slow.
    options='-timeout=10 -rss_limit_mb=1024 -print_final_stats=1'
    case $target in
        glob_* | pattern_index) options="$options -max_len=256 -dict=fuzz/glob.dict" ;;
        request_parser) options="$options -max_len=512 -dict=fuzz/resp.dict" ;;
        script) options="$options -max_len=1024" ;;
        server) options="$options -max_len=2048 -dict=fuzz/resp.dict" ;;
        output_queue) options="$options -max_len=512" ;;
        config_file) options="$options -max_len=1024" ;;
        *) options="$options -max_len=4096" ;;
    esac
    mkdir -p fuzz/artifacts
    # shellcheck disable=SC2086 # the options are words
    if cargo +nightly fuzz run "$target" -- -max_total_time="$seconds" $options >"$log" 2>&1; then
        echo "$target: $(sed -n 's/^stat::number_of_executed_units: //p' "$log") runs, nothing found"
    else
        tail -n 60 "$log"
        echo "$target: found something, see above and fuzz/artifacts/$target"
        exit 1
    fi
    exit 0
fi

cargo +nightly fuzz build
cargo +nightly fuzz list | xargs -P "$(nproc)" -I TARGET fuzz/run.sh TARGET "$seconds"
