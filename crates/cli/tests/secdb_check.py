#!/usr/bin/env python3
"""Says what Alpine's secdb says about a root filesystem, and compares that with a plimsoll report.

usage: secdb_check.py ROOTFS_TARBALL SECDB_FOLDER REPORT_JSON

Written apart from the Rust code and sharing nothing with it: its own reader of the package database, its own
reader of secdb's YAML, its own version order (apk-tools 2, src/version.c). Exit code 0 when both agree, 1
with the differences listed when they do not, 3 when the release has no secdb and the report says so.
"""

import json
import re
import sys
import tarfile
from pathlib import Path

SUFFIXES = ["alpha", "beta", "pre", "rc", None, "cvs", "svn", "git", "hg", "p"]
VERSION = re.compile(
    r"(?P<digits>\d+(?:\.\d+)*)(?P<letter>[a-z])?"
    r"(?P<suffixes>(?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)\d*)*)(?:~[0-9a-f]+)?(?:-r(?P<rev>\d+))?$"
)


def digits_less_more(a, b, first):
    """-1, 0 or 1 for one dotted component; a leading zero (not in the first) makes it a fraction."""
    if not first and (a.startswith("0") or b.startswith("0")):
        return (a > b) - (a < b)
    return (int(a) > int(b)) - (int(a) < int(b))


def compare(a, b):
    x, y = VERSION.match(a), VERSION.match(b)
    if not x or not y:
        raise ValueError(f"not an apk version: {a if not x else b}")
    xs, ys = x["digits"].split("."), y["digits"].split(".")
    for i, (p, q) in enumerate(zip(xs, ys)):
        if sign := digits_less_more(p, q, i == 0):
            return sign
    if len(xs) != len(ys):
        return 1 if len(xs) > len(ys) else -1
    p, q = x["letter"] or "", y["letter"] or ""
    if p != q:
        return 1 if p > q else -1

    def suffixes(match):
        found = re.findall(r"_([a-z]+)(\d*)", match["suffixes"])
        return [(SUFFIXES.index(name), int(number or 0)) for name, number in found]

    p, q = suffixes(x), suffixes(y)
    none = (SUFFIXES.index(None), 0)
    for i in range(max(len(p), len(q))):
        left, right = (p[i] if i < len(p) else none), (q[i] if i < len(q) else none)
        if left != right:
            return 1 if left > right else -1
    p, q = int(x["rev"] or 0), int(y["rev"] or 0)
    return (p > q) - (p < q)


def installed(tarball):
    """{origin: versions} of a root filesystem, and its release."""
    origins, release = {}, None
    with tarfile.open(tarball) as tar:
        for member in tar:
            name = member.name.removeprefix("./")
            if name == "etc/alpine-release":
                release = tar.extractfile(member).read().decode().strip()
            if name == "lib/apk/db/installed":
                for stanza in tar.extractfile(member).read().decode().split("\n\n"):
                    fields = {}
                    for line in stanza.splitlines():
                        fields.setdefault(line[:2], line[2:])
                    if "P:" in fields:
                        origin = fields.get("o:", fields["P:"])
                        origins.setdefault(origin, set()).add(fields["V:"])
    return origins, release


def secdb(folder, branch):
    """Yields (package, fixed version, names) of a branch's files."""
    for path in sorted(Path(folder).glob(f"{branch}/*.yaml")):
        package = fixed = None
        for line in path.read_text().splitlines():
            if match := re.match(r"\s+name: (\S+)", line):
                package = match[1]
            elif match := re.match(r"\s+([^\s#-][^:]*):\s*$", line):
                fixed = match[1].strip("'\"")
            elif package and (match := re.match(r"\s+- (.+)$", line)):
                names = match[1].strip("'\"")
                names = re.sub(r"\bCVE[ _](\d{4}-\d+)", r"CVE-\1", names)
                names = re.findall(r"(?:CVE|XSA|GHSA|ZBX|GNUTLS-SA|RUSTSEC|MNSA|TS|VSV|ALPINE|CNVD|BSA)-[\w-]+", names)
                if names:
                    yield package, fixed, names


def main():
    tarball, folder, report_path = sys.argv[1:]
    report = json.loads(Path(report_path).read_text())
    # Other scanners' findings, and programs of other namespaces, are not secdb's to know.
    report["findings"] = [f for f in report["findings"] if f["kind"] == "system-vulnerability"]
    report["coverage"] = [c for c in report["coverage"] if c["namespace"]["ecosystem"] == "alpine"]
    origins, release = installed(tarball)
    branch = "v" + ".".join(release.split(".")[:2])
    if not Path(folder, branch).is_dir():
        states = {c["state"] for c in report["coverage"]}
        assert not report["findings"], "findings for a release without secdb"
        assert states <= {"not-covered"}, f"{branch} has no secdb, yet the report says {states}"
        if branch < "v3":
            assert report["os"]["is_end_of_life"], f"{branch} is past its end of life"
        assert not report["summary"]["complete"], "a release without advisories cannot be complete"
        print(f"{branch}: no secdb, and the report says so")
        return 3
    # One entry a flaw and package, with every name it has.
    expected = []
    for package, fixed, names in secdb(folder, branch):
        if fixed == "0":
            continue
        for version in origins.get(package, ()):
            if compare(version, fixed) < 0:
                expected.append((package, set(names)))
    found = [
        (f["package"], {f["id"], *f.get("aliases", [])})
        for f in report["findings"]
        if f["kind"] == "system-vulnerability"
    ]
    missing = [e for e in expected if not any(e[0] == p and e[1] & names for p, names in found)]
    extra = [f for f in found if not any(f[0] == p and f[1] & names for p, names in expected)]
    twice = len(found) - len({(p, min(names)) for p, names in found})
    print(f"{branch}: {len(found)} findings; missing {len(missing)}, extra {len(extra)}, twice {twice}")
    for package, names in missing:
        print(f"  missing: {package} {' '.join(sorted(names))}")
    for package, names in extra:
        print(f"  extra:   {package} {' '.join(sorted(names))}")
    return 1 if missing or extra or twice else 0


if __name__ == "__main__":
    sys.exit(main())
