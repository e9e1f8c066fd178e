//! Version comparison: the innermost loop of the matcher. The pairs are the recorded ones, whose first part
//! are real versions of one package after the other.

use divan::{Bencher, black_box, counter::ItemsCount};
use plimsoll_ecosystems::version::Scheme;

fn main() {
    divan::main();
}

/// How many pairs of real versions stand at the head of a table: eight groups of forty at least.
const REAL_PAIRS: usize = 8 * 40 * 39 / 2;

fn table(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Composer => include_str!("../testdata/versions/composer.txt"),
        Scheme::Conan => include_str!("../testdata/versions/conan.txt"),
        Scheme::Conda => include_str!("../testdata/versions/conda.txt"),
        Scheme::Cran => include_str!("../testdata/versions/cran.txt"),
        Scheme::Gem => include_str!("../testdata/versions/gem.txt"),
        Scheme::Golang => include_str!("../testdata/versions/golang.txt"),
        Scheme::Hackage => include_str!("../testdata/versions/hackage.txt"),
        Scheme::Maven => include_str!("../testdata/versions/maven.txt"),
        Scheme::Npm => include_str!("../testdata/versions/npm.txt"),
        Scheme::Nuget => include_str!("../testdata/versions/nuget.txt"),
        Scheme::Pep440 => include_str!("../testdata/versions/pep440.txt"),
        // No table of their own: semantic versions with small differences, or more numbers.
        Scheme::Bitnami | Scheme::Julia | Scheme::Pub | Scheme::Semver => {
            include_str!("../testdata/versions/semver.txt")
        }
        Scheme::Apk => include_str!("../testdata/versions/apk.txt"),
        Scheme::Dpkg => include_str!("../testdata/versions/dpkg.txt"),
        Scheme::Pacman => include_str!("../testdata/versions/pacman.txt"),
        Scheme::Rpm => include_str!("../testdata/versions/rpm.txt"),
    }
}

#[divan::bench(args = Scheme::ALL)]
fn compare(bencher: Bencher<'_, '_>, scheme: Scheme) {
    let mut pairs = Vec::new();
    for group in table(scheme).split("\n\n").skip(1) {
        let versions: Vec<&str> = group.lines().filter_map(|l| l.split(' ').next()).collect();
        for (i, a) in versions.iter().enumerate() {
            pairs.extend(versions.iter().take(i).map(|b| (*a, *b)));
        }
    }
    pairs.truncate(REAL_PAIRS);
    bencher.counter(ItemsCount::new(pairs.len())).bench_local(|| {
        pairs
            .iter()
            .filter(|(a, b)| scheme.compare(black_box(a), black_box(b)).is_ok_and(|o| o.is_lt()))
            .count()
    });
}
