#!/bin/bash
# The stages on a Slurm of two nodes, on a shared folder, make the bytes that they make without it: as commands that make
# runs by srun, and as arrays of jobs. With `all` (`make test-slurm`, ten minutes: Slurm lets a job that is queued again wait
# for two) also when a node is lost while it trains, and when a training's time is up.
# usage: slurm.sh SOURCE_DIR BIN_DIR [all] (root; slurm-wlm and munge, else it is skipped)
set -eu
for program in slurmctld slurmd munged; do
  command -v "$program" > /dev/null || { echo "skipped: there is no $program"; exit 77; }
done
[ "$(id -u)" = 0 ] || { echo "skipped: only root can start Slurm"; exit 77; }
work=$(mktemp -d)
. "$1/tests/slurm/cluster.sh"
trap 'cluster_stop; rm -rf "$work"' EXIT
cluster_start "$work/cluster"
epochs=$([ "${3-}" = all ] && echo 600 || echo 2)

run() {  # run FOLDER [ARGUMENT...]: make, in that folder
  local folder=$1
  shift
  make --no-print-directory -C "$source" -f Makefile.data PIPELINE=tiny config=tests/pipeline/tiny work="$work/$folder" \
    bin="$bin/unetflow-" flags='--quiet --threads 1' train_flags="--set /epochs=$epochs" "$@"
}
fail() {
  echo "FAILED: $*"
  tail -n 3 "$work"/jobs*/slurm/*.log 2> /dev/null
  squeue
  exit 1
}
same() {  # same FOLDER WHAT: has the bytes of the folder plain
  (cd "$work/plain" && find . -type f ! -name '*.log' ! -name '*.digests' -print0 | sort -z | xargs -0 sha256sum) > "$work/expected"
  (cd "$work/$1" && sha256sum --quiet -c "$work/expected") || fail "$2: other bytes than without Slurm"
}
until_done() {
  local end=$((SECONDS + ${1:-400}))
  while [ -n "$(squeue -h)" ]; do
    [ $SECONDS -lt $end ] || fail "jobs are left"
    ! squeue -h -o '%r' | grep -q DependencyNeverSatisfied || fail "a job failed"
    sleep 0.3
  done
}
until_it_trains() {  # prints the job and its node, once it has a checkpoint or has run for a while
  local end=$((SECONDS + 60))
  while [ $SECONDS -lt $end ]; do
    read -r job node <<< "$(squeue -h -n unetflow-model -t R -o '%A %N')"
    if [ -n "${node-}" ]; then
      sleep "$1"
      echo "$job $node"
      return
    fi
    sleep 0.1
  done
  echo "none -"
}
source=$(realpath "$1") bin=$(realpath "$2")

run plain > "$work/plain.log" 2>&1 || { tail -n 3 "$work/plain.log"; fail "without Slurm"; }
run srun -j8 run='srun -n1 -Q' > "$work/srun.log" 2>&1 || { tail -n 3 "$work/srun.log"; fail "by srun"; }
same srun "by srun"
echo "by srun: the same bytes"

together() {  # together FOLDER [ARGUMENT...]: the model alone, of updates of 3 batches
  run "$@" model train_flags="--set /epochs=$epochs --set /accumulation_steps=3" > "$work/$1.log" 2>&1 ||
    { tail -n 3 "$work/$1.log"; fail "training by $*"; }
}
together one
together two train_run='srun -N2 -n2 -Q'
for file in model.safetensors metrics.jsonl model.json; do
  cmp "$work/one/model/$file" "$work/two/model/$file" || fail "a process on each of two nodes: other bytes than one alone"
done
echo "one training by srun in a process on each node: the same bytes"

run shared predictions predict_run='srun -N2 -n2 -Q' > "$work/shared.log" 2>&1 || { tail -n 3 "$work/shared.log"; fail "sharing images"; }
for file in "$work"/plain/predictions/*.h5 "$work"/plain/predictions/*.json; do
  cmp "$file" "$work/shared/predictions/${file##*/}" || fail "a process on each of two nodes predicts other bytes than one"
done
echo "images shared by srun by a process on each node: the same bytes"

run jobs slurm > "$work/submitted"
until_done
same jobs "as jobs"
echo "as $(wc -l < "$work/submitted") arrays of jobs: the same bytes"
before=$(stat -c %y "$work/jobs/report/report.html")
run jobs slurm > "$work/submitted"
until_done
[ "$(stat -c %y "$work/jobs/report/report.html")" = "$before" ] || fail "a second submission makes the report again"

[ "${3-}" = all ] || exit 0
run jobs-lost slurm > "$work/submitted"
read -r job node <<< "$(until_it_trains 1)"
[ ! -e "$work/jobs-lost/model/model.json" ] || fail "the training was over before its node was lost"
cluster_lose "$node"
until_done 900
same jobs-lost "with a node that was lost"
cluster_return "$node"
echo "$node was lost in the middle of training: the same bytes"

run jobs-limit slurm sbatch_flags='-t 1' > "$work/submitted"
until_done 900
grep -q "queued again" "$work/jobs-limit/slurm/model-0.log" || fail "the training was not queued again"
same jobs-limit "with a time limit"
echo "stopped by the time limit $(grep -c 'queued again' "$work/jobs-limit/slurm/model-0.log") times: the same bytes"
