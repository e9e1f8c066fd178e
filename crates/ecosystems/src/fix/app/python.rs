//! pip, Poetry, uv, Pipenv.

use super::{super::shell::quote, Help, Origin, Raise};

pub(super) fn help(raise: &Raise<'_>) -> Help {
    let Raise { name, to, .. } = raise;
    let exact = quote(&format!("{name}=={to}"));
    let floor = quote(&format!("{name}>={to}"));
    let transitive = matches!(raise.origin, Origin::Through(_));
    match (raise.lock_name(), transitive) {
        ("poetry.lock", false) => {
            Help::command(format!("poetry add {}", quote(&format!("{name}@^{to}"))))
        }
        ("poetry.lock", true) => Help::command(format!("poetry update {}", quote(name))),
        ("uv.lock", false) => Help::command(format!("uv add {floor}")),
        ("uv.lock", true) => Help {
            commands: vec![format!("uv lock --upgrade-package {exact}"), "uv sync".into()],
            notes: Vec::new(),
        },
        ("Pipfile.lock", false) => Help::command(format!("pipenv install {floor}")),
        ("Pipfile.lock", true) => Help::command(format!("pipenv upgrade {exact}")),
        (list, false) => {
            let help = Help::command(format!("pip install --upgrade {exact}"));
            if list.ends_with(".txt") {
                help.note(format!("Write the new version into {list}, too."))
            } else {
                help
            }
        }
        (list, true) => {
            let list = if list.ends_with(".txt") { list } else { "requirements.txt" };
            Help::command(format!(
                "pip install --upgrade --requirement {} --constraint constraints.txt",
                quote(list),
            ))
            .note(format!("To override, write `{name}>={to}` into constraints.txt."))
        }
    }
}
