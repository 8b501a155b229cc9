// lodger.h as a Rust program would declare it by hand: plain edition-2021 syntax, because ctest2 parses this file.
// A new function or constant needs its line here; tests/symbols.rs sees to it.

use std::ffi::{c_char, c_void};

pub type lodger_status = i32;

pub enum lodger_db {}
pub enum lodger_client {}
pub enum lodger_reply {}
pub enum lodger_error {}
pub enum lodger_subscriber {}
pub enum lodger_feed {}
pub enum lodger_server {}

pub const LODGER_ABI_VERSION: u32 = 0;

pub const LODGER_OK: lodger_status = 0;
pub const LODGER_NIL: lodger_status = 1;
pub const LODGER_TIMEOUT: lodger_status = 2;
pub const LODGER_INTERRUPTED: lodger_status = 3;
pub const LODGER_ERR_NULL: lodger_status = -1;
pub const LODGER_ERR_ARG: lodger_status = -2;
pub const LODGER_ERR_COMMAND: lodger_status = -3;
pub const LODGER_ERR_IO: lodger_status = -4;
pub const LODGER_ERR_CORRUPT: lodger_status = -5;
pub const LODGER_ERR_NOMEM: lodger_status = -6;
pub const LODGER_ERR_CLOSED: lodger_status = -7;
pub const LODGER_ERR_UNSUPPORTED: lodger_status = -8;
pub const LODGER_ERR_PANIC: lodger_status = -9;
pub const LODGER_ERR_FORKED: lodger_status = -10;
pub const LODGER_ERR_LOCKED: lodger_status = -11;
pub const LODGER_ERR_BUSY: lodger_status = -12;
pub const LODGER_ERR_LAGGED: lodger_status = -13;

pub const LODGER_LOG_DEBUG: i32 = 0;
pub const LODGER_LOG_VERBOSE: i32 = 1;
pub const LODGER_LOG_NOTICE: i32 = 2;
pub const LODGER_LOG_WARNING: i32 = 3;

pub const LODGER_REPLY_NONE: i32 = 0;
pub const LODGER_REPLY_STRING: i32 = 1;
pub const LODGER_REPLY_STATUS: i32 = 2;
pub const LODGER_REPLY_ERROR: i32 = 3;
pub const LODGER_REPLY_INTEGER: i32 = 4;
pub const LODGER_REPLY_NIL: i32 = 5;
pub const LODGER_REPLY_ARRAY: i32 = 6;
pub const LODGER_REPLY_MAP: i32 = 7;
pub const LODGER_REPLY_SET: i32 = 8;
pub const LODGER_REPLY_DOUBLE: i32 = 9;
pub const LODGER_REPLY_BOOL: i32 = 10;
pub const LODGER_REPLY_BIGNUM: i32 = 11;
pub const LODGER_REPLY_VERBATIM: i32 = 12;
pub const LODGER_REPLY_PUSH: i32 = 13;

pub const LODGER_SUB_PATTERN: u32 = 1;
pub const LODGER_SUB_SHARD: u32 = 2;

pub const LODGER_FEED_NOW: u64 = u64::MAX;
pub const LODGER_FEED_OLDEST: u64 = 0;
pub const LODGER_FEED_DURABLE: u32 = 1;

