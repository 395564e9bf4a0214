#!/usr/bin/env python3
"""Turns what engines record of expert load into a counts file for `straggler_factor: {counts: FILE}`
and `wideep-opt fit gamma`: JSON, a list of layers, each a list of routed tokens by logical expert.

    to_counts.py FILE... > counts.json        what is in the files is added up

    *.pt                     SGLang's expert distribution recorder: stat and stat_approx, or all ranks'
                             files of per_pass and per_token (needs PyTorch)
    rank*.safetensors        all ranks' files of TensorRT-LLM's EXPERT_STATISTIC_PATH
    *.json, *.jsonl          vLLM's expert_load_dump_dir; SGLang's --init-expert-location with
                             logical_count; a counts file
    *.npy                    [layers, experts] or [steps, layers, experts], as EPLB takes its weights
                             (needs NumPy)

Replicas of an expert are added to it. Layers without any count are left out, as dense layers are.
Exit codes: 0 written, 1 a file cannot be used, 2 bad usage.
"""

import argparse
import json
import pathlib
import re
import struct
import sys

# Of safetensors: little endian. https://github.com/huggingface/safetensors#format
TENSOR_TYPES = {"I64": "q", "I32": "i", "F64": "d", "F32": "f"}
# A header names a tensor of every layer and iteration; more is no such file.
MOST_HEADER_BYTES = 100 * 2**20


class Unusable(Exception):
    """A file that does not hold what its name says."""


def table_of(values, what):
    """Numbers of any depth from two on, added up to layers x experts."""
    if not isinstance(values, list) or not values or not isinstance(values[0], list):
        raise Unusable(f"{what} is not a table of layers and experts")
    if values[0] and isinstance(values[0][0], list):
        return added([table_of(step, what) for step in values])
    for layer in values:
        if not isinstance(layer, list) or len(layer) != len(values[0]):
            raise Unusable(f"the layers of {what} do not have equally many experts")
        if not all(type(count) in (int, float) and 0 <= count < float("inf") for count in layer):
            raise Unusable(f"{what} holds something that is no count")
    return values


def added(tables):
    """Tables of one form, cell by cell."""
    first = tables[0]
    for table in tables[1:]:
        if [len(layer) for layer in table] != [len(layer) for layer in first]:
            raise Unusable("tables of several forms: not all of one model")
    return [[sum(counts) for counts in zip(*layers)] for layers in zip(*tables)]


def by_logical_expert(physical, mapping, what):
    """Slots -> experts. `mapping`: the expert of every slot, by layer; -1 where a slot is empty."""
    mapping = mapping.tolist() if hasattr(mapping, "tolist") else mapping
    if [len(layer) for layer in physical] != [len(layer) for layer in mapping]:
        raise Unusable(f"{what} and its physical_to_logical_map differ in form")
    experts = max(max(layer) for layer in mapping) + 1
    logical = [[0] * experts for _ in physical]
    for counts, slots, out in zip(physical, mapping, logical):
        for count, expert in zip(counts, slots):
            if expert >= 0: out[expert] += count
    return logical


def read_sglang(path):
    import torch
    # Plain tensors, numbers, lists and dicts: nothing that would need the unpickling of code.
    data = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(data, dict): raise Unusable("not a file of SGLang's recorder")
    if "logical_count" in data:
        return table_of(data["logical_count"].tolist(), "logical_count")
    if "records" not in data: raise Unusable("neither logical_count nor records is in it")
    passes = [record["global_physical_count"].tolist() for record in data["records"]]
    if not passes: raise Unusable("nothing was recorded")
    physical = added([table_of(one, "global_physical_count") for one in passes])
    return by_logical_expert(physical, data["last_physical_to_logical_map"], "global_physical_count")


def read_npy(path):
    import numpy
    return table_of(numpy.load(path, allow_pickle=False).tolist(), "the array")


