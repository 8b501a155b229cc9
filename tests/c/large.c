/* The edges of size: 64 KiB, where values are no longer copied out, and 512 MB, where they end. */
#include "test.h"

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
