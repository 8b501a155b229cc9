//! Imports only point down: scans `src` for paths from one top-level module into another and fails with file
//! and line where ARCHITECTURE.md's table does not allow it. Test code is free.

#![expect(clippy::unwrap_used, reason = "test code: reads the source tree")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What each top-level module may import besides itself. `ffi` and `bin` see what lib.rs re-exports.
const ALLOWED: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("sys", &["base"]),
    ("types", &["base"]),
    ("reply", &["base"]),
    ("keyspace", &["base", "sys", "types", "reply"]),
    ("pubsub", &["base", "sys", "types", "reply"]),
    ("proto", &["base", "sys", "types", "reply"]),
    ("rdb", &["base", "sys", "types", "reply"]),
    // Not `proto` and not `persist`: handlers know neither the wire nor files.
    ("cmd", &["base", "sys", "types", "reply", "keyspace", "pubsub", "rdb"]),
    ("persist", &["base", "sys", "types", "reply", "keyspace", "pubsub", "proto", "rdb"]),
    (
        "engine",
        &["base", "sys", "types", "reply", "keyspace", "pubsub", "proto", "rdb", "cmd", "persist", "client"],
    ),
    (
        "client",
        &["base", "sys", "types", "reply", "keyspace", "pubsub", "proto", "rdb", "cmd", "persist", "engine"],
    ),
    (
        "repl",
        &[
            "base", "sys", "types", "reply", "keyspace", "pubsub", "proto", "rdb", "cmd", "persist",
            "engine", "client",
        ],
    ),
    (
        "server",
        &[
            "base", "sys", "types", "reply", "keyspace", "pubsub", "proto", "rdb", "cmd", "persist",
            "engine", "client", "repl",
        ],
    ),
    ("ffi", &[]),
    ("bin", &[]),
];

/// A path out of its module: where it is and the top-level module that it names.
#[derive(Debug, PartialEq, Eq)]
struct Import {
    line: usize,
    target: String,
}

/// The module path of a file below `src`: `cmd/string/mod.rs` is `cmd`, `string`.
fn module_of(relative: &Path) -> Vec<String> {
    let mut parts: Vec<String> = relative
        .with_extension("")
        .components()
        .map(|c| c.as_os_str().to_string_lossy().into_owned())
        .collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

/// The text without comments and string literals, lines kept.
fn code_only(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut i = 0;
    let keep_lines = |from: &str, out: &mut String| from.matches('\n').for_each(|n| out.push_str(n));
    while i < bytes.len() {
        let rest = &text[i..];
        let skip = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |n| n + 2)
        } else if let Some(hashes) = raw_string(rest) {
            let close = format!("\"{}", "#".repeat(hashes));
            let open = hashes + 2;
            rest[open..].find(&close).map_or(rest.len(), |n| open + n + close.len())
        } else if rest.starts_with('"') {
            let mut n = 1;
            while n < rest.len() && rest.as_bytes()[n] != b'"' {
                n += if rest.as_bytes()[n] == b'\\' { 2 } else { 1 };
            }
            (n + 1).min(rest.len())
        } else if rest.starts_with("'\"'") || rest.starts_with("'{'") || rest.starts_with("'}'") {
            3
        } else if let Some(escaped) = rest.strip_prefix("'\\") {
            // The escaped character may be a quote itself.
            escaped[1..].find('\'').map_or(rest.len(), |n| n + 4)
        } else {
            0
        };
        if skip > 0 {
            let mut end = i + skip;
            while !text.is_char_boundary(end) {
                end += 1;
            }
            keep_lines(&text[i..end], &mut out);
            i = end;
        } else {
            let c = rest.chars().next().unwrap();
            out.push(c);
            i += c.len_utf8();
        }
    }
    out
}

/// The number of `#` of a raw string that begins here.
fn raw_string(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some(hashes)
}

/// Blanks out every item under `#[cfg(test)]`; also answers the modules declared so, which are files.
fn without_tests(code: &str) -> (String, Vec<String>) {
    let mut kept = String::with_capacity(code.len());
    let mut files = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        let (before, item) = rest.split_at(at);
        kept.push_str(before);
        let mut depth = 0_usize;
        let mut end = item.len();
        for (i, c) in item.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if (c == ';' || c == '}') && depth == 0 {
                end = i + 1;
                break;
            }
        }
        let (gone, after) = item.split_at(end);
        kept.extend(gone.matches('\n'));
        let words: Vec<&str> = gone.trim_end_matches(';').split_whitespace().collect();
        if let Some(name) = words.iter().position(|w| *w == "mod").and_then(|i| words.get(i + 1))
            && gone.ends_with(';')
        {
            files.push((*name).to_string());
        }
        rest = after;
    }
    kept.push_str(rest);
    (kept, files)
}

