#!/usr/bin/env bash
# Puts what measure.py needs into build-gpu-pack/ (about 10 MB): programs that tests/gpu/build.sh has built against PyPI's
# torch for CUDA, and Debian's libraries. They start on a machine that has the same torch, and neither a
# network nor the packages of `make deps`. usage: pack.sh [VERSION of torch]
set -euo pipefail
cd "$(dirname "$0")/../../.."
version=${1:-2.11.0}
build=build-cuda-$version
out=build-gpu-pack
[ -e "$build/unpacked" ] || tests/gpu/build.sh "$version"
ninja -C "$build" -j 2 programs test_gpu test_network test_training >"$build/programs.log" || { cat "$build/programs.log"; exit 1; }

rm -rf "$out"
mkdir -p "$out"/{bin,libexec,lib}
for program in "$build"/bin/{unetflow-*,test_gpu,test_network,test_training} "$build"/libexec/*; do
  strip -o "$out/${program#"$build"/}" "$program"
done
# All but the C and C++ libraries, which every machine has, and LibTorch's own.
ldd "$out"/bin/* "$out"/libexec/* "$build"/bin/test_training | awk '$3 ~ "^/" {print $3}' | sort -u |
  grep -vE "/$build/|/cuda|/(ld-linux.*|lib(c|m|dl|rt|pthread|resolv|util|stdc\\+\\+|gcc_s|gomp))[-.]" |
  xargs -I{} cp -L {} "$out/lib/"
cp -r pipelines tests/bench/gpu/measure.py tests/bench/gpu/layers.py "$out"
echo "$version" >"$out/torch"
tar -C "$out" -cJf "$out/programs.tar.xz" bin libexec lib
rm -r "$out"/{bin,libexec,lib}
du -sh "$out"
