/*
 * lodger.h - Redis's data model as a library.
 *
 * Generated from the Rust source by cbindgen; `make header` renews it.
 *
 * Rules of the whole API:
 *
 *  - Bytes are a pointer and a length and may hold NULs; a NULL pointer with length 0 is an empty string. Text
 *    that lodger returns is NUL-terminated as well, except values of 64 KiB and more that are borrowed without
 *    a copy: use the length.
 *  - Out-pointers come last. They are set to NULL or 0 first and written only on success. A required pointer
 *    that is NULL is LODGER_ERR_NULL; where a pointer may be NULL the function says so.
 *  - Every *_free and *_close takes NULL. Nothing is freed with free().
 *  - lodger_db may be used by any thread at any time. A lodger_client is used by one thread at a time: a second
 *    one gets LODGER_ERR_BUSY. Make one client per thread. A lodger_subscriber and a lodger_feed likewise, except
 *    their descriptors, counts and interrupts. Handles may be freed in any order; a client, subscriber or feed whose
 *    database was closed answers LODGER_ERR_CLOSED.
 *  - In a child after fork() every call on a handle of the parent answers LODGER_ERR_FORKED and does nothing.
 *  - No call prints, installs a signal handler, changes the locale or leaves a child process.
 *  - No call aborts the process, except for want of memory: where the system has none for a string value above 1 KiB,
 *    for words of 1 MiB and more, or for an answer, the call fails with LODGER_ERR_NOMEM. Where it has none for
 *    anything else, such as a small entry, a table or a call's own state, Rust's runtime ends the process, as it does
 *    in any program in Rust, or the call answers LODGER_ERR_PANIC and the database can only be closed.
 */

#ifndef LODGER_H
#define LODGER_H

#include <stddef.h>
#include <stdint.h>
/** Opaque: an open database. Any thread, any time. */
typedef struct lodger_db lodger_db;
/** Opaque: a client of a database. One thread at a time; one per thread. */
typedef struct lodger_client lodger_client;
/** Opaque: an immutable reply. Read from anywhere. */
typedef struct lodger_reply lodger_reply;
/** Opaque: a listener to channels. One thread at a time, except its descriptor, its count and its interrupt. */
typedef struct lodger_subscriber lodger_subscriber;
/** Opaque: a reader of all changes. One thread at a time, except its descriptor, its offset and its interrupt. */
typedef struct lodger_feed lodger_feed;
/** Opaque: a database served over sockets. */
typedef struct lodger_server lodger_server;
/** Opaque: an error of a call without a client. Owned by whoever received it. */
typedef struct lodger_error lodger_error;


/**
 * Changes only when something is removed or renamed; the same number as in the SONAME.
 */
#define LODGER_ABI_VERSION 0

/**
 * Level of a log line: for debugging.
 */
#define LODGER_LOG_DEBUG 0

/**
 * Level of a log line: of little interest.
 */
#define LODGER_LOG_VERBOSE 1

/**
 * Level of a log line: what an operator should know.
 */
#define LODGER_LOG_NOTICE 2

/**
 * Level of a log line: something went wrong.
 */
#define LODGER_LOG_WARNING 3

/**
 * No reply: the kind of NULL.
 */
#define LODGER_REPLY_NONE 0

/**
 * A string of bytes.
 */
#define LODGER_REPLY_STRING 1

/**
 * A short fixed text such as OK.
 */
#define LODGER_REPLY_STATUS 2

/**
 * An error; the text begins with its code, such as WRONGTYPE.
 */
#define LODGER_REPLY_ERROR 3

/**
 * A signed 64-bit integer.
 */
#define LODGER_REPLY_INTEGER 4

/**
 * Absent.
 */
#define LODGER_REPLY_NIL 5

/**
 * A list of replies.
 */
#define LODGER_REPLY_ARRAY 6

/**
 * Keys and values, alternately; its length counts both.
 */
#define LODGER_REPLY_MAP 7

/**
 * A list of distinct replies in no order.
 */
#define LODGER_REPLY_SET 8

/**
 * A double.
 */
#define LODGER_REPLY_DOUBLE 9

/**
 * True or false: lodger_reply_integer gives 1 or 0.
 */
#define LODGER_REPLY_BOOL 10

/**
 * An integer of any size, as decimal text.
 */
#define LODGER_REPLY_BIGNUM 11

/**
 * Text with a format; lodger_reply_bytes gives the text alone.
 */
#define LODGER_REPLY_VERBATIM 12

/**
 * An out-of-band message, laid out as an array.
 */
#define LODGER_REPLY_PUSH 13

/**
 * To listen to all channels whose names match a glob pattern, as PSUBSCRIBE does.
 */
#define LODGER_SUB_PATTERN 1

/**
 * To listen to a shard channel, as SSUBSCRIBE does.
 */
#define LODGER_SUB_SHARD 2

/**
 * For lodger_feed_new: begins with the first change after the call.
 */
#define LODGER_FEED_NOW UINT64_MAX

/**
 * For lodger_feed_new: begins with the oldest change that is in the append-only file.
 */
#define LODGER_FEED_OLDEST 0

/**
 * For lodger_feed_new: gives only changes that are on disk, which no power cut takes back.
 */
#define LODGER_FEED_DURABLE 1

