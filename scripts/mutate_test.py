#!/usr/bin/env python3
"""Tests of what scripts/mutate changes; they build nothing."""

import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from mutation.mask import masked  # noqa: E402
from mutation.mutants import mutants_of  # noqa: E402
from mutation.workshop import Workshop  # noqa: E402


def changes(text):
    """What becomes of a text of one line, each change of it."""
    return {mutant.applied(text) for mutant in mutants_of("src/model/x.cpp", text)}


class Mask(unittest.TestCase):
    def assert_blank(self, text):
        code = masked(text)
        self.assertEqual(code.split(), [])
        self.assertEqual(len(code), len(text))
        self.assertEqual(code.count("\n"), text.count("\n"))

    def test_comments_strings_and_directives_are_no_code(self):
        for text in ("// a < b", "/* 1 +\n 2 */", "/// y = 2 x", '"a \\" + 1"', 'R"x(1 "+" 2)x"',
                     "'+'", "#include <1 + 2>", "#define A \\\n  1 + 1"):
            with self.subTest(text): self.assert_blank(text)

    def test_assertions_are_no_code(self):
        self.assertEqual(masked("static_assert(f(1) == 2);").strip(), ";")

    def test_template_arguments_are_no_code(self):
        self.assertEqual(masked("std::array<std::pair<int, 3>, 4> a;").split(), ["std::array", "a;"])
        self.assertEqual(masked("template <int S, int B = 2>").split(), [])
        self.assertEqual(masked("a < b && c > d"), "a < b && c > d")

    def test_digit_separators_are_no_characters(self):
        self.assertEqual(masked("f(1'000, 2'000)"), "f(1'000, 2'000)")


class Mutants(unittest.TestCase):
    def test_operators(self):
        self.assertEqual(changes("a + b"), {"a - b"})
        self.assertEqual(changes("a * b"), {"a / b"})
        self.assertEqual(changes("a <= b"), {"a < b", "a >= b"})
        self.assertEqual(changes("a && b"), {"a || b"})
        self.assertEqual(changes("a !=\n  b"), {"a ==\n  b"})

    def test_what_only_looks_like_an_operator_stays(self):
        for text in ("f(-x)", "int* p", "auto&& x", "a->b", "a <=> b", "std::vector<A> a"):
            with self.subTest(text): self.assertEqual(changes(text), set())

    def test_constants(self):
        self.assertEqual(changes("f(3)"), {"f(4)", "f(6)", "f(1)"})
        self.assertEqual(changes("f(0)"), {"f(1)"})
        self.assertEqual(changes("f(1'000)"), {"f(1001)", "f(2000)", "f(500)"})
        self.assertEqual(changes("f(2.5e-3)"), {"f((2.5e-3 + 1))", "f((2 * 2.5e-3))", "f((0.5 * 2.5e-3))"})
        self.assertEqual(changes("x1, kTop_2"), set())

    def test_names(self):
        self.assertEqual(changes("std::min(a, b)"), {"std::max(a, b)"})
        self.assertEqual(changes("std::ceil(a)"), {"std::floor(a)"})
        self.assertEqual(changes("return true;"), {"return false;"})

    def test_conditions(self):
        self.assertEqual(changes("if (f(a)) g;"), {"if (!(f(a))) g;", "if ((f(a)) && false) g;"})
        self.assertEqual(changes("if (auto x = f(); x) g;"),
                         {"if (auto x = f(); !(x)) g;", "if (auto x = f(); (x) && false) g;"})
        self.assertEqual(changes("if (auto x = f()) g;"), set())
        self.assertEqual(changes("x = f(a) ? b : c;"), {"x = !(f(a)) ? b : c;"})
        self.assertEqual(changes("g(a, b.c ? d : e)"), {"g(a, !(b.c) ? d : e)"})

    def test_statements(self):
        self.assertEqual(changes("{ a.b = c; }"), {"{ ; }"})
        self.assertEqual(changes("{ f(a[i], b); }"), {"{ ; }"})
        self.assertEqual(changes("{ a[f(i)] += c; }"), {"{ ; }", "{ a[f(i)] -= c; }"})
        for declaration in ("{ double a = b; }", "{ const auto [a, b] = c; }", "{ using namespace a; }"):
            with self.subTest(declaration): self.assertEqual(changes(declaration), set())

    def test_returns(self):
        self.assertEqual(changes("return a;"), {"return {};"})
        self.assertEqual(changes("return std::nullopt;"), set())

    def test_a_change_says_where_it_is(self):
        text = "int f() {\n  // a + b\n  g(a + b);\n}\n"
        mutant, = (one for one in mutants_of("src/model/x.cpp", text) if one.kind == "operator")
        self.assertEqual(mutant.line, 3)
        self.assertEqual(mutant.difference(text), ["-  g(a + b);", "+  g(a - b);"])


class Runs(unittest.TestCase):
    def test_a_mutant_that_prints_no_text_ends_nothing(self):
        nowhere = pathlib.Path("nowhere")
        done = Workshop(nowhere, nowhere, nowhere).run(
            sys.executable, "-c", "import sys; sys.stdout.buffer.write(bytes([0xd1, 0x20])); sys.exit(3)")
        self.assertEqual((done.returncode, done.stdout), (3, "\ufffd "))


if __name__ == "__main__":
    unittest.main()
