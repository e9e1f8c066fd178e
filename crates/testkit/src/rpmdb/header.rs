//! A package's header as databases store it (rpm's `docs/manual/format_header.md`): sorted index, store, and the
//! trailer of the region that makes it immutable.

use super::{RpmPackage, int};

const REGION: u32 = 63;
const ENTRY: usize = 16;

enum Value {
    Text(String),
    Translated(String),
    Texts(Vec<String>),
    Int16(Vec<u16>),
    Int32(Vec<u32>),
}

pub(super) fn write(package: &RpmPackage) -> Vec<u8> {
    let mut tags = tags(package);
    tags.sort_by_key(|(tag, _)| *tag);
    let (mut index, mut store) = (Vec::new(), Vec::new());
    let count = tags.len() + 1;
    for (tag, value) in tags {
        let zero_ended = |texts: &[String]| -> Vec<u8> {
            texts.iter().flat_map(|text| [text.as_bytes(), b"\0"].concat()).collect()
        };
        let (kind, align, number, data) = match value {
            Value::Text(text) => (6u32, 1, 1, zero_ended(&[text])),
            Value::Translated(text) => (9, 1, 1, zero_ended(&[text])),
            Value::Texts(texts) => (8, 1, texts.len(), zero_ended(&texts)),
            Value::Int16(list) => {
                (3, 2, list.len(), list.iter().flat_map(|n| n.to_be_bytes()).collect())
            }
            Value::Int32(list) => {
                (4, 4, list.len(), list.iter().flat_map(|n| n.to_be_bytes()).collect())
            }
        };
        store.resize(store.len().next_multiple_of(align), 0);
        for field in [tag, kind, int(store.len()), int(number)] {
            index.extend(field.to_be_bytes());
        }
        store.extend(data);
    }
    let mut region = Vec::new();
    for field in [REGION, 7, int(store.len()), int(ENTRY)] {
        region.extend(field.to_be_bytes());
    }
    // The trailer points back over the whole index.
    for field in [REGION, 7, int(count * ENTRY).wrapping_neg(), int(ENTRY)] {
        store.extend(field.to_be_bytes());
    }
    [&int(count).to_be_bytes()[..], &int(store.len()).to_be_bytes(), &region, &index, &store]
        .concat()
}

fn tags(package: &RpmPackage) -> Vec<(u32, Value)> {
    let text = |text: &str| Value::Text(text.to_owned());
    let mut tags = vec![
        (100, Value::Texts(vec!["C".into()])),
        (1000, text(&package.name)),
        (1001, text(&package.version)),
        (1002, text(&package.release)),
        (1004, Value::Translated(package.name.clone())),
        (1008, Value::Int32(vec![1_500_000_000])),
        (1009, Value::Int32(vec![0])),
        (1021, text("linux")),
        (1022, text(&package.arch)),
    ];
    tags.extend(package.epoch.map(|epoch| (1003, Value::Int32(vec![epoch]))));
    tags.extend(package.vendor.as_deref().map(|vendor| (1011, text(vendor))));
    tags.extend(package.source_rpm.as_deref().map(|source| (1044, text(source))));
    tags.extend(package.module.as_deref().map(|module| (5096, text(module))));
    if !package.files.is_empty() {
        let split = |path: &String| {
            let (folder, name) = path.rsplit_once('/').unwrap();
            (format!("{folder}/"), name.to_owned())
        };
        let (folders, names): (Vec<_>, Vec<_>) = package.files.iter().map(split).unzip();
        let mut unique = folders.clone();
        unique.sort();
        unique.dedup();
        let place = |folder| int(unique.binary_search(folder).unwrap());
        tags.push((1116, Value::Int32(folders.iter().map(place).collect())));
        tags.push((1117, Value::Texts(names)));
        tags.push((1118, Value::Texts(unique)));
        tags.push((1030, Value::Int16(vec![0o100_644; package.files.len()])));
        tags.push((1037, Value::Int32(vec![0; package.files.len()])));
        if !package.digests.is_empty() {
            let mut digests = package.digests.clone();
            digests.resize(package.files.len(), String::new());
            tags.push((1035, Value::Texts(digests)));
            tags.push((5011, Value::Int32(vec![8])));
        }
    }
    tags
}
