/* The harness of the C suite: plain checks, no framework. A test is a function `test_NAME` named in TESTS.
 *
 * test-c            runs all; prints "N passed, N failed" at the end, exit code 1 when any failed
 * test-c NAME ...   runs these
 * LODGER_TEST_LIGHT=1   smaller loops, for valgrind and the sanitizers
 * SEED=n                the seed of random tests, which each prints
 */
#ifndef TEST_H
#define TEST_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <inttypes.h>
#include <lodger.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TESTS(T) \
    T(version) T(status_names) T(free_takes_null) T(null_open) T(null_client) T(null_command) T(null_resp) \
    T(null_typed) T(null_reply) \
    T(open_in_memory) T(open_durable) T(open_two) T(open_locked) T(open_config) T(open_bad_config) T(open_bad_place) \
    T(open_no_permission) T(manifest_missing_file) T(snapshot_file) T(open_damaged) T(full_disk) T(log_callback) T(log_end) T(cloexec) T(sync_and_error) \
    T(typed_strings) T(typed_numbers) T(typed_ttl) T(typed_mget) T(typed_errors) \
    T(values_hash) T(values_list) T(values_set) T(values_zset) T(values_errors) T(values_durable) T(binary_keys) T(empty_strings) \
    T(huge_lengths) T(borrowed_values) T(borrowed_edge) T(short_of_memory) T(largest_value) \
    T(command_replies) T(command_errors) T(command_text) T(reply_kinds) T(reply_out_of_range) T(reply_outlives) \
    T(resp_requests) T(resp_pipeline) T(resp_incomplete) T(resp_garbage) T(resp_resp3) \
    T(free_in_any_order) T(close_under_load) T(close_wakes) T(busy) T(interrupt) T(threads_incr) T(threads_mset) \
    T(null_subscriber) T(subscriber) T(subscriber_fd) T(subscriber_waits) T(subscriber_full) T(client_messages) \
    T(null_feed) T(feed) T(feed_resumes) T(feed_copy) T(feed_waits) T(feed_full) \
    T(listen) T(listen_nowhere) \
    T(fork_child) T(fork_durable) T(fork_lock) T(kill_nine) T(growth_memory) T(growth_durable)
#define DECLARE_TEST(name) void test_##name(void);
TESTS(DECLARE_TEST)
#undef DECLARE_TEST

/* Each records a failure with its place and goes on; usable from any thread. */
#define CHECK(cond) check_at(cond, __FILE__, __LINE__, "%s", #cond)
#define CHECK_INT(got, want) check_int((int64_t)(got), (int64_t)(want), #got, __FILE__, __LINE__)
#define CHECK_STATUS(got, want) check_status(got, want, #got, __FILE__, __LINE__)
#define CHECK_TEXT(got, want) check_text(got, want, #got, __FILE__, __LINE__)
#define CHECK_HAS(text, part) check_has(text, part, #text, __FILE__, __LINE__)
/* Pointer and length against a string literal, which may hold NULs. */
#define CHECK_BYTES(p, n, literal) check_bytes(p, n, literal, sizeof(literal) - 1, #p, __FILE__, __LINE__)
bool check_at(bool ok, const char *file, int line, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
bool check_int(int64_t got, int64_t want, const char *what, const char *file, int line);
bool check_status(lodger_status got, lodger_status want, const char *what, const char *file, int line);
bool check_text(const char *got, const char *want, const char *what, const char *file, int line);
bool check_has(const char *text, const char *part, const char *what, const char *file, int line);
bool check_bytes(const void *got, size_t n, const void *want, size_t m, const char *what, const char *file, int line);
/* A test that can not run here; the reason is printed and the test counts as passed. */
void skipped(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* full, or less when LODGER_TEST_LIGHT is set */
int scaled(int full, int light);
uint64_t seed(void);
uint64_t next_random(uint64_t *state);
double seconds(void);
void nap(double s);

/* A new, empty directory that anyone may enter; removed when the program ends. */
char *temp_dir(void);
char *path_in(const char *dir, const char *name);
void write_file(const char *path, const char *text);
/* The first file below dir whose name ends so; NULL when there is none. */
char *find_file(const char *dir, const char *suffix);

/* These must work; the test program stops when they do not. */
lodger_db *open_db(const char *location, const char *config);
void close_db(lodger_db *db);
lodger_client *new_client(lodger_db *db);
/* What opening answers, with the message copied out; a db that opens in spite of it is closed. */
lodger_status try_open(const char *location, const char *config, char *message, size_t size);

/* lodger_command with C strings. */
#define WORDS(...) sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *), (const char *[]){__VA_ARGS__}
lodger_status command(lodger_client *c, lodger_reply **out, size_t argc, const char *const *argv);
#define COMMAND(c, out, ...) command(c, out, WORDS(__VA_ARGS__))
/* Runs a command and compares show() of its reply: CHECK_COMMAND(c, "[\"1\" nil]", "MGET", "a", "b"). */
#define CHECK_COMMAND(c, want, ...) check_command(c, want, __FILE__, __LINE__, WORDS(__VA_ARGS__))
void check_command(lodger_client *c, const char *want, const char *file, int line, size_t argc, const char *const *argv);
/* A reply as one line: +OK -ERR.. :1 "text" nil [a b] {k v} ~[a] >[a] #t ,1.5 . The buffer is the thread's. */
const char *show(const lodger_reply *r);

/* Runs fn in a forked child: its exit code (0 = all checks in it passed), or 1000 + signal. */
int in_child(void (*fn)(void *), void *arg);
/* The same in two steps. The child ends with end_child. */
pid_t start_child(void);
void end_child(void) __attribute__((noreturn));
int wait_child(pid_t pid);

#endif
