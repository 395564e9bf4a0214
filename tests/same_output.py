#!/usr/bin/env python3
"""same_output.py PROGRAM ROOT: the same bytes on every run, with any number of threads, in any locale."""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM, ROOT = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
DECODE = "configs/deepseek-v3-decode-h100-ib400.yaml"
PLAN = "configs/deepseek-r1-plan-gb200-nvl72.yaml"
COMMANDS = [
    f"optimize -w {DECODE} --verbose",
    f"optimize -w {DECODE} --sensitivity --json",
    f"plan -w {PLAN} --json",
    f"plan -w {PLAN} --sensitivity",
    f"pareto -w {DECODE} --points 12 --format csv",
    f"sweep -w {DECODE} --axis tokens_per_rank=1:512:log40 --axis context=512:65536:log10 --format csv",
    f"sweep -w {DECODE} --axis tokens_per_rank=1:512:log40 --json",
    "fit comm configs/logs/deepep_ll_ep8.log configs/logs/deepep_ll_ep16.log --json",
    "fit gamma configs/logs/counts.csv --json",
    "check configs/deepseek-r1-decode-vllm.sh --fabric h200-ib400 --json",
    f"compare -w {DECODE} ep=64,kernel=LL,overlap=dbo best",
    "schema workload",
    "presets list",
]


def german(folder):
    """An environment whose numbers have commas for points; nothing where none can be made."""
    made = shutil.which("localedef") and subprocess.run(
        ["localedef", "-i", "de_DE", "-f", "UTF-8", f"{folder}/de_DE.UTF-8"], capture_output=True)
    if not made or not Path(folder, "de_DE.UTF-8", "LC_NUMERIC").exists():
        return None
    return {"LOCPATH": folder, "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"}


def output(command, environment, cores):
    done = subprocess.run([PROGRAM, *command.split()], capture_output=True, cwd=ROOT,
                          env={"PATH": os.environ["PATH"], **environment},
                          preexec_fn=lambda: os.sched_setaffinity(0, cores))
    assert done.returncode in (0, 3), (command, done.stderr)
    return done.stdout


def main():
    cores = os.sched_getaffinity(0)
    with tempfile.TemporaryDirectory() as folder:
        ways = {"once more": ({}, cores), "one thread": ({}, {min(cores)}),
                "no locale": ({"LC_ALL": "nowhere"}, cores), "UTF-8": ({"LC_ALL": "C.UTF-8"}, cores)}
        decimal_commas = german(folder)
        if decimal_commas:
            ways["decimal commas"] = (decimal_commas, cores)
        for command in COMMANDS:
            first = output(command, {}, cores)
            assert first, command
            for what, (environment, of) in ways.items():
                assert output(command, environment, of) == first, (command, what)
    print(f"{len(COMMANDS)} commands, the same {', '.join(ways)} ({len(cores)} cores)")
    if not decimal_commas:
        print("not tested with decimal commas: the package locales is not there")


main()