/**
 * What a call came to: 0 is success, a positive status is success with nothing to give, a negative status is a
 * failure.
 */
typedef int32_t lodger_status;

/**
 * Done.
 */
#define LODGER_OK 0

/**
 * Done: the key or value is absent.
 */
#define LODGER_NIL 1

/**
 * Done: the time was up.
 */
#define LODGER_TIMEOUT 2

/**
 * The waiting call was woken by lodger_client_interrupt, lodger_subscriber_interrupt, lodger_feed_interrupt or by closing.
 */
#define LODGER_INTERRUPTED 3

/**
 * A required pointer was NULL.
 */
#define LODGER_ERR_NULL (-1)

/**
 * An argument is out of range: a bad length, an unknown config directive, a malformed request.
 */
#define LODGER_ERR_ARG (-2)

/**
 * Typed call: the command answered an error; its text is in lodger_client_error.
 */
#define LODGER_ERR_COMMAND (-3)

/**
 * The operating system failed a file operation.
 */
#define LODGER_ERR_IO (-4)

/**
 * A file holds what it cannot hold.
 */
#define LODGER_ERR_CORRUPT (-5)

/**
 * maxmemory is reached and nothing may be evicted, or the system has no memory.
 */
#define LODGER_ERR_NOMEM (-6)

/**
 * The database was closed.
 */
#define LODGER_ERR_CLOSED (-7)

/**
 * Valid, but not supported by this version.
 */
#define LODGER_ERR_UNSUPPORTED (-8)

/**
 * A bug in lodger; the database only closes now.
 */
#define LODGER_ERR_PANIC (-9)

/**
 * The handle crossed fork().
 */
#define LODGER_ERR_FORKED (-10)

/**
 * Another handle or process has this directory open.
 */
#define LODGER_ERR_LOCKED (-11)

/**
 * One client, subscriber or feed, two threads at once.
 */
#define LODGER_ERR_BUSY (-12)

/**
 * A feed missed changes: they are in no file any more, or it was too slow for its queue.
 */
#define LODGER_ERR_LAGGED (-13)

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The ABI version of the library that runs: compare it with LODGER_ABI_VERSION of the header that was compiled.
 * Any thread.
 */
uint32_t lodger_abi_version(void);

/**
 * The version of the library that runs, such as "0.1.0". Static: valid for ever, not to be freed. Any thread.
 */
const char *lodger_version(void);

/**
 * The name of a status, such as "LODGER_ERR_IO"; "LODGER_UNKNOWN" for a number that is none. Static: valid for
 * ever, not to be freed. Any thread.
 */
const char *lodger_status_name(lodger_status s);

/**
 * Opens a database.
 *
 * location: NULL, "" or ":memory:" for memory only; otherwise a directory, created when missing, that is kept as
 * a Redis 7 multi-part append-only directory; or a path that ends in .rdb: one snapshot file in Redis's format, loaded
 * now if it is there, written by SAVE, BGSAVE and save points, and when the database is closed.
 * config: NULL, or text as in a redis.conf, one directive a line ("appendfsync always\nmaxmemory 1gb\n").
 * out: the database; free it with lodger_close. err: NULL or receives the error; free it with lodger_error_free.
 *
 * LODGER_ERR_ARG: an unknown or bad directive (the message names the line), or a location that is a file.
 * LODGER_ERR_LOCKED: it is open already, here or in another process. LODGER_ERR_IO: no permission, no space, ...
 * LODGER_ERR_CORRUPT: a damaged file; the message names it and the offset. LODGER_ERR_UNSUPPORTED: a file of a
 * kind this version does not read. Nothing already stored is changed by a failed open. Any thread.
 */
lodger_status lodger_open(const char *location,
                          const char *config,
                          lodger_db **out,
                          lodger_error **err);

/**
 * Closes a database: wakes waiting calls, writes and syncs everything acknowledged, gives the directory free, and
 * frees the handle whatever the result. NULL is fine. Clients stay valid handles that answer LODGER_ERR_CLOSED
 * and are still to be freed. err: NULL or receives the error.
 *
 * LODGER_ERR_IO: the last write or sync failed, or the disk is full and what waited in memory is lost.
 * LODGER_ERR_FORKED: this is a child of the process that opened it; nothing was done and nothing freed. Any thread,
 * once; no other call may use db at the same time.
 */
lodger_status lodger_close(lodger_db *db,
                           lodger_error **err);

/**
 * Returns when everything acknowledged so far is on disk, whatever appendfsync says. A database in memory has
 * nothing to do. err: NULL or receives the error. LODGER_ERR_IO: it is not on disk, and writes are refused: while the
 * disk is full until there is room, after any other failure until the database is reopened; the text tells which.
 * LODGER_ERR_CLOSED does not occur on a live handle. Any thread.
 */
lodger_status lodger_sync(lodger_db *db,
                          lodger_error **err);

/**
 * Writes a copy of everything, as of one moment and while writers go on, to a file in Redis's RDB format.
 *
 * rdb_path: the file, written under another name beside it and renamed when it is whole and on disk. A file that is
 * there and is no snapshot is not overwritten: LODGER_ERR_ARG; nor is the file of an open database: LODGER_ERR_LOCKED. progress: NULL, or called now and then on this thread
 * with ctx, the keys done and all keys; non-zero cancels: LODGER_INTERRUPTED, and what was there before stays.
 * err: NULL or receives the error. LODGER_ERR_NULL, LODGER_ERR_IO (the file cannot be written, such as on a full
 * disk), LODGER_ERR_BUSY (another copy or snapshot is being written), LODGER_ERR_CLOSED, LODGER_ERR_PANIC,
 * LODGER_ERR_FORKED. Any thread; it takes as long as the writing does.
 */
