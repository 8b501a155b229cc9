//! What the shared library exports, what the header declares, what is documented and what tests/abi checks are the
//! same functions; the library has its SONAME.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test, in its helpers too")]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A declaration of the header with the comment before it.
struct Item {
    name: String,
    text: String,
    doc: String,
}

fn header() -> String {
    fs::read_to_string(format!("{ROOT}/include/lodger.h")).unwrap()
}

/// Every function of the header, with its comment or an empty one.
fn functions() -> Vec<Item> {
    let (mut found, mut doc, mut declaration) = (Vec::new(), String::new(), String::new());
    let mut in_doc = false;
    for line in header().lines().map(str::trim) {
        if line.starts_with("/*") {
            (in_doc, doc) = (true, String::new());
        }
        if in_doc {
            doc.push_str(line.trim_start_matches(['/', '*']).trim_end_matches("*/"));
            doc.push('\n');
            in_doc = !line.ends_with("*/");
        } else if line.starts_with('#') || line.starts_with("extern") || line == "}" || line.is_empty() {
            declaration.clear();
        } else {
            declaration.push_str(line);
            declaration.push(' ');
            if line.ends_with(';') {
                let text = std::mem::take(&mut declaration);
                let doc = std::mem::take(&mut doc);
                if let Some((before, _)) = text.split_once('(')
                    && !text.starts_with("typedef")
                {
                    let start = before.rfind([' ', '*']).map_or(0, |i| i + 1);
                    found.push(Item { name: before[start..].to_owned(), text, doc });
                }
            }
        }
    }
    found
}

fn names(items: &[Item]) -> BTreeSet<String> {
    items.iter().map(|i| i.name.clone()).collect()
}

/// The shared library that was built with this test.
fn library() -> PathBuf {
    let exe = std::env::current_exe().unwrap();
    let library = exe.with_file_name("liblodger.so");
    assert!(library.is_file(), "{} was not built with the tests", library.display());
    library
}

/// A program's output; `None`, and a line that says so, when the machine does not have it.
fn output_of(program: &str, argument: &str) -> Option<String> {
    match Command::new(program).arg(argument).arg(library()).output() {
        Ok(output) => {
            assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
            Some(String::from_utf8(output.stdout).unwrap())
        }
        Err(_) => {
            println!("SKIPPED the symbols of the shared library: no {program}");
            None
        }
    }
}

#[test]
fn exported_functions_are_those_of_the_header() {
    let declared = names(&functions());
    assert!(declared.len() > 30, "{declared:?}");
    let Some(table) = output_of("nm", "-D") else { return };
    let defined = table.lines().filter_map(|line| match line.split_whitespace().collect::<Vec<_>>()[..] {
        [_, kind, name] if !"UwvN".contains(kind) => Some(name.split('@').next().unwrap().to_owned()),
        _ => None,
    });
    assert_eq!(defined.collect::<BTreeSet<_>>(), declared);
}

#[test]
fn the_library_is_named_after_its_abi() {
    let header = header();
    let version = header.lines().find_map(|l| l.strip_prefix("#define LODGER_ABI_VERSION ")).unwrap();
    let Some(dynamic) = output_of("readelf", "-d") else { return };
    let soname = dynamic.lines().find(|l| l.contains("(SONAME)")).expect("no SONAME");
    assert!(soname.ends_with(&format!("[liblodger.so.{}]", version.trim_end_matches('u'))), "{soname}");
}

#[test]
fn every_function_is_documented() {
    let functions = functions();
    let known = header();
    for f in &functions {
        let (name, doc) = (&f.name, &f.doc.split_whitespace().collect::<Vec<_>>().join(" "));
        assert!(doc.len() > 20, "{name} has no comment");
        // What a comment must tell; "as lodger_x" points at one that tells it.
        let elsewhere = functions.iter().any(|other| doc.contains(&format!("as {}", other.name)));
        assert!(doc.contains("thread") || elsewhere, "{name} does not say which threads may call it");
        let handle = f.text.contains("client *c") || f.text.contains("subscriber *s");
        if f.text.starts_with("lodger_status lodger_") && handle {
            assert!(doc.contains("LODGER_ERR_") || elsewhere, "{name} does not tell its statuses");
        }
        let arguments = f.text.split_once('(').unwrap().1.trim_end().trim_end_matches(");");
        for argument in arguments.split(", ").filter(|a| !a.starts_with("const ") && a.contains('*')) {
            let out = argument.rsplit(['*', ' ']).next().unwrap();
            let handle = ["c", "s", "db", "root", "fn", "ctx"].contains(&out) || name.ends_with("_free");
            assert!(handle || doc.contains(out) || elsewhere, "{name} does not tell what {out} is");
        }
        for word in doc.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            let quoted = doc.contains(&format!("\"{word}\""));
            let named = word.starts_with("LODGER_") && !word.ends_with('_') && !quoted;
            assert!(!named || known.contains(&format!("#define {word} ")), "{name} tells of {word}");
        }
    }
}

#[test]
fn abi_checks_have_every_function_and_constant() {
    let bindings = fs::read_to_string(format!("{ROOT}/tests/abi/src/bindings.rs")).unwrap();
    let bound = bindings.lines().filter_map(|l| l.trim().strip_prefix("pub fn ")?.split('(').next());
    assert_eq!(bound.map(str::to_owned).collect::<BTreeSet<_>>(), names(&functions()));
    let header = header();
    let defined: BTreeSet<&str> = header
        .lines()
        .filter_map(|l| l.strip_prefix("#define LODGER_")?.split_once(' '))
        .map(|(name, _)| name)
        .collect();
    let constants = bindings.lines().filter_map(|l| l.strip_prefix("pub const LODGER_")?.split(':').next());
    assert_eq!(constants.collect::<BTreeSet<_>>(), defined);
}
