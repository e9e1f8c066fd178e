#!/usr/bin/env python3
"""Records which versions satisfy which requirements, as the tools themselves say.

usage: record.py GRAMMAR DATA > GRAMMAR.txt

DATA is the folder of real data: half of the requirements are those of its advisories. Output: a requirement a line; behind
a tab and `1`, `0` or `!` each stand the versions that it was asked about.
"""
import io, pathlib, random, re, subprocess, sys, tarfile

GRAMMAR, DATA = sys.argv[1], pathlib.Path(sys.argv[2])
HERE = pathlib.Path(__file__).resolve().parent
rng = random.Random(f"plimsoll requirements {GRAMMAR}")
ARCHIVE, PATTERN, OPERATORS, COMMAND = {
    "npm": ("nodejs-security-wg", r'"(?:vulnerable|patched)(?:_versions)?": "([^"]+)"', ["", "=", "<", "<=", ">", ">=", "~", "^", "^"], ["node", "npm.js"]),
    "gem": ("rubysec", r"""^ *- *["']?([<>=~!][^"'\n]*\d)["']?$""", ["", "=", "<", "<=", ">", ">=", "~>", "~>", "!="], ["ruby", "gem.rb"]),
    "composer": ("php-friends", r"versions: *\[([^\]]*)\]", ["", "=", "<", "<=", ">", ">=", "!=", "=="], ["php", "composer.php"]),
}[GRAMMAR]

real = set()
with tarfile.open(DATA / "advisories" / f"{ARCHIVE}.tar.xz") as tar:
    for member in tar:
        if member.isfile():
            text = io.TextIOWrapper(tar.extractfile(member), "utf-8", "replace").read()
            for found in re.findall(PATTERN, text, re.M):
                real.add(re.sub(r"""["'\s]""", "", found) if GRAMMAR == "composer" else found)


def version(full):
    numbers = [str(rng.choice([0, 0, 1, 1, 2, 3, 10])) for _ in range(3 if full else rng.choice([1, 2, 3, 3]))]
    if not full and GRAMMAR != "gem" and rng.random() < 0.15:
        numbers[-1] = "*" if GRAMMAR == "composer" else rng.choice("x*X")
        return ".".join(numbers) if len(numbers) > 1 else "*"
    text = ".".join(numbers)
    if len(numbers) == 3 and rng.random() < 0.2:
        text += {"npm": rng.choice(["-0", "-rc.1", "-alpha", "-beta.2"]), "gem": rng.choice([".rc1", ".a", ".pre.2", ".1"]),
                 "composer": rng.choice(["-RC1", "-beta2", "-alpha", "-p1"])}[GRAMMAR]
    return text


def requirement():
    # Composer's wildcards and equalities stand alone.
    def term():
        v = version(False)
        operator = rng.choice(OPERATORS)
        if GRAMMAR == "composer" and "*" in v:
            operator = rng.choice(["", "!="]) if v != "*" else ""
        return operator + rng.choice(["", "", " " if GRAMMAR != "composer" else ""]) + v
    joint = {"npm": " ", "gem": ", ", "composer": ","}[GRAMMAR]
    text = joint.join(term() for _ in range(rng.choice([1, 1, 2, 2, 3])))
    if GRAMMAR != "gem" and rng.random() < 0.3:
        text += " || " + joint.join(term() for _ in range(rng.choice([1, 2])))
    if GRAMMAR == "npm" and rng.random() < 0.1:
        text = f"{version(False)} - {version(False)}"
    return text


asked = []
for text in rng.sample(sorted(real), min(150, len(real))) + sorted({requirement() for _ in range(170)}):
    versions = {version(True) for _ in range(12)}
    for bound in re.findall(r"\d+(?:\.\d+)*(?:[.-][A-Za-z][\w.]*)?", text):
        numbers = re.match(r"[\d.]*\d", bound)[0].split(".")
        numbers = (numbers + ["0", "0"])[:max(3, len(numbers))]
        if GRAMMAR in ("npm", "composer"):
            numbers = numbers[:3] if GRAMMAR == "npm" else numbers[:4]
        last = int(numbers[-1])
        for n in (last - 1, last, last + 1):
            if n >= 0:
                versions.add(".".join(numbers[:-1] + [str(n)]))
        if GRAMMAR != "composer":
            versions.add(".".join(numbers) + {"npm": "-rc.1", "gem": ".rc1"}[GRAMMAR])
    asked += [(text, v) for v in sorted(versions)]

command = [COMMAND[0], HERE / "judges" / COMMAND[1]]
answers = subprocess.run(command, input="".join(f"{r}\t{v}\n" for r, v in asked), text=True, stdout=subprocess.PIPE, check=True).stdout.split()
assert len(answers) == len(asked), (len(answers), len(asked))
lines = {}
for (text, v), answer in zip(asked, answers):
    lines.setdefault(text, []).append(f"{answer}{v}")
print(f"# {len(asked)} pairs of a requirement and a version, judged by {COMMAND[1]}")
for text, told in lines.items():
    print("\t".join([text] + told))
