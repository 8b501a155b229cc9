/* quickstart: the whole API in one sitting, on a database in memory.
 *
 *     cc quickstart.c $(pkg-config --cflags --libs lodger) && ./a.out
 */
#include <inttypes.h>
#include <lodger.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A call that must work: otherwise say what went wrong and stop. */
static void must(lodger_status status, const lodger_client *c, const char *what) {
    if (status >= 0) return;
    fprintf(stderr, "%s: %s: %s\n", what, lodger_status_name(status), c ? lodger_client_error(c) : "");
    exit(1);
}

/* Every Redis command goes through here. Arguments are bytes with a length, so they may hold anything;
 * plain C strings are enough for this program. The reply is ours: lodger_reply_free when done. */
static lodger_reply *command(lodger_client *c, size_t argc, const char *const *argv) {
    size_t lens[16];
    const void *words[16];
    lodger_reply *reply;
    for (size_t i = 0; i < argc; i++) {
        words[i] = argv[i];
        lens[i] = strlen(argv[i]);
    }
    must(lodger_command(c, argc, words, lens, &reply), c, argv[0]);
    return reply;
}
#define COMMAND(c, ...) \
    command(c, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *), (const char *[]){__VA_ARGS__})

/* A reply is a tree: aggregates have elements, which are replies and belong to the root. */
static void print(const lodger_reply *r, int depth) {
    size_t len;
    printf("%*s", depth * 2, "");
    switch (lodger_reply_kind(r)) {
    case LODGER_REPLY_NIL:
        printf("(nil)\n");
        break;
    case LODGER_REPLY_INTEGER:
    case LODGER_REPLY_BOOL:
        printf("%" PRId64 "\n", lodger_reply_integer(r));
        break;
    case LODGER_REPLY_DOUBLE:
        printf("%g\n", lodger_reply_double(r));
        break;
    case LODGER_REPLY_ARRAY:
    case LODGER_REPLY_SET:
    case LODGER_REPLY_PUSH:
    case LODGER_REPLY_MAP: /* key, value, key, value ... */
        printf("%zu elements\n", lodger_reply_len(r));
        for (size_t i = 0; i < lodger_reply_len(r); i++) print(lodger_reply_at(r, i), depth + 1);
        break;
    case LODGER_REPLY_ERROR:
        printf("error: %s\n", (const char *)lodger_reply_bytes(r, &len));
        break;
    default: /* string, status, bignum, verbatim: text, and NUL-terminated for our convenience */
        printf("%s\n", (const char *)lodger_reply_bytes(r, &len));
    }
}

int main(void) {
    printf("lodger %s\n", lodger_version());

    /* NULL = in memory; a directory's name instead would make it durable. */
    lodger_db *db;
    lodger_error *err;
    if (lodger_open(NULL, NULL, &db, &err) < 0) {
        fprintf(stderr, "open: %s\n", lodger_error_message(err));
        lodger_error_free(err);
        return 1;
    }
    /* The db is for all threads; a client is for one thread at a time. */
    lodger_client *c;
    must(lodger_client_new(db, &c), NULL, "client");

    /* Typed calls for the hot commands. A value is ours to read until the next call on this client. */
    must(lodger_set(c, "greeting", 8, "hello", 5), c, "set");
    const void *value;
    size_t len;
    must(lodger_get(c, "greeting", 8, &value, &len), c, "get");
    printf("greeting = %.*s\n", (int)len, (const char *)value);
    if (len != 5 || memcmp(value, "hello", 5) != 0) return 1;
    if (lodger_get(c, "nobody", 6, &value, &len) != LODGER_NIL) return 1; /* absent: a status, no error */

    int64_t n;
    must(lodger_incrby(c, "visits", 6, 41, &n), c, "incrby");
    must(lodger_incrby(c, "visits", 6, 1, &n), c, "incrby");
    printf("visits = %" PRId64 "\n", n);
    if (n != 42) return 1;

    /* A value with a time to live. */
    must(lodger_set_px(c, "session", 7, "ada", 3, 60000), c, "set_px");
    must(lodger_pttl(c, "session", 7, &n), c, "pttl");
    printf("session lives %" PRId64 " more seconds\n", (n + 500) / 1000);
    if (n <= 0 || n > 60000) return 1;

    /* Everything else by its Redis name; the answer is a tree. */
    lodger_reply *r = COMMAND(c, "MSET", "lang", "c", "year", "1972");
    lodger_reply_free(r);
    r = COMMAND(c, "MGET", "lang", "year", "nobody");
    printf("MGET lang year nobody: ");
    print(r, 0);
    if (lodger_reply_len(r) != 3 || lodger_reply_kind(lodger_reply_at(r, 2)) != LODGER_REPLY_NIL) return 1;
    lodger_reply_free(r);

    /* An error of a command is a reply too ... */
    r = COMMAND(c, "INCR", "greeting");
    printf("INCR greeting: ");
    print(r, 0);
    if (lodger_reply_kind(r) != LODGER_REPLY_ERROR) return 1;
    lodger_reply_free(r);
    /* ... while a typed call, which has no reply to put it in, says LODGER_ERR_COMMAND. */
    lodger_status status = lodger_incrby(c, "greeting", 8, 1, &n);
    printf("lodger_incrby: %s: %s\n", lodger_status_name(status), lodger_client_error(c));
    if (status != LODGER_ERR_COMMAND) return 1;

    lodger_client_free(c);
    if (lodger_close(db, &err) < 0) {
        fprintf(stderr, "close: %s\n", lodger_error_message(err));
        lodger_error_free(err);
        return 1;
    }
    return 0;
}
