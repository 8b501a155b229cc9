//! The append-only file: a Redis 7 multi-part directory.
