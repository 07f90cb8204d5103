#!/usr/bin/env bash
# An installation that was moved elsewhere makes the phantom pipeline in an empty folder, and a pipeline of that
# folder; no path of the tree that it was built in is in it. usage: install.sh SOURCE_DIR BIN_DIR
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source_dir=$(realpath "$1") build=$(realpath "$2/..")
cmake --install "$build" --prefix "$work/first" > "$work/install.log"
mv "$work/first" "$work/elsewhere"
mkdir -p "$work/folder/pipelines"
cp -r "$source_dir/tests/pipeline/tiny" "$work/folder/pipelines/mine"
cd "$work/folder"
PATH=$work/elsewhere/bin:$PATH
failed() { echo "FAILED: $1"; exit 1; }

for file in "$work"/elsewhere/bin/* "$work"/elsewhere/libexec/*; do
  if readelf -d "$file" 2>/dev/null | grep -E 'R(UN)?PATH' | grep -F "$build"; then failed "$file looks for libraries in $build"; fi
done
ldd "$work/elsewhere/libexec/unetflow-train" | grep -F libtorch_cpu.so | grep -qF "$work/elsewhere/" || \
  failed "unetflow-train does not use the LibTorch that was installed"

unetflow --help | grep -q 'unetflow PIPELINE=em2012 tiles' || failed "--help gives no example"
[ "$(unetflow --version)" = "$(unetflow-inspect --version | sed s/-inspect//)" ] || failed "--version"
unetflow phantom_flags='--set /pictures=12 --set /size=132' train_flags='--set /epochs=1' flags='--quiet --threads 2' \
  PIPELINE=phantom > phantom.log 2>&1 || { cat phantom.log; failed "the phantom pipeline"; }
[ -s work/phantom/report/report.html ] || failed "there is no report"
[ -z "$(unetflow PIPELINE=phantom phantom_flags='--set /pictures=12 --set /size=132' train_flags='--set /epochs=1' \
  flags='--quiet --threads 2' images 2>&1)" ] || failed "the images are made twice"
unetflow PIPELINE=mine flags=--quiet tiles || failed "a pipeline of the current folder"

# Completion says what --help says.
complete() {  # complete WORD...: what bash would offer for the last word
  bash -c 'source "$0"/share/bash-completion/completions/unetflow; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1));
    $(complete -p "$1" | sed -E "s/.*-F ([^ ]+) .*/\1/") "$1"; printf "%s\n" "${COMPREPLY[@]}"' "$work/elsewhere" "$@" 2>/dev/null
}
[ "$(complete unetflow-tile --set /str)" = /stride= ] || failed "completion of a key: $(complete unetflow-tile --set /str)"
[ "$(complete unetflow-tile --thr)" = --threads ] || failed "completion of an option: $(complete unetflow-tile --thr)"
[ "$(complete unetflow PIPELINE = mi)" = mine ] || failed "completion of a pipeline: $(complete unetflow PIPELINE = mi)"
[ "$(complete unetflow cal)" = calibration ] || failed "completion of a target: $(complete unetflow cal)"

command -v help2man > /dev/null || { echo "without help2man there are no man pages"; exit 0; }
for program in "$work"/elsewhere/bin/*; do
  grep -q "${program##*/}" "$work/elsewhere/share/man/man1/${program##*/}.1" || failed "no man page of ${program##*/}"
done
