#!/usr/bin/env python3
"""What `check` prints for machines is what they take, whatever files are called and hold.

check_formats.py PROGRAM: writes files into a temporary folder, checks them, and reads what is printed as
code scanning (SARIF 2.1.0), test reports (JUnit's XML) and GitHub's runners (workflow commands) do.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.parse
import xml.etree.ElementTree

try:
    import jsonschema
except ImportError:
    print("skipped: no jsonschema (python3-jsonschema)")
    sys.exit(77)

SCHEMA = json.loads((pathlib.Path(__file__).parent / "sarif/sarif-2.1.0-rtm.5.json").read_text())
PROGRAM = os.path.abspath(sys.argv.pop(1))

START = b"vllm serve deepseek-ai/DeepSeek-R1 -dp 16 --enable-expert-parallel "
FAULT = START + b"--enable-dbo\n"
NAMES = [
    b"plain.sh", b"two words.sh", b"it's \"quoted\".sh", b"<a>&amp;.sh", b"]]>.sh", b"%41%0A,b:c;d.sh",
    b"-dash.sh", b"back\\slash.sh", "größe-日本-😀.sh".encode(),
    b"tab\t.sh", b"line\nbreak.sh", b"return\r.sh", b"escape\x01\x1b[31m\x7f.sh", "c1\u0085.sh".encode(),
    b"not-utf8\xff\xfe.sh", b"cut\xe6\x97", b"surrogate\xed\xa0\x80.sh", b"overlong\xc0\xaf.sh",
    "nonchar\uffff\ufffe.sh".encode(),
]
# Also in what findings quote.
VALUES = [b"plain", "größe".encode(), b"\xff\xfe", "\uffff".encode(), b"\xed\xa0\x80", b"<&>%]]>", b"\x1b[31m"]


def written(folder, name, text):
    path = os.path.join(os.fsencode(folder), name)
    with open(path, "wb") as file:
        file.write(text)
    return path


def checked(form, paths):
    """The exit code and the bytes that are printed."""
    ran = subprocess.run([PROGRAM, "check", "--rules-only", "--format", form, "--", *paths],
                         capture_output=True, check=False)
    if ran.returncode not in (0, 2, 3):
        raise AssertionError(f"exit {ran.returncode}: {ran.stderr.decode(errors='replace')}")
    return ran.returncode, ran.stdout


URI = re.compile(r"(file://)?([A-Za-z0-9._~/-]|%[0-9A-F]{2})+")


def file_of(uri):
    """The path that a reference names, in bytes."""
    assert URI.fullmatch(uri), uri
    return urllib.parse.unquote_to_bytes(uri.removeprefix("file://"))


def commands(text):
    """GitHub's workflow commands of an output: [(command, properties, message)]."""
    found = []
    for line in text.removesuffix("\n").split("\n") if text else []:
        command = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
        assert command, f"no workflow command: {line!r}"
        pairs = [pair.split("=", 1) for pair in command[2].split(",")]
        back = {key: re.sub("%(25|0D|0A|3A|2C)", lambda code: chr(int(code[1], 16)), value)
                for key, value in pairs}
        found.append((command[1], back, command[3]))
    return found


