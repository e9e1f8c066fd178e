#!/usr/bin/env python3
"""Records what the tools of languages say about pairs of versions, like record.py for package managers.

usage: record_languages.py SCHEME DATA VERSIONS > SCHEME.txt

DATA is the folder of real data (see tests/version_verdicts.rs). VERSIONS is a folder of lists of released versions that
the data does not have: SCHEME/PACKAGE, a version a line, as the registry's own client lists them (`npm view PACKAGE
versions`, `go list -m -versions PACKAGE`, Maven's metadata, `apt-cache` for R and Haskell). What is missing is left out.
"""
import collections, io, pathlib, random, re, subprocess, sys, tarfile

SCHEME, DATA, VERSIONS = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
HERE = pathlib.Path(__file__).resolve().parent
GROUP, REAL_GROUPS, NASTY_GROUPS = 40, 8, 8
rng = random.Random(f"plimsoll {SCHEME}")

# Archive and where versions stand in its files.
ADVISORIES = {
    "pep440": ("pypa-osv", r"""(?:^\s*-|introduced:|fixed:|last_affected:)\s+["']?(v?\d[^\s"':]*)["']?$"""),
    "npm": ("nodejs-security-wg", r"(?<![\w.-])v?(\d+\.\d+\.\d+[\w.+-]*)"),
    "gem": ("rubysec", r"""[<>=~]\s*(\d[\w.-]*)"""),
    "composer": ("php-friends", r"""[<>=]+\s*(v?\d[\w.-]*)"""),
    "golang": ("golang-osv", r'"(?:introduced|fixed)": ?"(\d[^"]*)"'),
    "conda": ("pypa-osv", r"""(?:^\s*-|introduced:|fixed:|last_affected:)\s+["']?(v?\d[^\s"':]*)["']?$"""),
    "semver": ("rustsec", r'(?<![\w.-])(\d+\.\d+\.\d+(?:-[\w.-]+)?(?:\+[\w.-]+)?)(?=["\s,])'),
}

PIECES = {
    "pep440": ["a", "b1", "rc2", "c1", "alpha", "BETA2", "preview3", "pre", ".post1", "-1", "-2", "post", "rev2", "r1", ".dev0", "dev",
               ".dev12", "+local", "+1", "+1.a", "+ubuntu-1", "+UBUNTU.1", ".0", ".00", ".1", ".", "-", "_", "a.1", "a-", "x", "!", "0", "10"],
    "npm": ["-0", "-1", "-10", "-01", "-alpha", "-alpha.1", "-alpha.beta", "-beta", "beta", "rc1", ".0", "-", "--", "+build", "+1.2",
            "-a.b-c.1", "-x-y", ".x", "-1a", "-a1", "-A", " ", "_", "-rc.10", "-rc.9", "-."],
    "maven": ["-alpha", "-beta-1", "-b1", "a1", "m2", "-M3", "-rc", "-CR1", "-SNAPSHOT", ".Final", ".GA", "-ga", ".RELEASE", "-sp", "-SP1", "-1",
              "-0", ".0", ".0.0", ".00", ".1", ".10", "-", ".", "--", "..", "-jre", "-android", "x", "-20200101.120000-1", "-r8", "_2", ".v2010", "b",
              "final", "-final-0", "1.x", "+build", "alpha", "-x", ".x", ".a"],
    "gem": [".a", ".b1", ".rc1", ".pre", ".beta.2", "-1", "-a", "-a.b", ".0", ".00", ".1", ".10", ".A", "rc1", "a", ".1a", ".a1b2", ".", "-", "--", "..",
            "+1", "_1", ".pre.1", ".0.0", ".0.a"],
    "composer": ["-alpha", "-a1", "alpha2", "-beta", "-BETA3", ".b4", "_RC1", "rc2", "-patch1", "-p1", "pl2", "p3", "-stable", "-Stable", "-dev", ".dev",
                 "dev", "_dev", ".x-dev", ".*-dev", ".x", ".0", ".1", ".10", ".00", "-1", "+build", "@dev", "@beta", "-beta.1.2", "-beta-1-2", "-", ".",
                 "-rc-dev", "beta1-dev", "-foo", "0", "00"],
    "golang": ["-0", "-rc.1", "-rc1", "-beta", "-beta.2", "-0.20200101000000-abcdef123456", "-20200101000000-abcdef123456", "+incompatible", ".0", "+meta",
               "-alpha.1", "-01", "-1.x", "-", ".", "-rc.1.0.20210101000000-abcdef123456", "-pre", "-a-b"],
    "semver": ["-0", "-1", "-10", "-alpha", "-alpha.1", "-alpha.beta", "-beta.11", "-rc.1", "-01", "-0a", "-a-b", "--", "-x.7.z.92", "+build", "+001", "+1.b",
               ".0", "-", "+", "-A", "-a.0", "-.", "beta", "v"],
    "conan": [".0", ".00", ".1", ".10", ".a", ".1a", "a", "w", "-pre1", "-rc.2", "-alpha", "-", "+build", "+1", "+1.2", ".x", "_1", "-1.0", "-1.0.0", ".20210118",
              "-0", "+0", ".A"],
    "conda": ["a", "b1", "rc2", "alpha", "BETA2", ".post1", "post", ".dev0", "dev", "dev12", "+local", "+1", "+1.a", "+1_2", ".0", ".00", ".1", "_1", "_", ".a", "-1",
              ".rc1", "g", "z9", ".1a2", "*", "0", "10", ".dev", "_dev1", "+", "-", ".", "post2", "p1", "!2", "~", " "],
    "nuget": ["-0", "-1", "-10", "-01", "-alpha", "-ALPHA.1", "-alpha.beta", "-beta2", "-beta11", "-rc.10", "-rc.9", "-preview.1.22076.8", "-a-b", "-Z", "-z",
              ".0", ".1", ".00", "+build", "+1.b", "-", ".", "+", "-a..b", "_1", "a", "-a_b", "-x.7.z.92"],
    "cran": [".0", "-0", ".1", "-1", "-10", ".01", ".00", ".9000", ".", "-", "a", ".2-3"],
    "hackage": [".0", ".1", ".10", ".2", ".3.4", ".", "a", ".0.0", ".99"],
}