/// The first names of a path's rest, which may be a group: `a::b`, `{a::b, c}`.
fn heads(rest: &str) -> Vec<String> {
    let name =
        |s: &str| s.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = rest.trim_start().strip_prefix('{') else { return vec![name(rest)] };
    let (mut depth, mut start, mut out) = (0_usize, 0, Vec::new());
    for (i, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                out.push(name(&group[start..i]));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                out.push(name(&group[start..i]));
                start = i + 1;
            }
            _ => {}
        }
    }
    out.retain(|n| !n.is_empty());
    out
}

/// Every path in `code` that leaves its module, by the name that follows the crate root.
fn imports(module: &[String], code: &str) -> Vec<Import> {
    let mut found = Vec::new();
    let mut see = |at: usize, rest: &str| {
        let line = code[..at].matches('\n').count() + 1;
        found.extend(heads(rest).into_iter().map(|target| Import { line, target }));
    };
    let starts_word =
        |at: usize| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '$');
    for (at, _) in code.match_indices("crate::") {
        if starts_word(at) {
            see(at, &code[at + "crate::".len()..]);
        }
    }
    for (at, _) in code.match_indices("super::") {
        if !starts_word(at) {
            continue;
        }
        let mut rest = &code[at..];
        let mut up = 0;
        while let Some(after) = rest.strip_prefix("super::") {
            rest = after;
            up += 1;
        }
        // Inline modules would need one step more; non-test ones do not occur.
        if up == module.len() {
            see(at, rest);
        }
    }
    found
}

fn rust_files(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

/// Why a module may not name a target, if so. Targets beginning in upper case are lib.rs's re-exports.
fn refused(module: &str, target: &str, modules: &BTreeSet<String>) -> Option<String> {
    if !modules.contains(target) || module == target {
        return None;
    }
    let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == module) else {
        return Some(format!("`{module}` has no row in tests/layers.rs"));
    };
    (!allowed.contains(&target)).then(|| format!("`{module}` must not import `{target}`"))
}

#[test]
fn imports_only_point_down() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    rust_files(&root, &mut paths);
    paths.sort();
    let mut sources = BTreeMap::new();
    let mut test_files = BTreeSet::new();
    let mut modules = BTreeSet::new();
    for path in paths {
        let relative = path.strip_prefix(&root).unwrap().to_path_buf();
        let module = module_of(&relative);
        let (code, tests) = without_tests(&code_only(&fs::read_to_string(&path).unwrap()));
        let home = if module == ["lib"] { Vec::new() } else { module.clone() };
        test_files.extend(tests.into_iter().map(|name| [home.clone(), vec![name]].concat()));
        if module != ["lib"] {
            modules.insert(module[0].clone());
            sources.insert(relative, (module, code));
        }
    }
    let mut wrong = Vec::new();
    for (relative, (module, code)) in &sources {
        if (1..=module.len()).any(|n| test_files.contains(&module[..n])) {
            continue;
        }
        for import in imports(module, code) {
            if let Some(why) = refused(&module[0], &import.target, &modules) {
                wrong.push(format!("src/{}:{}: {why}", relative.display(), import.line));
            }
        }
    }
    assert!(sources.len() > 20, "src was not found");
    assert!(wrong.is_empty(), "{} imports point up or sideways\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_scanner_sees_paths() {
    let module = |path: &str| module_of(Path::new(path));
    assert_eq!(module("cmd/string/mod.rs"), ["cmd", "string"]);
    let seen = |path: &str, text: &str| -> Vec<String> {
        let (code, _) = without_tests(&code_only(text));
        imports(&module(path), &code).into_iter().map(|i| format!("{}:{}", i.line, i.target)).collect()
    };
    assert_eq!(seen("cmd/a.rs", "use crate::proto::Decoder;\nuse crate::base;"), ["1:proto", "2:base"]);
    assert_eq!(
        seen("cmd/a.rs", "\nuse crate::{base::{num, clock}, persist, reply::sink};"),
        ["2:base", "2:persist", "2:reply"]
    );
    assert_eq!(seen("cmd/string/a.rs", "use super::super::super::persist::aof;"), ["1:persist"]);
    assert!(seen("cmd/string/a.rs", "use super::super::args::Args; use super::b;").is_empty());
    assert_eq!(seen("cmd/a.rs", "fn f() { let x = crate::engine::Engine::new(); }"), ["1:engine"]);
    assert!(
        seen("cmd/a.rs", "// crate::engine\n/* crate::engine */ let s = \"crate::engine \\\" crate::x\";")
            .is_empty()
    );
    assert!(
        seen("cmd/a.rs", "#[cfg(test)]\nmod tests {\n use crate::engine::X;\n fn f() { '}'; }\n}\n")
            .is_empty()
    );
    assert_eq!(seen("cmd/a.rs", "#[cfg(test)]\nuse crate::engine;\nuse crate::proto;"), ["3:proto"]);
    assert_eq!(seen("cmd/a.rs", "#[cfg(test)]\nmod tests;\nuse crate::proto;"), ["3:proto"]);
}
