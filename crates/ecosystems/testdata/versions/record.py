#!/usr/bin/env python3
"""Records what the package managers themselves say about pairs of versions.

usage: record.py SCHEME DATA ALPINE_ROOT > SCHEME.txt

DATA is the folder of real data (see tests/version_verdicts.rs), ALPINE_ROOT an unpacked root filesystem
of Alpine 3.20. Output: groups of versions separated by an empty line; behind each version stand the
verdicts on it and each earlier version of its group: < = >, or ! where the tool refuses one of them.
"""
import collections, ctypes, json, lzma, pathlib, random, re, subprocess, sys, tarfile, tempfile

SCHEME, DATA, ALPINE_ROOT = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
GROUP, REAL_GROUPS, NASTY_GROUPS = 40, 10, 8
rng = random.Random(f"plimsoll {SCHEME}")


def real():
    """package -> versions, out of published advisories"""
    found = collections.defaultdict(set)
    advisories = DATA / "advisories"
    if SCHEME == "dpkg":
        for name in ("DSA", "DLA"):
            for line in lzma.open(advisories / f"debian-{name}-list.xz", "rt"):
                m = re.match(r"\s+\[\w+\] - (\S+) (\d\S+)$", line)
                if m:
                    found[m[1]].add(m[2])
    elif SCHEME == "apk":
        with tarfile.open(advisories / "alpine-secdb-2020.tar.xz") as tar:
            for member in tar:
                if member.isfile():
                    name = ""
                    for line in tar.extractfile(member).read().decode().splitlines():
                        m = re.match(r"\s+(?:- pkg:|name:)\s*(\S+)$", line)
                        name = m[1] if m else name
                        m = re.match(r"""\s+['"]?(\d[\w.]*-r\d+)['"]?:""", line)
                        if m:
                            found[name].add(m[1])
    else:
        with tarfile.open(advisories / "almalinux-osv.tar.xz") as tar:
            for member in tar:
                if member.name.endswith(".json"):
                    for affected in json.load(tar.extractfile(member)).get("affected", []):
                        for span in affected["ranges"]:
                            for event in span["events"]:
                                if event.get("fixed"):
                                    found[affected["package"]["name"]].add(event["fixed"])
    return found


PIECES = {
    "apk": None,
    "dpkg": ["0", "00", "1", "01", "10", "9", "a", "A", "z", "~", "~~", ".", "..", "+", "-", ":", "_",
             "+deb12u1", "~bpo11+1", "-0ubuntu1", "+b1", "~rc1", "-1.1", "+dfsg", "rc", "99999999999999999999"],
    "rpm": ["0", "00", "1", "01", "10", "9", "a", "A", "z", "~", "~~", ".", "..", "+", "-", "^", "^^", "_", ":",
            ".el8", ".el8_10", ".fc30", "^git1", "~rc1", "-1", "rc", "99999999999999999999", ".module+el8"],
    "pacman": ["0", "00", "1", "01", "10", "9", "a", "A", "z", ".", "..", "+", "-", "_", ":", "~", "^", "-1", "-1.1",
               "rc", "rc1", ".r12", ".gabc", "beta", "99999999999999999999"],
}


def nasty():
    if SCHEME == "apk":
        number = lambda: rng.choice(["0", "00", "1", "01", "001", "010", "2", "9", "10", "99999999999999999"])
        v = number() + "".join("." + number() for _ in range(rng.randrange(4)))
        if rng.random() < 0.3:
            v += rng.choice("abz")
            if rng.random() < 0.3:
                v += number()
        for _ in range(rng.choice([0, 0, 1, 1, 2])):
            v += "_" + rng.choice(["alpha", "beta", "pre", "rc", "cvs", "svn", "git", "hg", "p"])
            if rng.random() < 0.6:
                v += number()
        return v + ("-r" + number() if rng.random() < 0.6 else "")
    start = rng.choice(["", "", "", "0:", "1:", "01:", "10:"]) + rng.choice(["1", "1", "0", "2", "a"])
    return start + "".join(rng.choice(PIECES[SCHEME]) for _ in range(rng.randrange(5)))


def ask(pairs):
    if SCHEME == "dpkg":
        for a, b in pairs:
            run = lambda op: subprocess.run(["dpkg", "--compare-versions", a, op, b], stderr=subprocess.DEVNULL).returncode
            verdict = {0: "<", 2: "!"}.get(run("lt"))
            yield verdict or (">" if run("gt") == 0 else "=")
    elif SCHEME == "apk":
        script = 'while read a b; do apk version -t "$a" "$b"; done'
        text = "".join(f"{a} {b}\n" for a, b in pairs)
        yield from subprocess.run(["chroot", ALPINE_ROOT, "/bin/sh", "-c", script], input=text, text=True,
                                  capture_output=True, check=True).stdout.split()
    elif SCHEME == "rpm":
        with tempfile.NamedTemporaryFile("w", suffix=".lua") as lua:
            lua.write("".join(f'print(rpm.vercmp("{a}", "{b}") .. " ")\n' for a, b in pairs))
            lua.flush()
            out = subprocess.run(["rpm", "--eval", f"%{{lua: dofile('{lua.name}')}}"], text=True,
                                 capture_output=True, check=True).stdout
        yield from ("<=>"[int(n) + 1] for n in out.split())
    else:
        alpm = ctypes.CDLL("libalpm.so.13")
        for a, b in pairs:
            order = alpm.alpm_pkg_vercmp(a.encode(), b.encode())
            yield "<=>"[(order > 0) - (order < 0) + 1]


groups = []
packages = sorted(real().items(), key=lambda p: (-len(p[1]), p[0]))[:REAL_GROUPS * 3]
pool = [v for _, versions in packages for v in sorted(versions)]
for _, versions in rng.sample(packages, REAL_GROUPS):
    versions = sorted(versions)
    some = set(rng.sample(versions, min(GROUP * 3 // 4, len(versions))))
    while len(some) < GROUP:
        some.add(rng.choice(pool))
    groups.append(sorted(some))
for _ in range(NASTY_GROUPS):
    some = set()
    while len(some) < GROUP:
        some.add(nasty())
    groups.append(sorted(some))

pairs = [(b, a) for g in groups for i, b in enumerate(g) for a in g[:i]]
verdicts = list(ask(pairs))
assert len(verdicts) == len(pairs), (len(verdicts), len(pairs))
verdicts = iter(verdicts)
tool = {
    "dpkg": lambda: subprocess.run(["dpkg", "--version"], text=True, capture_output=True).stdout.split("\n")[0],
    "apk": lambda: subprocess.run(["chroot", ALPINE_ROOT, "apk", "--version"], text=True, capture_output=True).stdout.strip(),
    "rpm": lambda: subprocess.run(["rpm", "--version"], text=True, capture_output=True).stdout.strip(),
    "pacman": lambda: "libalpm.so.13 of pacman 6.0.2",
}[SCHEME]()
print(f"# {len(pairs)} pairs, judged by: {tool}")
for group in groups:
    print()
    for i, version in enumerate(group):
        print(f"{version} {''.join(next(verdicts) for _ in range(i))}".rstrip())