lodger_status lodger_backup(lodger_db *db,
                            const char *rdb_path,
                            int32_t (*progress)(void *ctx, uint64_t keys_done, uint64_t keys_total),
                            void *ctx,
                            lodger_error **err);

/**
 * Sets the function that receives log lines, or removes it with NULL. The first one is called at once with the
 * lines that opening logged, such as that of a torn file.
 *
 * fn: called by any thread, also by the database's own, but by one at a time, with ctx, one of LODGER_LOG_*, and a
 * text that is valid during the call. It must not call lodger with the same database, except this function.
 * When this returns the function that was set before is not running and is not called again, so what its ctx
 * points to may be freed; the same holds when lodger_close returns. NULL for db does nothing. Any thread.
 */
void lodger_set_log(lodger_db *db,
                    void (*fn)(void *ctx, int32_t level, const char *msg),
                    void *ctx);

/**
 * The message of an error, naming the file, directive or argument. Borrowed until lodger_error_free(err); "" for
 * NULL. Any thread.
 */
const char *lodger_error_message(const lodger_error *err);

/**
 * The status of an error; LODGER_OK for NULL. Any thread.
 */
lodger_status lodger_error_status(const lodger_error *err);

/**
 * Frees an error; NULL is fine. Any thread, once.
 */
void lodger_error_free(lodger_error *err);

/**
 * Makes a client: selected database 0, RESP2, no name.
 *
 * out: the client; free it with lodger_client_free. It keeps the database's memory, so the two may be freed in
 * any order. LODGER_ERR_CLOSED, LODGER_ERR_FORKED, LODGER_ERR_PANIC: the database takes no clients. Any thread.
 */
lodger_status lodger_client_new(lodger_db *db,
                                lodger_client **out);

/**
 * Frees a client; NULL is fine. Values borrowed from it are gone. Any thread, once, while no call uses it. In a
 * forked child nothing is freed.
 */
void lodger_client_free(lodger_client *c);

/**
 * The message of the last call on this client if it failed, otherwise "". A command that answers an error has not
 * failed unless the call is a typed one. Borrowed until the next call on c; "" for NULL. The client's thread.
 */
const char *lodger_client_error(const lodger_client *c);

/**
 * Wakes a call that waits on this client, lodger_client_message too: it returns LODGER_INTERRUPTED. Without a waiting call nothing happens.
 * NULL is fine. Any thread, while the client is alive.
 */
void lodger_client_interrupt(lodger_client *c);

/**
 * Runs any command.
 *
 * argc, argv, argv_len: the words, the command's name first. Read only during the call.
 * out: the reply, owned by the caller: free it with lodger_reply_free. What Redis answers as an error, such as
 * WRONGTYPE, is a reply of kind LODGER_REPLY_ERROR and the status is LODGER_OK.
 *
 * LODGER_INTERRUPTED: the command waited and was woken. LODGER_ERR_ARG: no words, or one longer than
 * proto-max-bulk-len. LODGER_ERR_NOMEM: the system has no memory for words this long. LODGER_ERR_IO: a write was
 * refused or may not be durable. LODGER_ERR_CLOSED, LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY. The
 * client's thread.
 *
 * A reply has RESP3's shapes whatever HELLO selected: HGETALL is a map, scores are doubles (read them with
 * lodger_reply_double), ZRANGE with WITHSCORES is an array of pairs. lodger_resp answers as HELLO selected.
 */
lodger_status lodger_command(lodger_client *c,
                             size_t argc,
                             const void *const *argv,
                             const size_t *argv_len,
                             lodger_reply **out);

/**
 * Takes the oldest message of the channels that this client listens to, after a command such as SUBSCRIBE. A client that
 * listens to nothing does not wait. (lodger_subscriber does the same without commands, and has a descriptor.)
 *
 * timeout_ms: how long to wait for one; 0 does not, a negative number waits for ever. out: the message, owned by the
 * caller, of kind LODGER_REPLY_PUSH: see lodger_subscriber_next. Messages above the directive
 * client-output-buffer-limit for pubsub are dropped. Messages are part of the answers of lodger_resp as well.
 *
 * LODGER_TIMEOUT: none came in time. LODGER_INTERRUPTED: lodger_client_interrupt ended the wait. LODGER_ERR_CLOSED: the
 * database is closed, and what had come before is taken. LODGER_ERR_NULL, LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY. The client's thread.
 */
lodger_status lodger_client_message(lodger_client *c,
                                    int64_t timeout_ms,
                                    lodger_reply **out);

/**
 * RESP in, RESP out: for the encoder and parser of any client library, without a socket.
 *
 * request, len: one or more whole requests; read only during the call. *answer, *answer_len: the answers in order,
 * borrowed until the next call on c. HELLO 3 switches to RESP3 as on a socket; a malformed request is answered
 * by a protocol error, after which the rest is ignored.
 *
 * LODGER_ERR_ARG: the last request is incomplete; nothing was executed. LODGER_ERR_NOMEM: all was executed, but the
 * system has no memory for an answer this long. LODGER_ERR_IO: the writes may not be durable. LODGER_ERR_CLOSED,
 * LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY. The client's thread.
 */
