#!/usr/bin/env bash
# A Slurm cluster of one machine for tests: munged, slurmctld and slurmd started without systemd, as root.
#   cluster.sh check   exit 0 where it can start, else say why not
#   cluster.sh up      start it; partitions cpu and gpu, four CPUs, two GPUs that are only names
#   cluster.sh down    cancel its jobs, end its daemons by their process ids, remove its files
# Debian: apt-get install -y munge slurm-wlm
# The configuration has to lie at /etc/slurm/slurm.conf, because the executor plugin strips SLURM_CONF before
# its nested srun. A configuration there that is not this script's is never touched.
set -euo pipefail

STATE=${LOCI2LEAD_TEST_CLUSTER:-/run/loci2lead-test-cluster}
CONF=/etc/slurm/slurm.conf
GRES=/etc/slurm/gres.conf
MARK="# loci2lead test cluster"
CPUS=4

check() {
    [ "$(id -u)" = 0 ] || { echo "the test cluster needs root"; return 1; }
    local program
    for program in munged slurmctld slurmd sbatch srun squeue; do
        command -v "$program" >/dev/null || { echo "$program is not installed: apt-get install munge slurm-wlm"; return 1; }
    done
    if [ -e "$CONF" ] && ! grep -qx "$MARK" "$CONF"; then
        echo "$CONF belongs to another cluster"
        return 1
    fi
}

write_configuration() {
    local host memory
    host=$(hostname -s)
    memory=$(awk '/^MemTotal/ {print int($2 / 1024)}' /proc/meminfo)
    mkdir -p /etc/slurm "$STATE"/{ctld,d}
    chmod 755 "$STATE"
    # Slurm sets CUDA_VISIBLE_DEVICES only for device files; nothing is ever written to these two.
    mknod "$STATE/gpu0" c 4 1
    mknod "$STATE/gpu1" c 4 2
    cat >"$CONF" <<EOF
$MARK
ClusterName=loci2lead-test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=26817
SlurmdPort=26818
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$STATE/munge.socket
StateSaveLocation=$STATE/ctld
SlurmdSpoolDir=$STATE/d
SlurmctldPidFile=$STATE/slurmctld.pid
SlurmdPidFile=$STATE/slurmd.pid
SlurmctldLogFile=$STATE/slurmctld.log
SlurmdLogFile=$STATE/slurmd.log
# Real cores are fewer than declared, and there are no cgroups to use.
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
# A job over its memory is killed by polling, as cgroups would do it at once.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=2
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
ReturnToService=2
# squeue must remember a finished job for longer than Snakemake waits between two looks.
MinJobAge=900
KillWait=2
SchedulerParameters=sched_interval=2,batch_sched_delay=0
GresTypes=gpu
NodeName=$host NodeAddr=127.0.0.1 CPUs=$CPUS RealMemory=$memory Gres=gpu:fake:2 State=UNKNOWN
DefMemPerCPU=500
PartitionName=cpu Nodes=$host Default=YES MaxTime=24:00:00 State=UP
PartitionName=gpu Nodes=$host MaxTime=24:00:00 State=UP
EOF
    cat >"$GRES" <<EOF
$MARK
AutoDetect=off
NodeName=$host Name=gpu Type=fake Count=2 File=$STATE/gpu[0-1]
EOF
}

start_daemons() {
    (umask 077 && dd if=/dev/urandom of="$STATE/munge.key" bs=128 count=1 status=none)
    munged --key-file="$STATE/munge.key" --socket="$STATE/munge.socket" --pid-file="$STATE/munged.pid" \
        --log-file="$STATE/munged.log" --seed-file="$STATE/munged.seed"
    slurmctld
    slurmd
}

wait_until_idle() {
    local attempt
    for attempt in $(seq 60); do
        if [ "$(sinfo -h -p cpu -o %T 2>/dev/null)" = idle ]; then
            return
        fi
        sleep 0.5
    done
    echo "the node did not become idle:" >&2
    sinfo -R >&2 || true
    tail -n 20 "$STATE"/*.log >&2
    return 1
}

end_daemon() {
    local pid attempt
    [ -s "$STATE/$1.pid" ] || return 0
    pid=$(cat "$STATE/$1.pid")
    # A process id may have been given to another program since.
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$1" ] || return 0
    kill "$pid"
    for attempt in $(seq 40); do
        [ -e "/proc/$pid" ] || return 0
        sleep 0.25
    done
    kill -9 "$pid"
}

up() {
    local reason
    reason=$(check) || { echo "$reason" >&2; exit 3; }
    if [ -e "$CONF" ]; then
        down
    fi
    write_configuration
    start_daemons || { tail -n 20 "$STATE"/*.log >&2; exit 1; }
    wait_until_idle
}

down() {
    [ -e "$CONF" ] && grep -qx "$MARK" "$CONF" || return 0
    timeout 10 scancel --user=root 2>/dev/null || true
    for _ in $(seq 20); do
        [ -n "$(timeout 5 squeue -h 2>/dev/null)" ] || break
        sleep 0.5
    done
    end_daemon slurmd
    end_daemon slurmctld
    end_daemon munged
    rm -f "$CONF" "$GRES"
    rm -rf "$STATE"
}

case "${1:-}" in
check | up | down) "$1" ;;
*)
    grep '^#' "$0" | sed -n '2,8s/^# \{0,1\}//p' >&2
    exit 2
    ;;
esac
