//! The SONAME of the shared library, and the C header: generated into `OUT_DIR`, compared with the committed
//! one by `tests/header.rs`. Writes nothing in the source tree.
#![expect(clippy::disallowed_methods, reason = "no file of a database")]

use std::path::Path;
use std::{env, fs, process};

fn main() {
    println!("cargo::rerun-if-changed=src/ffi");
    println!("cargo::rerun-if-changed=cbindgen.toml");
    let root = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let status = fs::read_to_string(Path::new(&root).join("src/ffi/status.rs")).unwrap_or_default();
    // The ABI version is told once, in the source; the SONAME follows it.
    let abi = status
        .lines()
        .find_map(|line| line.strip_prefix("pub const LODGER_ABI_VERSION: u32 = ")?.strip_suffix(';'))
        .unwrap_or_else(|| fail("src/ffi/status.rs does not tell LODGER_ABI_VERSION"));
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,liblodger.so.{abi}");
    }
    if env::var_os("CARGO_FEATURE_CAPI").is_some() {
        header(Path::new(&root));
    }
}

fn header(root: &Path) {
    let out = env::var("OUT_DIR").unwrap_or_default();
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).unwrap_or_else(|e| fail(&e));
    // The one file alone: its modules follow, and listing them as well would double every prototype.
    let bindings = cbindgen::Builder::new()
        .with_config(config)
        .with_src(root.join("src/ffi/mod.rs"))
        .generate()
        .unwrap_or_else(|e| fail(&e.to_string()));
    let mut text = Vec::new();
    bindings.write(&mut text);
    let text = String::from_utf8(text).unwrap_or_default();
    // Negative constants in parentheses, so that they may stand in any expression.
    let lines = text.lines().map(|line| match line.rsplit_once(" -") {
        Some((define, number)) if line.starts_with("#define ") => format!("{define} (-{number})\n"),
        _ => format!("{line}\n"),
    });
    let generated = Path::new(&out).join("lodger.h");
    if let Err(e) = fs::write(&generated, lines.collect::<String>()) {
        fail(&format!("{}: {e}", generated.display()));
    }
    println!("cargo::rustc-env=LODGER_GENERATED_HEADER={}", generated.display());
}

fn fail(why: &str) -> ! {
    println!("cargo::error={why}");
    process::exit(1)
}