lodger_status lodger_resp(lodger_client *c,
                          const void *request,
                          size_t len,
                          const void **answer,
                          size_t *answer_len);

/**
 * GET: the value of a key.
 *
 * *value, *len: the bytes, borrowed from c until the next call on it; NUL-terminated below 64 KiB, and from there
 * on shared with the database without a copy (a writer that comes meanwhile copies first). LODGER_NIL: no such
 * key. LODGER_ERR_NULL, LODGER_ERR_ARG (key longer than proto-max-bulk-len), LODGER_ERR_COMMAND (the key holds no
 * string), LODGER_ERR_CLOSED, LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY. The client's thread.
 */
lodger_status lodger_get(lodger_client *c,
                         const void *key,
                         size_t key_len,
                         const void **value,
                         size_t *len);

/**
 * GETDEL: the value of a key, which is removed. Outputs and statuses as lodger_get; also LODGER_ERR_IO.
 */
lodger_status lodger_getdel(lodger_client *c,
                            const void *key,
                            size_t key_len,
                            const void **value,
                            size_t *len);

/**
 * SET: stores a value under a key, whatever was there, and removes an expiry.
 *
 * LODGER_ERR_NULL, LODGER_ERR_ARG (longer than proto-max-bulk-len), LODGER_ERR_NOMEM (maxmemory, or the system has no
 * memory for it), LODGER_ERR_IO (the append-only file refuses, or under appendfsync always the value may not be
 * durable), LODGER_ERR_CLOSED, LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY. The client's thread.
 */
lodger_status lodger_set(lodger_client *c,
                         const void *key,
                         size_t key_len,
                         const void *value,
                         size_t len);

/**
 * SET with PX: stores a value that expires after ttl_ms milliseconds. Statuses as lodger_set; a ttl_ms of 0 or
 * less, or one that overflows, is LODGER_ERR_COMMAND.
 */
lodger_status lodger_set_px(lodger_client *c,
                            const void *key,
                            size_t key_len,
                            const void *value,
                            size_t len,
                            int64_t ttl_ms);

/**
 * DEL: removes a key. *removed: 1, or 0 if there was none. LODGER_ERR_NULL, LODGER_ERR_ARG, LODGER_ERR_IO,
 * LODGER_ERR_CLOSED, LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY. The client's thread.
 */
lodger_status lodger_del(lodger_client *c, const void *key, size_t key_len, int64_t *removed);

/**
 * EXISTS: *found is 1 if there is such a key, otherwise 0. Statuses as lodger_get, without LODGER_NIL.
 */
lodger_status lodger_exists(lodger_client *c, const void *key, size_t key_len, int64_t *found);

/**
 * INCRBY: adds to the integer of a key, which counts as 0 if it is absent. *value: the sum. LODGER_ERR_COMMAND: the
 * value is no integer, or the sum overflows. Other statuses as lodger_set.
 */
lodger_status lodger_incrby(lodger_client *c,
                            const void *key,
                            size_t key_len,
                            int64_t by,
                            int64_t *value);

/**
 * PEXPIRE: lets a key expire after ttl_ms milliseconds; 0 or less removes it now. *set: 1, or 0 if there is no such
 * key. LODGER_ERR_COMMAND: the time overflows. Other statuses as lodger_del.
 */
lodger_status lodger_pexpire(lodger_client *c,
                             const void *key,
                             size_t key_len,
                             int64_t ttl_ms,
                             int64_t *set);

/**
 * PTTL: *ttl_ms is the time to live in milliseconds, -1 without an expiry, -2 without a key. Statuses as
 * lodger_exists.
 */
lodger_status lodger_pttl(lodger_client *c, const void *key, size_t key_len, int64_t *ttl_ms);

/**
 * APPEND: appends to the value of a key, which is made if it is absent. *new_len: the length after it. Statuses as
 * lodger_set; LODGER_ERR_COMMAND: the key holds no string, or the value would be longer than
 * proto-max-bulk-len.
 */
lodger_status lodger_append(lodger_client *c,
                            const void *key,
                            size_t key_len,
                            const void *value,
                            size_t len,
                            int64_t *new_len);

/**
 * STRLEN: *len is the length of the value in bytes, 0 without a key. Statuses as lodger_exists;
 * LODGER_ERR_COMMAND: the key holds no string.
 */
lodger_status lodger_strlen(lodger_client *c, const void *key, size_t key_len, int64_t *len);

/**
 * MGET: the values of n keys, all as of one moment.
 *
 * keys, key_lens: n each. values, lens: room for n each; a value is NULL where its key is absent (or holds no
 * string), otherwise borrowed from c until the next call on it. On failure all are NULL and 0. n may be 0.
 * LODGER_ERR_NULL, LODGER_ERR_ARG, LODGER_ERR_CLOSED, LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY. The
 * client's thread.
 */
lodger_status lodger_mget(lodger_client *c,
                          size_t n,
                          const void *const *keys,
                          const size_t *key_lens,
                          const void **values,
                          size_t *lens);