class Formats(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = holder.name

    def sarif(self, paths):
        code, out = checked("sarif", paths)
        log = json.loads(out.decode("utf-8"))
        jsonschema.validate(log, SCHEMA)
        rules = [rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]]
        self.assertEqual(len(rules), len(set(rules)))
        for result in log["runs"][0]["results"]:
            self.assertEqual(rules[result["ruleIndex"]], result["ruleId"])
        return code, log["runs"][0]["results"]

    def junit(self, paths):
        code, out = checked("junit", paths)
        suites = xml.etree.ElementTree.fromstring(out)
        self.assertEqual(suites.tag, "testsuites")
        suite, = suites
        self.assertEqual(int(suite.get("tests")), len(suite))
        self.assertEqual(int(suite.get("failures")), len(suite.findall("testcase/failure")))
        return code, list(suite)

    def all_names(self):
        return [written(self.folder, name, FAULT) for name in NAMES]

    def test_the_schema_refuses(self):
        driver = {"name": "x"}
        for fault in ({"version": "2.0.0", "runs": []}, {"version": "2.1.0", "runs": [{"tool": {}}]},
                      {"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "column": "bytes"}]}):
            self.assertRaises(jsonschema.ValidationError, jsonschema.validate, fault, SCHEMA)

    def test_sarif_of_nothing_to_say(self):
        fine = written(self.folder, b"fine.sh", b"echo no engine here\n")
        self.assertEqual(self.sarif([fine]), (0, []))

    def test_sarif_with_and_without_a_line(self):
        paths = [written(self.folder, b"engine.sh", FAULT), os.path.join(self.folder, "absent.sh").encode()]
        code, results = self.sarif(paths[:1])
        self.assertEqual(code, 3)
        self.assertIn("startLine", results[0]["locations"][0]["physicalLocation"]["region"])
        code, results = self.sarif(paths)
        self.assertEqual(code, 2)
        self.assertNotIn("region", results[-1]["locations"][0]["physicalLocation"])

    def test_sarif_names_files(self):
        paths = self.all_names()
        code, results = self.sarif(paths)
        self.assertEqual(code, 3)
        told = {file_of(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])
                for result in results}
        self.assertEqual(told, set(paths))

    def test_columns_count_characters(self):
        path = written(self.folder, b"column.sh", "export WORT=größe; ".encode() + FAULT)
        region = self.sarif([path])[1][0]["locations"][0]["physicalLocation"]["region"]
        line = ("export WORT=größe; " + FAULT.decode())
        self.assertEqual(region["startColumn"], 1 + line.index("--enable-dbo"))

    def test_relative_files_stay_relative(self):
        path = os.fsdecode(written(self.folder, b"near.sh", FAULT))
        ran = subprocess.run([PROGRAM, "check", "--rules-only", "--format", "sarif", "near.sh"], cwd=self.folder,
                             capture_output=True, check=False)
        result = json.loads(ran.stdout)["runs"][0]["results"][0]
        self.assertEqual(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "near.sh")
        self.assertTrue(os.path.isabs(path))

    def test_junit_of_nothing_to_say(self):
        code, cases = self.junit([written(self.folder, b"fine.sh", b"echo no engine here\n")])
        self.assertEqual((code, len(cases), len(cases[0])), (0, 1, 0))

    def test_junit_names_files(self):
        code, cases = self.junit(self.all_names())
        self.assertEqual((code, len(cases)), (3, len(NAMES)))
        names = [os.path.basename(case.get("name")) for case in cases]
        for name in ("plain.sh", "it's \"quoted\".sh", "<a>&amp;.sh", "]]>.sh", "größe-日本-😀.sh",
                     "not-utf8\ufffd\ufffd.sh", "line\nbreak.sh"):
            self.assertIn(name, names)
        for case in cases:
            self.assertIn("vllm-dbo-backend", case.find("failure").text)

    def test_quoted_values(self):
        paths = [written(self.folder, b"v%d.sh" % index, START + b"--enable-dbo --all2all-backend 'a" + value + b"'\n")
                 for index, value in enumerate(VALUES)]
        # Two rules speak of each: what the word is for, and that there is no such word.
        self.assertEqual(len(self.sarif(paths)[1]), 2 * len(VALUES))
        self.assertEqual(len(self.junit(paths)[1]), len(VALUES))
        self.assertEqual(len(commands(checked("github", paths)[1].decode(errors="replace"))), 2 * len(VALUES))
        json.loads(checked("json", paths)[1].decode("utf-8"))

    def test_github_annotations(self):
        paths = self.all_names()
        code, out = checked("github", paths)
        told = commands(out.decode(errors="replace"))
        self.assertEqual((code, len(told)), (3, len(NAMES)))
        for level, properties, message in told:
            self.assertEqual(level, "error")
            self.assertEqual(list(properties), ["file", "line", "col", "title"])
            self.assertEqual((properties["line"], properties["title"]), ("1", "vllm-dbo-backend"))
            self.assertIn("Fix: ", message)
        files = {os.path.basename(properties["file"]) for _, properties, _ in told}
        for name in ("plain.sh", "%41%0A,b:c;d.sh", "line\nbreak.sh", "return\r.sh", "größe-日本-😀.sh"):
            self.assertIn(name, files)
        # What a terminal would obey is not printed.
        self.assertNotIn(b"\x1b", out)


if __name__ == "__main__":
    unittest.main()
