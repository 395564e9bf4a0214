#!/usr/bin/env python3
"""schemas.py PROGRAM ROOT: JSON Schemas of input files beside the program's own readers.

Every shipped file is valid; of thousands of files with one slip each, what the schema takes and what
`check` takes are compared. Skips (77) where PyYAML or python3-jsonschema is missing.
"""
import copy
import json
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

PROGRAM, ROOT = sys.argv[1], Path(sys.argv[2])
SEED = 23


class Loader(yaml.SafeLoader):
    """YAML as editors read it: 1e-3 is a number, and `on` is a text."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in [
        ("null", r"^(~|null|)$", ["~", "n", ""]),
        ("bool", r"^(true|false)$", list("tf")),
        ("int", r"^[-+]?[0-9]+$", list("-+0123456789")),
        ("float", r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", list("-+.0123456789"))]:
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), first)


def texts_as_keys(value):
    if isinstance(value, dict):
        return {str(key): texts_as_keys(each) for key, each in value.items()}
    return [texts_as_keys(each) for each in value] if isinstance(value, list) else value


def load(path):
    return texts_as_keys(yaml.load(path.read_text(), Loader))


def validator(kind):
    printed = subprocess.run([PROGRAM, "schema", kind], capture_output=True, text=True, check=True)
    schema = json.loads(printed.stdout)
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def places(value, path=()):
    """The paths of all values below one, keys of mappings first."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in pairs:
        yield (*path, key)
        yield from places(each, (*path, key))


def slips(document):
    """Documents with one slip each: what it is, and whether every one of its kind is a fault."""
    for path in places(document):
        changed = copy.deepcopy(document)
        parent = changed
        for key in path[:-1]:
            parent = parent[key]
        last = path[-1]
        value = parent[last]
        if isinstance(parent, dict) and value is not None:  # null takes a key away, also where there is none
            renamed = copy.deepcopy(changed)
            below = renamed
            for key in path[:-1]:
                below = below[key]
            below["zzz_" + last] = below.pop(last)
            yield "renamed", path, renamed
        for what, other in [("mapping", {"zzz": 1}), ("negative", -1), ("word", "zzz"), ("list", ["zzz"])]:
            if value == other:
                continue
            parent[last] = other
            yield what, path, copy.deepcopy(changed)
            parent[last] = value


def refused(path):
    """Whether `check` finds a fault in the file; that nothing is feasible is none."""
    run = subprocess.run([PROGRAM, "check", str(path)], capture_output=True, text=True)
    assert run.returncode in (0, 2, 3), run.stderr
    return run.returncode == 2


SHIPPED = {"fabric": "presets/fabrics/*.yaml", "gpu": "presets/gpus/*.yaml",
           "kernel": "presets/kernels/*.yaml", "model": "presets/models/*.yaml",
           "workload": "configs/*.yaml"}


def test_shipped(validators):
    count = 0
    for kind, pattern in SHIPPED.items():
        for path in sorted(ROOT.glob(pattern)):
            faults = list(validators[kind].iter_errors(load(path)))
            assert not faults, (path.name, faults[0].message[:200], list(faults[0].absolute_path))
            count += 1
    assert count >= 100, count
    print(f"{count} shipped files are valid")


def test_slips(kind, validators, rng, most=100):
    """No file that `check` takes is invalid; wrong keys, shapes and words are both."""
    slipped = [slip for path in sorted(ROOT.glob(SHIPPED[kind])) for slip in slips(load(path))]
    chosen = rng.sample(slipped, min(most, len(slipped)))
    both = schema_alone = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "slip.yaml"
        for what, where, document in chosen:
            path.write_text(yaml.safe_dump(document, sort_keys=False))
            valid = validators[kind].is_valid(document)
            if refused(path):
                both += not valid
                # What a mapping of free names is called, and a quantity's size, is not in a schema.
                schema_alone += valid
            else:
                assert valid, (kind, what, where, "check takes it, and the schema does not")
    share = both / max(1, both + schema_alone)
    print(f"{kind}: {both + schema_alone} of {len(chosen)} slips are faults, the schema finds {share:.0%}")
    assert both > 20 and share >= LEAST, (kind, both, schema_alone)


# What one key demands of another is beyond a schema.
LEAST = 0.9


def test_bad_files(validators):
    """Files that tests show to be wrong by a key, a type, a word or a range."""
    bad = ["fabric_faults.yaml:fabric", "faults.yaml:workload", "machine_faults.yaml:workload",
           "machine_fabric_faults.yaml:fabric", "plan_faults.yaml:workload",
           "traffic_slip.yaml:workload", "unknown_engine.yaml:workload"]
    for name, kind in (each.split(":") for each in bad):
        faults = list(validators[kind].iter_errors(load(ROOT / "tests/golden/input" / name)))
        assert faults, name
    print(f"{len(bad)} bad files are found")


def strictly(schema):
    """The same schema, with keys that it does not know refused."""
    if isinstance(schema, list):
        return [strictly(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {key: strictly(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict):
        changed["additionalProperties"] = False
    return changed


def test_outputs(rng, most=40):
    """What commands print of questions that no golden case asks."""
    of = {command: jsonschema.Draft7Validator(strictly(validator(command).schema))
          for command in ("optimize", "plan", "pareto")}
    configs = [path for path in sorted(ROOT.glob("configs/*.yaml")) if "closed" not in path.name]
    fabrics = [path.stem for path in sorted(ROOT.glob("presets/fabrics/*.yaml"))]
    count = 0
    while count < most:
        config = rng.choice(configs)
        command = "plan" if "plan" in config.name else rng.choice(["optimize"] if "prefill" in config.name else ["optimize", "pareto"])
        arguments = [command, "-w", str(config), "-f", rng.choice(fabrics), "--json"]
        if command == "plan":
            arguments += ["--set", f"traffic.rate={rng.choice([1, 20, 400])}"]
        else:
            arguments += ["--set", f"context={rng.choice([128, 4096, 65536])}",
                          "--set", f"search.ep_width=[{rng.choice([4, 8])}, {rng.choice([16, 32, 64])}]"]
        done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode in (0, 3), (arguments, done.stderr)
        faults = list(of[command].iter_errors(json.loads(done.stdout)))
        fault = jsonschema.exceptions.best_match(faults)
        assert not fault, (arguments, list(fault.absolute_path), fault.message[:200])
        count += 1
    print(f"{count} answers are as their schemas say")


def test_fitted():
    """A calibration that `fit` writes is valid."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "calibration.yaml"
        subprocess.run([PROGRAM, "fit", "comm", *map(str, sorted((ROOT / "configs/logs").glob("deepep_ll_*"))),
                        "--base", "h100-ib400", "--out", str(out)], capture_output=True, cwd=ROOT, check=True)
        faults = list(validator("calibration").iter_errors(load(out)))
        assert not faults, faults[0].message[:300]
    print("a fitted calibration is valid")


def main():
    rng = random.Random(SEED)
    print(f"seed {SEED}")
    validators = {kind: validator(kind) for kind in SHIPPED}
    for kind in ("search", "traffic", "calibration"):
        validator(kind)
    test_shipped(validators)
    test_bad_files(validators)
    test_fitted()
    test_outputs(rng)
    for kind in SHIPPED:
        test_slips(kind, validators, rng)


main()
