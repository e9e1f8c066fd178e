//! The account database: `passwd(5)`, `shadow(5)`, `group(5)`.

use crate::baseline::image::Image;

/// Most accounts that are looked at.
const MAX_ACCOUNTS: usize = 10_000;

/// A line of `etc/passwd`.
#[derive(Clone, Debug)]
pub(crate) struct Account<'a> {
    pub(crate) name: &'a str,
    pub(crate) password: &'a str,
    pub(crate) uid: Option<u32>,
    pub(crate) gid: Option<u32>,
    pub(crate) shell: &'a str,
    pub(crate) line: u32,
}

/// A line of `etc/shadow`.
#[derive(Clone, Debug)]
pub(crate) struct Shadow<'a> {
    pub(crate) name: &'a str,
    pub(crate) hash: &'a str,
    pub(crate) most_days: Option<i64>,
    pub(crate) line: u32,
}

/// A line of `etc/group`.
#[derive(Clone, Debug)]
pub(crate) struct Group<'a> {
    pub(crate) name: &'a str,
    pub(crate) gid: Option<u32>,
    pub(crate) members: Vec<&'a str>,
    pub(crate) line: u32,
}

fn rows<'a>(image: &Image<'a>, path: &str) -> Vec<(u32, Vec<&'a str>)> {
    let Some(text) = image.text(path) else { return Vec::new() };
    let lines = (1u32..).zip(text.text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let lines = lines.filter(|(_, line)| !line.starts_with('#')).take(MAX_ACCOUNTS);
    lines.map(|(number, line)| (number, line.split(':').collect())).collect()
}

fn field<'a>(fields: &[&'a str], at: usize) -> &'a str {
    fields.get(at).map_or("", |text| text.trim())
}

/// All accounts.
pub(crate) fn accounts<'a>(image: &Image<'a>) -> Vec<Account<'a>> {
    let rows = rows(image, "etc/passwd").into_iter().filter(|(_, f)| f.len() >= 4);
    rows.map(|(line, f)| Account {
        name: field(&f, 0),
        password: field(&f, 1),
        uid: field(&f, 2).parse().ok(),
        gid: field(&f, 3).parse().ok(),
        shell: field(&f, 6),
        line,
    })
    .collect()
}

/// All password records.
pub(crate) fn shadows<'a>(image: &Image<'a>) -> Vec<Shadow<'a>> {
    let rows = rows(image, "etc/shadow").into_iter().filter(|(_, f)| f.len() >= 2);
    rows.map(|(line, f)| Shadow {
        name: field(&f, 0),
        hash: field(&f, 1),
        most_days: field(&f, 4).parse().ok(),
        line,
    })
    .collect()
}

/// All groups.
pub(crate) fn groups<'a>(image: &Image<'a>) -> Vec<Group<'a>> {
    let rows = rows(image, "etc/group").into_iter().filter(|(_, f)| f.len() >= 3);
    rows.map(|(line, f)| Group {
        name: field(&f, 0),
        gid: field(&f, 2).parse().ok(),
        members: field(&f, 3).split(',').filter(|m| !m.is_empty()).collect(),
        line,
    })
    .collect()
}

/// Hashes of both files with the name of their account, path and line.
pub(crate) fn hashes<'a>(image: &Image<'a>) -> Vec<(&'a str, &'a str, &'static str, u32)> {
    let shadow = shadows(image).into_iter().map(|s| (s.name, s.hash, "etc/shadow", s.line));
    let passwd = accounts(image).into_iter().map(|a| (a.name, a.password, "etc/passwd", a.line));
    shadow
        .chain(passwd)
        .filter(|(_, hash, ..)| crate::baseline::passwords::Scheme::of(hash).is_some())
        .collect()
}
