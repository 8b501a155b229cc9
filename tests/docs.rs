//! The README's examples are files, so that they are compiled and run.

use std::path::Path;

#[test]
fn the_readme_quotes_its_example_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    for (fence, file) in [("```c\n", "examples/c/readme.c"), ("```cpp\n", "examples/cpp/readme.cpp")] {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        let start = readme.find(fence).unwrap() + fence.len();
        let end = start + readme[start..].find("```").unwrap();
        assert_eq!(&readme[start..end], text, "README.md and {file} differ");
    }
}
