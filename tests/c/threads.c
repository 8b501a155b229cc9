/* Several threads, and handles freed in any order. */
#include "test.h"

void test_free_in_any_order(void) {
    /* Every order of closing the db and freeing two clients and a reply. */
    for (int order = 0; order < 24; order++) {
        lodger_db *db = open_db(NULL, NULL);
        lodger_client *a = new_client(db), *b = new_client(db);
        lodger_reply *r;
        const void *v;
        size_t n;
        CHECK_STATUS(lodger_set(a, "k", 1, "v", 1), LODGER_OK);
        CHECK_STATUS(COMMAND(b, &r, "MGET", "k"), LODGER_OK);
        int left[] = {0, 1, 2, 3}, code = order;
        bool closed = false, a_free = false, b_free = false;
        for (int i = 4; i > 0; i--) {
            int pick = code % i;
            code /= i;
            switch (left[pick]) {
            case 0: lodger_client_free(a), a_free = true; break;
            case 1: lodger_client_free(b), b_free = true; break;
            case 2: CHECK_STATUS(lodger_close(db, NULL), LODGER_OK), closed = true; break;
            default:
                CHECK_TEXT(show(r), "[\"v\"]");
                lodger_reply_free(r);
            }
            left[pick] = left[i - 1];
            lodger_status want = closed ? LODGER_ERR_CLOSED : LODGER_OK;
            if (!a_free) CHECK_STATUS(lodger_get(a, "k", 1, &v, &n), want);
            if (!b_free) CHECK_STATUS(lodger_set(b, "k", 1, "v", 1), want);
        }
    }
    /* Each kind of call on a client whose db is closed; outputs as for every failure. */
    lodger_db *db = open_db(NULL, NULL);
    lodger_client *c = new_client(db);
    lodger_reply *r = (lodger_reply *)(void *)db;
    const void *v = db;
    size_t n = 77;
    int64_t i = 77;
    close_db(db);
    CHECK_STATUS(COMMAND(c, &r, "PING"), LODGER_ERR_CLOSED);
    CHECK(r == NULL);
    CHECK(*lodger_client_error(c) != '\0');
    CHECK_STATUS(lodger_resp(c, "PING\r\n", 6, &v, &n), LODGER_ERR_CLOSED);
    CHECK(v == NULL && n == 0);
    CHECK_STATUS(lodger_incrby(c, "k", 1, 1, &i), LODGER_ERR_CLOSED);
    CHECK_INT(i, 0);
    lodger_client_interrupt(c);
    lodger_client_free(c);

    /* A borrowed value outlives the close: it belongs to the client. */
    char large[5000];
    memset(large, 'v', sizeof large);
    db = open_db(NULL, NULL);
    c = new_client(db);
    CHECK_STATUS(lodger_set(c, "k", 1, large, sizeof large), LODGER_OK);
    CHECK_STATUS(lodger_get(c, "k", 1, &v, &n), LODGER_OK);
    close_db(db);
    CHECK(n == sizeof large && memcmp(v, large, n) == 0);
    lodger_client_free(c);
}

struct worker {
    lodger_db *db;
    lodger_client *c;
    int id;
    atomic_int *running;
    atomic_bool *stop;
    lodger_status status;
    double took;
};

static void *work_until_closed(void *arg) {
    struct worker *w = arg;
    char key[16];
    int n = snprintf(key, sizeof key, "k%d", w->id);
    atomic_fetch_add(w->running, 1);
    for (int calls = 1; w->status >= 0; calls++) {
        int64_t i;
        const void *v;
        size_t len;
        /* Valgrind lets one thread run at a time, and one that never waits may keep the closing one out for minutes. */
        if (calls % 64 == 0) nap(0.0001);
        w->status = lodger_incrby(w->c, key, (size_t)n, 1, &i);
        if (w->status == LODGER_OK) w->status = lodger_get(w->c, "shared", 6, &v, &len);
        if (w->status >= 0) w->status = lodger_set(w->c, "shared", 6, key, (size_t)n);
    }
    lodger_client_free(w->c);
    return NULL;
}
/* close while others are at it: each gets LODGER_ERR_CLOSED from some call on, nothing worse. */
static void close_with_workers(const char *location, int rounds) {
    enum { THREADS = 4 };
    for (int round = 0; round < rounds; round++) {
        lodger_db *db = open_db(location, NULL);
        pthread_t threads[THREADS];
        struct worker workers[THREADS];
        atomic_int running = 0;
        for (int i = 0; i < THREADS; i++) {
            workers[i] = (struct worker){.db = db, .c = new_client(db), .id = i, .running = &running};
            pthread_create(&threads[i], NULL, work_until_closed, &workers[i]);
        }
        while (atomic_load(&running) < THREADS) nap(0.0001);
        nap(0.001 * (round % 5));
        CHECK_STATUS(lodger_close(db, NULL), LODGER_OK);
        for (int i = 0; i < THREADS; i++) {
            pthread_join(threads[i], NULL);
            CHECK_STATUS(workers[i].status, LODGER_ERR_CLOSED);
        }
    }
}
void test_close_under_load(void) {
    close_with_workers(NULL, scaled(100, 5));
    close_with_workers(temp_dir(), scaled(20, 3));
}