/**
 * PUBLISH: sends a message to all who listen to a channel.
 *
 * *receivers: how many do, each pattern counted. LODGER_ERR_NULL, LODGER_ERR_ARG, LODGER_ERR_NOMEM, LODGER_ERR_CLOSED,
 * LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY. The client's thread.
 */
lodger_status lodger_publish(lodger_client *c,
                             const void *channel,
                             size_t channel_len,
                             const void *message,
                             size_t len,
                             int64_t *receivers);

/**
 * HSET of one field: stores a value in the hash of a key, which is made if it is absent. *added: 1 if the field is
 * new, otherwise 0. An expiry of the field goes.
 *
 * LODGER_ERR_NULL, LODGER_ERR_ARG (longer than proto-max-bulk-len), LODGER_ERR_COMMAND (the key holds a value of
 * another type), LODGER_ERR_NOMEM (maxmemory), LODGER_ERR_IO (the append-only file refuses, or under appendfsync
 * always the change may not be durable), LODGER_ERR_CLOSED, LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY.
 * The client's thread.
 */
lodger_status lodger_hset(lodger_client *c,
                          const void *key,
                          size_t key_len,
                          const void *field,
                          size_t field_len,
                          const void *value,
                          size_t len,
                          int64_t *added);

/**
 * HGET: the value of a field. *value, *len: the bytes, NUL-terminated, borrowed from c until the next call on it.
 * LODGER_NIL: no such key or field.
 *
 * LODGER_ERR_NULL, LODGER_ERR_ARG (longer than proto-max-bulk-len), LODGER_ERR_COMMAND (the key holds a value of
 * another type), LODGER_ERR_CLOSED, LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY. The client's thread.
 */
lodger_status lodger_hget(lodger_client *c,
                          const void *key,
                          size_t key_len,
                          const void *field,
                          size_t field_len,
                          const void **value,
                          size_t *len);

/**
 * HDEL of one field; the key goes with its last field. *removed: 1, or 0 if there was no such field.
 *
 * LODGER_ERR_NULL, LODGER_ERR_ARG (longer than proto-max-bulk-len), LODGER_ERR_COMMAND (the key holds a value of
 * another type), LODGER_ERR_IO (the append-only file refuses, or under appendfsync always the change may not be
 * durable), LODGER_ERR_CLOSED, LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY. The client's thread.
 */
lodger_status lodger_hdel(lodger_client *c,
                          const void *key,
                          size_t key_len,
                          const void *field,
                          size_t field_len,
                          int64_t *removed);

/**
 * HLEN. *fields: how many fields the hash has, 0 without a key. LODGER_ERR_NULL, LODGER_ERR_ARG (longer than
 * proto-max-bulk-len), LODGER_ERR_COMMAND (the key holds a value of another type), LODGER_ERR_CLOSED, LODGER_ERR_PANIC,
 * LODGER_ERR_FORKED, LODGER_ERR_BUSY. The client's thread.
 */
lodger_status lodger_hlen(lodger_client *c,
                          const void *key,
                          size_t key_len,
                          int64_t *fields);

/**
 * HINCRBY: adds to the integer of a field, which counts as 0 if it is absent. *value: the sum. LODGER_ERR_COMMAND
 * also if the value is no integer or the sum overflows. Other statuses as lodger_hset.
 */
lodger_status lodger_hincrby(lodger_client *c,
                             const void *key,
                             size_t key_len,
                             const void *field,
                             size_t field_len,
                             int64_t by,
                             int64_t *value);

/**
 * LPUSH of one element: it becomes the first of the list of a key, which is made if it is absent. *length: how many
 * elements there are then. Statuses as lodger_hset.
 */
lodger_status lodger_lpush(lodger_client *c,
                           const void *key,
                           size_t key_len,
                           const void *value,
                           size_t len,
                           int64_t *length);

/**
 * RPUSH of one element: it becomes the last of the list of a key, which is made if it is absent. *length: how many
 * elements there are then. Statuses as lodger_hset.
 */
lodger_status lodger_rpush(lodger_client *c,
                           const void *key,
                           size_t key_len,
                           const void *value,
                           size_t len,
                           int64_t *length);

/**
 * LPOP: the first element of a list, which is removed; the key goes with its last element. *value, *len: the bytes,
 * borrowed from c until the next call on it; NUL-terminated below 64 KiB. LODGER_NIL: no such key. Other statuses
 * as lodger_hdel.
 */
lodger_status lodger_lpop(lodger_client *c,
                          const void *key,
                          size_t key_len,
                          const void **value,
                          size_t *len);

/**
 * RPOP: the last element of a list, which is removed; the key goes with its last element. *value, *len: the bytes,
 * borrowed from c until the next call on it; NUL-terminated below 64 KiB. LODGER_NIL: no such key. Other statuses
 * as lodger_hdel.
 */
lodger_status lodger_rpop(lodger_client *c,
                          const void *key,
                          size_t key_len,
                          const void **value,
                          size_t *len);

/**
 * LLEN. *length: how many elements the list has, 0 without a key. Statuses as lodger_hlen.
 */
lodger_status lodger_llen(lodger_client *c, const void *key, size_t key_len, int64_t *length);

/**
 * SADD of one member to the set of a key, which is made if it is absent. *added: 1 if the member is new, otherwise
 * 0. Statuses as lodger_hset.
 */
