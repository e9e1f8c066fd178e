// Reads a requirement and a version, parted by a tab, a line each; prints 1 where npm's `semver` says that the version
// satisfies it, pre-releases included, 0 where not, ! where it refuses the requirement.
const path = require("path");
const beside = path.join(path.dirname(process.execPath), "..", "lib", "node_modules", "npm");
let semver;
try {
  semver = require(require.resolve("semver", { paths: [process.cwd(), beside, "/usr/share/nodejs"] }));
} catch {
  process.exit(3);
}
const out = [];
for (const line of require("fs").readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const [range, version] = line.split("\t");
  const parsed = semver.validRange(range, { includePrerelease: true });
  out.push(parsed === null ? "!" : semver.satisfies(version, range, { includePrerelease: true }) ? "1" : "0");
}
console.log(out.join("\n"));
