"""A copy of the source tree in which mutants are built and tested, one at a time."""

import dataclasses
import enum
import os
import pathlib
import shutil
import subprocess
import time

# Optimized, so that an equivalent change often gives the same object file; no debug information, which
# would hold its line. Warnings of mutants are no news.
FLAGS = "-O1 -DNDEBUG -w"
LEAST_LIMIT_S = 20.0  # a busy machine is no endless loop
LIMIT_RATIO = 5.0     # of the time that the unchanged program takes


class Fate(enum.Enum):
    KILLED = "killed"
    TIMED_OUT = "killed by the time limit"
    SURVIVED = "survived"
    EQUIVALENT = "equivalent: the same object code"
    NOT_COMPILED = "did not compile"


@dataclasses.dataclass(frozen=True)
class Outcome:
    mutant: object
    fate: Fate
    seconds: float


class Broken(Exception):
    """The unchanged program does not build or does not pass."""


def tracked(root):
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=root, check=True,
                           capture_output=True, text=True).stdout
    return [name for name in names.split("\0") if name and (root / name).is_file()]


def copy_changed(root, copy):
    """Makes `copy` hold what `root` does, leaving alone what is the same, for incremental builds."""
    names = tracked(root)
    for name in names:
        data, target = (root / name).read_bytes(), copy / name
        if target.is_file() and target.read_bytes() == data: continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        shutil.copymode(root / name, target)
    for stale in set(p.relative_to(copy).as_posix() for p in copy.rglob("*") if p.is_file()) - set(names):
        (copy / stale).unlink()


def suites_for(path):
    """The filters of two runs of the tests: the room of the changed file first, which most likely kills."""
    room = pathlib.PurePath(path).parts[1]
    return f"-ts={room}*", f"-tse={room}*"


class Workshop:
    def __init__(self, root, folder, published):
        self.root, self.source, self.build = root, folder / "source", folder / "build"
        self.published = published
        self.tests = self.build / "tests/unit_tests"
        self.limits = {}

    def run(self, *command, **options):
        # What a mutant prints need not be text.
        return subprocess.run([str(word) for word in command], capture_output=True, text=True,
                              errors="replace", **options)

    def prepare(self):
        """Builds the unchanged program, incrementally where it was built before."""
        copy_changed(self.root, self.source)
        launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
        linker = ["-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=mold"] if shutil.which("mold") else []
        done = self.run("cmake", "-DWIDEEP_UNIFIED=OFF", "-S", self.source, "-B", self.build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=",
                        f"-DCMAKE_CXX_FLAGS={FLAGS}", f"-DWIDEEP_PUBLISHED_DIR={self.published}",
                        *launcher, *linker)
        if done.returncode == 0: done = self.ninja("tests/unit_tests")
        if done.returncode != 0: raise Broken(done.stdout + done.stderr)

    def ninja(self, target):
        environment = {**os.environ, "CCACHE_BASEDIR": str(self.source), "CCACHE_NOHASHDIR": "1"}
        return self.run("ninja", "-C", self.build, target, env=environment)

    def limit(self, filters):
        """The time limit of a run of the tests, from one of the unchanged program, which must pass."""
        if filters not in self.limits:
            self.ninja("tests/unit_tests")  # may hold the mutant before
            start = time.monotonic()
            done = self.run(self.tests, filters)
            # 1: a room without tests of its own, which runs none.
            if done.returncode != 0 and "no test case has such a name" not in done.stderr:
                raise Broken(done.stdout + done.stderr)
            taken = None if done.returncode else time.monotonic() - start
            self.limits[filters] = taken and max(LEAST_LIMIT_S, LIMIT_RATIO * taken)
        return self.limits[filters]

    def object_of(self, path):
        room, name = pathlib.PurePath(path).parts[1:3]
        return pathlib.Path(f"src/{room}/CMakeFiles/wideep_{room}.dir/{name}.o")

    def judge(self, mutant):
        start = time.monotonic()
        file = self.source / mutant.path
        text = file.read_text()
        built = self.build / self.object_of(mutant.path)
        limits = [(filters, self.limit(filters)) for filters in suites_for(mutant.path)]
        before = built.read_bytes()
        file.write_text(mutant.applied(text))
        try:
            fate = self.fate_of(mutant, built, before, limits)
        finally:
            file.write_text(text)
        # Back to the unchanged object; what is linked from it is linked with the next mutant.
        self.ninja(self.object_of(mutant.path))
        return Outcome(mutant, fate, time.monotonic() - start)

    def fate_of(self, mutant, built, before, limits):
        if self.ninja(self.object_of(mutant.path)).returncode != 0: return Fate.NOT_COMPILED
        if built.read_bytes() == before: return Fate.EQUIVALENT
        # Linking lists the tests, which runs what is computed before main.
        if self.ninja("tests/unit_tests").returncode != 0: return Fate.NOT_COMPILED
        for filters, limit in limits:
            if limit is None: continue
            try:
                done = self.run(self.tests, filters, "--abort-after=1", timeout=limit)
            except subprocess.TimeoutExpired:
                return Fate.TIMED_OUT
            if done.returncode != 0: return Fate.KILLED
        return Fate.SURVIVED
