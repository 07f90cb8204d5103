#!/bin/bash
# Submits a pipeline to Slurm: an array of jobs for each stage, one job for each artifact, which begin when what they need
# is made. Called by `make -f Makefile.data slurm`. usage: slurm.sh LOGS MAKEFILE STEP:COUNT:NEEDED,...
#
# Before its time limit a job gets SIGUSR1: its stage stops (a training with a checkpoint), and the job is queued
# again. A job whose node is lost is queued again by Slurm. Manifests are the mark of being done: a stage that has nothing
# to do says so and ends, so the same command continues what was cancelled.
set -eu
logs=$1 makefile=$2
shift 2
mkdir -p "$logs"
# Without the flags of the make that calls this; the variables that it was given are behind "-- ".
case "${MAKEFLAGS-}" in *"-- "*) MAKEFLAGS="-- ${MAKEFLAGS#*-- }" ;; *) MAKEFLAGS= ;; esac
export MAKEFLAGS
unset MFLAGS MAKELEVEL

job() {  # job STEP: the script of one job
  cat <<END
#!/bin/bash
cd $(printf %q "$PWD") || exit 1
setsid make --no-print-directory -f $(printf %q "$makefile") alone step=$1 number=\${SLURM_ARRAY_TASK_ID:-0} &
child=\$! stopped=
trap 'stopped=1; kill -TERM -- -\$child' USR1 TERM
while kill -0 \$child 2> /dev/null; do wait \$child; status=\$?; done
[ -n "\$stopped" ] && [ \$status != 0 ] || exit \$status
while kill -0 -- -\$child 2> /dev/null; do sleep 0.2; done
echo "The time limit is near: queued again"
scontrol requeue "\$SLURM_JOB_ID"
sleep 60
END
}

declare -A ids counts
for entry; do
  IFS=: read -r step count needed <<< "$entry"
  after=
  for other in ${needed//,/ }; do
    [ -n "${ids[$other]-}" ] || continue
    # Shard by shard where both are made of shards and no other step needs all of them.
    kind=afterok
    if [ "$count" -gt 1 ] && [ "${counts[$other]}" = "$count" ]; then kind=aftercorr; fi
    after+=,$kind:${ids[$other]}
  done
  ids[$step]=$(job "$step" | sbatch --parsable --requeue --open-mode=append --kill-on-invalid-dep=yes --signal=B:USR1@60 \
    --job-name="unetflow-$step" --array="0-$((count - 1))" --output="$logs/$step-%a.log" \
    ${after:+--dependency="${after#,}"} ${SBATCH_FLAGS-})
  counts[$step]=$count
  echo "$step: job ${ids[$step]}, $count $([ "$count" = 1 ] && echo task || echo tasks)"
done
