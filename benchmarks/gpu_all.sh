#!/usr/bin/env bash
# Measures what is worth knowing on a machine with a GPU: under nine minutes, without a network.
#
#   benchmarks/gpu_all.sh [FOLDER [SITE_PACKAGES.tar.xz]]
#
# FOLDER (benchmarks/results) gets gpu_<GPU>_<size>.json and gpu_<GPU>.log. The archive holds
# packages that the machine lacks. This package need not be installed. Of the environment:
# PYTHON, the interpreter (python3); TIMES, a whole factor on all limits for slow machines (1);
# DEPTH_NODES_COMMIT, what the files are a copy of, where there is no git.
set -euo pipefail

output=$(realpath -m "${1:-$(dirname "$0")/results}")
archive=${2:+$(realpath -e "$2")}
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
times=${TIMES:-1}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
log=$scratch/log
failed=0

# NAME LIMIT_S COMMAND...: what it prints goes to the log, the end of it to the screen. It is
# interrupted, so that it can say how far it came; limits and grace add up to less than 540 s.
step() {
    local name=$1 limit=$(($2 * times)) begun=$SECONDS status=0
    shift 2
    timeout --signal=INT --kill-after=5 "$limit" "$@" >"$scratch/step" 2>&1 || status=$?
    printf '\n== %s: status %s after %s of %s s\n' "$name" "$status" $((SECONDS - begun)) "$limit" \
        | tee -a "$log"
    tail -c 1000000 "$scratch/step" >>"$log"
    tail -n 30 "$scratch/step"
    if [ "$status" -ne 0 ]; then
        failed=1
        return 1
    fi
}

# SIZE[_SUFFIX] LIMIT_S OPTIONS...
benchmark() {
    local name=$1 limit=$2
    shift 2
    step "$name" "$limit" "$python" -m depth_nodes benchmark --device cuda \
        --size "${name%%_*}" --output "$output/gpu_${gpu}_$name.json" "$@" || true
}

if [ -n "$archive" ]; then
    step unpack 30 "$python" -m tarfile -e "$archive" "$scratch/site"
fi
export PYTHONPATH="$PWD:$scratch/site${PYTHONPATH:+:$PYTHONPATH}"
# TensorRT-RTX asks for CUDA's compiler by name alone; torch keeps its own in a folder of its own.
folders='import pathlib, sys; print(*(f for p in sys.path for f in pathlib.Path(p).glob("nvidia/*/lib")), sep=":")'
libraries=$("$python" -c "$folders" || true)
export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:-}${libraries:+${LD_LIBRARY_PATH:+:}$libraries}"
# The first import of torch may take long on a fresh machine.
step check 60 "$python" benchmarks/gpu_check.py
gpu=$(tail -n 1 "$scratch/step")
mkdir -p "$output"
log=$output/gpu_$gpu.log
mv "$scratch/log" "$log"

benchmark 192x640 125 --precision fp16
benchmark 128x416 65 --precision fp16 --calls 300
benchmark 480x640 62 --precision fp16 --calls 300
benchmark 192x640_fp32 62 --precision fp32 --calls 300

if [ -f models/patch_refiner_v2_small.safetensors ] && "$python" -c 'import timm' 2>/dev/null; then
    step refiner 50 "$python" benchmarks/gpu_refiner.py \
        --output "$output/gpu_${gpu}_refiner.json" || true
fi

if "$python" -c 'import pytest' 2>/dev/null; then
    options=(-q -m gpu -p no:cacheprovider -W default --continue-on-collection-errors)
    # Types are checked where the checker is there.
    "$python" -c 'import beartype' 2>/dev/null || options+=(-o addopts=--import-mode=importlib)
    mapfile -t files < <(grep -rl --include='test_*.py' 'mark\.gpu' test)
    step tests 45 "$python" -m pytest "${options[@]}" "${files[@]}" || true
fi

ls -l "$output"/gpu_"$gpu"*
exit "$failed"