def read_safetensors(path):
    """{layer: counts} of a file whose tensors are called ITERATION_LAYER."""
    data = path.read_bytes()
    if len(data) < 8: raise Unusable("not a safetensors file")
    size = struct.unpack("<Q", data[:8])[0]
    if size > min(len(data) - 8, MOST_HEADER_BYTES): raise Unusable("not a safetensors file")
    header = json.loads(data[8:8 + size])
    layers = {}
    for name, tensor in header.items():
        if name == "__metadata__": continue
        if not re.fullmatch(r"\d+_\d+", name):
            raise Unusable(f"tensor '{name}' is not called ITERATION_LAYER")
        code = TENSOR_TYPES.get(tensor["dtype"])
        if code is None or len(tensor["shape"]) != 1:
            raise Unusable(f"tensor '{name}' is no list of counts")
        begin = 8 + size + tensor["data_offsets"][0]
        counts = list(struct.unpack_from(f"<{tensor['shape'][0]}{code}", data, begin))
        layer = int(name.split("_")[1])
        layers[layer] = added([[layers[layer]], [counts]])[0] if layer in layers else counts
    if not layers: raise Unusable("nothing was recorded")
    return table_of([layers[layer] for layer in sorted(layers)], "the file")


def read_json(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".jsonl":
        return read_dump([json.loads(line) for line in text.splitlines() if line.strip()])
    data = json.loads(text)
    if isinstance(data, list): return table_of(data, "the file")
    if "snapshots" in data: return read_dump(data["snapshots"])
    for key in ("counts", "logical_count"):
        if key in data: return table_of(data[key], key)
    return read_dump([data])


def read_dump(snapshots):
    """vLLM: loads of the slots over a window of steps. Several ranks may have written one file, all
    with the load of the whole group: of one step the first is taken."""
    steps = {}
    for place, snapshot in enumerate(snapshots):
        if "window_expert_load" not in snapshot: raise Unusable("window_expert_load is missing")
        if "physical_to_logical_map" not in snapshot:
            raise Unusable("physical_to_logical_map is missing")
        steps.setdefault(snapshot.get("step", place), snapshot)
    if not steps: raise Unusable("nothing was recorded")
    return added([
        by_logical_expert(table_of(snapshot["window_expert_load"], "window_expert_load"),
                          snapshot["physical_to_logical_map"], "window_expert_load")
        for snapshot in steps.values()])


READERS = {".pt": read_sglang, ".npy": read_npy, ".safetensors": read_safetensors,
           ".json": read_json, ".jsonl": read_json}


def read(path):
    reader = READERS.get(path.suffix)
    if reader is None:
        raise Unusable(f"not one of {', '.join('*' + suffix for suffix in READERS)}")
    # TensorRT-LLM writes the chosen experts of every token beside their counts.
    if path.name.endswith("_raw.safetensors"): raise Unusable("choices, not counts")
    return reader(path)


def main(words):
    parser = argparse.ArgumentParser(
        prog="to_counts.py", description="Expert load as engines record it -> counts as JSON.",
        epilog="docs/measuring.md#gamma says how to record it.")
    parser.add_argument("file", nargs="+", type=pathlib.Path,
                        help="*.pt, *.safetensors, *.json, *.jsonl or *.npy; added up")
    args = parser.parse_args(words)
    tables = []
    for path in args.file:
        try:
            tables.append(read(path))
        except ImportError as fault:
            print(f"to_counts: {path}: {fault}", file=sys.stderr)
            return 1
        except Exception as fault:  # whatever a broken file raises in the reader of its format
            what = f"'{fault.args[0]}' is missing" if isinstance(fault, KeyError) else fault
            print(f"to_counts: {path}: {what}", file=sys.stderr)
            return 1
    try:
        counts = added(tables)
    except Unusable as fault:
        print(f"to_counts: {fault}", file=sys.stderr)
        return 1
    kept = [layer for layer in counts if any(layer)]
    if not kept:
        print("to_counts: every count is 0", file=sys.stderr)
        return 1
    if len(kept) < len(counts):
        print(f"to_counts: {len(counts) - len(kept)} layers without counts left out", file=sys.stderr)
    sys.stdout.write("[" + ",\n ".join(json.dumps(layer) for layer in kept) + "]\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
