//! Who may import whom: the rings of `docs/architecture.md`, checked in the source.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Module, what of ours it may import, and which crates it must not touch.
const RULES: &[(&str, &[&str], &[&str])] = &[
    ("audit", &[], &["axum", "rusqlite", "reqwest", "tokio"]),
    ("clock", &[], &["axum", "rusqlite", "reqwest"]),
    ("config", &[], &["axum", "rusqlite", "reqwest"]),
    ("i18n", &[], &["axum", "rusqlite", "reqwest"]),
    ("telemetry", &[], &["axum", "rusqlite"]),
    ("http_client", &[], &["axum", "rusqlite"]),
    ("seal", &[], &["axum", "rusqlite", "reqwest", "tokio"]),
    ("wording", &["audit", "i18n"], &["axum", "rusqlite", "reqwest"]),
    ("store", &["audit", "config"], &["axum", "reqwest"]),
    (
        "partner_center",
        &["audit", "config", "clock", "http_client"],
        &["axum", "rusqlite"],
    ),
    (
        "collect",
        // Exported files are in words: who reads them has to know the columns and the words they were written with.
        &[
            "audit",
            "store",
            "partner_center",
            "clock",
            "config",
            "export",
            "i18n",
        ],
        &["axum", "rusqlite", "reqwest"],
    ),
    (
        "identity",
        &["store", "clock", "config", "http_client", "seal"],
        &["rusqlite"],
    ),
    (
        "machine_identity",
        &["clock", "http_client"],
        &["axum", "rusqlite"],
    ),
    (
        "credentials",
        &["store", "partner_center", "clock", "config", "seal"],
        &["axum", "rusqlite", "reqwest"],
    ),
    (
        "stream",
        // `wording` for searches that are in words: a stream sends what the page of the same address shows.
        &[
            "audit",
            "store",
            "credentials",
            "clock",
            "config",
            "http_client",
            "seal",
            "wording",
        ],
        &["axum", "rusqlite"],
    ),
    (
        "export",
        &["audit", "store", "clock", "i18n", "wording"],
        &["axum", "rusqlite", "reqwest"],
    ),
    (
        "schedule",
        &[
            "audit",
            "store",
            "export",
            "clock",
            "config",
            "http_client",
            "i18n",
            "wording",
        ],
        &["axum", "rusqlite", "reqwest"],
    ),
    (
        "api",
        // `export` for the kinds of files that its document names.
        &["audit", "store", "identity", "export", "clock", "i18n", "seal"],
        &["rusqlite", "reqwest"],
    ),
    ("server", &[], &["rusqlite", "reqwest"]),
    (
        "web",
        // `collect` for what importing a file takes and says; pages collect nothing.
        &[
            "audit",
            "store",
            "identity",
            "credentials",
            "api",
            "export",
            "clock",
            "collect",
            "config",
            "i18n",
            "schedule",
            "stream",
            "wording",
        ],
        &["rusqlite", "reqwest", "object_store"],
    ),
    // It must not share the client's understanding of the wire.
    ("simulator", &["clock"], &["rusqlite", "reqwest"]),
];

/// `app` composes, `cli` hands over to it; only `main` knows `cli`.
const COMPOSERS: [&str; 2] = ["app", "cli"];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The code of a module without comments and without its tests.
fn code_of(module: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let (file, folder) = (source().join(format!("{module}.rs")), source().join(module));
    if file.exists() {
        found.push(file);
    }
    if folder.is_dir() {
        files(&folder, &mut found);
    }
    assert!(!found.is_empty(), "there is no module {module}");
    let is_test = |path: &PathBuf| path.file_stem().is_some_and(|stem| stem == "tests");
    found
        .iter()
        .filter(|path| !is_test(path))
        .map(|path| {
            let text = fs::read_to_string(path).unwrap();
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            let lines: Vec<_> = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect();
            (
                path.strip_prefix(source()).unwrap().display().to_string(),
                lines.join("\n"),
            )
        })
        .collect()
}

/// The top-level modules named after `crate::`, in paths and in grouped imports alike.
fn imported(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for after in code.split("crate::").skip(1) {
        let Some(group) = after.strip_prefix('{') else {
            names.push(name(after));
            continue;
        };
        let mut depth = 0;
        let mut start = true;
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                c if start && c.is_alphabetic() => {
                    names.push(name(&group[at..]));
                    start = false;
                }
                _ => {}
            }
        }
    }
    names
}

fn name(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

#[test]
fn modules_import_only_what_the_architecture_allows() {
    let modules: Vec<_> = RULES.iter().map(|rule| rule.0).chain(COMPOSERS).collect();
    let mut broken = Vec::new();
    for (module, allowed, forbidden) in RULES {
        for (file, code) in code_of(module) {
            for import in imported(&code) {
                if import != *module && modules.contains(&&*import) && !allowed.contains(&&*import) {
                    broken.push(format!("{file} imports {import}"));
                }
            }
            for name in *forbidden {
                if code.contains(&format!("{name}::")) || code.contains(&format!("use {name};")) {
                    broken.push(format!("{file} touches {name}"));
                }
            }
            // Who knows nothing of the one database knows nothing of the other; `store::postgres` has the same name.
            let client = ["use postgres::", "use postgres;", "tokio_postgres::"];
            if forbidden.contains(&"rusqlite") && client.iter().any(|name| code.contains(name)) {
                broken.push(format!("{file} touches postgres"));
            }
        }
    }
    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn every_module_is_in_the_rules() {
    let library = fs::read_to_string(source().join("lib.rs")).unwrap();
    for line in library.lines() {
        if let Some(module) = line
            .strip_prefix("pub mod ")
            .and_then(|rest| rest.strip_suffix(';'))
        {
            let known = RULES.iter().any(|rule| rule.0 == module) || COMPOSERS.contains(&module);
            assert!(known, "{module} has no rule");
        }
    }
}

#[test]
fn grouped_imports_are_seen_through() {
    let code = "use crate::{\n    audit::{Selection, selection::Filter},\n    store::Store,\n};\nfn f() { crate::web::x() }";
    assert_eq!(imported(code), ["audit", "store", "web"]);
}