def starts():
    number = lambda: rng.choice(["0", "1", "1", "2", "10", "9", "12"])
    if SCHEME in ("npm", "semver", "golang", "nuget"):
        text = ".".join(number() for _ in range(rng.choice([3, 3, 3, 3, 3, 2, 4, 1])))
        if SCHEME == "golang":
            kind = rng.random()
            if kind < 0.15:
                text = f"go1.{rng.choice(['9', '19', '20'])}{rng.choice(['', '.1', '.10'])}"
                return text + (rng.choice(["rc1", "rc2", "rc10", "beta1"]) if text.count(".") == 1 and rng.random() < 0.5 else ""), False
            text = ("v" if kind < 0.6 else "") + text
        elif SCHEME == "npm":
            text = rng.choice(["", "", "", "", "v", "=", "0"]) + text
        return text, True
    text = ".".join(number() for _ in range(rng.choice([1, 2, 2, 3, 3, 4, 5])))
    prefix = {"pep440": ["", "", "", "", "v", "1!", "0!", "V"], "composer": ["", "", "", "", "v", "V"], "maven": ["", "", "", "", "", "v", "r"],
              "conda": ["", "", "", "", "1!", "0!", "v"], "conan": ["", "", "", "", "cci.", "v"]}.get(SCHEME, [""])
    if SCHEME == "composer" and rng.random() < 0.1:
        text = rng.choice(["20100102", "2010.01.02", "2010-01-02", "2010-01-02.5", "201001021230", "123456", "2010.1.2", "2010-01-02-10-20-30.1"])
    return rng.choice(prefix) + text, True


def nasty():
    text, more = starts()
    count = rng.choice([0, 1, 1, 1, 2, 2, 3]) if more else 0
    return (text + "".join(rng.choice(PIECES[SCHEME]) for _ in range(count))).replace(" ", "")


