//! What is known about a flaw wherever it occurs.

use jiff::civil::Date;
use plimsoll_model::{Epss, Kev, Rating, Severity};

use crate::{
    codec::{Corrupt, Reader, Writer},
    cvss_pack,
};

/// All that the feeds know about one flaw, apart from what it affects.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlawRecord {
    /// Primary id.
    pub id: String,
    /// Its other names, sorted.
    pub aliases: Vec<String>,
    /// First publication.
    pub published: Option<Date>,
    /// Last change.
    pub modified: Option<Date>,
    /// Everybody's ratings, sorted by source.
    pub ratings: Vec<Rating>,
    /// Weakness classes.
    pub cwes: Vec<String>,
    /// One line.
    pub title: Option<String>,
    /// What it means.
    pub description: Option<String>,
    /// Addresses to read on.
    pub references: Vec<String>,
    /// Known to be exploited.
    pub kev: Option<Kev>,
    /// How likely to be exploited.
    pub epss: Option<Epss>,
}

impl FlawRecord {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        self.encode_into(&mut out);
        out.0
    }

    /// Without the id, which is the key.
    pub(crate) fn encode_into(&self, out: &mut Writer) {
        out.texts(&self.aliases);
        out.opt_date(self.published);
        out.opt_date(self.modified);
        out.len(self.ratings.len());
        for rating in &self.ratings {
            out.text(&rating.source);
            let severity = rating.severity.map_or(0, |s| 1 + severity_number(s));
            out.byte(severity << 1 | u8::from(rating.cvss.is_some()));
            if let Some(cvss) = &rating.cvss {
                cvss_pack::write(out, cvss);
            }
        }
        out.len(self.cwes.len());
        for cwe in &self.cwes {
            write_cwe(out, cwe);
        }
        out.opt_text(self.title.as_deref());
        out.opt_text(self.description.as_deref());
        out.texts(&self.references);
        match &self.kev {
            None => out.byte(0),
            Some(kev) => {
                out.byte(1 + u8::from(kev.ransomware));
                out.date(kev.added);
            }
        }
        out.byte(self.epss.is_some().into());
        if let Some(epss) = &self.epss {
            write_share(out, epss.probability);
            write_share(out, epss.percentile);
            out.date(epss.date);
        }
    }

    pub(crate) fn decode(id: &str, bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut reader = Reader::new(bytes);
        let mut record = Self::decode_from(&mut reader)?;
        record.id = id.to_owned();
        if reader.is_empty() { Ok(record) } else { Err(Corrupt) }
    }

    pub(crate) fn decode_from(reader: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let aliases = reader.texts()?;
        let (published, modified) = (reader.opt_date()?, reader.opt_date()?);
        let mut ratings = Vec::new();
        for _ in 0..reader.count()? {
            let source = reader.text()?.to_owned();
            let head = reader.byte()?;
            let severity = match head >> 1 {
                0 => None,
                n => Some(*Severity::WORST_FIRST.get(usize::from(n) - 1).ok_or(Corrupt)?),
            };
            let cvss = if head & 1 == 1 { Some(cvss_pack::read(reader)?) } else { None };
            ratings.push(Rating { source, severity, cvss });
        }
        let count = reader.count()?;
        let cwes = (0..count).map(|_| read_cwe(reader)).collect::<Result<_, _>>()?;
        let title = reader.opt_text()?.map(str::to_owned);
        let description = reader.opt_text()?.map(str::to_owned);
        let references = reader.texts()?;
        let kev = match reader.byte()? {
            0 => None,
            n @ (1 | 2) => Some(Kev { ransomware: n == 2, added: reader.date()? }),
            _ => return Err(Corrupt),
        };
        let epss = if reader.flag()? {
            let (probability, percentile) = (read_share(reader)?, read_share(reader)?);
            Some(Epss { probability, percentile, date: reader.date()? })
        } else {
            None
        };
        Ok(Self {
            id: String::new(),
            aliases,
            published,
            modified,
            ratings,
            cwes,
            title,
            description,
            references,
            kev,
            epss,
        })
    }

    /// Whether it says nothing.
    pub(crate) fn is_empty(&self) -> bool {
        Self { id: String::new(), ..self.clone() } == Self::default()
    }
}

fn severity_number(severity: Severity) -> u8 {
    Severity::WORST_FIRST.iter().position(|s| *s == severity).unwrap_or(0) as u8
}

/// `CWE-79` as a number, anything else as text behind a zero.
fn write_cwe(out: &mut Writer, cwe: &str) {
    let number = cwe.strip_prefix("CWE-").and_then(|n| n.parse::<u32>().ok());
    match number.filter(|n| format!("CWE-{n}") == cwe) {
        Some(n) => out.uint(u64::from(n) + 1),
        None => {
            out.uint(0);
            out.text(cwe);
        }
    }
}

fn read_cwe(reader: &mut Reader<'_>) -> Result<String, Corrupt> {
    match reader.uint()? {
        0 => reader.text().map(str::to_owned),
        n => Ok(format!("CWE-{}", n - 1)),
    }
}

/// A share of one, bit by bit: only scores that cannot stand among the others are stored here.
fn write_share(out: &mut Writer, share: f32) {
    out.0.extend_from_slice(&share.to_bits().to_le_bytes());
}

fn read_share(reader: &mut Reader<'_>) -> Result<f32, Corrupt> {
    let bytes = reader.take(4)?.try_into().map_err(|_| Corrupt)?;
    Ok(f32::from_bits(u32::from_le_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use plimsoll_model::CvssRating;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_decode_or_fail(bytes: Vec<u8>) {
            let _ = FlawRecord::decode("CVE-2019-0001", &bytes);
        }
    }

    #[test]
    fn a_full_record_comes_back() {
        let day = jiff::civil::date(2021, 12, 10);
        let record = FlawRecord {
            id: "CVE-2021-44228".into(),
            aliases: vec!["GHSA-jfh8-c2jp-5v3q".into()],
            published: Some(day),
            modified: None,
            ratings: vec![
                Rating { source: "ubuntu".into(), severity: Some(Severity::High), cvss: None },
                Rating {
                    source: "nvd".into(),
                    severity: None,
                    cvss: Some(CvssRating {
                        version: "3.1".into(),
                        vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H".into(),
                    }),
                },
            ],
            cwes: vec!["CWE-502".into(), "NVD-CWE-noinfo".into(), "CWE-0079".into()],
            title: Some("t".into()),
            description: Some("d".into()),
            references: vec!["https://example.org".into()],
            kev: Some(Kev { added: day, ransomware: true }),
            epss: Some(Epss { probability: 0.94358, percentile: 0.99961, date: day }),
        };
        let bytes = record.encode();
        assert_eq!(FlawRecord::decode(&record.id, &bytes), Ok(record));
        assert!(FlawRecord::decode("x", &bytes[..bytes.len() - 1]).is_err());
    }
}
