//! The README's examples are files, so that they are compiled and run.

use std::path::Path;

#[test]
fn the_readme_quotes_its_example_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    for (fence, file) in [
        ("```c\n", "examples/c/readme.c"),
        ("```cpp\n", "examples/cpp/readme.cpp"),
        ("```python\n", "examples/python/readme.py"),
    ] {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        let start = readme.find(fence).unwrap() + fence.len();
        let end = start + readme[start..].find("```").unwrap();
        assert_eq!(&readme[start..end], text, "README.md and {file} differ");
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = std::fs::read_dir(root.join("docs")).unwrap().map(|e| e.unwrap().path());
    let top = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map(|name| root.join(name));
    for path in docs.chain(top) {
        let text = std::fs::read_to_string(&path).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap_or_default();
            if !file.contains("://") && !file.is_empty() {
                let target = path.parent().unwrap().join(file);
                assert!(target.exists(), "{}: {link} leads nowhere", path.display());
            }
        }
    }
}