lodger_status lodger_sadd(lodger_client *c,
                          const void *key,
                          size_t key_len,
                          const void *member,
                          size_t member_len,
                          int64_t *added);

/**
 * SREM of one member; the key goes with its last member. *removed: 1, or 0 if it was not there. Statuses as
 * lodger_hdel.
 */
lodger_status lodger_srem(lodger_client *c,
                          const void *key,
                          size_t key_len,
                          const void *member,
                          size_t member_len,
                          int64_t *removed);

/**
 * SISMEMBER. *found: 1 if the member is in the set, otherwise 0. Statuses as lodger_hlen.
 */
lodger_status lodger_sismember(lodger_client *c,
                               const void *key,
                               size_t key_len,
                               const void *member,
                               size_t member_len,
                               int64_t *found);

/**
 * SCARD. *members: how many members the set has, 0 without a key. Statuses as lodger_hlen.
 */
lodger_status lodger_scard(lodger_client *c, const void *key, size_t key_len, int64_t *members);

/**
 * ZADD of one member to the sorted set of a key, which is made if it is absent; a member that is there gets the new
 * score. *added: 1 if the member is new, otherwise 0. LODGER_ERR_COMMAND also if the score is not a number. Other
 * statuses as lodger_hset.
 */
lodger_status lodger_zadd(lodger_client *c,
                          const void *key,
                          size_t key_len,
                          double score,
                          const void *member,
                          size_t member_len,
                          int64_t *added);

/**
 * ZREM of one member; the key goes with its last member. *removed: 1, or 0 if it was not there. Statuses as
 * lodger_hdel.
 */
lodger_status lodger_zrem(lodger_client *c,
                          const void *key,
                          size_t key_len,
                          const void *member,
                          size_t member_len,
                          int64_t *removed);

/**
 * ZSCORE. *score: the score of a member. LODGER_NIL: no such key or member. Other statuses as lodger_hlen.
 */
lodger_status lodger_zscore(lodger_client *c,
                            const void *key,
                            size_t key_len,
                            const void *member,
                            size_t member_len,
                            double *score);

/**
 * ZINCRBY: adds to the score of a member, which counts as 0 if it is absent. *score: the sum. LODGER_ERR_COMMAND
 * also if by or the sum is not a number. Other statuses as lodger_hset.
 */
lodger_status lodger_zincrby(lodger_client *c,
                             const void *key,
                             size_t key_len,
                             double by,
                             const void *member,
                             size_t member_len,
                             double *score);

/**
 * ZCARD. *members: how many members the sorted set has, 0 without a key. Statuses as lodger_hlen.
 */
lodger_status lodger_zcard(lodger_client *c, const void *key, size_t key_len, int64_t *members);

/**
 * ZRANK. *rank: the place of a member in the order of rising scores; the first is 0. LODGER_NIL: no such key or
 * member. Other statuses as lodger_hlen.
 */
lodger_status lodger_zrank(lodger_client *c,
                           const void *key,
                           size_t key_len,
                           const void *member,
                           size_t member_len,
                           int64_t *rank);

/**
 * What a reply holds: one of LODGER_REPLY_*; LODGER_REPLY_NONE for NULL. Any thread.
 */
int32_t lodger_reply_kind(const lodger_reply *r);

/**
 * The value of an INTEGER, or 1 and 0 of a BOOL; 0 for other kinds and NULL. Any thread.
 */
int64_t lodger_reply_integer(const lodger_reply *r);

/**
 * The value of a DOUBLE, or of an INTEGER as a double; 0 for other kinds and NULL. Any thread.
 */
double lodger_reply_double(const lodger_reply *r);

/**
 * The bytes of a STRING, STATUS, ERROR, BIGNUM or VERBATIM, and their number in *len (len may be NULL). Borrowed
 * until the root is freed; NUL-terminated below 64 KiB. NULL and 0 for other kinds and NULL. Any thread.
 */
const void *lodger_reply_bytes(const lodger_reply *r,
                               size_t *len);

/**
 * The number of elements of an ARRAY, MAP (keys and values), SET or PUSH; 0 for other kinds and NULL. Any
 * thread.
 */
size_t lodger_reply_len(const lodger_reply *r);

/**
 * Element i of an aggregate, from 0. Borrowed until the root is freed: not to be freed itself. NULL if there is
 * none. Any thread.
 */
const lodger_reply *lodger_reply_at(const lodger_reply *r,
                                    size_t i);

/**
 * Frees a reply with all its elements; NULL is fine. Only for roots, as lodger_command gave them. Any thread,
 * once.
 */
void lodger_reply_free(lodger_reply *root);

/**
 * Makes a subscriber, which listens to nothing yet.
 *
 * max_queued: how many messages wait for it at most; what comes while so many do is dropped and counted.
 * out: the subscriber; free it with lodger_subscriber_free. It keeps the database's memory, so the two may be freed in
 * any order. LODGER_ERR_CLOSED, LODGER_ERR_FORKED, LODGER_ERR_PANIC: the database takes none. Any thread.
 */
lodger_status lodger_subscriber_new(lodger_db *db,
                                    size_t max_queued,
                                    lodger_subscriber **out);

