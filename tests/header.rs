//! The committed C header is the one that the source gives (`make header` accepts a change), and it compiles alone
//! in both languages.
#![expect(clippy::disallowed_methods, reason = "no file of a database")]

use std::process::Command;
use std::{env, fs};

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/include/lodger.h");

#[test]
fn the_committed_header_is_the_generated_one() {
    let generated = fs::read_to_string(env!("LODGER_GENERATED_HEADER")).unwrap();
    if env::var("HEADER").is_ok_and(|v| v == "accept") {
        fs::write(COMMITTED, &generated).unwrap();
    }
    let committed = fs::read_to_string(COMMITTED).unwrap_or_default();
    if let Some((i, (old, new))) =
        lines(&committed).zip(lines(&generated)).enumerate().find(|(_, (a, b))| a != b)
    {
        panic!(
            "include/lodger.h:{}: the source says\n  {new}\nthe committed header\n  {old}\nAccept with `make header`.",
            i + 1
        );
    }
    assert!(committed == generated, "include/lodger.h differs in its end. Accept with `make header`.");
}

/// The lines of a text and an end mark.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().chain(["(the end)"])
}

#[test]
fn the_header_compiles_alone_as_c_and_as_cpp() {
    let dir = tempfile::tempdir().unwrap();
    for (variable, compiler, standard, name) in
        [("CC", "cc", "c11", "alone.c"), ("CC", "cc", "c99", "alone.c"), ("CXX", "c++", "c++17", "alone.cpp")]
    {
        let compiler = env::var(variable).unwrap_or_else(|_| compiler.to_owned());
        let source = dir.path().join(name);
        fs::write(&source, "#include <lodger.h>\n#include <lodger.h>\nint used = LODGER_ABI_VERSION;\n")
            .unwrap();
        let run = Command::new(&compiler)
            .arg(format!("-std={standard}"))
            .args(["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-I"])
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/include"))
            .arg(&source)
            .output();
        match run {
            Ok(output) => assert!(
                output.status.success(),
                "{compiler} -std={standard}: {}",
                String::from_utf8_lossy(&output.stderr)
            ),
            Err(_) => println!("SKIPPED the header as {standard}: no {compiler}"),
        }
    }
}
