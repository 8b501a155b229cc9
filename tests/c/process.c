/* Processes: fork with handles open, kill -9 while writing, and what many openings leave behind. */
#include "test.h"

#include <dirent.h>

/* ---- fork ---- */

struct handles {
    lodger_db *db;
    lodger_client *c;
    lodger_reply *r;
    lodger_subscriber *s;
    lodger_feed *f;
    lodger_server *server;
    char *dir;
};

static void use_in_child(void *arg) {
    struct handles *h = arg;
    const void *v = h, *keys[] = {"k"}, *values[] = {h};
    size_t n = 77, lens[] = {1}, sizes[] = {77};
    int64_t i = 77;
    lodger_reply *r = (lodger_reply *)arg;
    lodger_client *c = (lodger_client *)arg;
    lodger_error *err = NULL;

    CHECK_STATUS(COMMAND(h->c, &r, "SET", "k", "child"), LODGER_ERR_FORKED);
    CHECK(r == NULL);
    CHECK(*lodger_client_error(h->c) != '\0');
    CHECK_STATUS(lodger_resp(h->c, "PING\r\n", 6, &v, &n), LODGER_ERR_FORKED);
    CHECK(v == NULL && n == 0);
    v = h, n = 77;
    CHECK_STATUS(lodger_get(h->c, "k", 1, &v, &n), LODGER_ERR_FORKED);
    CHECK(v == NULL && n == 0);
    CHECK_STATUS(lodger_getdel(h->c, "k", 1, &v, &n), LODGER_ERR_FORKED);
    CHECK_STATUS(lodger_set(h->c, "k", 1, "child", 5), LODGER_ERR_FORKED);
    CHECK_STATUS(lodger_set_px(h->c, "k", 1, "child", 5, 1000), LODGER_ERR_FORKED);
    CHECK_STATUS(lodger_del(h->c, "k", 1, &i), LODGER_ERR_FORKED);
    CHECK_STATUS(lodger_exists(h->c, "k", 1, &i), LODGER_ERR_FORKED);
    CHECK_STATUS(lodger_incrby(h->c, "n", 1, 1, &i), LODGER_ERR_FORKED);
    CHECK_STATUS(lodger_pexpire(h->c, "k", 1, 1, &i), LODGER_ERR_FORKED);
    CHECK_STATUS(lodger_pttl(h->c, "k", 1, &i), LODGER_ERR_FORKED);
    CHECK_STATUS(lodger_append(h->c, "k", 1, "child", 5, &i), LODGER_ERR_FORKED);
    CHECK_STATUS(lodger_strlen(h->c, "k", 1, &i), LODGER_ERR_FORKED);
    CHECK_INT(i, 0);
    CHECK_STATUS(lodger_mget(h->c, 1, keys, lens, values, sizes), LODGER_ERR_FORKED);
    CHECK(values[0] == NULL && sizes[0] == 0);
    CHECK_STATUS(lodger_client_new(h->db, &c), LODGER_ERR_FORKED);
    CHECK(c == NULL);
    CHECK_STATUS(lodger_sync(h->db, &err), LODGER_ERR_FORKED);
    CHECK_STATUS(lodger_error_status(err), LODGER_ERR_FORKED);
    lodger_error_free(err);
    lodger_client_interrupt(h->c);
    lodger_set_log(h->db, NULL, NULL);

    lodger_subscriber *s = (lodger_subscriber *)arg;
    lodger_server *server = (lodger_server *)arg;
    CHECK_STATUS(lodger_publish(h->c, "c", 1, "child", 5, &i), LODGER_ERR_FORKED);
    CHECK_STATUS(lodger_client_message(h->c, -1, &r), LODGER_ERR_FORKED);
    CHECK_STATUS(lodger_subscriber_new(h->db, 1, &s), LODGER_ERR_FORKED);
    CHECK(s == NULL);
    CHECK_STATUS(lodger_subscriber_add(h->s, "d", 1, 0), LODGER_ERR_FORKED);
    CHECK_STATUS(lodger_subscriber_remove(h->s, "c", 1, 0), LODGER_ERR_FORKED);
    CHECK_STATUS(lodger_subscriber_next(h->s, -1, &r), LODGER_ERR_FORKED);
    CHECK(r == NULL);
    CHECK_INT(lodger_subscriber_fd(h->s), -1);
    lodger_subscriber_interrupt(h->s);
    CHECK_STATUS(lodger_listen(h->db, "tcp://127.0.0.1:0", &server, &err), LODGER_ERR_FORKED);
    CHECK(server == NULL);
    CHECK_STATUS(lodger_error_status(err), LODGER_ERR_FORKED);
    lodger_error_free(err);
    lodger_feed *f = (lodger_feed *)arg;
    uint64_t oldest = 77;
    CHECK_STATUS(lodger_feed_new(h->db, LODGER_FEED_NOW, 0, 0, &f, NULL), LODGER_ERR_FORKED);
    CHECK(f == NULL);
    CHECK_STATUS(lodger_feed_oldest(h->db, &oldest), LODGER_ERR_FORKED);
    CHECK_STATUS(lodger_feed_next(h->f, -1, &r), LODGER_ERR_FORKED);
    CHECK_STATUS(lodger_feed_value(h->f, 0, "k", 1, &r), LODGER_ERR_FORKED);
    CHECK(r == NULL);
    CHECK_INT(lodger_feed_fd(h->f), -1);
    lodger_feed_interrupt(h->f);
    lodger_feed_free(h->f);
    lodger_subscriber_free(h->s);
    lodger_server_free(h->server);
    CHECK_TEXT(show(h->r), "[\"v\"]"); /* a reply is only memory */

#if !defined(__SANITIZE_ADDRESS__)
    /* A database of the child's own is as good as any. The sanitizer's allocator does not survive a fork while other threads
     * allocate: a new thread may wait for ever for what one of the parent's held. */
    lodger_db *own = open_db(NULL, NULL);
    c = new_client(own);
    CHECK_COMMAND(c, "+OK", "SET", "k", "own");
    lodger_client_free(c);
    close_db(own);
#endif
    if (h->dir) {
        char message[512];
        CHECK_STATUS(try_open(h->dir, NULL, message, sizeof message), LODGER_ERR_LOCKED);
    }
    lodger_reply_free(h->r);
    lodger_client_free(h->c);
    CHECK_STATUS(lodger_close(h->db, NULL), LODGER_ERR_FORKED);
}
static void fork_with(char *dir) {
    struct handles h = {.db = open_db(dir, dir ? "appendfsync no\n" : NULL), .dir = dir};
    h.c = new_client(h.db);
    CHECK_COMMAND(h.c, "+OK", "SET", "k", "v");
    CHECK_COMMAND(h.c, ":1", "INCR", "n");
    CHECK_STATUS(COMMAND(h.c, &h.r, "MGET", "k"), LODGER_OK);
    CHECK_STATUS(lodger_subscriber_new(h.db, 10, &h.s), LODGER_OK);
    CHECK_STATUS(lodger_subscriber_add(h.s, "c", 1, 0), LODGER_OK);
    CHECK_STATUS(lodger_feed_new(h.db, LODGER_FEED_NOW, 0, 0, &h.f, NULL), LODGER_OK);
    CHECK_STATUS(lodger_listen(h.db, "tcp://127.0.0.1:0", &h.server, NULL), LODGER_OK);
    for (int round = 0; round < 3; round++) {
        CHECK_INT(in_child(use_in_child, &h), 0);
        /* The parent goes on unharmed. */
        CHECK_COMMAND(h.c, "\"v\"", "GET", "k");
        CHECK_COMMAND(h.c, round == 0 ? ":2" : round == 1 ? ":3" : ":4", "INCR", "n");
        lodger_reply *message;
        CHECK_COMMAND(h.c, ":1", "PUBLISH", "c", "parent");
        CHECK_STATUS(lodger_subscriber_next(h.s, -1, &message), LODGER_OK);
        CHECK_TEXT(show(message), ">[\"message\" \"c\" \"parent\"]");
        lodger_reply_free(message);
        CHECK_STATUS(lodger_subscriber_next(h.s, 0, &message), LODGER_TIMEOUT);
        CHECK_STATUS(lodger_feed_next(h.f, -1, &message), LODGER_OK);
        CHECK_TEXT(show(lodger_reply_at(message, 3)), "[\"INCR\" \"n\"]");
        lodger_reply_free(message);
        CHECK_STATUS(lodger_feed_next(h.f, 0, &message), LODGER_TIMEOUT);
    }
    lodger_server_free(h.server);
    lodger_subscriber_free(h.s);
    lodger_feed_free(h.f);
    lodger_reply_free(h.r);
    lodger_client_free(h.c);
    close_db(h.db);
}
void test_fork_child(void) { fork_with(NULL); }

