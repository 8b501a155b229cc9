//! Writes the comparison: a C file that includes lodger.h, and the Rust that calls it. LODGER_LIB_DIR says where
//! liblodger.so is.

use std::env;
use std::path::Path;

fn main() {
    let here = env::var("CARGO_MANIFEST_DIR").unwrap();
    let lib = env::var("LODGER_LIB_DIR").expect("LODGER_LIB_DIR: run `make test-abi`");
    println!("cargo:rerun-if-env-changed=LODGER_LIB_DIR");
    println!("cargo:rerun-if-changed=src/bindings.rs");
    println!("cargo:rerun-if-changed=../../include/lodger.h");
    println!("cargo:rustc-link-search=native={lib}");
    println!("cargo:rustc-link-lib=dylib=lodger");
    println!("cargo:rustc-link-arg=-Wl,-rpath,{lib}");

    let mut test = ctest2::TestGenerator::new();
    test.header("lodger.h").include(Path::new(&here).join("../../include"));
    test.flag("-std=c11").flag("-Wpedantic");
    // Opaque: only pointers to them exist.
    const HANDLES: &[&str] = &[
        "lodger_db",
        "lodger_client",
        "lodger_reply",
        "lodger_error",
        "lodger_subscriber",
        "lodger_server",
    ];
    test.skip_type(|name| HANDLES.contains(&name));
    test.skip_struct(|name| HANDLES.contains(&name));
    test.type_name(|name, _, _| if name == "f64" { "double".into() } else { name.into() });
    test.generate(Path::new(&here).join("src/bindings.rs"), "all.rs");
}
