#!/usr/bin/env bash
# How the programs are linked and compiled, read from themselves: position-independent, all addresses bound
# at start and read-only since, no code on the stack, guards around arrays, and no path into the tree
# that they were built in. usage: hardening.sh BUILD_DIR SOURCE_DIR
set -u
build=$1
source=$(realpath "$2")
failures=0

# expect PROGRAM TEXT WHAT: readelf's output, standard input, has a line that matches TEXT.
expect() {
  grep -qE -- "$2" || {
    echo "FAILED: $1: $3"
    failures=$((failures + 1))
  }
}

for program in "$build"/bin/unetflow-* "$build"/libexec/unetflow-*; do
  [ -e "$program" ] || continue
  headers=$(readelf -hlW "$program") dynamic=$(readelf -dW "$program") symbols=$(readelf -sW "$program")
  expect "$program" 'Type: +DYN' "is not position-independent" <<<"$headers"
  expect "$program" 'GNU_STACK .* RW +0x' "may run code on its stack" <<<"$headers"
  expect "$program" GNU_RELRO "addresses stay writable" <<<"$headers"
  expect "$program" 'BIND_NOW|Flags:.* NOW' "addresses are bound late" <<<"$dynamic"
  expect "$program" __stack_chk_fail "has no guards around arrays on the stack" <<<"$symbols"
  expect "$program" '__[a-z]+_chk(@| |$)' "writes without looking at sizes" <<<"$symbols"
  expect "$program" glibcxx_assert_fail "does not check indices" <<<"$symbols"
  while read -r folder; do
    case $folder in
    "") ;;
    "\$ORIGIN"/*)
      [ -d "${program%/*}${folder#"\$ORIGIN"}" ] || expect "$program" never "looks for libraries in $folder, which is not there" </dev/null
      ;;
    *) expect "$program" '^outside$' "looks for libraries in $folder, inside the tree" < <(
      case $(realpath -m "$folder")/ in "$source"/*) ;; *) echo outside ;; esac
    ) ;;
    esac
  done < <(sed -nE 's/.*R(UN)?PATH.*\[(.*)\]/\2/p' <<<"$dynamic" | tr : '\n')
done

[ "$failures" = 0 ]
