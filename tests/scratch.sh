# Sourced by tests: works in a scratch folder that is removed at the end, and counts failures.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

# What was wrong, and what the last program said.
fail() {
  echo "FAILED: $*"
  cat out err message 2>/dev/null
  failures=$((failures + 1))
}
