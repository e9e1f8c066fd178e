//! How long a thousand Dockerfiles take (the aim: under a second).

#![allow(missing_docs, reason = "a benchmark")]

use plimsoll_detect::build::{Options, lint};

fn main() {
    divan::main();
}

/// A file as they are written, a different one each time: about forty lines, two stages, long `RUN`s.
fn dockerfile(number: usize) -> String {
    format!(
        "# syntax=docker/dockerfile:1\nARG VERSION={number}\nFROM golang:1.22 AS build\nWORKDIR /src\nCOPY go.mod go.sum ./\n\
         RUN --mount=type=cache,target=/go/pkg/mod go mod download\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /app{number} ./cmd/app\n\
         FROM debian:12.{number}\nARG VERSION\nENV APP_VERSION=$VERSION PATH=/opt/app/bin:$PATH \\\n    LANG=C.UTF-8\n\
         RUN set -eux; \\\n    savedAptMark=\"$(apt-mark showmanual)\"; \\\n    apt-get update; \\\n    apt-get install -y --no-install-recommends \\\n\
         \x20       ca-certificates \\\n        curl \\\n        gnupg{number} \\\n    ; \\\n    rm -rf /var/lib/apt/lists/*; \\\n\
         \x20   # fetch it\n    for key in A B C; do \\\n        gpg --batch --keyserver keys.example.com --recv-keys \"$key\" || \\\n\
         \x20       gpg --batch --keyserver other.example.com --recv-keys \"$key\"; \\\n    done; \\\n    if [ \"$(uname -m)\" = x86_64 ]; then \\\n\
         \x20       curl -fsSL -o /tmp/x.tgz \"https://example.com/x-$APP_VERSION.tgz\"; \\\n    fi; \\\n    apt-mark auto '.*' > /dev/null; \\\n\
         \x20   [ -z \"$savedAptMark\" ] || apt-mark manual $savedAptMark\nRUN groupadd -r app && useradd --no-log-init -r -g app app\n\
         COPY --from=build --chown=app:app /app{number} /usr/local/bin/app\nLABEL org.opencontainers.image.title=\"app {number}\"\n\
         EXPOSE 8080\nVOLUME /data\nUSER app\nHEALTHCHECK --interval=30s CMD curl -f http://localhost:8080/ || exit 1\n\
         ENTRYPOINT [\"/usr/local/bin/app\"]\nCMD [\"--config\", \"/etc/app{number}.toml\"]\n"
    )
}

#[divan::bench(sample_count = 5)]
fn a_thousand(bencher: divan::Bencher<'_, '_>) {
    let files: Vec<String> = (0..1000).map(dockerfile).collect();
    let options = Options::default();
    bencher.bench(|| {
        files.iter().map(|text| lint("Dockerfile", text, &options).findings.len()).sum::<usize>()
    });
}
