"""Reads pairs of versions, parted by a tab, a line each; prints < = > for each, by Conan."""
import sys

try:
    from conan.tools.scm import Version
except ImportError:
    sys.exit(3)

for line in sys.stdin:
    a, b = (Version(v) for v in line.rstrip("\n").split("\t"))
    print("<" if a < b else ">" if b < a else "=")
