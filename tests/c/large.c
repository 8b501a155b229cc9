/* The edges of size: 64 KiB, where values are no longer copied out, and 512 MB, where they end. */
#include "test.h"

#include <sys/resource.h>

/* Shorter ones end with a NUL behind them; longer ones are the database's own bytes, and all of them count. */
void test_borrowed_edge(void) {
    lodger_db *db = open_db(NULL, NULL);
    lodger_client *c = new_client(db), *other = new_client(db);
    for (size_t size = 65533; size <= 65539; size++) {
        char *want = malloc(size);
        const void *v, *key = "k";
        size_t n, key_len = 1;
        memset(want, (int)('a' + size % 26), size);
        CHECK_STATUS(lodger_set(c, "k", 1, want, size), LODGER_OK);
        CHECK_STATUS(lodger_get(c, "k", 1, &v, &n), LODGER_OK);
        CHECK(n == size && memcmp(v, want, n) == 0);
        if (n < 65536) CHECK_INT(((const char *)v)[n], 0);
        CHECK_STATUS(lodger_set(other, "k", 1, "new", 3), LODGER_OK);
        CHECK(memcmp(v, want, size) == 0);

        CHECK_STATUS(lodger_set(other, "k", 1, want, size), LODGER_OK);
        CHECK_STATUS(lodger_mget(c, 1, &key, &key_len, &v, &n), LODGER_OK);
        CHECK(n == size && memcmp(v, want, n) == 0);
        if (n < 65536) CHECK_INT(((const char *)v)[n], 0);
        CHECK_STATUS(lodger_set(other, "k", 1, "new", 3), LODGER_OK);
        CHECK(memcmp(v, want, size) == 0);

        CHECK_STATUS(lodger_set(other, "k", 1, want, size), LODGER_OK);
        lodger_reply *r;
        CHECK_STATUS(COMMAND(c, &r, "GET", "k"), LODGER_OK);
        CHECK_STATUS(lodger_set(other, "k", 1, "new", 3), LODGER_OK);
        v = lodger_reply_bytes(r, &n);
        CHECK(n == size && memcmp(v, want, n) == 0);
        if (n < 65536) CHECK_INT(((const char *)v)[n], 0);
        lodger_reply_free(r);
        free(want);
    }
    lodger_client_free(other);
    lodger_client_free(c);
    close_db(db);
}

static long available_mb(void) {
    FILE *f = fopen("/proc/meminfo", "r");
    char line[256];
    long kb = -1;
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "MemAvailable: %ld", &kb) == 1) break;
    if (f) fclose(f);
    return kb < 0 ? -1 : kb / 1024;
}
static void fill(char *p, size_t n) {
    uint64_t state = 7;
    for (size_t i = 0; i + 8 <= n; i += 8) {
        uint64_t word = next_random(&state);
        memcpy(p + i, &word, 8);
    }
}

