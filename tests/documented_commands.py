#!/usr/bin/env python3
"""documented_commands.py PROGRAM ROOT: every command of README.md, CONTRIBUTING.md and docs/ runs.

Commands of wideep-opt run as they stand, in their order, in a folder in which the files that they name
lie; what stands for a name (FILE, RULE) is replaced first. Of other programs it is checked that the
script, the test or the target is there, since other tests run them.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM, ROOT = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

LOGS = "configs/logs"
# Files that the pages say are the reader's own, and what they are here.
OWN_FILES = {
    "traffic.yaml": "configs/deepseek-r1-plan-gb200-nvl72.yaml",
    "decode.sh": "configs/deepseek-r1-decode-vllm.sh",
    "deploy.yaml": "tests/known_failures/vllm-27633.yaml",
    "ll_ep8.log": f"{LOGS}/deepep_ll_ep8.log", "ll_ep16.log": f"{LOGS}/deepep_ll_ep16.log",
    "ll_ep32.log": f"{LOGS}/deepep_ll_ep32.log", "ll_ep64.log": f"{LOGS}/deepep_ll_ep64.log",
    "ht_ep16.log": f"{LOGS}/deepep_ht_ep16.log", "ht_ep32.log": f"{LOGS}/deepep_ht_ep32.log",
    "deepep_ll_ep8.log": f"{LOGS}/deepep_ll_ep8.log", "deepep_ll_ep16.log": f"{LOGS}/deepep_ll_ep16.log",
    "expert_mlp.csv": f"{LOGS}/expert_mlp.csv", "experts.csv": f"{LOGS}/expert_mlp.csv",
    "attention.csv": f"{LOGS}/attention.csv", "collectives.csv": f"{LOGS}/collectives.csv",
    "counts.csv": f"{LOGS}/counts.csv", "fused.csv": f"{LOGS}/fused.csv", "megamoe.csv": f"{LOGS}/fused.csv",
    "results.csv": f"{LOGS}/steps.csv",
}
# What stands for something else, and points of a sweep that would take minutes.
WORDS = [
    (r"(wideep-opt init (?!.*--dir).*)", r"\1 --dir started"),
    (r"results\*?\.json", "results.csv"),
    (r"/data/", ""), (r"\$SLURM_ARRAY_TASK_ID", "1"), (r"\$i\b", "1"),
    (r"=1:4096:4096\b", "=1:4096:3"), (r":log200\b", ":log3"),
    (r"check --fix FILE\.\.\.", "check --fix decode.sh"), (r"fit gamma FILE\.\.\.", "fit gamma counts.csv"),
    (r"(check|check --rules-only --fabric h100-ib400) FILE(\.\.\.)?", r"\1 workload.yaml"),
    (r"-w FILE\b", "-w workload.yaml"), (r"\bRULE\b", "deepep-ht-bytes"),
    (r"--explain NAME\b", "--explain deepep-ht-bytes"), (r"presets show NAME\b", "presets show h100-sxm"),
    (r"schema KIND\b", "schema workload"),
]
# A yes, or the answer no.
ANSWERED = (0, 3)


def commands_of(page):
    """Commands of blocks, a line each, and of the text, in the order in which they stand."""
    text = page.read_text()
    for block, inline in re.findall(r"^```[^\n]*\n(.*?)^```|`([^`]+)`", text, re.S | re.M):
        if inline:
            yield " ".join(inline.split())
            continue
        for line in re.sub(r"\\\n\s*", "", block).splitlines():
            yield re.sub(r"\s+#.*", "", line.strip().removeprefix("$ "))


def is_ours(command):
    return re.match(r"((build/release/src/cli/)?wideep-opt|scripts/run) (?!--page)[a-z-]", command)


def is_other(command):
    return re.match(r"(scripts/\w+|ctest|cmake|node \S+|python3 scripts/\S+)( |$)", command)


def prepare(folder):
    for name in ("configs", "presets", "tests", "docs"):
        (folder / name).symlink_to(ROOT / name)
    for name, source in OWN_FILES.items():
        shutil.copy(ROOT / source, folder / name)
    (folder / "mine").mkdir()
    (folder / "started").mkdir()
    run(folder, "wideep-opt init --dir .")


def run(folder, command):
    """The exit code and what was said, of a command as a shell has it."""
    for pattern, word in WORDS:
        command = re.sub(pattern, word, command)
    command = re.sub(r"^(build/release/src/cli/wideep-opt|wideep-opt|scripts/run)", f"'{PROGRAM}'", command)
    command = command.split(" | ")[0].split(";")[0]
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stderr


def has_page():
    """Whether the program was built with the live page."""
    with tempfile.TemporaryDirectory() as folder:
        return run(Path(folder), f"wideep-opt report -w {ROOT}/configs/closed-form.yaml --out p.html")[0] == 0


def check_ours(folder, page, command, page_built):
    words = command.split()
    if len(words) == 2 and words[1] not in ("init", "schema"):
        command += " --help" if words[1] not in ("--version", "--help") else ""
    elif len(words) == 2:
        command += " --help"
    if "page.html" in command and not page_built:
        return False
    code, said = run(folder, command)
    assert code in ANSWERED, f"{page.name}: {command}: exit {code}\n{said}"
    return True


def check_other(page, command):
    """That what a command names is there."""
    for script in re.findall(r"\b(?:scripts|bench|tests)/[\w./-]*\w", command):
        assert (ROOT / script).exists(), f"{page.name}: {command}: there is no {script}"
        text = (ROOT / script).read_text() if (ROOT / script).is_file() else ""
        for option in re.findall(r" (--[a-z][\w-]*)", command.split(script, 1)[1]):
            known = option in text or (ROOT / script).name in ("run", "mutate")
            assert known, f"{page.name}: {command}: {script} does not know {option}"
    for target in re.findall(r"--target (\w+)", command):
        lists = [*ROOT.glob("*/CMakeLists.txt"), *ROOT.glob("*/*/CMakeLists.txt")]
        assert any(re.search(rf"\b{target}\b", path.read_text()) for path in lists), command


def main():
    ran, looked_at, left = 0, 0, []
    page_built = has_page()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder)
        for page in PAGES:
            for command in commands_of(page):
                if is_ours(command):
                    if check_ours(folder, page, command, page_built):
                        ran += 1
                    else:
                        left.append(command)
                elif is_other(command):
                    check_other(page, command)
                    looked_at += 1
    assert ran >= 75 and looked_at >= 10, (ran, looked_at)
    print(f"{ran} commands ran, of {looked_at} the parts are there")
    if left:
        print(f"without the page not run: {', '.join(left)}")


os.environ["LC_ALL"] = "C.UTF-8"
main()