def real():
    """package -> versions"""
    found = collections.defaultdict(set)
    if SCHEME in ADVISORIES:
        archive, pattern = ADVISORIES[SCHEME]
        with tarfile.open(DATA / "advisories" / f"{archive}.tar.xz") as tar:
            for member in tar:
                if member.isfile() and re.search(r"\.(ya?ml|json|md)$", member.name):
                    text = io.TextIOWrapper(tar.extractfile(member), "utf-8", "replace").read()
                    package = str(pathlib.PurePath(member.name).parent)
                    name = re.search(r'"module_name": ?"([^"]+)"|"package": ?\{[^}]*?"name": ?"([^"]+)"', text)
                    if name:
                        package = name[1] or name[2]
                    found[package].update(re.findall(pattern, text, re.M))
    for path in sorted(VERSIONS.glob(f"{SCHEME}/*")):
        found[path.name].update(path.read_text().split())
    return {p: {v for v in versions if 0 < len(v) < 60} for p, versions in found.items()}


def judges():
    here = HERE / "judges"
    jars = sorted(pathlib.Path.home().glob(".m2/repository/org/apache/maven/maven-artifact/3.9*/*[0-9].jar"))
    return {
        "pep440": (["python3", here / "pep440.py"], "python3 -c 'import packaging; print(\"packaging\", packaging.__version__)'"),
        "conan": (["python3", here / "conan_order.py"], "conan --version"),
        "npm": (["node", here / "npm.js"], "echo semver $(node -p \"require(require('path').join(process.execPath,'../../lib/node_modules/npm/node_modules/semver/package.json')).version\") of npm $(npm --version 2>/dev/null)"),
        "gem": (["ruby", here / "gem.rb"], "echo RubyGems $(gem --version)"),
        "composer": (["php", here / "composer.php"], "echo composer/semver $(dpkg-query -W -f '${Version}' php-composer-semver), PHP $(php -r 'echo PHP_VERSION;')"),
        "maven": (["java", "-cp", jars[-1] if jars else "", here / "Maven.java"], f"echo {jars[-1].stem if jars else ''}"),
        "golang": (["go", "-C", here / "golang", "run", "-mod=mod", "."], "echo golang.org/x/mod v0.24.0 and $(go version)"),
        "semver": (["elixir", here / "semver.exs"], "elixir --version | tail -1"),
        "cran": (["Rscript", here / "cran.R"], "Rscript --version 2>&1"),
        # pip install py-rattler; its order is conda's.
        "conda": (["python3", here / "conda.py"], "echo py-rattler $(python3 -c 'import importlib.metadata as m; print(m.version(\"py-rattler\"))')"),
        # NuGet.exe is beside the lists; `mcs -out:VERSIONS/NuGetOrder.exe judges/NuGetOrder.cs` made the other.
        "nuget": (["mono", VERSIONS / "NuGetOrder.exe", VERSIONS / "NuGet.exe"], "echo NuGet.exe 5.8.0"),
        "hackage": (["runhugs", "-98", here / "hackage.hs"], "echo Data.Version of Hugs $(dpkg-query -W -f '${Version}' hugs)"),
    }[SCHEME]


groups = []
packages = sorted(real().items(), key=lambda p: (-len(p[1]), p[0]))[:REAL_GROUPS * 2]
pool = [v for _, versions in packages for v in sorted(versions)]
for _, versions in rng.sample(packages, min(REAL_GROUPS, len(packages))):
    versions = sorted(versions)
    some = set(rng.sample(versions, min(GROUP * 3 // 4, len(versions))))
    while len(some) < GROUP and len(some) < len(set(pool)):
        some.add(rng.choice(pool))
    groups.append(sorted(some))
for _ in range(REAL_GROUPS + NASTY_GROUPS - len(groups)):
    some = set()
    while len(some) < GROUP:
        some.add(nasty())
    groups.append(sorted(some))

pairs = [(b, a) for g in groups for i, b in enumerate(g) for a in g[:i]]
command, version = judges()
text = "".join(f"{a}\t{b}\n" for a, b in pairs)
verdicts = subprocess.run(command, input=text, text=True, stdout=subprocess.PIPE, check=True).stdout.split()
assert len(verdicts) == len(pairs), (len(verdicts), len(pairs))
verdicts = iter(verdicts)
tool = subprocess.run(version, shell=True, text=True, stdout=subprocess.PIPE).stdout.strip()
print(f"# {len(pairs)} pairs, judged by: {tool}")
for group in groups:
    print()
    for i, version in enumerate(group):
        print(f"{version} {''.join(next(verdicts) for _ in range(i))}".rstrip())