void test_fork_durable(void) {
    char *dir = temp_dir();
    fork_with(dir);
    lodger_db *db = open_db(dir, NULL); /* the child wrote nothing twice, cut nothing off */
    lodger_client *c = new_client(db);
    CHECK_COMMAND(c, "[\"v\" \"4\"]", "MGET", "k", "n");
    CHECK_COMMAND(c, ":2", "DBSIZE");
    lodger_client_free(c);
    close_db(db);
}

/* A child that lives on holds copies of all descriptors, but must not hold the lock on the directory. */
void test_fork_lock(void) {
    char *dir = temp_dir(), byte;
    int hold[2];
    if (!CHECK(pipe(hold) == 0)) return;
    lodger_db *db = open_db(dir, NULL);
    pid_t pid = start_child();
    if (pid == 0) {
        close(hold[1]);
        CHECK(read(hold[0], &byte, 1) == 0); /* until the parent closes its end */
        end_child();
    }
    close(hold[0]);
    close_db(db);
    char message[512];
    CHECK_STATUS(try_open(dir, NULL, message, sizeof message), LODGER_OK);
    close(hold[1]);
    CHECK_INT(wait_child(pid), 0);
}

/* ---- kill -9 ---- */

enum { WRITERS = 3 };
struct writer {
    lodger_client *c;
    int32_t id;
    int report;
};
struct done {
    int32_t writer, number;
};
static void *write_and_report(void *arg) {
    struct writer *w = arg;
    for (int32_t i = 0;; i++) {
        char key[32], value[32];
        int n = snprintf(key, sizeof key, "w%" PRId32 ":%" PRId32, w->id, i);
        int m = snprintf(value, sizeof value, "value %" PRId32, i * 7);
        if (lodger_set(w->c, key, (size_t)n, value, (size_t)m) != LODGER_OK) _exit(9);
        struct done done = {w->id, i};
        if (write(w->report, &done, sizeof done) != sizeof done) _exit(8); /* below PIPE_BUF: whole or not at all */
    }
    return NULL;
}
static void write_until_killed(const char *dir, int report) {
    lodger_db *db = open_db(dir, "appendfsync always\n");
    struct writer writers[WRITERS];
    pthread_t threads[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){new_client(db), i, report};
        pthread_create(&threads[i], NULL, write_and_report, &writers[i]);
    }
    for (int i = 0; i < WRITERS; i++) pthread_join(threads[i], NULL);
}
/* A process that is killed in the middle of writing: whatever it was told is stored, is stored. */
void test_kill_nine(void) {
    uint64_t state = seed();
    int64_t total = 0;
    for (int round = 0; round < scaled(8, 2); round++) {
        char *dir = temp_dir();
        int report[2];
        if (!CHECK(pipe(report) == 0)) return;
        pid_t pid = start_child();
        if (pid == 0) {
            close(report[0]);
            write_until_killed(dir, report[1]);
            _exit(7);
        }
        close(report[1]);
        struct done done;
        int32_t last[WRITERS];
        for (int i = 0; i < WRITERS; i++) last[i] = -1;
        int64_t wanted = 1 + (int64_t)(next_random(&state) % (uint64_t)scaled(500, 20));
        double extra = (double)(next_random(&state) % 3000) / 1e6;
        for (int64_t i = 0; i < wanted && read(report[0], &done, sizeof done) == sizeof done; i++)
            last[done.writer] = done.number;
        nap(extra);
        kill(pid, SIGKILL);
        CHECK_INT(wait_child(pid), 1000 + SIGKILL);
        while (read(report[0], &done, sizeof done) == sizeof done) last[done.writer] = done.number;
        close(report[0]);

        lodger_db *db = open_db(dir, NULL);
        lodger_client *c = new_client(db);
        int64_t acknowledged = 0, lost = 0;
        for (int w = 0; w < WRITERS; w++)
            for (int32_t i = 0; i <= last[w]; i++, acknowledged++) {
                char key[32], value[32];
                const void *v;
                size_t len;
                int n = snprintf(key, sizeof key, "w%d:%" PRId32, w, i);
                int m = snprintf(value, sizeof value, "value %" PRId32, i * 7);
                lost += lodger_get(c, key, (size_t)n, &v, &len) != LODGER_OK || len != (size_t)m || memcmp(v, value, len) != 0;
            }
        CHECK_INT(lost, 0);
        CHECK(acknowledged >= wanted);
        /* Besides them at most the one that each writer had not been told about. */
        lodger_reply *r;
        CHECK_STATUS(COMMAND(c, &r, "DBSIZE"), LODGER_OK);
        CHECK(lodger_reply_integer(r) >= acknowledged && lodger_reply_integer(r) <= acknowledged + WRITERS);
        lodger_reply_free(r);
        lodger_client_free(c);
        close_db(db);
        total += acknowledged;
    }
    printf("kill_nine: %" PRId64 " acknowledged writes found again\n", total);
}