static void *sleep_in_command(void *arg) {
    struct worker *w = arg;
    lodger_reply *r = NULL;
    atomic_fetch_add(w->running, 1);
    double start = seconds();
    w->status = COMMAND(w->c, &r, "DEBUG", "SLEEP", w->id == 0 ? "0.2" : "10");
    w->took = seconds() - start;
    lodger_reply_free(r);
    atomic_fetch_sub(w->running, 1);
    return NULL;
}
void test_close_wakes(void) {
    lodger_db *db = open_db(NULL, NULL);
    atomic_int running = 0;
    struct worker w = {.c = new_client(db), .id = 1, .running = &running};
    pthread_t thread;
    pthread_create(&thread, NULL, sleep_in_command, &w);
    while (!atomic_load(&running)) nap(0.0001);
    nap(0.05);
    CHECK_STATUS(lodger_close(db, NULL), LODGER_OK);
    pthread_join(thread, NULL);
    CHECK(w.took < 5);
    CHECK(w.status == LODGER_ERR_CLOSED || w.status == LODGER_INTERRUPTED);
    lodger_client_free(w.c);
}

/* One client in two threads: the second is told, and the first is not disturbed. */
void test_busy(void) {
    lodger_db *db = open_db(NULL, NULL);
    lodger_client *c = new_client(db);
    bool seen = false;
    for (int tries = 0; tries < 20 && !seen; tries++) {
        atomic_int running = 0;
        struct worker w = {.c = c, .id = 0, .running = &running};
        pthread_t thread;
        pthread_create(&thread, NULL, sleep_in_command, &w);
        while (!atomic_load(&running)) nap(0.0001);
        nap(0.02); /* so that the first call is the thread's, nearly always */
        while (atomic_load(&running)) {
            const void *v = db;
            size_t n = 77;
            int64_t i = 77;
            lodger_reply *r = (lodger_reply *)(void *)db;
            lodger_status s = lodger_get(c, "k", 1, &v, &n);
            if (s != LODGER_ERR_BUSY) continue;
            seen = true;
            CHECK(v == NULL && n == 0);
            /* Every kind of call is refused alike, unless the sleeper just woke. */
            s = COMMAND(c, &r, "PING");
            CHECK(s == LODGER_ERR_BUSY || !atomic_load(&running) || s == LODGER_OK);
            if (s == LODGER_ERR_BUSY) CHECK(r == NULL);
            lodger_reply_free(s == LODGER_OK ? r : NULL);
            s = lodger_resp(c, "PING\r\n", 6, &v, &n);
            CHECK(s == LODGER_ERR_BUSY || s == LODGER_OK);
            s = lodger_incrby(c, "k", 1, 1, &i);
            CHECK(s == LODGER_ERR_BUSY || s == LODGER_OK);
            nap(0.01);
        }
        pthread_join(thread, NULL);
        CHECK(w.status == LODGER_OK || w.status == LODGER_ERR_BUSY);
    }
    CHECK(seen);
    CHECK_COMMAND(c, "+PONG", "PING"); /* free again */
    lodger_client_free(c);
    close_db(db);
}