/**
 * Listens to a channel from now on, in addition to others; once is enough.
 *
 * channel, len: its name. flags: 0, or LODGER_SUB_PATTERN for all channels that match, or LODGER_SUB_SHARD for a shard
 * channel. LODGER_ERR_ARG: other flags, or a length that is out of range. LODGER_ERR_NULL, LODGER_ERR_CLOSED,
 * LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY. The subscriber's thread.
 */
lodger_status lodger_subscriber_add(lodger_subscriber *s,
                                    const void *channel,
                                    size_t len,
                                    uint32_t flags);

/**
 * Listens to a channel no longer; LODGER_OK also if it did not listen to it. What came through it before can still be
 * taken. Arguments and statuses as lodger_subscriber_add. The subscriber's thread.
 */
lodger_status lodger_subscriber_remove(lodger_subscriber *s,
                                       const void *channel,
                                       size_t len,
                                       uint32_t flags);

/**
 * A descriptor that is readable while a message waits, or after the database was closed: for poll, epoll, libuv,
 * asyncio. It is the subscriber's: neither read nor closed by others, and gone when the subscriber is freed. -1: the
 * system has none left, or s is NULL, or this is a forked child. Any thread.
 */
int32_t lodger_subscriber_fd(const lodger_subscriber *s);

/**
 * Takes the oldest message.
 *
 * timeout_ms: how long to wait for one; 0 does not, a negative number waits for ever. out: the message, owned by the
 * caller: free it with lodger_reply_free. It is of kind LODGER_REPLY_PUSH, as in RESP3: "message", channel and payload;
 * "pmessage", pattern, channel and payload; or "smessage", channel and payload.
 *
 * LODGER_TIMEOUT: none came in time. LODGER_INTERRUPTED: lodger_subscriber_interrupt ended the wait. LODGER_ERR_CLOSED: the
 * database is closed, and what had come before is taken. LODGER_ERR_NULL, LODGER_ERR_PANIC, LODGER_ERR_FORKED,
 * LODGER_ERR_BUSY. The subscriber's thread.
 */
lodger_status lodger_subscriber_next(lodger_subscriber *s,
                                     int64_t timeout_ms,
                                     lodger_reply **out);

/**
 * How many messages were dropped because max_queued others waited; 0 for NULL. Any thread.
 */
uint64_t lodger_subscriber_dropped(const lodger_subscriber *s);

/**
 * Wakes a lodger_subscriber_next that waits: it returns LODGER_INTERRUPTED. Without one nothing happens. NULL is fine. Any
 * thread, while the subscriber is alive.
 */
void lodger_subscriber_interrupt(lodger_subscriber *s);

/**
 * Frees a subscriber; NULL is fine. Its descriptor is closed. Any thread, once, while no call uses it. In a forked child
 * nothing is freed.
 */
void lodger_subscriber_free(lodger_subscriber *s);

/**
 * Makes a reader of the journal: every change of every database, in the order in which they happened, without gaps.
 *
 * from: LODGER_FEED_NOW; LODGER_FEED_OLDEST; or an offset, of a change or of lodger_feed_offset, behind which to begin, also
 * one from before the database was opened anew. flags: 0 or LODGER_FEED_DURABLE. max_bytes: what waits for a slow reader at most in a
 * database without an append-only file, which can be read from now on only; 0 for 16 MiB. Elsewhere changes wait in the file.
 * out: the feed; free it with lodger_feed_free. It keeps the database's memory, so the two may be freed in any order. err:
 * NULL or receives the error.
 *
 * LODGER_ERR_LAGGED: a rewrite of the append-only file has taken away what is behind the offset; the error names the oldest
 * offset that is left. LODGER_ERR_ARG: the offset is none of this database, or a flag is unknown. LODGER_ERR_UNSUPPORTED: the
 * database has no append-only file, and from is not LODGER_FEED_NOW or a flag is given. LODGER_ERR_NULL, LODGER_ERR_IO (files,
 * or no descriptor is left), LODGER_ERR_CLOSED, LODGER_ERR_FORKED, LODGER_ERR_PANIC. Any thread.
 */
lodger_status lodger_feed_new(lodger_db *db,
                              uint64_t from,
                              uint32_t flags,
                              size_t max_bytes,
                              lodger_feed **out,
                              lodger_error **err);

/**
 * Writes a copy of everything, as lodger_backup does, and makes a feed of exactly the changes that the copy lacks: whoever opens
 * the copy, and runs the words of each change in it, has what this database has.
 *
 * rdb_path, progress, ctx: as for lodger_backup. flags, max_bytes, out, err: as for lodger_feed_new. LODGER_INTERRUPTED:
 * progress cancelled the copy. LODGER_ERR_ARG (there is a file that is no snapshot, or a flag is unknown), LODGER_ERR_BUSY
 * (another copy or snapshot is being written), LODGER_ERR_UNSUPPORTED, LODGER_ERR_NULL, LODGER_ERR_IO, LODGER_ERR_LOCKED,
 * LODGER_ERR_CLOSED, LODGER_ERR_FORKED, LODGER_ERR_PANIC. Any thread; it takes as long as the writing does.
 */
lodger_status lodger_feed_copy(lodger_db *db,
                               const char *rdb_path,
                               uint32_t flags,
                               size_t max_bytes,
                               int32_t (*progress)(void *ctx, uint64_t keys_done, uint64_t keys_total),
                               void *ctx,
                               lodger_feed **out,
                               lodger_error **err);

