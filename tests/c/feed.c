/* The change feed. */
#include "test.h"

#include <poll.h>

/* The words of the next change. */
static void check_change(lodger_feed *f, int64_t db, int64_t remaining, const char *words, const char *keys) {
    lodger_reply *r;
    if (!CHECK_STATUS(lodger_feed_next(f, -1, &r), LODGER_OK)) return;
    CHECK_INT(lodger_reply_kind(r), LODGER_REPLY_ARRAY);
    CHECK_INT(lodger_reply_len(r), 5);
    CHECK(lodger_reply_integer(lodger_reply_at(r, 0)) > 0 || remaining > 0);
    CHECK_INT(lodger_reply_integer(lodger_reply_at(r, 0)), lodger_feed_offset(f));
    CHECK_INT(lodger_reply_integer(lodger_reply_at(r, 1)), db);
    CHECK_INT(lodger_reply_integer(lodger_reply_at(r, 2)), remaining);
    CHECK_TEXT(show(lodger_reply_at(r, 3)), words);
    CHECK_TEXT(show(lodger_reply_at(r, 4)), keys);
    lodger_reply_free(r);
}

static lodger_feed *new_feed(lodger_db *db, uint64_t from) {
    lodger_feed *f = NULL;
    lodger_error *err = NULL;
    CHECK_STATUS(lodger_feed_new(db, from, 0, 0, &f, &err), LODGER_OK);
    CHECK(!err);
    return f;
}

void test_null_feed(void) {
    lodger_db *db = open_db(NULL, NULL);
    lodger_feed *f = (lodger_feed *)&db;
    lodger_reply *r = (lodger_reply *)&db;
    lodger_error *err;
    uint64_t oldest = 7;
    CHECK_STATUS(lodger_feed_new(NULL, LODGER_FEED_NOW, 0, 0, &f, &err), LODGER_ERR_NULL);
    CHECK(!f);
    CHECK_TEXT(lodger_error_message(err), "db is NULL");
    lodger_error_free(err);
    CHECK_STATUS(lodger_feed_new(db, LODGER_FEED_NOW, 0, 0, NULL, NULL), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_feed_new(db, LODGER_FEED_NOW, 2, 0, &f, NULL), LODGER_ERR_ARG);
    CHECK_STATUS(lodger_feed_new(db, LODGER_FEED_NOW, LODGER_FEED_DURABLE, 0, &f, NULL), LODGER_ERR_UNSUPPORTED);
    CHECK_STATUS(lodger_feed_new(db, LODGER_FEED_OLDEST, 0, 0, &f, &err), LODGER_ERR_UNSUPPORTED);
    CHECK(!f);
    CHECK_HAS(lodger_error_message(err), "no append-only file");
    lodger_error_free(err);
    f = (lodger_feed *)&db;
    CHECK_STATUS(lodger_feed_copy(NULL, "x", 0, 0, NULL, NULL, &f, &err), LODGER_ERR_NULL);
    CHECK(!f);
    lodger_error_free(err);
    CHECK_STATUS(lodger_feed_copy(db, NULL, 0, 0, NULL, NULL, &f, &err), LODGER_ERR_NULL);
    CHECK_TEXT(lodger_error_message(err), "rdb_path is NULL");
    lodger_error_free(err);
    CHECK_STATUS(lodger_feed_copy(db, "x", 0, 0, NULL, NULL, NULL, NULL), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_feed_copy(db, "x", 2, 0, NULL, NULL, &f, NULL), LODGER_ERR_ARG);
    CHECK_STATUS(lodger_feed_copy(db, "", 0, 0, NULL, NULL, &f, NULL), LODGER_ERR_ARG);
    CHECK_STATUS(lodger_feed_copy(db, "x", LODGER_FEED_DURABLE, 0, NULL, NULL, &f, NULL), LODGER_ERR_UNSUPPORTED);
    CHECK_STATUS(lodger_feed_oldest(NULL, &oldest), LODGER_ERR_NULL);
    CHECK_INT(oldest, 0);
    CHECK_STATUS(lodger_feed_oldest(db, NULL), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_feed_oldest(db, &oldest), LODGER_ERR_UNSUPPORTED);
    CHECK_STATUS(lodger_feed_next(NULL, 0, &r), LODGER_ERR_NULL);
    CHECK(!r);
    r = (lodger_reply *)&db;
    CHECK_STATUS(lodger_feed_value(NULL, 0, "k", 1, &r), LODGER_ERR_NULL);
    CHECK(!r);
    CHECK_INT(lodger_feed_offset(NULL), 0);
    CHECK_TEXT(lodger_feed_error(NULL), "");
    CHECK_INT(lodger_feed_fd(NULL), -1);
    lodger_feed_interrupt(NULL);
    f = new_feed(db, LODGER_FEED_NOW);
    CHECK_STATUS(lodger_feed_next(f, 0, NULL), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_feed_value(f, 0, "k", 1, NULL), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_feed_value(f, 0, NULL, 1, &r), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_feed_value(f, 0, "k", SIZE_MAX, &r), LODGER_ERR_ARG);
    CHECK_STATUS(lodger_feed_value(f, 0, NULL, 0, &r), LODGER_NIL);
    CHECK_STATUS(lodger_feed_value(f, UINT32_MAX, "k", 1, &r), LODGER_ERR_COMMAND);
    CHECK_HAS(lodger_feed_error(f), "ERR");
    lodger_feed_free(f);
    lodger_feed_free(NULL);
    close_db(db);
}

