"""Reads pairs of versions divided by a tab, and writes what rattler (conda's order, as mamba and pixi use it) says of each."""
import sys

try:
    from rattler import Version
except ImportError:
    sys.exit(3)

for line in sys.stdin:
    try:
        a, b = map(Version, line.rstrip("\n").split("\t"))
    except Exception:
        print("!")
        continue
    print("<" if a < b else ">" if b < a else "=")
