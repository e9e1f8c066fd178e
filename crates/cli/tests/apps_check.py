#!/usr/bin/env python3
"""Says what public advisories say about the packages below a folder, and compares that with a plimsoll report.

usage: apps_check.py LANGUAGE ROOT ADVISORIES REPORT_JSON

Written apart from the Rust code and sharing nothing with it: packages come from importlib, from a walk over
node_modules, from `go version -m`, from the section that cargo-auditable writes and from the names of gem
specifications; versions are ordered by `packaging` and by a few lines each below. ADVISORIES is a folder with the
unpacked databases of PyPA, Go, RustSec, RubySec and the Node.js security working group. Exit code 0 when both
agree, 1 with the differences listed when they do not.
"""

import importlib.metadata
import json
import re
import subprocess
import sys
import tomllib
import zlib
from functools import cmp_to_key
from pathlib import Path


# ---- orders: each returns a sort key

def semver_key(text):
    text = text.removeprefix("v").removeprefix("go").split("+")[0]
    # Go writes its own releases as go1.21rc2.
    if match := re.fullmatch(r"(\d+(?:\.\d+)*)(rc|beta)(\d+)", text):
        text = f"{match[1]}-{match[2]}.{match[3]}"
    core, _, pre = text.partition("-")
    numbers = [int(n) for n in core.split(".")]
    numbers += [0] * (3 - len(numbers))
    parts = [(0, int(p), "") if p.isdigit() else (1, 0, p) for p in pre.split(".")] if pre else []
    return (tuple(numbers), not pre, tuple(parts))


def gem_key(text):
    parts = [int(p) if p.isdigit() else p for p in re.findall(r"\d+|[a-z]+", text.lower().replace("-", ".pre."))]

    def compare(a, b):
        for i in range(max(len(a), len(b))):
            x, y = (a[i] if i < len(a) else 0), (b[i] if i < len(b) else 0)
            if isinstance(x, int) != isinstance(y, int):
                return 1 if isinstance(x, int) else -1
            if x != y:
                return -1 if x < y else 1
        return 0

    return cmp_to_key(compare)(parts)


def pep440_key(text):
    from packaging.version import Version

    return Version(text)


# ---- requirements: `text` holds for `version`

def next_of(parts):
    return ".".join(parts[:-1] + [str(int(parts[-1]) + 1)])


def comparator(text, version, key, bare):
    """One comparator; `bare` is what a version without an operator means."""
    match = re.fullmatch(r"(>=|<=|>|<|=|~>|~|\^)?\s*v?([0-9A-Za-z.*+-]+)", text.strip())
    if not match:
        raise ValueError(f"requirement {text!r}")
    operator, bound = match[1] or bare, match[2]
    parts = [p for p in bound.split("-")[0].split(".")]
    fixed = [p for p in parts if p not in ("x", "X", "*")]
    if not fixed:
        return True
    low = ".".join(fixed)
    if len(fixed) < len(parts) and operator in ("=", "^", "~"):
        return key(low) <= key(version) < key(next_of(fixed))
    if operator == "=":
        if bare == "=" and len(fixed) < 3 and key is semver_key:
            return key(low) <= key(version) < key(next_of(fixed))
        return key(version) == key(bound)
    if operator == "~>":
        return key(bound) <= key(version) < key(next_of(fixed[:-1] or fixed))
    if operator == "~":
        return key(bound) <= key(version) < key(next_of(fixed[:2]))
    if operator == "^":
        lead = next((i for i, p in enumerate(fixed) if int(p)), len(fixed) - 1)
        return key(bound) <= key(version) < key(next_of(fixed[: lead + 1]))
    if operator in ("<=", ">") and len(fixed) < 3 and key is semver_key:
        return (key(version) < key(next_of(fixed))) == (operator == "<=")
    a, b = key(version), key(bound)
    return {">=": a >= b, "<=": a <= b, ">": a > b, "<": a < b}[operator]


def npm_range(text, version):
    for part in text.split("||"):
        part = re.sub(r"(\S+)\s+-\s+(\S+)", r">=\1 <=\2", part.strip())
        part = re.sub(r"(>=|<=|>|<|=|~|\^)\s+", r"\1", part.replace(",", " "))
        if all(comparator(one, version, semver_key, "=") for one in part.split()):
            return True
    return False


def comma_list(text, version, key, bare):
    return all(comparator(one, version, key, bare) for one in str(text).split(","))


# ---- packages: yields (name, version)