static void feed_with(const char *location, const char *config) {
    lodger_db *db = open_db(location, config);
    lodger_client *c = new_client(db);
    lodger_reply *r;
    CHECK_STATUS(lodger_set(c, "before", 6, "1", 1), LODGER_OK);
    lodger_feed *f = new_feed(db, LODGER_FEED_NOW);
    struct pollfd fd = {.fd = lodger_feed_fd(f), .events = POLLIN};
    CHECK(fd.fd >= 0);
    CHECK_INT(poll(&fd, 1, 0), 0);
    CHECK_STATUS(lodger_feed_next(f, 0, &r), LODGER_TIMEOUT);
    CHECK(!r);
    CHECK_STATUS(lodger_feed_next(f, 20, &r), LODGER_TIMEOUT);
    CHECK_STATUS(lodger_set(c, "k", 1, "a\0b", 3), LODGER_OK);
    CHECK_COMMAND(c, "+OK", "MULTI");
    CHECK_COMMAND(c, "+QUEUED", "LPUSH", "l", "1");
    CHECK_COMMAND(c, "+QUEUED", "INCR", "n");
    CHECK_COMMAND(c, "[:1 :1]", "EXEC");
    CHECK_COMMAND(c, "+OK", "SELECT", "1");
    CHECK_COMMAND(c, "+OK", "MSET", "x", "1", "y", "2");
    CHECK_INT(poll(&fd, 1, 10000), 1);
    if (CHECK_STATUS(lodger_feed_next(f, -1, &r), LODGER_OK)) {
        size_t len;
        const void *bytes = lodger_reply_bytes(lodger_reply_at(lodger_reply_at(r, 3), 2), &len);
        CHECK_BYTES(bytes, len, "a\0b");
        lodger_reply_free(r);
    }
    check_change(f, 0, 1, "[\"LPUSH\" \"l\" \"1\"]", "[\"l\"]");
    check_change(f, 0, 0, "[\"INCR\" \"n\"]", "[\"n\"]");
    CHECK_INT(poll(&fd, 1, 10000), 1);
    check_change(f, 1, 0, "[\"MSET\" \"x\" \"1\" \"y\" \"2\"]", "[\"x\" \"y\"]");
    CHECK_INT(poll(&fd, 1, 0), 0);
    CHECK_STATUS(lodger_feed_value(f, 1, "x", 1, &r), LODGER_OK);
    CHECK_INT(lodger_reply_len(r), 2);
    CHECK_INT(lodger_reply_integer(lodger_reply_at(r, 1)), -1);
    lodger_reply_free(r);
    CHECK_STATUS(lodger_feed_value(f, 0, "x", 1, &r), LODGER_NIL);
    CHECK_COMMAND(c, "+OK", "FLUSHDB");
    check_change(f, 1, 0, "[\"FLUSHDB\"]", "[]");
    CHECK_COMMAND(c, "+OK", "SET", "k", "last");
    lodger_client_free(c);
    close_db(db);
    CHECK_INT(poll(&fd, 1, 10000), 1);
    check_change(f, 1, 0, "[\"SET\" \"k\" \"last\"]", "[\"k\"]");
    CHECK_STATUS(lodger_feed_next(f, -1, &r), LODGER_ERR_CLOSED);
    CHECK_HAS(lodger_feed_error(f), "closed");
    CHECK_INT(poll(&fd, 1, 0), 1);
    lodger_feed_free(f);
}

