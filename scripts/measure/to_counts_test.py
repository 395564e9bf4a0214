#!/usr/bin/env python3
"""Tests of to_counts.py; those of forms that need PyTorch or NumPy are skipped without them."""

import contextlib
import io
import json
import pathlib
import struct
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

import to_counts  # noqa: E402

try:
    import torch
except ImportError:
    torch = None
try:
    import numpy
except ImportError:
    numpy = None


def safetensors(tensors, kind="I64", code="q"):
    """A file of one-dimensional tensors, as the format's page describes it."""
    header, data = {}, b""
    for name, values in tensors.items():
        packed = struct.pack(f"<{len(values)}{code}", *values)
        header[name] = {"dtype": kind, "shape": [len(values)],
                        "data_offsets": [len(data), len(data) + len(packed)]}
        data += packed
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


class ToCountsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def file(self, name, content):
        path = self.folder / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    def run_it(self, *words):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = to_counts.main(list(words))
        return code, out.getvalue(), err.getvalue()

    def counts(self, *words):
        code, out, err = self.run_it(*words)
        self.assertEqual(code, 0, err)
        return json.loads(out)

    def refusal(self, *words):
        code, out, err = self.run_it(*words)
        self.assertEqual((code, out), (1, ""))
        return err

    def test_ranks_and_iterations_of_tensorrt_llm_are_added_by_layer(self):
        # Layer 10 comes after layer 9, though its name does not.
        rank0 = safetensors({"100_9": [1, 2, 0], "100_10": [5, 0, 0], "101_9": [10, 0, 0],
                             "101_10": [0, 0, 7]})
        rank1 = safetensors({"100_9": [0, 0, 3], "100_10": [1, 1, 1], "101_9": [0, 0, 0],
                             "101_10": [0, 0, 0]})
        self.assertEqual(
            self.counts(self.file("rank0.safetensors", rank0), self.file("rank1.safetensors", rank1)),
            [[11, 2, 3], [6, 1, 8]])

    def test_tensors_of_other_types_are_read(self):
        for kind, code in (("I32", "i"), ("F32", "f"), ("F64", "d")):
            path = self.file("rank0.safetensors", safetensors({"0_0": [1, 2]}, kind, code))
            self.assertEqual(self.counts(path), [[1, 2]])

    def test_raw_choices_and_other_tensors_are_refused(self):
        raw = self.file("rank0_raw.safetensors", safetensors({"0_0": [1]}))
        self.assertIn("choices", self.refusal(raw))
        other = self.file("model.safetensors", safetensors({"lm_head.weight": [1]}))
        self.assertIn("lm_head.weight", self.refusal(other))
        torn = safetensors({"0_0": [1, 2, 3]})[:-1]
        for content in (b"", b"12345678", b"\xff" * 64, struct.pack("<Q", 3) + b"abc",
                        struct.pack("<Q", 2) + b"[]", struct.pack("<Q", 2) + b"{}", torn):
            self.refusal(self.file("rank0.safetensors", content))

    def test_replicas_in_vllm_dumps_are_added_to_their_expert(self):
        snapshot = {"step": 100, "window_expert_load": [[4, 1, 2, 8], [1, 1, 1, 1]],
                    "physical_to_logical_map": [[0, 1, 2, 0], [2, 1, 0, -1]]}
        self.assertEqual(self.counts(self.file("m.json", {"snapshots": [snapshot]})),
                         [[12, 1, 2], [1, 1, 1]])

    def test_a_step_that_several_ranks_dumped_counts_once(self):
        lines = [{"step": step, "window_expert_load": [[step, 1]], "physical_to_logical_map": [[0, 1]]}
                 for step in (100, 100, 200)]
        text = "\n".join(json.dumps(line) for line in lines) + "\n\n"
        self.assertEqual(self.counts(self.file("m.jsonl", text)), [[300, 2]])

    def test_a_window_by_steps_is_added_up(self):
        snapshot = {"window_expert_load": [[[1, 2]], [[3, 4]]], "physical_to_logical_map": [[1, 0]]}
        self.assertEqual(self.counts(self.file("m.json", snapshot)), [[6, 4]])

    def test_counts_and_logical_counts_pass_through(self):
        self.assertEqual(self.counts(self.file("a.json", [[1, 2], [3, 4]])), [[1, 2], [3, 4]])
        self.assertEqual(self.counts(self.file("b.json", {"counts": [[1.5, 2]]})), [[1.5, 2]])
        self.assertEqual(self.counts(self.file("c.json", {"logical_count": [[[1, 2]], [[1, 0]]]})),
                         [[2, 2]])

    def test_dense_layers_are_left_out_and_told(self):
        code, out, err = self.run_it(self.file("a.json", [[0, 0], [3, 4], [0, 0]]))
        self.assertEqual((code, json.loads(out)), (0, [[3, 4]]))
        self.assertIn("2 layers", err)
        self.assertIn("every count is 0", self.refusal(self.file("b.json", [[0, 0]])))

    def test_what_is_no_table_is_refused_with_the_file(self):
        for name, content in (("a.json", [1, 2]), ("b.json", [[1], [1, 2]]), ("c.json", [[-1, 2]]),
                              ("d.json", [["x"]]), ("e.json", "{"), ("f.json", {}), ("g.json", []),
                              ("h.json", "[[NaN]]"), ("i.jsonl", ""), ("j.txt", "1,2"),
                              ("k.json", [[True]]), ("l.json", {"window_expert_load": [[1]]}),
                              ("m.json", {"window_expert_load": [[1, 2]],
                                          "physical_to_logical_map": [[0]]})):
            with self.subTest(name):
                self.assertIn(name, self.refusal(self.file(name, content)))
        self.assertIn("absent.json", self.refusal(str(self.folder / "absent.json")))

    def test_files_of_two_models_are_refused(self):
        first, second = self.file("a.json", [[1, 2]]), self.file("b.json", [[1, 2, 3]])
        self.assertIn("several forms", self.refusal(first, second))

    @unittest.skipUnless(numpy, "needs NumPy")
    def test_arrays(self):
        path = self.folder / "weight.npy"
        numpy.save(path, numpy.arange(12, dtype=numpy.int32).reshape(2, 2, 3))
        self.assertEqual(self.counts(str(path)), [[6, 8, 10], [12, 14, 16]])

    @unittest.skipUnless(torch, "needs PyTorch")
    def test_broken_files_of_sglang_are_refused(self):
        for content in (b"", b"no pickle"):
            self.assertIn("a.pt", self.refusal(self.file("a.pt", content)))
        torch.save({"records": [], "last_physical_to_logical_map": None}, self.folder / "b.pt")
        self.assertIn("nothing was recorded", self.refusal(str(self.folder / "b.pt")))

    @unittest.skipUnless(torch, "needs PyTorch")
    def test_steps_of_sglang_are_added_up(self):
        path = self.folder / "expert_distribution_recorder_1.pt"
        torch.save({"rank": 0, "average_utilization_rate_over_window": None,
                    "logical_count": torch.tensor([[[0, 0], [1, 2]], [[0, 0], [3, 4]]],
                                                  dtype=torch.int32)}, path)
        self.assertEqual(self.counts(str(path)), [[4, 6]])

    @unittest.skipUnless(torch, "needs PyTorch")
    def test_passes_of_all_sglang_ranks_are_added_by_logical_expert(self):
        paths = []
        for rank in range(2):
            records = [{"forward_pass_id": i, "rank": rank, "gatherer_key": "primary",
                        "global_physical_count": torch.tensor([[1, 2, 4]]) * (rank + 1)}
                       for i in range(2)]
            paths.append(self.folder / f"expert_distribution_recorder_1_{rank}.pt")
            torch.save({"records": records,
                        "last_physical_to_logical_map": torch.tensor([[0, 1, 0]])}, paths[-1])
        self.assertEqual(self.counts(*map(str, paths)), [[30, 12]])


if __name__ == "__main__":
    unittest.main()