/* A child with little memory left, so that nothing near 200 MB can be had. */
enum { HUGE_VALUE = 200 << 20 };
static void run_short_of_memory(void *dir) {
    char *value = malloc(HUGE_VALUE), *small = "small";
    if (!CHECK(value != NULL)) return;
    memset(value, 'v', HUGE_VALUE);
    lodger_db *db = open_db(dir, "appendfsync no\n");
    lodger_client *c = new_client(db);
    const void *v, *request = "GETRANGE stored 1 -1\r\n";
    size_t n;
    int64_t len;
    lodger_reply *r;
    CHECK_STATUS(lodger_set(c, "stored", 6, value, HUGE_VALUE), LODGER_OK);
    CHECK_STATUS(lodger_sync(db, NULL), LODGER_OK);
    enum { MANY = 2000, EACH = 60000 };
    static char names[MANY][8];
    static const void *keys[MANY], *values[MANY];
    static size_t key_lens[MANY], lens[MANY];
    for (int i = 0; i < MANY; i++) {
        key_lens[i] = (size_t)snprintf(names[i], sizeof names[i], "m%d", i);
        keys[i] = names[i];
        CHECK_STATUS(lodger_set(c, keys[i], key_lens[i], value, EACH), LODGER_OK);
    }
    CHECK_STATUS(lodger_sync(db, NULL), LODGER_OK);
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f && fscanf(f, "%ld", &pages) != 1) pages = 0;
    if (f) fclose(f);
    if (!CHECK(pages > 0)) return;
    struct rlimit limit;
    getrlimit(RLIMIT_AS, &limit);
    limit.rlim_cur = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + (64 << 20);
    if (!CHECK(setrlimit(RLIMIT_AS, &limit) == 0)) return;

    CHECK_STATUS(lodger_set(c, "k", 1, value, HUGE_VALUE), LODGER_ERR_NOMEM);
    CHECK_HAS(lodger_client_error(c), "memory");
    CHECK_STATUS(lodger_set(c, value, HUGE_VALUE, "v", 1), LODGER_ERR_NOMEM);
    CHECK_STATUS(lodger_append(c, "k", 1, value, HUGE_VALUE, &len), LODGER_ERR_NOMEM);
    CHECK_STATUS(lodger_command(c, 3, (const void *[]){"SET", "k", value}, (size_t[]){3, 1, HUGE_VALUE}, &r),
                 LODGER_ERR_NOMEM);
    CHECK_STATUS(lodger_set_px(c, "k", 1, value, HUGE_VALUE, 100000), LODGER_ERR_NOMEM);
    CHECK_STATUS(lodger_command(c, 5, (const void *[]){"SET", "k", value, "EX", "100"}, (size_t[]){3, 1, HUGE_VALUE, 2, 3}, &r),
                 LODGER_ERR_NOMEM);
    CHECK_STATUS(lodger_command(c, 5, (const void *[]){"MSET", "k", "v", "l", value}, (size_t[]){4, 1, 1, 1, HUGE_VALUE}, &r),
                 LODGER_ERR_NOMEM);
    CHECK_STATUS(COMMAND(c, &r, "SETRANGE", "k", "209715200", "x"), LODGER_OK);
    CHECK_INT(lodger_reply_kind(r), LODGER_REPLY_ERROR);
    lodger_reply_free(r);
    /* Reading what is there: without a copy it goes, with one it is an error. */
    CHECK_STATUS(lodger_get(c, "stored", 6, &v, &n), LODGER_OK);
    CHECK(n == HUGE_VALUE && memcmp(v, value, n) == 0);
    CHECK_STATUS(COMMAND(c, &r, "GET", "stored"), LODGER_OK);
    CHECK(lodger_reply_bytes(r, &n) != NULL && n == HUGE_VALUE);
    lodger_reply_free(r);
    CHECK_STATUS(COMMAND(c, &r, "GETRANGE", "stored", "1", "-1"), LODGER_OK);
    CHECK_INT(lodger_reply_kind(r), LODGER_REPLY_ERROR);
    lodger_reply_free(r);
    CHECK_STATUS(lodger_resp(c, "GET stored\r\n", 12, &v, &n), LODGER_ERR_NOMEM);
    CHECK(v == NULL && n == 0);
    CHECK_STATUS(lodger_resp(c, request, strlen(request), &v, &n), LODGER_OK);
    CHECK(n < 100 && memcmp(v, "-ERR", 4) == 0);
    /* Many that are copied together. */
    CHECK_STATUS(lodger_mget(c, MANY, keys, key_lens, values, lens), LODGER_ERR_NOMEM);
    CHECK(values[0] == NULL && lens[0] == 0);
    char *mget = malloc(MANY * 8 + 16), *end = mget;
    if (!CHECK(mget != NULL)) return;
    end += sprintf(end, "MGET");
    for (int i = 0; i < MANY; i++) end += sprintf(end, " %s", names[i]);
    end += sprintf(end, "\r\n");
    CHECK_STATUS(lodger_resp(c, mget, (size_t)(end - mget), &v, &n), LODGER_ERR_NOMEM);
    CHECK(v == NULL && n == 0);
    free(mget);
    CHECK_STATUS(lodger_mget(c, 100, keys, key_lens, values, lens), LODGER_OK);
    CHECK(lens[99] == EACH && memcmp(values[99], value, EACH) == 0);
    const void *stored = "stored";
    CHECK_STATUS(lodger_mget(c, 1, &stored, (size_t[]){6}, values, lens), LODGER_OK);
    CHECK(lens[0] == HUGE_VALUE && memcmp(values[0], value, HUGE_VALUE) == 0);

    /* None of it did harm. */
    CHECK_STATUS(lodger_set(c, "k", 1, small, 5), LODGER_OK);
    CHECK_COMMAND(c, ":2002", "DBSIZE");
    CHECK_STATUS(lodger_getdel(c, "stored", 6, &v, &n), LODGER_OK);
    CHECK(n == HUGE_VALUE && memcmp(v, value, n) == 0);
    /* With the next call it is gone, and there is memory again. */
    CHECK_STATUS(lodger_set(c, "k", 1, value, HUGE_VALUE / 2), LODGER_OK);
    lodger_client_free(c);
    close_db(db);
    free(value);
}
/* No memory for a large value is a status, not the end of the process. */
void test_short_of_memory(void) {
    if (!scaled(1, 0)) return;
    if (available_mb() < 2048) {
        skipped("needs 2 GB of free memory, there are %ld MB", available_mb());
        return;
    }
    CHECK_INT(in_child(run_short_of_memory, NULL), 0);
    CHECK_INT(in_child(run_short_of_memory, temp_dir()), 0);
}

