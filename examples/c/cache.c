/* cache: lodger instead of a memcached beside the program. Values live for a while (TTL), the whole never
 * outgrows its memory (maxmemory), and the least recently used go first (allkeys-lru).
 *
 *     cc cache.c $(pkg-config --cflags --libs lodger) && ./a.out
 */
#include <inttypes.h>
#include <lodger.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long computed; /* how often the slow path ran */

static void must(lodger_status status, const lodger_client *c, const char *what) {
    if (status >= 0) return;
    fprintf(stderr, "%s: %s: %s\n", what, lodger_status_name(status), c ? lodger_client_error(c) : "");
    exit(1);
}

/* Stands for a query or a rendering that takes long: 1 KB that depends on the key. */
static void compute(const char *key, char page[1024]) {
    computed++;
    int n = snprintf(page, 1024, "<page of %s>", key);
    memset(page + n, '.', 1024 - (size_t)n);
}

/* The pattern of every cache: from memory when it is there, else compute and keep it for a minute.
 * Returns 1 for a hit. */
static int get_or_compute(lodger_client *c, const char *key, char page[1024]) {
    const void *value;
    size_t len;
    lodger_status status = lodger_get(c, key, strlen(key), &value, &len);
    must(status, c, "get");
    if (status != LODGER_NIL && len == 1024) {
        memcpy(page, value, 1024); /* the value is borrowed until the next call on c */
        return 1;
    }
    compute(key, page);
    must(lodger_set_px(c, key, strlen(key), page, 1024, 60000), c, "set_px");
    return 0;
}

/* One number out of INFO, whose text has lines such as "evicted_keys:17". */
static long info(lodger_client *c, const char *section, const char *field) {
    const void *argv[] = {"INFO", section};
    size_t lens[] = {4, strlen(section)}, len;
    lodger_reply *r;
    must(lodger_command(c, 2, argv, lens, &r), c, "INFO");
    const char *text = lodger_reply_bytes(r, &len);
    const char *line = text ? strstr(text, field) : NULL;
    long n = line && line[strlen(field)] == ':' ? strtol(line + strlen(field) + 1, NULL, 10) : -1;
    lodger_reply_free(r);
    return n;
}

int main(void) {
    /* The options are redis.conf lines. Nothing is written to disk. */
    lodger_db *db;
    lodger_error *err;
    if (lodger_open(NULL, "maxmemory 2mb\nmaxmemory-policy allkeys-lru\n", &db, &err) < 0) {
        fprintf(stderr, "open: %s\n", lodger_error_message(err));
        lodger_error_free(err);
        return 1;
    }
    lodger_client *c;
    must(lodger_client_new(db, &c), NULL, "client");

    char page[1024], again[1024];
    int first = get_or_compute(c, "page:home", page), second = get_or_compute(c, "page:home", again);
    printf("page:home: first a %s, then a %s\n", first ? "hit" : "miss", second ? "hit" : "miss");
    if (first || !second || memcmp(page, again, sizeof page) != 0) return 1;
    int64_t ttl;
    must(lodger_pttl(c, "page:home", 9, &ttl), c, "pttl");
    printf("page:home: kept for another %" PRId64 " s\n", (ttl + 500) / 1000);
    if (ttl <= 0 || ttl > 60000) return 1;

    /* Ten times more pages than fit: old ones make room for new ones, and no call fails for it. */
    enum { PAGES = 20000 };
    for (int i = 0; i < PAGES; i++) {
        char key[32];
        snprintf(key, sizeof key, "page:%d", i);
        get_or_compute(c, key, page);
    }
    long evicted = info(c, "stats", "evicted_keys");
    long used = info(c, "memory", "used_memory") - info(c, "memory", "used_memory_startup");
    const void *argv[] = {"DBSIZE"};
    lodger_reply *r;
    must(lodger_command(c, 1, argv, (size_t[]){6}, &r), c, "DBSIZE");
    int64_t kept = lodger_reply_integer(r);
    lodger_reply_free(r);

    printf("%d pages of 1 KB through 2 MB: %" PRId64 " kept, %ld evicted, %ld KB used\n", PAGES, kept, evicted,
           used / 1024);
    printf("%ld pages were computed\n", computed);
    if (evicted <= 0 || kept + evicted != computed || computed != PAGES + 1 || used > 2100 * 1024) return 1;

    lodger_client_free(c);
    return lodger_close(db, NULL) < 0;
}
