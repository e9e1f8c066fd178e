//! `USER` by name.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-user-name",
    title: "USER is a name; Kubernetes can only check numbers",
    class: Class::Security,
    severity: Severity::Negligible,
    why: "With runAsNonRoot Kubernetes refuses an image whose user is a name, because only the image's own files say whether that is root.",
    advice: "Write the number of the account.",
    aliases: &["DL3066"],
    references: &["https://kubernetes.io/docs/tasks/configure-pod-container/security-context/"],
    fails: &["FROM debian:12\nUSER app", "FROM a:1\nUSER app:app"],
    passes: &[
        "FROM debian:12\nUSER 10001",
        "FROM a:1\nUSER $U",
        "FROM a:1\nUSER app\nRUN x\nUSER 10001:10001",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    let user = match plan.config {
        Some(_) => plan.of(&[Keyword::User]).last(),
        None => plan.last_stage().and_then(|last| plan.last_in(last, Keyword::User)),
    };
    let Some(instruction) = user else { return };
    let name = instruction.rest();
    let user = name.split(':').next().unwrap_or(name);
    if !user.is_empty()
        && !name.contains('$')
        && user.bytes().any(|b| !b.is_ascii_digit())
        && !user_root::is_root(user)
    {
        hits.on(instruction, format!("USER {user} is a name; Kubernetes can only check numbers"));
    }
}