enum { LIMIT = 512 * 1024 * 1024 };
static void check_value(lodger_client *c, const char *want) {
    const void *v;
    size_t n;
    if (CHECK_STATUS(lodger_get(c, "big", 3, &v, &n), LODGER_OK)) CHECK(n == LIMIT && memcmp(v, want, n) == 0);
}
/* A value of exactly 512 MB is stored, kept on disk and read back. One byte more is refused, and harms nothing. */
void test_largest_value(void) {
    if (!scaled(1, 0)) return;
    if (available_mb() < 4096) {
        skipped("needs 4 GB of free memory, there are %ld MB", available_mb());
        return;
    }
    char *dir = temp_dir(), *value = malloc((size_t)LIMIT + 1);
    if (!CHECK(value != NULL)) return;
    fill(value, LIMIT);
    value[LIMIT] = 'x';
    int64_t len;
    lodger_db *db = open_db(dir, "appendfsync no\n");
    lodger_client *c = new_client(db);
    CHECK_STATUS(lodger_set(c, "big", 3, value, LIMIT), LODGER_OK);
    check_value(c, value);
    /* Longer in one piece, or by growing: refused with a text that names the limit. */
    CHECK_STATUS(lodger_set(c, "big", 3, value, (size_t)LIMIT + 1), LODGER_ERR_ARG);
    CHECK_HAS(lodger_client_error(c), "proto-max-bulk-len");
    CHECK_STATUS(lodger_set(c, value, (size_t)LIMIT + 1, "v", 1), LODGER_ERR_ARG);
    CHECK_STATUS(lodger_append(c, "big", 3, "x", 1, &len), LODGER_ERR_COMMAND);
    CHECK_HAS(lodger_client_error(c), "proto-max-bulk-len");
    CHECK_COMMAND(c, "-ERR string exceeds maximum allowed size (proto-max-bulk-len)", "SETRANGE", "big", "536870912", "x");
    CHECK_COMMAND(c, "-ERR string exceeds maximum allowed size (proto-max-bulk-len)", "SETRANGE", "new", "536870912", "x");
    CHECK_COMMAND(c, ":1", "DBSIZE");
    check_value(c, value);
    lodger_client_free(c);
    close_db(db);

    db = open_db(dir, NULL);
    c = new_client(db);
    check_value(c, value);
    /* A key may be as long, too. */
    CHECK_STATUS(lodger_set(c, value, LIMIT, "v", 1), LODGER_OK);
    CHECK_STATUS(lodger_exists(c, value, LIMIT, &len), LODGER_OK);
    CHECK_INT(len, 1);
    CHECK_STATUS(lodger_del(c, value, LIMIT, &len), LODGER_OK);
    CHECK_INT(len, 1);
    CHECK_COMMAND(c, ":1", "DEL", "big");
    CHECK_COMMAND(c, ":0", "DBSIZE");
    lodger_client_free(c);
    close_db(db);
    free(value);
}
