#!/usr/bin/env bash
# Builds what needs LibTorch against PyPI's torch for CUDA, without a GPU: train and predict link, have their CUDA graphs,
# call libstdc++'s own std::filesystem and start; the tests of network and training pass on the CPU.
# usage: build.sh [VERSION of torch], JOBS=N
# The project's own kernels compile for two kinds of GPU.
#
# Into build-cuda-VERSION/: the wheel of torch itself (0.5 GB, unpacked 1.2 GB) with CUDA's runtime and headers, and NCCL (0.3 GB). The
# other libraries that torch asks for (cuBLAS, cuDNN, ...: 3 GB) are never called on a CPU, so empty ones take their place.
# Exit code 77: it could not be tried, and a line says why.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=${1:-2.14.1}
jobs=${JOBS:-$(nproc)}
build=build-cuda-$version
site=$PWD/$build/site
torch=$site/torch
python=$([ -x .venv/bin/python ] && echo .venv/bin/python || echo python3)

skip() {
  echo "skipped: $1"
  exit 77
}
fail() {
  echo "FAILED: $1"
  exit 1
}

# fetch PACKAGE...: PyPI's packages, without what they require, unpacked.
fetch() {
  "$python" -m pip download -q --disable-pip-version-check --no-deps --only-binary :all: -d "$build/wheels" "$@" ||
    skip "PyPI has no $* for this Python, or cannot be reached"
}
unpack() {
  for wheel in "$build"/wheels/*.whl; do "$python" -m zipfile -e "$wheel" "$site"; done
  rm -r "$build/wheels"
}

mkdir -p "$site"
if [ ! -e "$build/unpacked" ]; then
  [ "$(df --output=avail -k . | tail -1)" -gt 4000000 ] || skip "less than 4 GB of disk are free"
  fetch "torch==$version"
  unpack
  [ -e "$torch/lib/libtorch_cuda.so" ] || skip "PyPI's torch $version is not built for CUDA here"
  cuda=$(sed -n "s/^cuda.*'\([0-9.]*\)'.*/\1/p" "$torch/version.py")
  case $cuda in
  12.*) fetch "nvidia-cuda-runtime-cu12==$cuda.*" "nvidia-cuda-nvcc-cu12==$cuda.*" "nvidia-cuda-cccl-cu12==$cuda.*" "nvidia-cuda-nvrtc-cu12==$cuda.*" nvidia-nccl-cu12 ;;
  *) fetch "nvidia-cuda-runtime==$cuda.*" "nvidia-cuda-crt==$cuda.*" "nvidia-cuda-cccl==$cuda.*" "nvidia-cuda-nvrtc==$cuda.*" nvidia-nccl-cu13 ;;
  esac
  unpack
  touch "$build/unpacked"
fi

cmake -G Ninja -B "$build" -DCMAKE_BUILD_TYPE=Release -DTORCH_DIR="$torch" >"$build/configure.log" 2>&1 || {
  cat "$build/configure.log"
  exit 1
}
chosen=$(grep 'unetflow uses' "$build/configure.log")
echo "$chosen"
grep -q 'with CUDA graphs' <<<"$chosen" || fail "CUDA graphs are left out"
grep -q 'with NCCL' <<<"$chosen" || fail "NCCL is left out"
system=$(ldconfig -p)
for library in "$torch"/lib/lib*.so; do readelf -d "$library"; done |
  sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u | while read -r needed; do
  if [ -z "$(find "$site" -name "$needed")" ] && ! grep -q "^\s$needed " <<<"$system"; then
    mkdir -p "$build/empty"
    g++ -shared -x c++ /dev/null -o "$build/empty/$needed" -Wl,-soname,"$needed"
  fi
done
export LD_LIBRARY_PATH=$PWD/$build/empty
ninja -C "$build" -j "$jobs" unetflow-train unetflow-predict test_gpu test_network test_training

# What a GPU would be given at run time.
"$python" tests/gpu/compile_kernels.py lib/gpu/kernels.cu "$(find "$site/nvidia" -name 'libnvrtc.so.*')" 80 90

# The loader warns that empty libraries have no versions.
quiet() { "$@" 2> >(grep -v 'no version information' >&2); }

grep -q 'at::cuda::CUDAGraph::replay' <<<"$(nm -DC -u "$build/libexec/unetflow-train")" ||
  fail "unetflow-train does not call CUDA graphs"
grep -q 'ncclAllReduce' <<<"$(nm -DC -u "$build/libexec/unetflow-train")" || fail "unetflow-train does not call NCCL"
for program in train predict; do
  quiet "$build/libexec/unetflow-$program" --version || fail "unetflow-$program does not start"
done
tests/stage/own_filesystem.sh "$PWD/$build"
for room in gpu network training; do quiet "$build/bin/test_$room" --gtest_brief=1; done
