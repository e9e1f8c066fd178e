use std::{
    io::Read,
    sync::atomic::{AtomicU32, Ordering},
};

use plimsoll_model::ImageManifest;
use plimsoll_testkit::{BuiltImage, Entry, ImageFixture, Layer, MemoryImage, image};

use super::*;
use crate::{CacheDir, Progress};

/// Counts how often its layers are opened.
struct Counting {
    image: MemoryImage,
    opened: AtomicU32,
    refuse: Vec<u32>,
}

impl Counting {
    fn new(built: &BuiltImage) -> Self {
        Self { image: built.memory(), opened: AtomicU32::new(0), refuse: Vec::new() }
    }

    fn opened(&self) -> u32 {
        self.opened.swap(0, Ordering::Relaxed)
    }
}

impl Image for Counting {
    fn manifest(&self) -> &ImageManifest {
        self.image.manifest()
    }

    fn layer(&self, layer: &LayerDesc) -> io::Result<Box<dyn Read + Send>> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        if self.refuse.contains(&layer.index) {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "not for you"));
        }
        self.image.layer(layer)
    }
}

const BASE: &str = "
    === layer
    //- /etc/os-release
    ID=alpine
    VERSION_ID=3.10.9
    //- /lib/apk/db/installed
    P:musl
    V:1.1.22-r3
    A:x86_64
";

fn two_layers() -> BuiltImage {
    image(&format!("{BASE}\n    === layer\n    //- /srv/file\n    text\n"))
}

fn options(cache: Option<&CacheDir>) -> ScanOptions {
    ScanOptions { jobs: 2, cache: cache.cloned(), ..ScanOptions::default() }
}

fn scan(image: &Counting, cache: &CacheDir) -> Inventory {
    scan_image(image, &AnalyzerSet::all(), &options(Some(cache))).unwrap()
}

/// What a report sees, without where it came from.
fn essence(mut inventory: Inventory) -> Inventory {
    inventory.layers.iter_mut().for_each(|layer| layer.cached = false);
    inventory
}

#[test]
fn a_second_scan_opens_no_layer_and_a_shared_base_is_read_once() {
    let dir = tempfile::tempdir().unwrap();
    let cache = CacheDir::new(dir.path().join("cache"));
    let first = Counting::new(&two_layers());
    let cold = scan(&first, &cache);
    assert_eq!(first.opened(), 2);
    assert!(cold.layers.iter().all(|l| !l.cached));
    let warm = scan(&first, &cache);
    assert_eq!(first.opened(), 0);
    assert!(warm.layers.iter().all(|l| l.cached));
    assert_eq!(essence(warm), essence(cold.clone()));
    let other = Counting::new(&image(&format!("{BASE}\n    === layer\n    //- /srv/other\n")));
    let inventory = scan(&other, &cache);
    assert_eq!(other.opened(), 1);
    assert_eq!(inventory.packages, cold.packages);
    // Other analysers see other things.
    let none = AnalyzerSet::new(Vec::new());
    scan_image(&first, &none, &options(Some(&cache))).unwrap();
    assert_eq!(first.opened(), 2);
}

#[test]
fn a_damaged_entry_is_read_again_and_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let cache = CacheDir::new(dir.path());
    let image = Counting::new(&two_layers());
    let cold = scan(&image, &cache);
    image.opened();
    let mut pending = vec![dir.path().to_owned()];
    let mut damaged = 0;
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                pending.push(entry.path());
            } else {
                let mut bytes = std::fs::read(entry.path()).unwrap();
                let last = bytes.len() - 1;
                bytes[last] ^= 0x55;
                std::fs::write(entry.path(), bytes).unwrap();
                damaged += 1;
            }
        }
    }
    assert_eq!(damaged, 2);
    assert_eq!(essence(scan(&image, &cache)), essence(cold));
    assert_eq!(image.opened(), 2);
    scan(&image, &cache);
    assert_eq!(image.opened(), 0);
}

#[test]
fn what_well_known_links_lead_to_is_cached_too() {
    let dir = tempfile::tempdir().unwrap();
    let cache = CacheDir::new(dir.path());
    let image = Counting::new(&image(
        "
        === layer
        //- /srv/db
        P:musl
        V:1.1.22-r3
        === layer
        //- /lib/apk/db/installed -> /srv/db
        ",
    ));
    let cold = scan(&image, &cache);
    assert_eq!(cold.packages.len(), 1);
    assert_eq!(image.opened(), 3);
    assert_eq!(scan(&image, &cache).packages, cold.packages);
    assert_eq!(image.opened(), 0);
}

