"""The configuration of a SLURM of one node, all of it below one folder."""

import os
import socket
from pathlib import Path

NODE = "localhost"  # a name that every machine resolves; processes of one job find each other by it
TIMES = {
    "cred_expire": 6,  # seconds until a requeued job may start again
    "KillWait": 10,  # seconds between SIGTERM and SIGKILL
    "MinJobAge": 7200,  # seconds that a finished job can be asked for
}


def environment(folder):
    """What programs of this SLURM need, jobs among them."""
    return {"SLURM_CONF": str(folder / "slurm.conf"), "PATH": f"{folder / 'bin'}:{os.environ['PATH']}:/usr/sbin"}


def write_settings(folder):
    """Writes ``slurm.conf``, with free ports, the key of MUNGE, and a stand-in for ``sacct``."""
    for name in ("state", "spool", "log", "bin"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    key = folder / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o600)
    (folder / "slurm.conf").write_text(_slurm_conf(folder), encoding="utf-8")
    (folder / "cgroup.conf").write_text("CgroupAutomount=no\n", encoding="utf-8")
    sacct = folder / "bin" / "sacct"
    sacct.write_text(SACCT, encoding="utf-8")
    sacct.chmod(0o755)


SACCT = """#!/bin/sh
# Without accounting sacct knows nothing, and submitit asks only sacct whether a job still lives. This stand-in answers
# `sacct -o JobID,State,NodeList --parsable2 -j ID [-j ID ...]` from the controller's memory.
jobs=
while [ $# -gt 0 ]; do
  case "$1" in
    -j) jobs="${jobs:+$jobs,}$2"; shift 2 ;;
    -o) shift 2 ;;
    *) shift ;;
  esac
done
echo "JobID|State|NodeList"
exec timeout 30 squeue --states=all --noheader --format='%i|%T|%N' --jobs="$jobs"
"""


def free_ports(count):
    """Some ports that nobody listens on just now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def cores():
    """Cores of the node: those of this machine, but enough for a job of two tasks."""
    return max(2, len(os.sched_getaffinity(0)))


def megabytes():
    """Memory of the node."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20


def _slurm_conf(folder: Path):
    controller, node = free_ports(2)
    return f"""
ClusterName=tests
SlurmctldHost={NODE}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket,cred_expire={TIMES["cred_expire"]}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=2,batch_sched_delay=0,nohold_on_prolog_fail
SlurmdParameters=config_overrides
JobRequeue=1
KillWait={TIMES["KillWait"]}
MinJobAge={TIMES["MinJobAge"]}
MaxArraySize=1001
ReturnToService=2
SlurmdTimeout=300
InactiveLimit=0
Waittime=0
NodeName={NODE} NodeAddr=127.0.0.1 CPUs={cores()} CoresPerSocket={cores()} RealMemory={megabytes()} State=UNKNOWN
PartitionName=tests Nodes={NODE} Default=YES MaxTime=INFINITE State=UP
PartitionName=other Nodes={NODE} Default=NO MaxTime=60 State=UP
"""
