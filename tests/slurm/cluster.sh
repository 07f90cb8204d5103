# A Slurm of two nodes, n1 and n2, on this machine, which ends with the script that sources this; needs root, slurm-wlm
# and munge. cluster_start FOLDER: its files are below FOLDER, and SLURM_CONF names its configuration.
# cluster_lose NODE and cluster_return NODE: the node dies with all that runs on it, and is there again.

cluster_pids=()
cluster_node() {
  # In a process namespace of its own, whose end is that of all that runs in it.
  unshare --pid --fork --kill-child --mount-proc slurmd -N "$1" -D -f "$SLURM_CONF" > "$cluster/slurmd-$1.out" 2>&1 &
  eval "cluster_$1=$!"
  cluster_pids+=("$!")
}

cluster_start() {
  cluster=$1
  mkdir -p "$cluster"/{state,spool-n1,spool-n2,munge}
  chmod 755 "$cluster" "$cluster/munge"
  head -c 1024 /dev/urandom > "$cluster/munge/key"
  chmod 400 "$cluster/munge/key"
  munged --force --foreground --key-file="$cluster/munge/key" --socket="$cluster/munge/socket" --pid-file="$cluster/munge/pid" \
    --log-file="$cluster/munge/log" --seed-file="$cluster/munge/seed" > "$cluster/munged.out" 2>&1 &
  cluster_pids+=("$!")
  local port=$((20000 + $$ % 20000))
  cat > "$cluster/slurm.conf" <<END
ClusterName=test
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
AuthType=auth/munge
CryptoType=crypto/munge
AuthInfo=socket=$cluster/munge/socket
StateSaveLocation=$cluster/state
SlurmdSpoolDir=$cluster/spool-%n
SlurmctldPidFile=$cluster/slurmctld.pid
SlurmdPidFile=$cluster/slurmd-%n.pid
SlurmctldLogFile=$cluster/slurmctld.log
SlurmdLogFile=$cluster/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=bf_interval=1,sched_interval=1,sched_min_interval=100000
RequeueExit=99
ReturnToService=2
SlurmdTimeout=10
KillWait=5
UnkillableStepTimeout=10
NodeName=n[1-2] NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=$((port + 1))-$((port + 2)) CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
  sed -i "s/ Port=\([0-9]*\)-\([0-9]*\)/ Port=[\1-\2]/" "$cluster/slurm.conf"
  export SLURM_CONF=$cluster/slurm.conf
  for _ in $(seq 50); do [ ! -S "$cluster/munge/socket" ] || break; sleep 0.1; done
  slurmctld -D -f "$SLURM_CONF" > "$cluster/slurmctld.out" 2>&1 &
  cluster_pids+=("$!")
  cluster_node n1
  cluster_node n2
  for _ in $(seq 100); do
    [ "$(sinfo -h -N -o '%t' 2> /dev/null | grep -c idle)" = 2 ] && return 0
    sleep 0.2
  done
  echo "Slurm does not start:"
  tail -n 5 "$cluster"/*.out "$cluster"/*.log
  return 1
}

cluster_lose() {
  local pid_of="cluster_$1"
  kill -9 "${!pid_of}"
}
cluster_return() { cluster_node "$1"; }

cluster_stop() {
  kill -9 "${cluster_pids[@]}" 2> /dev/null
  wait "${cluster_pids[@]}" 2> /dev/null || true
}
