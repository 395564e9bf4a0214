"""descriptions.py PROGRAM FOLDER: each manual page has the options of --help, and completions offer them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

program, folder = sys.argv[1], Path(sys.argv[2])
pages = sorted(folder.glob("*.1"))
assert len(pages) >= 20, pages


def printed(*words):
    return subprocess.run([program, *words, "--help"], capture_output=True, text=True, check=True).stdout


def options_of_help(text):
    return set(re.findall(r"(?<![\w-])--?[a-z][\w-]*(?=[ ,\n])", "\n".join(re.findall(r"^  (-\S+)", text, re.MULTILINE)) + "\n"))


def completed(*words):
    """What bash offers after these words."""
    line = ["wideep-opt", *words]
    script = (f'source "{folder}/wideep-opt.bash"; COMP_WORDS=({" ".join(repr(word) for word in line)}); '
              f'COMP_CWORD={len(line) - 1}; _wideep_opt; printf "%s\\n" "${{COMPREPLY[@]}}"')
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout.split()


for page in pages:
    words = page.stem.split("-")[2:]
    helped = options_of_help(printed(*words))
    section = page.read_text().split(".SH OPTIONS\n")[1].split(".SH ")[0].replace("\\-", "-")
    described = set(re.findall(r"(?:\\fB|^\.BR |, )(--?[a-z][\w-]*)", section, re.MULTILINE))
    assert helped == described, (page.name, helped ^ described)
    assert "--help" in helped, page.name
    offered = set(completed(*words, "--"))
    missing = {option for option in helped if option.startswith("--")} - offered
    assert not missing, (page.name, missing)
    for shell in ("_wideep-opt", "wideep-opt.fish"):
        text = (folder / shell).read_text()
        names = [option for option in helped - {"--help", "-h"} if option.startswith("--")]
        assert all(option in text or f"-l {option[2:]}" in text for option in names), (shell, page.name)

assert "plan" in completed("pl")
assert completed("plan", "-f", "gb2")[0].startswith("gb200")
assert "nlopt" in completed("optimize", "--solver", "")
assert "gb200-nvl72" in completed("presets", "show", "gb2")
assert "traffic" in completed("schema", "tr")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


# The others at their own shells, where they are there.
LINES = {"wideep-opt presets show h20-4": "h20-4x-ib400", "wideep-opt plan -f gb20": "gb200-nvl72",
         "wideep-opt schema traf": "traffic", "wideep-opt opt": "optimize",
         "wideep-opt fit comm --ba": "--base", "wideep-opt optimize --solver nl": "nlopt"}
shells = ["bash"]
if shutil.which("fish"):
    for line, whole in LINES.items():
        offered = run("fish", "-c", f"source '{folder}/wideep-opt.fish'; complete -C '{line}'")
        assert whole in re.split(r"[\t\n]", offered), (line, offered)
    shells.append("fish")
if shutil.which("zsh"):
    for line, whole in LINES.items():
        typed = run("zsh", "-f", str(Path(__file__).with_name("completed.zsh")), str(folder), line)
        assert f"{line.rsplit(' ', 1)[0]} {whole}" in typed, (line, typed)
    shells.append("zsh")
print(f"{len(pages)} pages; completed in {', '.join(shells)}")