/* ---- growth ---- */

static int entries(const char *dir) {
    DIR *d = opendir(dir);
    int n = 0;
    if (!d) return -1;
    while (readdir(d)) n++;
    closedir(d);
    return n;
}
static long resident_kb(void) {
    FILE *f = fopen("/proc/self/statm", "r");
    long size = 0, resident = 0;
    if (!f) return -1;
    if (fscanf(f, "%ld %ld", &size, &resident) != 2) resident = -1;
    fclose(f);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}
static void open_and_close(const char *location, int rounds) {
    for (int i = 0; i < rounds; i++) {
        lodger_db *db = open_db(location, NULL);
        lodger_client *c = new_client(db);
        int64_t n;
        if (!CHECK_STATUS(lodger_incrby(c, "n", 1, 1, &n), LODGER_OK)) return;
        if (i % 2) lodger_client_free(c);
        close_db(db);
        if (i % 2 == 0) lodger_client_free(c);
        char message[64];
        if (i % 10 == 0) try_open(location, "nosuch 1\n", message, sizeof message); /* a failed one leaves nothing either */
    }
}
static void check_growth(const char *location, int rounds, int warm_up) {
    open_and_close(location, warm_up);
    int threads = entries("/proc/self/task"), fds = entries("/proc/self/fd");
    long before = resident_kb();
    if (threads < 0 || before < 0) {
        skipped("no /proc");
        return;
    }
    open_and_close(location, rounds);
    /* A thread that was joined may be listed for a moment longer. */
    for (int i = 0; i < 200 && entries("/proc/self/task") > threads; i++) nap(0.01);
    CHECK_INT(entries("/proc/self/task"), threads);
    CHECK_INT(entries("/proc/self/fd"), fds);
    long grown = resident_kb() - before;
    if (!CHECK(grown < 2048)) fprintf(stderr, "... by %ld KB over %d openings\n", grown, rounds);
    printf("growth: %d x open and close: %+ld KB, %d threads, %d descriptors\n", rounds, grown, threads - 2, fds - 2);
}
void test_growth_memory(void) {
    /* Under valgrind or a sanitizer the allocator keeps freed memory back, so memory is no measure there. */
    if (scaled(1, 0)) check_growth(NULL, 10000, 1000);
    else open_and_close(NULL, 30);
}
void test_growth_durable(void) {
    char *dir = temp_dir();
    if (scaled(1, 0)) check_growth(dir, 1000, 100);
    else open_and_close(dir, 10);
}
