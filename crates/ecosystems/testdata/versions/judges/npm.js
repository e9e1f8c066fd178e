// Reads pairs of versions, parted by a tab, a line each; prints < = > or ! for each, by npm's own `semver` in
// its loose mode.
const path = require("path");
let semver;
try {
  const beside = path.join(path.dirname(process.execPath), "..", "lib", "node_modules", "npm");
  semver = require(require.resolve("semver", { paths: [process.cwd(), beside, "/usr/share/nodejs"] }));
} catch {
  process.exit(3);
}
// Its regular expression splits a number rather than refuse a fourth one: it reads 12.10.12.0 as 12.10.1-2.0.
// That is no reading to rely on: `!`.
const splits = (v) => Number(/^[v=\s]*\d+\.\d+\.(\d+)/.exec(v)[1]) !== semver.parse(v, { loose: true }).patch;
const out = [];
for (const line of require("fs").readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  try {
    const [a, b] = line.split("\t");
    const order = "<=>"[semver.compare(a, b, { loose: true }) + 1];
    out.push(splits(a) || splits(b) ? "!" : order);
  } catch {
    out.push("!");
  }
}
console.log(out.join("\n"));