/**
 * The offset before the oldest change that a feed can still give; what came before is in the base of the append-only
 * file.
 *
 * oldest: receives it. LODGER_ERR_NULL, LODGER_ERR_UNSUPPORTED (the database has no append-only file), LODGER_ERR_CLOSED,
 * LODGER_ERR_FORKED, LODGER_ERR_PANIC. Any thread.
 */
lodger_status lodger_feed_oldest(lodger_db *db,
                                 uint64_t *oldest);

/**
 * Takes the next change.
 *
 * timeout_ms: how long to wait for one; 0 does not, a negative number waits for ever. out: the change, owned by the caller:
 * free it with lodger_reply_free. It is an array of five: the offset, to be stored with what was made of the change, and given to
 * lodger_feed_new to go on behind it; the number of the database; how many more changes belong to the same step, such as a
 * MULTI and EXEC (0: this is its last; the others have the offset before the step, so that one that was dealt with in part comes
 * again); the words of the command, an array; and the keys that it changes, an array, empty where that is a whole database.
 *
 * LODGER_TIMEOUT: none came in time. LODGER_INTERRUPTED: lodger_feed_interrupt ended the wait. LODGER_ERR_LAGGED: changes were
 * lost here, lodger_feed_error tells how many; of a queue the next call goes on behind them, of a file a new feed is needed.
 * LODGER_ERR_CLOSED: the database is closed, and all changes are taken. LODGER_ERR_IO, LODGER_ERR_CORRUPT: the file cannot be read.
 * LODGER_ERR_NULL, LODGER_ERR_UNSUPPORTED (an increment of 1 TiB), LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY. The
 * feed's thread.
 */
lodger_status lodger_feed_next(lodger_feed *f,
                               int64_t timeout_ms,
                               lodger_reply **out);

/**
 * What a key holds now. That may be more than the change that named it made of it; then a later change tells of it, too.
 *
 * db, key: of which database, and which key. out: an array of two, owned by the caller: free it with lodger_reply_free. The value as
 * DUMP gives it, for RESTORE, and the time of its expiry in Unix milliseconds, or -1. LODGER_NIL: there is no such key.
 * LODGER_ERR_NULL, LODGER_ERR_ARG, LODGER_ERR_COMMAND (there is no such database), LODGER_ERR_NOMEM, LODGER_ERR_CLOSED,
 * LODGER_ERR_PANIC, LODGER_ERR_FORKED, LODGER_ERR_BUSY. The feed's thread.
 */
lodger_status lodger_feed_value(lodger_feed *f,
                                uint32_t db,
                                const void *key,
                                size_t len,
                                lodger_reply **out);

/**
 * Where a reader goes on that has dealt with everything that lodger_feed_next has given: to be stored, and given to
 * lodger_feed_new. 0 for NULL. Any thread.
 */
uint64_t lodger_feed_offset(const lodger_feed *f);

/**
 * What the last call on a feed that failed had to say: never NULL, empty if none failed. Borrowed until the next call on
 * it. The feed's thread.
 */
const char *lodger_feed_error(const lodger_feed *f);

/**
 * A descriptor that is readable while lodger_feed_next has something to give or to tell, also that the database was closed: for
 * poll, epoll, libuv, asyncio. It is the feed's: neither read nor closed by others, and gone when the feed is freed. -1: f is
 * NULL, or this is a forked child. Any thread.
 */
int32_t lodger_feed_fd(const lodger_feed *f);

/**
 * Wakes a lodger_feed_next that waits: it returns LODGER_INTERRUPTED. Without one nothing happens. NULL is fine. Any thread,
 * while the feed is alive.
 */
void lodger_feed_interrupt(lodger_feed *f);

/**
 * Frees a feed; NULL is fine. Its descriptor is closed. Any thread, once, while no call uses it. In a forked child nothing is
 * freed.
 */
void lodger_feed_free(lodger_feed *f);

/**
 * Serves a database to any Redis client, on threads of its own (as many as the directive io-threads says), until the server
 * is freed, the database is closed, or a client says SHUTDOWN.
 *
 * url: "tcp://HOST:PORT", where port 0 is any that is free (see lodger_server_port), or "unix:///PATH". The directives
 * requirepass, maxclients, timeout, protected-mode, unixsocketperm, client-output-buffer-limit and others say how.
 * out: the server; free it with lodger_server_free. err: NULL or receives the error; free it with lodger_error_free.
 *
 * LODGER_ERR_ARG: a bad url, a path that is too long, a file in its place that is no socket. LODGER_ERR_IO: the port or
 * path is in use, or the system refuses it. The message names the url. LODGER_ERR_NULL, LODGER_ERR_CLOSED,
 * LODGER_ERR_PANIC, LODGER_ERR_FORKED. Any thread.
 */
lodger_status lodger_listen(lodger_db *db,
                            const char *url,
                            lodger_server **out,
                            lodger_error **err);

/**
 * The port of a server's TCP socket; 0 if it has none, and for NULL. Any thread.
 */
uint32_t lodger_server_port(const lodger_server *s);

/**
 * Ends a server: its connections are closed, its threads have ended when this returns, and a unix socket's file is gone. The
 * database stays open. NULL is fine. In a forked child nothing is freed. Any thread, once.
 */
void lodger_server_free(lodger_server *s);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* LODGER_H */
