//! lodger: Redis's data model as a library.
#![cfg_attr(not(feature = "capi"), allow(dead_code, reason = "some of it is for the C ABI alone"))]

pub(crate) mod base;
pub(crate) mod client;
pub(crate) mod cmd;
pub(crate) mod engine;
#[cfg(feature = "capi")]
pub mod ffi;
pub(crate) mod keyspace;
pub(crate) mod persist;
pub(crate) mod proto;
pub(crate) mod pubsub;
pub(crate) mod rdb;
pub(crate) mod reply;
pub(crate) mod server;
pub(crate) mod sys;
pub(crate) mod types;

pub use base::clock::Clock;
pub use base::error::{Error, ErrorKind, Result};
pub use base::log::Level;
pub use client::{
    Client, Db, Feed, FeedInterrupter, FeedOptions, Interrupter, Listen, Subscriber, SubscriberInterrupter,
};
pub use engine::{LogFn, Options, config_lines};
pub use persist::storage::{FileSystem, Metadata, Storage, StorageFile, StorageLock};
pub use pubsub::change::Change;
pub use reply::tree::{Reply, ReplyKind};
pub use server::Server;
