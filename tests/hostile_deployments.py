#!/usr/bin/env python3
"""Files that start engines and mean harm: `check` ends soon, in little memory, by itself.

hostile_deployments.py PROGRAM [--slower FACTOR]: each file is written, checked and removed. FACTOR is what
sanitizers cost: times are multiplied by it, and memory is then not limited.
"""
import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time

SECONDS = 2.0
HANGS = 60.0
BYTES = 256 << 20

SERVE = "vllm serve deepseek-ai/DeepSeek-R1 -dp 16 --enable-expert-parallel "
RECIPE = """  name: x
  resources: {gpu_type: h200, gpus_per_node: 8, decode_nodes: 2, decode_workers: 1}
  model: {path: deepseek-r1}
  backend:
    type: sglang
    sglang_config:
      decode: {tp-size: 16, dp-size: 16, enable-dp-attention: true, moe-a2a-backend: deepep}
"""
POD = """---
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  containers:
    - name: vllm
      command: [/bin/bash, -c]
      args: ["vllm serve deepseek-ai/DeepSeek-R1 -dp 16 --enable-dbo"]
      resources: {limits: {nvidia.com/gpu: 8}}
"""


def jobs(count):
    """A recipe with as many jobs, each of its own size."""
    part = "override_{0}: {{backend: {{sglang_config: {{decode: {{max-running-requests: {0}}}}}}}}}\n"
    return "base:\n" + RECIPE + "".join(part.format(index) for index in range(count))


def lists(count):
    """The same by a list, a value a job."""
    values = ", ".join(map(str, range(count)))
    return ("base:\n" + RECIPE + "zip_override_a:\n  backend: {sglang_config: {decode: {max-running-requests: ["
            + values + "]}}}\n")


def flags(count):
    return SERVE + " ".join(f"--f{index}" for index in range(count)) + "\n"


def json_of(opening):
    return SERVE + "--eplb-config '" + opening * 100_000 + "'\n"


# A file's name, its text, and what the exit code must be where more than 0, 2 or 3 is known of it.
CASES = [
    ("quotes.sh", lambda: "'" * 1_000_000),
    ("double_quotes.sh", lambda: '"' * 1_000_000),
    ("mixed_quotes.sh", lambda: SERVE + "\"'" * 500_000),
    ("nested.sh", lambda: SERVE + "$(" * 10_000),
    ("closed.sh", lambda: SERVE + "$(" * 10_000 + "echo 1" + ")" * 10_000),
    ("parameters.sh", lambda: SERVE + "${A:-" * 10_000 + "}" * 10_000),
    ("backticks.sh", lambda: SERVE + "`" * 10_001),
    ("subshells.sh", lambda: "(" * 10_000 + SERVE + ")" * 10_000),
    ("conditions.sh", lambda: "if true; then\n" * 10_000 + SERVE + "\n" + "fi\n" * 10_000),
    ("sum.sh", lambda: SERVE + "--x $((" + "1+" * 300_000 + "1))\n"),
    ("parentheses.sh", lambda: SERVE + "--x $((" + "(" * 100_000 + "1" + ")" * 100_000 + "))\n"),
    ("doubling.sh", lambda: "A=x\n" + "A=$A$A\n" * 60 + SERVE + "--x $A\n"),
    ("here_documents.sh", lambda: "cat <<A\n" * 10_000),
    ("blank.sh", lambda: "\n" * 1_000_000),
    ("json_objects.sh", lambda: json_of('{"a":')),
    ("json_arrays.sh", lambda: json_of("[")),
    ("zeros.sh", lambda: "vllm serve x\0--dp 16\0\n" * 1000),
    ("zeros.yaml", lambda: "kind: Pod\0spec:\0\n" * 1000),
    ("flags.sh", lambda: flags(1_000_000), 2),
    ("fewer_flags.sh", lambda: flags(100_000)),
    ("folded.yaml", lambda: POD.replace(" --enable-dbo", "\n          --enable-dbo") * 1000, 3),
    ("jobs.yaml", lambda: jobs(10_000)),
    ("lists.yaml", lambda: lists(10_000)),
    ("manifest.yaml", lambda: POD * 1000, 3),
    ("Dockerfile", lambda: "FROM vllm/vllm-openai\nCMD vllm serve m --x " + "x" * 1_000_000 + "\n"),
    ("continued.Dockerfile", lambda: "FROM x\nCMD vllm serve m " + "\\\n --x " * 150_000 + "\n"),
]


def limited():
    # What is resident is measured. What is reserved is limited, lest a leak take the machine down.
    resource.setrlimit(resource.RLIMIT_AS, (4 * BYTES, 4 * BYTES))


def fault_of(program, path, wanted, slower):
    """What is wrong with how the program ends; None where nothing is."""
    for form in ("text", "sarif"):
        with subprocess.Popen([program, "check", "--rules-only", "--format", form, path],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              preexec_fn=limited if slower == 1 else None) as run:
            used = ended(run, HANGS * slower)
        if used is None:
            return f"{form}: does not end"
        if run.returncode not in (wanted or (0, 2, 3)):
            return f"{form}: exit {run.returncode}"
        if slower == 1 and used.ru_maxrss * 1024 > BYTES:
            return f"{form}: {used.ru_maxrss >> 10} MiB"
        # Of the processor, since other tests may run beside this one.
        if used.ru_utime + used.ru_stime > SECONDS * slower:
            return f"{form}: {used.ru_utime + used.ru_stime:.1f} s"
    return None


def ended(run, seconds):
    """What a process has used when it ended; None where it is killed for not ending."""
    end = time.monotonic() + seconds
    while True:
        pid, status, used = os.wait4(run.pid, os.WNOHANG)
        if pid:
            run.returncode = os.waitstatus_to_exitcode(status)
            return used
        if time.monotonic() > end:
            run.kill()
            run.wait()
            return None
        time.sleep(0.002)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program", type=os.path.abspath)
    arguments.add_argument("--slower", type=float, default=1)
    given = arguments.parse_args()
    faults = []
    for name, text, *wanted in CASES:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text())
            fault = fault_of(given.program, path, wanted, given.slower)
        if fault:
            faults.append(f"{name}: {fault}")
    print("\n".join(faults) or f"{len(CASES)} hostile files end as they should")
    sys.exit(1 if faults else 0)


main()
