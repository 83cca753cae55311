#!/bin/sh
# Runs every fuzz target, as many at a time as there are cores: fuzz/run.sh [seconds]
# The seconds, 240 unless given, are for all targets together, however many there are.
# Without nightly Rust, the corpus is replayed on stable Rust instead, and the script says so. Where only cargo-fuzz is
# missing, it is installed into target/tools.
set -eu
cd "$(dirname "$0")/.."

# One target, called by the last line below: $1 is its name, $2 its seconds. Its output is kept in fuzz/artifacts and
# shown if it finds something.
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

total=${1:-240}
PATH=$PWD/target/tools/bin:$PATH
if ! cargo +nightly --version >/dev/null 2>&1; then
    echo "No nightly Rust: replaying the corpus on stable Rust."
    exec cargo test --test it fuzz_corpus::
fi
if ! cargo fuzz --version >/dev/null 2>&1 && ! cargo install cargo-fuzz --locked --quiet --root target/tools; then
    echo "No cargo-fuzz, and it cannot be installed here: replaying the corpus on stable Rust."
    exec cargo test --test it fuzz_corpus::
fi

cargo +nightly fuzz build
targets=$(cargo +nightly fuzz list)
# At least five seconds each: libFuzzer needs some of them to read its corpus.
each=$((total * $(nproc) / $(echo "$targets" | wc -l)))
[ "$each" -ge 5 ] || each=5
echo "$(echo "$targets" | wc -l) targets, $(nproc) at a time, $each seconds each"
echo "$targets" | xargs -P "$(nproc)" -I TARGET fuzz/run.sh TARGET "$each"
