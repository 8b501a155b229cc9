//! The reply as an immutable tree, for C and Rust callers.