#[test]
fn a_layer_that_is_not_what_it_claims_is_never_kept() {
    let dir = tempfile::tempdir().unwrap();
    let cache = CacheDir::new(dir.path());
    let mut lying = Counting::new(&two_layers());
    let honest = lying.image.manifest.layers[0].diff_id;
    lying.image.manifest.layers[1].diff_id = honest;
    lying.image.manifest.layers[0].diff_id = lying.image.manifest.layers[1].diff_id;
    lying.image.stored[0] = lying.image.stored[1].clone();
    lying.image.manifest.layers[0].blob = None;
    lying.image.manifest.layers[1].blob = None;
    lying.image.manifest.layers[0].size = None;
    let found = scan(&lying, &cache);
    assert!(found.problems.iter().any(|p| p.kind == ProblemKind::DigestMismatch));
    let fresh = Counting::new(&two_layers());
    assert_eq!(scan(&fresh, &cache).packages.len(), 1);
    assert_eq!(fresh.opened(), 2);
}

#[test]
fn an_unwritable_cache_is_a_warning() {
    #[derive(Default)]
    struct Warnings(Mutex<Vec<String>>);
    impl Progress for Warnings {
        fn warning(&self, text: &str) {
            self.0.lock().unwrap().push(text.to_owned());
        }
    }
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "").unwrap();
    let warnings = Arc::new(Warnings::default());
    let options = ScanOptions {
        cache: Some(CacheDir::new(dir.path().join("file/cache"))),
        progress: Some(warnings.clone()),
        ..ScanOptions::default()
    };
    let image = Counting::new(&two_layers());
    let inventory = scan_image(&image, &AnalyzerSet::all(), &options).unwrap();
    assert_eq!((inventory.packages.len(), inventory.problems.len()), (1, 0));
    assert!(!warnings.0.lock().unwrap().is_empty());
}

#[test]
fn the_result_is_the_same_for_any_number_of_jobs_and_little_memory() {
    let mut fixture = ImageFixture::parse(BASE);
    for n in 0..12u32 {
        let noise: Vec<u8> = (0..n * 40_000)
            .flat_map(|i| (i ^ n).wrapping_mul(2_654_435_761).to_le_bytes())
            .collect();
        fixture = fixture.layer(Layer::of([
            Entry::file(format!("noise{n}"), noise),
            Entry::file("../bad", ""),
            Entry::file(
                "lib/apk/db/installed",
                format!("P:musl\nV:1.1.{n}-r0\n\nP:n{n}\nV:1-r0\n"),
            ),
        ]));
    }
    let image = Counting::new(&fixture.build());
    let mut first = None;
    for jobs in [1, 2, 3, 4, 8, 64] {
        for memory in [0, 512 << 20] {
            let options = ScanOptions { jobs, memory, ..ScanOptions::default() };
            let inventory = scan_image(&image, &AnalyzerSet::all(), &options).unwrap();
            assert_eq!(inventory.packages.len(), 2);
            assert_eq!(*first.get_or_insert(inventory.clone()), inventory, "{jobs} jobs");
        }
    }
}

#[test]
fn a_layer_that_cannot_be_opened_is_a_problem_unless_none_can() {
    let mut image = Counting::new(&two_layers());
    image.refuse = vec![1];
    let inventory = scan_image(&image, &AnalyzerSet::all(), &options(None)).unwrap();
    assert_eq!(inventory.packages.len(), 1);
    assert_eq!(inventory.problems[0].kind, ProblemKind::Unreadable);
    assert_eq!(inventory.problems[0].layer, Some(1));
    image.refuse = vec![0, 1];
    let error = scan_image(&image, &AnalyzerSet::all(), &options(None)).unwrap_err();
    assert!(matches!(error, ScanError::Unreadable { layer: 0, .. }), "{error}");
}

#[test]
fn a_layer_that_stands_twice_is_read_once() {
    let layer = Layer::of([Entry::file("x", "y")]);
    let built = ImageFixture::parse(BASE).layer(layer.clone()).layer(layer).build();
    let image = Counting::new(&built);
    let inventory = scan_image(&image, &AnalyzerSet::all(), &options(None)).unwrap();
    assert_eq!(image.opened(), 2);
    assert!(inventory.layers.iter().all(|l| l.entries > 0));
}

#[test]
fn many_scans_at_once_share_one_cache() {
    let dir = tempfile::tempdir().unwrap();
    let cache = CacheDir::new(dir.path()).with_max_bytes(2000);
    let expected = essence(scan(&Counting::new(&two_layers()), &cache));
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                for _ in 0..10 {
                    let image = Counting::new(&two_layers());
                    assert_eq!(essence(scan(&image, &cache)), expected);
                }
            });
        }
    });
}
