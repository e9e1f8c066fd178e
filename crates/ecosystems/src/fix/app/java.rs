//! Maven and Gradle.

use super::{super::shell::quote, Help, Raise};

pub(super) fn help(raise: &Raise<'_>) -> Help {
    let Raise { name, to, .. } = raise;
    let Some((group, artifact)) = name.split_once(':').filter(|(_, rest)| !rest.contains(':'))
    else {
        return Help::default().note(
            "The archive does not say which group it belongs to: look for the artifact in the build files.",
        );
    };
    if raise.lock_name().ends_with(".lockfile") {
        return Help::command(format!("./gradlew dependencies --update-locks {}", quote(name)))
            .note(format!(
                "In build.gradle, direct or not: `dependencies {{ constraints {{ \
                 implementation(\"{name}:{to}\") }} }}`."
            ));
    }
    Help::default().note(format!(
        "With Maven, direct or not: `<dependencyManagement><dependencies><dependency>\
         <groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{to}</version>\
         </dependency></dependencies></dependencyManagement>` in pom.xml; with Gradle: `dependencies {{ \
         constraints {{ implementation(\"{name}:{to}\") }} }}`."
    ))
}
