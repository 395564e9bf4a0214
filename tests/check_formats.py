#!/usr/bin/env python3
"""What `check` prints for machines is what they take, whatever files are called and hold.

check_formats.py PROGRAM: writes files into a temporary folder, checks them, and reads what is printed as
code scanning (SARIF 2.1.0), test reports (JUnit's XML) and GitHub's runners (workflow commands) do.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.parse
import xml.etree.ElementTree

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


# SARIF 2.1.0 (OASIS, errata 01), of the objects that are printed: what is required, and the type of each
# property that is allowed. By hand, not the published schema: what is printed may have no property that is
# not listed here. An object is a dict, [x] an array of x, a set the values there are.
URI = re.compile(r"([A-Za-z0-9._~/-]|%[0-9A-F]{2})+")
LEVEL = {"none", "note", "warning", "error"}
MESSAGE = {"text!": str, "markdown": str, "id": str, "arguments": [str]}
MULTIFORMAT = {"text!": str, "markdown": str}
REGION = {"startLine": int, "startColumn": int, "endLine": int, "endColumn": int}
LOCATION = {"physicalLocation": {"artifactLocation": {"uri": URI, "uriBaseId": str, "index": int},
                                 "region": REGION}}
RULE = {"id!": str, "name": str, "shortDescription": MULTIFORMAT, "fullDescription": MULTIFORMAT,
        "help": MULTIFORMAT, "helpUri": str, "defaultConfiguration": {"level": LEVEL, "enabled": bool}}
RESULT = {"ruleId": str, "ruleIndex": int, "level": LEVEL, "message!": MESSAGE, "locations": [LOCATION],
          "partialFingerprints": dict}
DRIVER = {"name!": str, "version": str, "semanticVersion": str, "informationUri": str, "rules": [RULE]}
LOG = {"$schema": str, "version!": {"2.1.0"}, "runs!": [{"tool!": {"driver!": DRIVER}, "results": [RESULT]}]}


def held_to(shape, value, where="log"):
    """Raises AssertionError where a value has another shape."""
    if isinstance(shape, dict):
        assert isinstance(value, dict), f"{where} is no object"
        for key in (key[:-1] for key in shape if key.endswith("!")):
            assert key in value, f"{where} has no {key}"
        allowed = {key.rstrip("!"): part for key, part in shape.items()}
        for key, part in value.items():
            assert key in allowed, f"{where} may not have {key}"
            held_to(allowed[key], part, f"{where}.{key}")
    elif isinstance(shape, list):
        assert isinstance(value, list), f"{where} is no array"
        for index, part in enumerate(value):
            held_to(shape[0], part, f"{where}[{index}]")
    elif isinstance(shape, set):
        assert value in shape, f"{where} is {value!r}"
    elif isinstance(shape, re.Pattern):
        assert isinstance(value, str) and shape.fullmatch(value), f"{where} is {value!r}"
    else:
        assert isinstance(value, shape) and (shape is bool or not isinstance(value, bool)), \
            f"{where} is {value!r}"
    if shape is REGION:
        assert all(part >= 1 for part in value.values()), f"{where} counts from 1: {value}"
        assert "startLine" in value, f"{where} has a column of no line"


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
        held_to(LOG, log)
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

    def test_a_shape_is_refused(self):
        for fault in ({"version": "2.1.0"}, {"version": "2.0", "runs": []}, {"version": "2.1.0", "runs": {}},
                      {"version": "2.1.0", "runs": [], "x": 1},
                      {"version": "2.1.0", "runs": [{"tool": {"driver": {}}}]}):
            self.assertRaises(AssertionError, held_to, LOG, fault)
        for region in ({"startLine": 0}, {"startLine": True}, {"startColumn": 1}):
            self.assertRaises(AssertionError, held_to, REGION, region)
        for uri in ("two words", "a:b", "%4", ""):
            self.assertRaises(AssertionError, held_to, URI, uri)

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
        told = {urllib.parse.unquote_to_bytes(result["locations"][0]["physicalLocation"]["artifactLocation"]
                                              ["uri"]) for result in results}
        self.assertEqual(told, set(paths))

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
        self.assertEqual(len(self.sarif(paths)[1]), len(VALUES))
        self.assertEqual(len(self.junit(paths)[1]), len(VALUES))
        self.assertEqual(len(commands(checked("github", paths)[1].decode(errors="replace"))), len(VALUES))
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