void test_feed(void) {
    feed_with(NULL, NULL);
    feed_with(temp_dir(), NULL);
    feed_with(temp_dir(), "appendfsync always");
}

void test_feed_resumes(void) {
    char *dir = temp_dir();
    uint64_t offset = LODGER_FEED_OLDEST, oldest;
    lodger_feed *f;
    lodger_error *err;
    for (int round = 0; round < 3; round++) {
        lodger_db *db = open_db(dir, NULL);
        lodger_client *c = new_client(db);
        char words[64];
        for (int i = 0; i < 3; i++) {
            snprintf(words, sizeof words, "%d", round * 3 + i);
            CHECK_COMMAND(c, "+OK", "SET", "k", words);
        }
        f = new_feed(db, offset);
        for (int i = round == 0 ? 0 : -1; i < 2; i++) {
            snprintf(words, sizeof words, "[\"SET\" \"k\" \"%d\"]", round * 3 + i);
            check_change(f, 0, 0, words, "[\"k\"]");
        }
        offset = lodger_feed_offset(f);
        lodger_feed_free(f);
        lodger_client_free(c);
        close_db(db);
    }
    lodger_db *db = open_db(dir, NULL);
    lodger_client *c = new_client(db);
    CHECK_STATUS(lodger_feed_new(db, offset + 1, 0, 0, &f, &err), LODGER_ERR_ARG);
    lodger_error_free(err);
    CHECK_COMMAND(c, "+Background append only file rewriting started", "BGREWRITEAOF");
    while (lodger_feed_oldest(db, &oldest) == LODGER_OK && oldest <= offset) nap(0.001);
    CHECK_STATUS(lodger_feed_new(db, offset, 0, 0, &f, &err), LODGER_ERR_LAGGED);
    CHECK(!f);
    char number[32];
    snprintf(number, sizeof number, "%" PRIu64, oldest);
    CHECK_HAS(lodger_error_message(err), number);
    lodger_error_free(err);
    f = new_feed(db, oldest);
    CHECK_COMMAND(c, "+OK", "SET", "k", "new");
    check_change(f, 0, 0, "[\"SET\" \"k\" \"new\"]", "[\"k\"]");
    lodger_feed_free(f);
    lodger_client_free(c);
    close_db(db);
}

static int cancel(void *ctx, uint64_t done, uint64_t total) {
    (void)done, (void)total;
    ++*(int *)ctx;
    return 1;
}

void test_feed_copy(void) {
    char *dir = temp_dir(), *path = path_in(dir, "copy.rdb");
    for (int durable = 0; durable < 2; durable++) {
        lodger_db *db = open_db(durable ? path_in(dir, "data") : NULL, NULL);
        lodger_client *c = new_client(db);
        lodger_feed *f;
        lodger_error *err;
        int asked = 0;
        CHECK_COMMAND(c, ":1", "INCR", "n");
        CHECK_STATUS(lodger_feed_copy(db, path, 0, 0, cancel, &asked, &f, &err), LODGER_INTERRUPTED);
        CHECK(!f && asked > 0);
        lodger_error_free(err);
        CHECK_STATUS(lodger_feed_copy(db, path, 0, 0, NULL, NULL, &f, NULL), LODGER_OK);
        CHECK_COMMAND(c, ":2", "INCR", "n");
        check_change(f, 0, 0, "[\"INCR\" \"n\"]", "[\"n\"]");
        lodger_feed_free(f);
        lodger_client_free(c);
        close_db(db);
        db = open_db(path, NULL);
        c = new_client(db);
        CHECK_COMMAND(c, "\"1\"", "GET", "n");
        lodger_client_free(c);
        close_db(db);
    }
}