extern "C" {
    pub fn lodger_abi_version() -> u32;
    pub fn lodger_version() -> *const c_char;
    pub fn lodger_status_name(s: lodger_status) -> *const c_char;

    pub fn lodger_open(
        location: *const c_char,
        config: *const c_char,
        out: *mut *mut lodger_db,
        err: *mut *mut lodger_error,
    ) -> lodger_status;
    pub fn lodger_close(db: *mut lodger_db, err: *mut *mut lodger_error) -> lodger_status;
    pub fn lodger_sync(db: *mut lodger_db, err: *mut *mut lodger_error) -> lodger_status;
    pub fn lodger_backup(
        db: *mut lodger_db,
        rdb_path: *const c_char,
        progress: Option<extern "C" fn(ctx: *mut c_void, keys_done: u64, keys_total: u64) -> i32>,
        ctx: *mut c_void,
        err: *mut *mut lodger_error,
    ) -> lodger_status;
    pub fn lodger_set_log(
        db: *mut lodger_db,
        f: Option<extern "C" fn(ctx: *mut c_void, level: i32, msg: *const c_char)>,
        ctx: *mut c_void,
    );
    pub fn lodger_error_message(err: *const lodger_error) -> *const c_char;
    pub fn lodger_error_status(err: *const lodger_error) -> lodger_status;
    pub fn lodger_error_free(err: *mut lodger_error);

    pub fn lodger_client_new(db: *mut lodger_db, out: *mut *mut lodger_client) -> lodger_status;
    pub fn lodger_client_free(c: *mut lodger_client);
    pub fn lodger_client_error(c: *const lodger_client) -> *const c_char;
    pub fn lodger_client_interrupt(c: *mut lodger_client);
    pub fn lodger_command(
        c: *mut lodger_client,
        argc: usize,
        argv: *const *const c_void,
        argv_len: *const usize,
        out: *mut *mut lodger_reply,
    ) -> lodger_status;
    pub fn lodger_resp(
        c: *mut lodger_client,
        request: *const c_void,
        len: usize,
        answer: *mut *const c_void,
        answer_len: *mut usize,
    ) -> lodger_status;

    pub fn lodger_reply_kind(r: *const lodger_reply) -> i32;
    pub fn lodger_reply_integer(r: *const lodger_reply) -> i64;
    pub fn lodger_reply_double(r: *const lodger_reply) -> f64;
    pub fn lodger_reply_bytes(r: *const lodger_reply, len: *mut usize) -> *const c_void;
    pub fn lodger_reply_len(r: *const lodger_reply) -> usize;
    pub fn lodger_reply_at(r: *const lodger_reply, i: usize) -> *const lodger_reply;
    pub fn lodger_reply_free(root: *mut lodger_reply);

    pub fn lodger_get(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        value: *mut *const c_void,
        len: *mut usize,
    ) -> lodger_status;
    pub fn lodger_getdel(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        value: *mut *const c_void,
        len: *mut usize,
    ) -> lodger_status;
    pub fn lodger_set(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        value: *const c_void,
        len: usize,
    ) -> lodger_status;
    pub fn lodger_set_px(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        value: *const c_void,
        len: usize,
        ttl_ms: i64,
    ) -> lodger_status;
    pub fn lodger_del(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        removed: *mut i64,
    ) -> lodger_status;
    pub fn lodger_exists(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        found: *mut i64,
    ) -> lodger_status;
    pub fn lodger_incrby(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        by: i64,
        value: *mut i64,
    ) -> lodger_status;
    pub fn lodger_pexpire(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        ttl_ms: i64,
        set: *mut i64,
    ) -> lodger_status;
    pub fn lodger_pttl(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        ttl_ms: *mut i64,
    ) -> lodger_status;
    pub fn lodger_append(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        value: *const c_void,
        len: usize,
        new_len: *mut i64,
    ) -> lodger_status;
    pub fn lodger_strlen(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        len: *mut i64,
    ) -> lodger_status;
    pub fn lodger_mget(
        c: *mut lodger_client,
        n: usize,
        keys: *const *const c_void,
        key_lens: *const usize,
        values: *mut *const c_void,
        lens: *mut usize,
    ) -> lodger_status;
    pub fn lodger_hset(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        field: *const c_void,
        field_len: usize,
        value: *const c_void,
        len: usize,
        added: *mut i64,
    ) -> lodger_status;
    pub fn lodger_hget(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        field: *const c_void,
        field_len: usize,
        value: *mut *const c_void,
        len: *mut usize,
    ) -> lodger_status;
    pub fn lodger_hdel(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        field: *const c_void,
        field_len: usize,
        removed: *mut i64,
    ) -> lodger_status;
    pub fn lodger_hlen(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        fields: *mut i64,
    ) -> lodger_status;
    pub fn lodger_hincrby(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        field: *const c_void,
        field_len: usize,
        by: i64,
        value: *mut i64,
    ) -> lodger_status;
    pub fn lodger_lpush(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        value: *const c_void,
        len: usize,
        length: *mut i64,
    ) -> lodger_status;
    pub fn lodger_rpush(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        value: *const c_void,
        len: usize,
        length: *mut i64,
    ) -> lodger_status;
    pub fn lodger_lpop(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        value: *mut *const c_void,
        len: *mut usize,
    ) -> lodger_status;
    pub fn lodger_rpop(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        value: *mut *const c_void,
        len: *mut usize,
    ) -> lodger_status;
    pub fn lodger_llen(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        length: *mut i64,
    ) -> lodger_status;
    pub fn lodger_sadd(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        member: *const c_void,
        member_len: usize,
        added: *mut i64,
    ) -> lodger_status;
    pub fn lodger_srem(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        member: *const c_void,
        member_len: usize,
        removed: *mut i64,
    ) -> lodger_status;
    pub fn lodger_sismember(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        member: *const c_void,
        member_len: usize,
        found: *mut i64,
    ) -> lodger_status;
    pub fn lodger_scard(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        members: *mut i64,
    ) -> lodger_status;
    pub fn lodger_zadd(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        score: f64,
        member: *const c_void,
        member_len: usize,
        added: *mut i64,
    ) -> lodger_status;
    pub fn lodger_zrem(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        member: *const c_void,
        member_len: usize,
        removed: *mut i64,
    ) -> lodger_status;
    pub fn lodger_zscore(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        member: *const c_void,
        member_len: usize,
        score: *mut f64,
    ) -> lodger_status;
    pub fn lodger_zincrby(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        by: f64,
        member: *const c_void,
        member_len: usize,
        score: *mut f64,
    ) -> lodger_status;
    pub fn lodger_zcard(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        members: *mut i64,
    ) -> lodger_status;
    pub fn lodger_zrank(
        c: *mut lodger_client,
        key: *const c_void,
        key_len: usize,
        member: *const c_void,
        member_len: usize,
        rank: *mut i64,
    ) -> lodger_status;

    pub fn lodger_publish(
        c: *mut lodger_client,
        channel: *const c_void,
        channel_len: usize,
        message: *const c_void,
        len: usize,
        receivers: *mut i64,
    ) -> lodger_status;
    pub fn lodger_client_message(
        c: *mut lodger_client,
        timeout_ms: i64,
        out: *mut *mut lodger_reply,
    ) -> lodger_status;
    pub fn lodger_subscriber_new(
        db: *mut lodger_db,
        max_queued: usize,
        out: *mut *mut lodger_subscriber,
    ) -> lodger_status;
    pub fn lodger_subscriber_add(
        s: *mut lodger_subscriber,
        channel: *const c_void,
        len: usize,
        flags: u32,
    ) -> lodger_status;
    pub fn lodger_subscriber_remove(
        s: *mut lodger_subscriber,
        channel: *const c_void,
        len: usize,
        flags: u32,
    ) -> lodger_status;
    pub fn lodger_subscriber_fd(s: *const lodger_subscriber) -> i32;
    pub fn lodger_subscriber_next(
        s: *mut lodger_subscriber,
        timeout_ms: i64,
        out: *mut *mut lodger_reply,
    ) -> lodger_status;
    pub fn lodger_subscriber_dropped(s: *const lodger_subscriber) -> u64;
    pub fn lodger_subscriber_interrupt(s: *mut lodger_subscriber);
    pub fn lodger_subscriber_free(s: *mut lodger_subscriber);
    pub fn lodger_feed_new(
        db: *mut lodger_db,
        from: u64,
        flags: u32,
        max_bytes: usize,
        out: *mut *mut lodger_feed,
        err: *mut *mut lodger_error,
    ) -> lodger_status;
    pub fn lodger_feed_copy(
        db: *mut lodger_db,
        rdb_path: *const c_char,
        flags: u32,
        max_bytes: usize,
        progress: Option<extern "C" fn(ctx: *mut c_void, keys_done: u64, keys_total: u64) -> i32>,
        ctx: *mut c_void,
        out: *mut *mut lodger_feed,
        err: *mut *mut lodger_error,
    ) -> lodger_status;
    pub fn lodger_feed_oldest(db: *mut lodger_db, oldest: *mut u64) -> lodger_status;
    pub fn lodger_feed_next(
        f: *mut lodger_feed,
        timeout_ms: i64,
        out: *mut *mut lodger_reply,
    ) -> lodger_status;
    pub fn lodger_feed_value(
        f: *mut lodger_feed,
        db: u32,
        key: *const c_void,
        len: usize,
        out: *mut *mut lodger_reply,
    ) -> lodger_status;
    pub fn lodger_feed_offset(f: *const lodger_feed) -> u64;
    pub fn lodger_feed_error(f: *const lodger_feed) -> *const c_char;
    pub fn lodger_feed_fd(f: *const lodger_feed) -> i32;
    pub fn lodger_feed_interrupt(f: *mut lodger_feed);
    pub fn lodger_feed_free(f: *mut lodger_feed);
    pub fn lodger_listen(
        db: *mut lodger_db,
        url: *const c_char,
        out: *mut *mut lodger_server,
        err: *mut *mut lodger_error,
    ) -> lodger_status;
    pub fn lodger_server_port(s: *const lodger_server) -> u32;
    pub fn lodger_server_free(s: *mut lodger_server);
}
