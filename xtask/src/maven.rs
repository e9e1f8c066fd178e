//! Fetching jars of Maven Central with `mvn`, many in one run.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result};

use crate::process::{has, need};

/// The plugin that copies jars; named with its version so that two machines run the same one.
const PLUGIN: &str = "<groupId>org.apache.maven.plugins</groupId>\
    <artifactId>maven-dependency-plugin</artifactId><version>3.6.0</version>";

/// Coordinates of a jar.
#[derive(Clone, Debug)]
pub(crate) struct Jar {
    pub(crate) group: String,
    pub(crate) artifact: String,
    pub(crate) version: String,
}

impl Jar {
    /// Where [`fetch`] puts it below its folder.
    pub(crate) fn place(&self, folder: &Path) -> PathBuf {
        let Self { group, artifact, version } = self;
        folder.join(format!("{group}/{artifact}/{version}/{artifact}-{version}.jar"))
    }
}

/// Reads a list of lines `group:artifact version version …`; `#` begins a comment.
pub(crate) fn list(text: &str) -> Result<Vec<Jar>> {
    let mut jars = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        let Some(name) = words.next() else { continue };
        let (group, artifact) =
            name.split_once(':').with_context(|| format!("`{name}` is no group:artifact"))?;
        jars.extend(words.map(|version| Jar {
            group: group.into(),
            artifact: artifact.into(),
            version: version.into(),
        }));
    }
    Ok(jars)
}

/// Fetches what `folder` lacks. A jar that cannot be had is said and left out.
pub(crate) fn fetch(jars: &[Jar], folder: &Path) -> Result<()> {
    let missing: Vec<&Jar> = jars.iter().filter(|jar| !jar.place(folder).is_file()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    need("mvn", has("mvn"), &["apt-get", "install", "-y", "maven"])?;
    let project = folder.join("project");
    let _ = fs::remove_dir_all(&project);
    // One module a jar: one that is missing then costs only itself, and one start of `mvn` serves all.
    let mut modules = String::new();
    for (at, Jar { group, artifact, version }) in missing.iter().enumerate() {
        let module = project.join(at.to_string());
        fs::create_dir_all(&module).context("cannot make the folder of a Maven project")?;
        let out = folder.join(format!("{group}/{artifact}/{version}"));
        let text = format!(
            "<project><modelVersion>4.0.0</modelVersion><parent><groupId>local</groupId>\
             <artifactId>all</artifactId><version>1</version></parent>\
             <artifactId>module-{at}</artifactId><packaging>pom</packaging><build><plugins><plugin>\
             {PLUGIN}<executions><execution><id>copy</id><phase>initialize</phase><goals>\
             <goal>copy</goal></goals><configuration><artifactItems><artifactItem>\
             <groupId>{group}</groupId><artifactId>{artifact}</artifactId>\
             <version>{version}</version></artifactItem></artifactItems>\
             <outputDirectory>{}</outputDirectory></configuration></execution></executions>\
             </plugin></plugins></build></project>",
            out.display()
        );
        fs::write(module.join("pom.xml"), text).context("cannot write a Maven project")?;
        let _ = write!(modules, "<module>{at}</module>");
    }
    let text = format!(
        "<project><modelVersion>4.0.0</modelVersion><groupId>local</groupId>\
         <artifactId>all</artifactId><version>1</version><packaging>pom</packaging>\
         <modules>{modules}</modules></project>"
    );
    fs::write(project.join("pom.xml"), text).context("cannot write a Maven project")?;
    eprintln!("+ mvn: {} jars", missing.len());
    Command::new("mvn")
        .args(["-q", "-B", "--fail-at-end", "initialize"])
        .current_dir(&project)
        .stdout(Stdio::null())
        .status()
        .context("cannot start mvn")?;
    for Jar { group, artifact, version } in
        missing.iter().filter(|jar| !jar.place(folder).is_file())
    {
        eprintln!("not to be had: {group}:{artifact}:{version}");
    }
    fs::remove_dir_all(&project).context("cannot remove the Maven project")
}