struct reader {
    lodger_feed *f;
    lodger_status status;
    atomic_bool done;
};

static void *wait_for_change(void *arg) {
    struct reader *l = arg;
    lodger_reply *r;
    do { /* the other thread may be looking whether this one is in */
        l->status = lodger_feed_next(l->f, -1, &r);
    } while (l->status == LODGER_ERR_BUSY);
    lodger_reply_free(r);
    atomic_store(&l->done, true);
    return NULL;
}

void test_feed_waits(void) {
    lodger_db *db = open_db(temp_dir(), NULL);
    lodger_client *c = new_client(db);
    struct reader l = {.f = new_feed(db, LODGER_FEED_NOW)};
    pthread_t thread;
    lodger_reply *r;
    pthread_create(&thread, NULL, wait_for_change, &l);
    /* From then on the thread is in until a change comes. */
    while (lodger_feed_next(l.f, 0, &r) == LODGER_TIMEOUT) nap(0.0001);
    CHECK_STATUS(lodger_feed_next(l.f, 0, &r), LODGER_ERR_BUSY);
    CHECK_STATUS(lodger_feed_value(l.f, 0, "k", 1, &r), LODGER_ERR_BUSY);
    CHECK(lodger_feed_fd(l.f) >= 0 && lodger_feed_offset(l.f) > 0); /* any thread */
    CHECK_STATUS(lodger_set(c, "k", 1, "v", 1), LODGER_OK);
    pthread_join(thread, NULL);
    CHECK_STATUS(l.status, LODGER_OK);
    /* Until it sleeps an interrupt does nothing. */
    atomic_store(&l.done, false);
    pthread_create(&thread, NULL, wait_for_change, &l);
    while (!atomic_load(&l.done)) {
        lodger_feed_interrupt(l.f);
        nap(0.0001);
    }
    pthread_join(thread, NULL);
    CHECK_STATUS(l.status, LODGER_INTERRUPTED);
    lodger_feed_interrupt(l.f); /* nobody: the next wait is not cut short by it */
    CHECK_STATUS(lodger_feed_next(l.f, 5, &r), LODGER_TIMEOUT);
    pthread_create(&thread, NULL, wait_for_change, &l);
    while (lodger_feed_next(l.f, 0, &r) == LODGER_TIMEOUT) nap(0.0001);
    lodger_client_free(c);
    close_db(db);
    pthread_join(thread, NULL);
    CHECK_STATUS(l.status, LODGER_ERR_CLOSED);
    lodger_feed_free(l.f);
}

void test_feed_full(void) {
    lodger_db *db = open_db(NULL, NULL);
    lodger_client *c = new_client(db);
    lodger_feed *f;
    lodger_reply *r;
    CHECK_STATUS(lodger_feed_new(db, LODGER_FEED_NOW, 0, 1, &f, NULL), LODGER_OK);
    for (int i = 0; i < 5; i++) CHECK_STATUS(lodger_set(c, "k", 1, "v", 1), LODGER_OK);
    check_change(f, 0, 0, "[\"SET\" \"k\" \"v\"]", "[\"k\"]");
    CHECK_STATUS(lodger_feed_next(f, -1, &r), LODGER_ERR_LAGGED);
    CHECK(!r);
    CHECK_HAS(lodger_feed_error(f), "4 changes were lost");
    CHECK_STATUS(lodger_set(c, "k", 1, "w", 1), LODGER_OK);
    check_change(f, 0, 0, "[\"SET\" \"k\" \"w\"]", "[\"k\"]");
    lodger_feed_free(f);
    lodger_client_free(c);
    close_db(db);
}
