#!/usr/bin/env bash
# Calls of std::filesystem reach libstdc++, not the copy that LibTorch exports, which some versions crash in.
# usage: own_filesystem.sh BUILD_DIR
set -u
failures=0
for program in "$1"/libexec/unetflow-*; do
  bound=$(LD_DEBUG=bindings "$program" --version 2>&1 | grep "binding file $program " | grep _ZN.*St10filesystem)
  if [ -z "$bound" ]; then
    echo "FAILED: $program calls nothing of std::filesystem, or does not start"
    failures=$((failures + 1))
  elif wrong=$(grep -v 'to [^ ]*/libstdc++' <<<"$bound"); then
    echo "FAILED: $(wc -l <<<"$wrong") calls of std::filesystem, such as"
    head -1 <<<"$wrong"
    failures=$((failures + 1))
  fi
done
[ "$failures" = 0 ]
