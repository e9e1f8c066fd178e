//! Jupyter: Python assignments, JSON, and the command line.

use plimsoll_model::Severity;

use super::{SERVICE, each, set, set_env};
use crate::baseline::{
    Check,
    formats::Format,
    service::{Bad, Default, Service},
};

const BASE: Check = Check {
    references: &["https://jupyter-server.readthedocs.io/en/latest/operators/security.html"],
    ..Check::of("jupyter")
};

static JUPYTER: Service = Service {
    id: "jupyter",
    files: &[
        "{root,home/*}/.jupyter/jupyter_*config.{py,json}",
        "etc/jupyter/jupyter_*config.{py,json}",
        "usr/local/etc/jupyter/jupyter_*config.{py,json}",
    ],
    format: Format::Python,
    programs: &[
        "jupyter",
        "jupyter-lab",
        "jupyter-notebook",
        "start-notebook.sh",
        "start-notebook.py",
    ],
    ..SERVICE
};

/// See the module.
pub(crate) static CHECKS: &[Check] = &[
    Check {
        id: "baseline-jupyter-disable-check",
        severity: Severity::Medium,
        title: "Jupyter accepts requests that other sites make visitors send",
        why: "A page that somebody looks at runs code in the notebook.",
        advice: "Remove `disable_check_xsrf`, and name sites in `allow_origin`.",
        judge: each(
            &JUPYTER,
            &[
                "ServerApp.disable_check_xsrf",
                "NotebookApp.disable_check_xsrf",
                "ServerApp.allow_origin",
                "NotebookApp.allow_origin",
            ],
            Default::Nothing,
            Bad::Is(&["True", "*", "1"]),
            "c.ServerApp.disable_check_xsrf = False",
        ),
        fails: &[
            "//- root/.jupyter/jupyter_notebook_config.py\nc.NotebookApp.allow_origin = '*'\n",
        ],
        passes: &[
            "//- root/.jupyter/jupyter_notebook_config.py\nc.NotebookApp.disable_check_xsrf = False\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-jupyter-root",
        severity: Severity::Medium,
        title: "Jupyter is allowed to run as root",
        why: "Code in a notebook is root.",
        advice: "Remove `allow_root`, and add a USER instruction.",
        judge: set(
            &JUPYTER,
            &["ServerApp.allow_root", "NotebookApp.allow_root", "allow-root"],
            Default::Nothing,
            Bad::Is(&["true"]),
            "c.ServerApp.allow_root = False",
        ),
        fails: &["//- config\nCmd: jupyter notebook --allow-root\n"],
        passes: &[
            "//- root/.jupyter/jupyter_notebook_config.py\nc.NotebookApp.allow_root = False\n",
        ],
        ..BASE
    },
    Check {
        id: "baseline-jupyter-token",
        severity: Severity::Critical,
        title: "Jupyter asks for no token and no password",
        why: "Whoever reaches the page runs any code.",
        advice: "Remove the setting: Jupyter makes a token of its own.",
        judge: set_env(
            &JUPYTER,
            &["IdentityProvider.token", "ServerApp.token", "NotebookApp.token"],
            &["JUPYTER_TOKEN"],
            Default::Nothing,
            Bad::Empty,
            "no token setting",
        ),
        fails: &[
            "//- root/.jupyter/jupyter_notebook_config.py\nc.NotebookApp.token = ''\n",
            "//- config\nCmd: jupyter lab --ip=0.0.0.0 --NotebookApp.token=\n",
            "//- root/.jupyter/jupyter_notebook_config.json\n{\"NotebookApp\": {\"token\": \"\"}}\n",
            "//- config\nCmd: jupyter lab --ip=0.0.0.0\nEnv: JUPYTER_TOKEN=\n",
        ],
        passes: &["//- root/.jupyter/jupyter_notebook_config.py\nc.NotebookApp.token = '{WORD}'\n"],
        ..BASE
    },
];
