#!/usr/bin/env python3
"""Files that start engines and are known to fail: each must be found by the rule it names.

known_failures.py PROGRAM FOLDER: runs `PROGRAM check --rules-only --json` on every file of the folder.
The first line of a file names the thread and the rule: "# sglang #14065: sgl-ll-capacity". Where
"(missed)" follows, README.md says why the rule does not find it: it must not, so that the word goes when
it does.
"""
import json
import pathlib
import re
import subprocess
import sys


def fault_of(program, path):
    """What is wrong with the file or with what the program says of it; None where nothing is."""
    head = path.read_text(encoding="utf-8").split("\n", 1)[0]
    named = re.fullmatch(r"# \S.*: ([a-z0-9-]+)( \(missed\))?", head)
    if not named:
        return f"its first line names no rule: {head!r}"
    ran = subprocess.run([program, "check", "--rules-only", "--json", path],
                         capture_output=True, text=True, check=False)
    if ran.returncode not in (0, 3):
        return f"exit {ran.returncode}: {ran.stderr.strip()}"
    found = sorted({finding["rule"] for finding in json.loads(ran.stdout)["findings"]})
    if named[2]:
        return f"{named[1]} is found: take (missed) away" if named[1] in found else None
    if named[1] not in found:
        return f"{named[1]} is not found, but {', '.join(found) or 'nothing'}"
    return None


def main():
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    paths = sorted(path for path in folder.iterdir() if path.suffix in (".sh", ".yaml"))
    if not paths:
        sys.exit(f"no files in {folder}")
    faults = [(path, fault) for path in paths if (fault := fault_of(program, path))]
    for path, fault in faults:
        print(f"{path.name}: {fault}")
    print(f"{len(paths) - len(faults)} of {len(paths)} known failures are found")
    sys.exit(1 if faults else 0)


main()