def python_packages(root):
    for folder in sorted({p.parent for p in root.rglob("*.dist-info")}):
        for found in importlib.metadata.distributions(path=[str(folder)]):
            yield re.sub(r"[-_.]+", "-", found.metadata["Name"]).lower(), found.version


def node_packages(root):
    for path in root.rglob("package.json"):
        parts = path.parent.parts
        at = max((i for i, p in enumerate(parts) if p == "node_modules"), default=None)
        if at is None:
            continue
        below = parts[at + 1 :]
        if len(below) == (2 if below[0].startswith("@") else 1):
            package = json.loads(path.read_text())
            yield package["name"], package["version"]


def go_packages(root):
    for path in sorted(root.rglob("bin/*")):
        text = subprocess.run(["go", "version", "-m", path], capture_output=True, text=True, check=True).stdout
        yield "stdlib", text.split(": ")[1].split()[0]
        for line in text.splitlines():
            fields = line.split("\t")
            if fields[1:2] == ["dep"]:
                yield fields[2], fields[3]


def rust_packages(root):
    for path in sorted(root.rglob("bin/*")):
        section = subprocess.run(
            ["objcopy", "-O", "binary", "--only-section=.dep-v0", "--set-section-flags", ".dep-v0=alloc", path, "/dev/stdout"],
            capture_output=True, check=True).stdout
        for package in json.loads(zlib.decompress(section))["packages"]:
            if package.get("kind", "runtime") == "runtime":
                yield package["name"], package["version"]


def ruby_packages(root):
    for path in root.rglob("specifications/*.gemspec"):
        name, version = re.fullmatch(r"(.+)-(\d[^-]*)\.gemspec", path.name).groups()
        yield name, version


# ---- advisories: yields (package, names, holds) where holds(version) says whether it is affected

def osv_holds(entry, key):
    def holds(version):
        if version in entry.get("versions", ()):
            return True
        for ranges in entry.get("ranges", ()):
            if ranges["type"] == "GIT":
                continue
            inside = False
            events = [(next(iter(e.items()))) for e in ranges["events"]]
            order = lambda e: (e[1] != "0", key(e[1]) if e[1] != "0" else key("0"), e[0] == "last_affected")
            for kind, at in sorted(events, key=order):
                at_key = key(at)
                if kind == "introduced" and (at == "0" or key(version) >= at_key):
                    inside = True
                elif kind == "fixed" and key(version) >= at_key:
                    inside = False
                elif kind == "last_affected" and key(version) > at_key:
                    inside = False
            if inside:
                return True
        return False

    return holds


def osv(records, ecosystem, key):
    for record in records:
        if record.get("withdrawn"):
            continue
        names = {record["id"], *record.get("aliases", ())}
        for entry in record.get("affected", ()):
            package = entry.get("package", {})
            if package.get("ecosystem") == ecosystem:
                yield package["name"], names, osv_holds(entry, key)


