//! `json`: the report as it is, for programs. `docs/report-json.md` describes it and says what stays stable.

mod escape;
mod schema;

use std::io::{self, Write};

use plimsoll_model::Report;
use serde::Serialize;

use crate::{Format, RenderOptions};

pub(super) use escape::Pretty;
pub use schema::json_schema;

/// See the module.
pub(crate) struct Json;

impl Format for Json {
    fn id(&self) -> &'static str {
        "json"
    }

    fn summary(&self) -> &'static str {
        "for programs: the whole report, with a published schema"
    }

    fn write(&self, report: &Report, _: &RenderOptions, w: &mut dyn Write) -> io::Result<()> {
        let mut serializer = serde_json::Serializer::with_formatter(&mut *w, escape::Pretty::new());
        report.serialize(&mut serializer)?;
        w.write_all(b"\n")
    }
}
