"""Reads pairs of versions, parted by a tab, a line each; prints < = > or ! for each, by pip's `packaging`."""
import sys

try:
    from packaging.version import InvalidVersion, Version
except ImportError:
    sys.exit(3)

for line in sys.stdin:
    a, b = line.rstrip("\n").split("\t")
    try:
        a, b = Version(a), Version(b)
        print("<" if a < b else ">" if a > b else "=")
    except InvalidVersion:
        print("!")