def pypa(folder):
    import yaml

    class Plain(yaml.SafeLoader):
        """Dates stay texts."""

    Plain.yaml_implicit_resolvers = {
        c: [r for r in rows if r[0] != "tag:yaml.org,2002:timestamp"]
        for c, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    for path in sorted(folder.rglob("PYSEC-*.yaml")):
        yield yaml.load(path.read_text(), Plain)


def rustsec(folder):
    for path in sorted(folder.rglob("RUSTSEC-*.md")):
        record = tomllib.loads(path.read_text().split("```toml")[1].split("```")[0])
        head = record["advisory"]
        kind = head.get("informational")
        named = head.get("aliases") or head.get("cvss")
        if head.get("withdrawn") or (kind and not (kind == "unsound" and named)) or "crates" not in path.parts:
            continue
        if "linux" not in record.get("affected", {}).get("os", ["linux"]):
            continue
        versions = record.get("versions", {})
        safe = versions.get("patched", []) + versions.get("unaffected", [])
        yield head["package"], {head["id"], *head.get("aliases", ())}, (
            lambda v, safe=safe: not any(comma_list(s, v, semver_key, "^") for s in safe))


def rubysec(folder):
    import yaml

    for path in sorted(folder.rglob("gems/*/*.yml")):
        record = yaml.safe_load(path.read_text())
        if record.get("platform", "ruby") != "ruby":
            continue
        names = {f"{prefix}{record[key]}" for key, prefix in
                 (("cve", "CVE-"), ("ghsa", "GHSA-"), ("osvdb", "OSVDB-")) if record.get(key)}
        safe = (record.get("patched_versions") or []) + (record.get("unaffected_versions") or [])
        yield record["gem"], names or {path.stem}, (
            lambda v, safe=safe: not any(comma_list(s, v, gem_key, "=") for s in safe))


def nodejs(folder):
    for path in sorted(folder.rglob("npm/*.json")):
        if not path.stem.isdigit():
            continue
        record = json.loads(path.read_text())
        vulnerable, patched = record.get("vulnerable_versions"), record.get("patched_versions")
        if not vulnerable:
            continue
        names = {f"NSWG-ECO-{record['id']}", *(record.get("cves") or [])}
        yield record["module_name"], names, (
            lambda v, bad=vulnerable, good=patched: npm_range(bad, v) and not (good and npm_range(good, v)))


def go_records(folder):
    for path in sorted(folder.rglob("osv/GO-*.json")):
        yield json.loads(path.read_text())


def reached(root, folder, report):
    """Findings that count as out of reach, though a program with a symbol table holds a function they name."""
    held = set()
    for path in sorted(root.rglob("bin/*")):
        text = subprocess.run(["go", "tool", "nm", path], capture_output=True, text=True).stdout
        held |= {line.split(maxsplit=2)[2].replace("(*", "").replace(")", "") for line in text.splitlines() if line.count(" ") > 2}
    records = list(go_records(folder / "golang-osv"))
    wrong = []
    for finding in report["findings"]:
        names = {finding["id"], *finding.get("aliases", [])}
        for record in records:
            if not finding.get("suppression") or not names & {record["id"], *record.get("aliases", ())}:
                continue
            for entry in record["affected"]:
                for named in entry.get("ecosystem_specific", {}).get("imports", ()):
                    if entry["package"]["name"] != finding["package"]:
                        continue
                    functions = {f"{named['path']}.{symbol}" for symbol in named.get("symbols", ())}
                    if functions & held or not functions and any(h.startswith(named["path"] + ".") for h in held):
                        wrong.append(((finding["package"], "in reach"), names))
    print(f"go: {len(held)} functions, {sum('suppression' in f for f in report['findings'])} flaws out of reach")
    return wrong


LANGUAGES = {
    "python": (python_packages, lambda f: osv(pypa(f / "pypa-osv"), "PyPI", pep440_key),
               lambda n: re.sub(r"[-_.]+", "-", n).lower()),
    "node": (node_packages, lambda f: nodejs(f / "nodejs-security-wg"), str),
    "go": (go_packages, lambda f: osv(go_records(f / "golang-osv"), "Go", semver_key), str),
    "rust": (rust_packages, lambda f: rustsec(f / "rustsec"), str),
    "ruby": (ruby_packages, lambda f: rubysec(f / "rubysec"), str),
}


def main():
    language, root, advisories, report_path = sys.argv[1:]
    packages, read, spelling = LANGUAGES[language]
    report = json.loads(Path(report_path).read_text())
    installed = {}
    for name, version in packages(Path(root)):
        installed.setdefault(name, set()).add(version)
    # Names of one flaw are joined, whichever record says them.
    expected = []
    for package, names, holds in read(Path(advisories)):
        package = spelling(package)
        for version in installed.get(package, ()):
            if holds(version):
                same = [e for e in expected if e[0] == (package, version) and e[1] & names]
                expected = [e for e in expected if e not in same]
                expected.append(((package, version), names.union(*(e[1] for e in same))))
    found = [
        ((spelling(f["package"]), p["version"]), {f["id"], *f.get("aliases", []), *(a["id"] for a in f.get("advisories", []))})
        for f in report["findings"]
        for p in f["packages"]
        if f["kind"] == "application-vulnerability"
    ]
    unique = {(who, min(names)) for who, names in found}
    missing = [e for e in expected if not any(e[0] == p and e[1] & names for p, names in found)]
    extra = [f for f in found if not any(f[0] == p and f[1] & names for p, names in expected)]
    twice = [e for e in expected if len({min(n) for p, n in found if p == e[0] and e[1] & n}) > 1]
    if language == "go":
        extra += reached(Path(root), Path(advisories), report)
    count = sum(map(len, installed.values()))
    print(f"{language}: {count} packages, {len(unique)} flaws; "
          f"missing {len(missing)}, extra {len(extra)}, twice {len(twice)}")
    for what, rows in (("missing", missing), ("extra", extra), ("twice", twice)):
        for (package, version), names in rows:
            print(f"  {what}: {package} {version} {' '.join(sorted(names))}")
    return 1 if missing or extra or twice or not count else 0


if __name__ == "__main__":
    sys.exit(main())
