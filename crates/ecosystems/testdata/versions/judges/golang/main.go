// Reads pairs of versions, parted by a tab, a line each; prints < = > or ! for each: by go/version where both are
// releases of Go, else by golang.org/x/mod/semver, with the `v` that advisories leave out and releases of Go
// written as Go's database writes them.
package main

import (
	"bufio"
	"fmt"
	"go/version"
	"os"
	"regexp"
	"strings"

	"golang.org/x/mod/semver"
)

var release = regexp.MustCompile(`^go(\d+\.\d+)(\.\d+)?(?:(beta|rc)(\d+))?$`)

func canonical(v string) string {
	if m := release.FindStringSubmatch(v); m != nil {
		if m[2] == "" {
			m[2] = ".0"
		}
		v = "v" + m[1] + m[2]
		if m[3] != "" {
			v += "-" + m[3] + "." + m[4]
		}
	} else if !strings.HasPrefix(v, "v") {
		v = "v" + v
	}
	return v
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		a, b, _ := strings.Cut(in.Text(), "\t")
		x, y := canonical(a), canonical(b)
		switch {
		case strings.HasPrefix(a, "go") && strings.HasPrefix(b, "go") && version.IsValid(a) && version.IsValid(b):
			fmt.Fprintf(out, "%c\n", "<=>"[version.Compare(a, b)+1])
		case !semver.IsValid(x) || !semver.IsValid(y):
			fmt.Fprintln(out, "!")
		default:
			fmt.Fprintf(out, "%c\n", "<=>"[semver.Compare(x, y)+1])
		}
	}
}