void test_interrupt(void) {
    lodger_db *db = open_db(NULL, NULL);
    lodger_client *c = new_client(db);
    atomic_int running = 0;
    struct worker w = {.c = c, .id = 1, .running = &running};
    pthread_t thread;
    pthread_create(&thread, NULL, sleep_in_command, &w);
    while (!atomic_load(&running)) nap(0.0001);
    while (atomic_load(&running)) { /* one that comes before the sleep may pass unnoticed */
        nap(0.005);
        lodger_client_interrupt(c);
    }
    pthread_join(thread, NULL);
    CHECK_STATUS(w.status, LODGER_INTERRUPTED);
    CHECK(w.took < 5);
    /* Interrupting nobody does no harm, and what follows works. */
    lodger_client_interrupt(c);
    CHECK_COMMAND(c, "+PONG", "PING");
    CHECK_STATUS(lodger_set(c, "k", 1, "v", 1), LODGER_OK);
    lodger_client_free(c);
    close_db(db);
}

static void *increment(void *arg) {
    struct worker *w = arg;
    int rounds = scaled(50000, 500);
    for (int i = 0; i < rounds; i++) {
        int64_t n;
        w->status = lodger_incrby(w->c, "counter", 7, 1, &n);
        if (w->status != LODGER_OK) break;
        if (i % 100 == 0) { /* and through the other door */
            lodger_reply *r;
            w->status = COMMAND(w->c, &r, "INCR", "counter");
            lodger_reply_free(r);
            if (w->status != LODGER_OK) break;
        }
    }
    lodger_client_free(w->c);
    return NULL;
}
void test_threads_incr(void) {
    enum { THREADS = 8 };
    lodger_db *db = open_db(NULL, NULL);
    pthread_t threads[THREADS];
    struct worker workers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.c = new_client(db), .id = i};
        pthread_create(&threads[i], NULL, increment, &workers[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        CHECK_STATUS(workers[i].status, LODGER_OK);
    }
    lodger_client *c = new_client(db);
    int64_t rounds = scaled(50000, 500), n;
    CHECK_STATUS(lodger_incrby(c, "counter", 7, 0, &n), LODGER_OK);
    CHECK_INT(n, THREADS * (rounds + (rounds + 99) / 100));
    lodger_client_free(c);
    close_db(db);
}

/* Writers set four keys to one value with one MSET; a reader must never see two values. */
static const char *const four[] = {"north", "east", "south", "west"};
static void *set_four(void *arg) {
    struct worker *w = arg;
    char value[32];
    for (int i = 0; !atomic_load(w->stop); i++) {
        lodger_reply *r;
        snprintf(value, sizeof value, "%d:%d", w->id, i);
        if (COMMAND(w->c, &r, "MSET", four[0], value, four[1], value, four[2], value, four[3], value) != LODGER_OK) break;
        lodger_reply_free(r);
    }
    lodger_client_free(w->c);
    return NULL;
}
void test_threads_mset(void) {
    enum { WRITERS = 3 };
    lodger_db *db = open_db(NULL, NULL);
    lodger_client *c = new_client(db);
    atomic_bool stop = false;
    pthread_t threads[WRITERS];
    struct worker workers[WRITERS];
    CHECK_COMMAND(c, "+OK", "MSET", four[0], "x", four[1], "x", four[2], "x", four[3], "x");
    for (int i = 0; i < WRITERS; i++) {
        workers[i] = (struct worker){.c = new_client(db), .id = i, .stop = &stop};
        pthread_create(&threads[i], NULL, set_four, &workers[i]);
    }
    size_t lens[] = {5, 4, 5, 4}, sizes[4];
    const void *keys[4], *values[4];
    for (int i = 0; i < 4; i++) keys[i] = four[i];
    int torn = 0;
    for (int round = 0; round < scaled(30000, 300) && !torn; round++) {
        if (!CHECK_STATUS(lodger_mget(c, 4, keys, lens, values, sizes), LODGER_OK)) break;
        for (int i = 1; i < 4; i++) torn += sizes[i] != sizes[0] || memcmp(values[i], values[0], sizes[0]) != 0;
        lodger_reply *r;
        if (!CHECK_STATUS(COMMAND(c, &r, "MGET", four[0], four[1], four[2], four[3]), LODGER_OK)) break;
        size_t n, m;
        const char *first = lodger_reply_bytes(lodger_reply_at(r, 0), &n);
        for (size_t i = 1; i < 4; i++) {
            const char *other = lodger_reply_bytes(lodger_reply_at(r, i), &m);
            torn += n != m || memcmp(first, other, n) != 0;
        }
        lodger_reply_free(r);
    }
    CHECK_INT(torn, 0);
    atomic_store(&stop, true);
    for (int i = 0; i < WRITERS; i++) pthread_join(threads[i], NULL);
    lodger_client_free(c);
    close_db(db);
}
