//! Secrets on command lines, and secret mounts that are copied into the image.

use super::*;

pub(super) const CHECK: Check = Check {
    id: "build-secret-in-run",
    title: "RUN holds or stores sensitive data",
    class: Class::Secrets,
    severity: Severity::High,
    why: "The command line stands in the history of the image, and what it writes in a layer; removing it later takes nothing away.",
    advice: "Use `RUN --mount=type=secret,id=…`, and do not write the secret anywhere outside the mount.",
    aliases: &["DS031", "AVD-DS-0031", "CIS-DI-0010", "CIS 4.10"],
    references: &[BUILD_SECRETS],
    fails: &[
        "FROM debian:12\nRUN curl -u user:hunter22 https://example.com/x -o /x",
        "FROM a:1\nRUN --mount=type=secret,id=npmrc cp /run/secrets/npmrc /root/.npmrc",
        "FROM a:1\nRUN --mount=type=secret,id=t cat /run/secrets/t > /etc/token",
        "FROM a:1\nRUN aws configure set aws_secret_access_key abcdef1234567",
        "FROM a:1\nRUN export DB_PASSWORD=hunter22 && make",
        "FROM a:1\nRUN git clone https://user:hunter22@example.com/x",
        "FROM a:1\nRUN mysql --password=hunter22 -e x",
        "FROM a:1\nRUN az login -u x -p hunter22",
    ],
    passes: &[
        "FROM debian:12\nRUN --mount=type=secret,id=netrc,target=/root/.netrc curl -n https://example.com/x -o /x",
        "FROM a:1\nRUN curl -u user:$PASS https://example.com/x",
        "FROM a:1\nRUN --mount=type=secret,id=t TOKEN=$(cat /run/secrets/t) make",
        "FROM a:1\nRUN mysql --password=$P -e x && mysql -p && mkdir -p hunter22",
        "FROM a:1\nRUN --mount=type=secret,id=aws aws configure set aws_secret_access_key $(cat /run/secrets/aws)",
    ],
    run,
    ..Check::BASE
};

fn run(plan: &Plan<'_>, hits: &mut Hits) {
    for instruction in plan.of(&[Keyword::Run]) {
        let targets: Vec<String> = plan::mounts(instruction)
            .iter()
            .filter(|mount| mount.get("type") == Some(&"secret"))
            .map(|mount| match (mount.get("target").or(mount.get("dst")), mount.get("id")) {
                (Some(target), _) => (*target).to_owned(),
                (None, Some(id)) => format!("/run/secrets/{id}"),
                (None, None) => "/run/secrets/".to_owned(),
            })
            .collect();
        for command in instruction.script.iter().flat_map(|script| &script.commands) {
            if let Some(target) = stored(command, &targets) {
                hits.command(
                    instruction,
                    command,
                    format!(
                        "{} writes the mounted secret {target} into the layer",
                        command.base_name()
                    ),
                )
                .confidence(Confidence::Medium);
                continue;
            }
            if let Some((what, secret)) = shown(plan, command) {
                let is_sure = secret::value_is_secret(&secret).is_some();
                let hit = hits.command(
                    instruction,
                    command,
                    format!("the command line of {} holds a {what}", command_name(command)),
                );
                hit.hide(&secret);
                if !is_sure {
                    hit.confidence(Confidence::Medium);
                }
            }
        }
    }
}

fn command_name(command: &Command) -> &str {
    if command.name.is_empty() { "RUN" } else { command.base_name() }
}

/// A mounted secret that a command copies out.
fn stored(command: &Command, targets: &[String]) -> Option<String> {
    let source = |arg: &Argument| targets.iter().find(|target| arg.value == **target).cloned();
    let reads = command.args.iter().find_map(source)?;
    let copies = command.is(&["cp", "mv", "install", "ln"])
        && command.args.last().is_some_and(|arg| !targets.contains(&arg.value));
    let writes = command.is(&["cat", "tee", "base64"])
        && command
            .redirects
            .iter()
            .any(|r| r.writes && !r.target.starts_with("/dev/") && !r.target.starts_with("/tmp"));
    (copies && !command.is(&["ln"]) || writes).then_some(reads)
}

/// A secret that the command line itself holds.
fn shown(plan: &Plan<'_>, command: &Command) -> Option<(String, String)> {
    for (name, value) in &command.assignments {
        if let Some(what) = plan.options.looks_secret(name, value).filter(|_| !value.contains('$'))
        {
            return Some((what, value.clone()));
        }
    }
    for arg in &command.args {
        if let Some(what) = secret::value_is_secret(&arg.value) {
            return Some((what.to_owned(), arg.value.clone()));
        }
        if let Some((name, value)) =
            arg.value.strip_prefix("--").and_then(|long| long.split_once('='))
            && arg.is_literal
            && secret::name_promises_secret(name)
            && let Some(what) = plan.options.looks_secret(name, value)
        {
            return Some((what, value.to_owned()));
        }
    }
    let literal = |value: &str| {
        !value.is_empty() && !value.contains('$') && !value.contains('`') && !value.starts_with('-')
    };
    let password = "password".to_owned();
    if command.is(&["curl", "wget"]) {
        let user =
            command.option_value(if command.is(&["curl"]) { &["u", "user"] } else { &["user"] })?;
        let (_, given) = user.split_once(':')?;
        return literal(given)
            .then(|| (password, given.to_owned()))
            .filter(|(_, given)| !secret::is_placeholder(given));
    }
    if command.is(&["aws"]) && command.has("configure") && command.has("set") {
        let key = command.args.iter().position(|arg| {
            matches!(arg.value.as_str(), "aws_secret_access_key" | "aws_session_token")
        })?;
        let value =
            command.args.get(key + 1).filter(|arg| arg.is_literal && literal(&arg.value))?;
        return Some(("secret key of AWS".to_owned(), value.value.clone()));
    }
    let logs_in =
        command.is(&["az", "docker", "podman", "helm", "oc", "ibmcloud"]) && command.has("login");
    if logs_in || command.is(&["sshpass"]) {
        let given = command.option_value(&["p", "password"]).filter(|value| literal(value))?;
        return Some((password, given.to_owned()));
    }
    None
}
