# The suites of ./run test; sourced by ./run, which defines build and jobs.
ledger=()   # "seconds result name"
failed=0
fuzz_seconds=20
# Left out under sanitizers: they start whole programs or train models, which is slow there and covers nothing more.
asan_skips='^(whole|example_.*)$'

# timed NAME command…: runs it and writes a line of the ledger.
timed() {
  local name=$1 start=$EPOCHREALTIME result=passed
  shift
  "$@" || { result=FAILED; failed=1; }
  ledger+=("$(awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }') $result $name")
  [[ $result == passed ]]
}

# ctest_suites PRESET [ctest option…]: runs ctest and writes a line of the ledger for each test.
ctest_suites() {
  local preset=$1 log=build/$1/ctest.log status=0
  shift
  ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -j "$jobs" --timeout 600 "$@" | tee "$log" || status=1
  while read -r line; do ledger+=("$line"); done < <(sed -nE \
    "s/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: ([^ ]+) [ .*]*([A-Za-z]+)[A-Za-z: ]* +([0-9.]+) sec.*/\3 \2 $preset:\1/p" "$log" |
    sed 's/ Passed / passed /')
  summary+=("$preset: $(grep -E 'tests passed' "$log" || echo 'ctest printed no summary')")
  (( status == 0 )) || failed=1
  return "$status"
}

print_ledger() {
  printf '\nTime per suite\n'
  local row seconds result name
  for row in "${ledger[@]}"; do
    read -r seconds result name <<<"$row"
    printf '  %8.1f s  %-8s %s\n' "$seconds" "$result" "$name"
  done
  printf '  %8d s  in all\n' "$SECONDS"
  (( ${#summary[@]} == 0 )) || printf '%s\n' "${summary[@]}"
}

run_all() {
  if timed 'build release (g++)' build release; then
    ctest_suites release || true
    timed tree tools/check_tree || true
  fi
  if timed 'build asan (clang)' build asan; then
    ctest_suites asan -E "$asan_skips" || true
    timed "fuzz ($fuzz_seconds s each, importers three times as long)" tools/fuzz "$fuzz_seconds" || true
  fi
}

run_suite() {
  case $1 in
    gcc) timed 'build release (g++)' build release || true ;;
    clang) timed 'build asan (clang)' build asan || true ;;
    tree) timed 'build release (g++)' build release && timed tree tools/check_tree || true ;;
    asan) timed 'build asan (clang)' build asan && ctest_suites asan -E "$asan_skips" || true ;;
    fuzz) timed 'build asan (clang)' build asan fuzzers && timed fuzz tools/fuzz "$fuzz_seconds" || true ;;
    operators) timed 'build release (g++)' build release && ctest_suites release -R '^(op|expr)$' || true ;;
    *) timed 'build release (g++)' build release && ctest_suites release -R "^$1\$" || true ;;
  esac
}

run_tests() {
  summary=()
  SECONDS=0
  if (( $# == 0 )); then run_all; else for suite in "$@"; do run_suite "$suite"; done; fi
  print_ledger
  return "$failed"
}
