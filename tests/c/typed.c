/* The typed calls: each against what the same command says through lodger_command. */
#include "test.h"

static lodger_db *db;
static lodger_client *c;
static void setup(void) {
    db = open_db(NULL, NULL);
    c = new_client(db);
}
static void teardown(void) {
    lodger_client_free(c);
    close_db(db);
}
#define K(literal) literal, sizeof(literal) - 1

void test_typed_strings(void) {
    const void *v;
    size_t n;
    int64_t len;
    setup();
    CHECK_STATUS(lodger_get(c, K("k"), &v, &n), LODGER_NIL);
    CHECK(v == NULL && n == 0);
    CHECK_STATUS(lodger_set(c, K("k"), K("one")), LODGER_OK);
    CHECK_STATUS(lodger_get(c, K("k"), &v, &n), LODGER_OK);
    CHECK_BYTES(v, n, "one");
    CHECK_TEXT(v, "one"); /* NUL-terminated as well */
    CHECK_STATUS(lodger_append(c, K("k"), K("two"), &len), LODGER_OK);
    CHECK_INT(len, 6);
    CHECK_STATUS(lodger_append(c, K("new"), K("x"), &len), LODGER_OK);
    CHECK_INT(len, 1);
    CHECK_STATUS(lodger_strlen(c, K("k"), &len), LODGER_OK);
    CHECK_INT(len, 6);
    CHECK_STATUS(lodger_strlen(c, K("absent"), &len), LODGER_OK);
    CHECK_INT(len, 0);
    CHECK_COMMAND(c, "\"onetwo\"", "GET", "k");
    CHECK_STATUS(lodger_getdel(c, K("k"), &v, &n), LODGER_OK);
    CHECK_BYTES(v, n, "onetwo");
    CHECK_STATUS(lodger_getdel(c, K("k"), &v, &n), LODGER_NIL);
    CHECK(v == NULL && n == 0);
    CHECK_STATUS(lodger_del(c, K("new"), &len), LODGER_OK);
    CHECK_INT(len, 1);
    CHECK_STATUS(lodger_del(c, K("new"), &len), LODGER_OK);
    CHECK_INT(len, 0);
    CHECK_COMMAND(c, "+OK", "SET", "e", "1");
    CHECK_STATUS(lodger_exists(c, K("e"), &len), LODGER_OK);
    CHECK_INT(len, 1);
    CHECK_STATUS(lodger_exists(c, K("k"), &len), LODGER_OK);
    CHECK_INT(len, 0);

    /* Typed calls follow SELECT as commands do. */
    CHECK_COMMAND(c, "+OK", "SELECT", "5");
    CHECK_STATUS(lodger_exists(c, K("e"), &len), LODGER_OK);
    CHECK_INT(len, 0);
    CHECK_STATUS(lodger_set(c, K("five"), K("5")), LODGER_OK);
    CHECK_COMMAND(c, "+OK", "SELECT", "0");
    CHECK_STATUS(lodger_get(c, K("five"), &v, &n), LODGER_NIL);
    teardown();
}

void test_typed_numbers(void) {
    int64_t n;
    const void *v;
    size_t len;
    setup();
    CHECK_STATUS(lodger_incrby(c, K("n"), 5, &n), LODGER_OK);
    CHECK_INT(n, 5);
    CHECK_STATUS(lodger_incrby(c, K("n"), -7, &n), LODGER_OK);
    CHECK_INT(n, -2);
    CHECK_STATUS(lodger_get(c, K("n"), &v, &len), LODGER_OK); /* kept as an integer inside */
    CHECK_BYTES(v, len, "-2");
    CHECK_STATUS(lodger_set(c, K("n"), K("9223372036854775806")), LODGER_OK);
    CHECK_STATUS(lodger_incrby(c, K("n"), 1, &n), LODGER_OK);
    CHECK_INT(n, INT64_MAX);
    n = 77;
    CHECK_STATUS(lodger_incrby(c, K("n"), 1, &n), LODGER_ERR_COMMAND);
    CHECK_INT(n, 0);
    CHECK_TEXT(lodger_client_error(c), "ERR increment or decrement would overflow");
    CHECK_STATUS(lodger_incrby(c, K("n"), INT64_MIN, &n), LODGER_OK);
    CHECK_INT(n, -1);
    CHECK_STATUS(lodger_incrby(c, K("n"), INT64_MIN, &n), LODGER_ERR_COMMAND);
    CHECK_COMMAND(c, "\"-1\"", "GET", "n");
    teardown();
}

void test_typed_ttl(void) {
    int64_t n;
    setup();
    CHECK_STATUS(lodger_pttl(c, K("k"), &n), LODGER_OK);
    CHECK_INT(n, -2);
    CHECK_STATUS(lodger_pexpire(c, K("k"), 1000, &n), LODGER_OK);
    CHECK_INT(n, 0);
    CHECK_STATUS(lodger_set(c, K("k"), K("v")), LODGER_OK);
    CHECK_STATUS(lodger_pttl(c, K("k"), &n), LODGER_OK);
    CHECK_INT(n, -1);
    CHECK_STATUS(lodger_pexpire(c, K("k"), 100000, &n), LODGER_OK);
    CHECK_INT(n, 1);
    CHECK_STATUS(lodger_pttl(c, K("k"), &n), LODGER_OK);
    CHECK(n > 90000 && n <= 100000);
    CHECK_STATUS(lodger_set(c, K("k"), K("v")), LODGER_OK); /* SET drops it */
    CHECK_STATUS(lodger_pttl(c, K("k"), &n), LODGER_OK);
    CHECK_INT(n, -1);
    CHECK_STATUS(lodger_set_px(c, K("k"), K("v"), 100000), LODGER_OK);
    CHECK_STATUS(lodger_pttl(c, K("k"), &n), LODGER_OK);
    CHECK(n > 90000 && n <= 100000);
    CHECK_STATUS(lodger_set_px(c, K("k"), K("w"), 1), LODGER_OK);
    double start = seconds();
    const void *v;
    size_t len;
    while (lodger_get(c, K("k"), &v, &len) == LODGER_OK && seconds() - start < 10) nap(0.001);
    CHECK_STATUS(lodger_get(c, K("k"), &v, &len), LODGER_NIL);

    /* As the command has it: a time to live is above zero for SET, and PEXPIRE of the past deletes. */
    CHECK_STATUS(lodger_set_px(c, K("k"), K("v"), 0), LODGER_ERR_COMMAND);
    CHECK_TEXT(lodger_client_error(c), "ERR invalid expire time in 'set' command");
    CHECK_STATUS(lodger_set_px(c, K("k"), K("v"), -1), LODGER_ERR_COMMAND);
    CHECK_STATUS(lodger_set_px(c, K("k"), K("v"), INT64_MAX), LODGER_ERR_COMMAND);
    CHECK_STATUS(lodger_set(c, K("k"), K("v")), LODGER_OK);
    CHECK_STATUS(lodger_pexpire(c, K("k"), INT64_MAX, &n), LODGER_ERR_COMMAND);
    CHECK_TEXT(lodger_client_error(c), "ERR invalid expire time in 'pexpire' command");
    CHECK_STATUS(lodger_pexpire(c, K("k"), -1, &n), LODGER_OK);
    CHECK_INT(n, 1);
    CHECK_STATUS(lodger_exists(c, K("k"), &n), LODGER_OK);
    CHECK_INT(n, 0);
    teardown();
}

void test_typed_mget(void) {
    enum { MANY = 3000 };
    static char names[MANY][16];
    static const void *keys[MANY], *values[MANY];
    static size_t lens[MANY], sizes[MANY];
    setup();
    char *large = malloc(1 << 20);
    memset(large, 'L', 1 << 20);
    CHECK_STATUS(lodger_set(c, K("large"), large, 1 << 20), LODGER_OK);
    CHECK_COMMAND(c, "+OK", "MSET", "a", "1", "empty", "", "text", "some text");
    const void *some[] = {"a", "absent", "large", "empty", "a", "text"}, *found[6];
    size_t some_lens[] = {1, 6, 5, 5, 1, 4}, found_lens[6];
    CHECK_STATUS(lodger_mget(c, 6, some, some_lens, found, found_lens), LODGER_OK);
    CHECK_BYTES(found[0], found_lens[0], "1");
    CHECK(found[1] == NULL && found_lens[1] == 0);
    CHECK(found[2] && found_lens[2] == 1 << 20 && memcmp(found[2], large, 1 << 20) == 0);
    CHECK_BYTES(found[3], found_lens[3], "");
    CHECK_BYTES(found[4], found_lens[4], "1");
    CHECK_BYTES(found[5], found_lens[5], "some text");
    free(large);

    for (int i = 0; i < MANY; i++) {
        lens[i] = (size_t)snprintf(names[i], sizeof names[i], "many:%d", i);
        keys[i] = names[i];
        if (i % 3) CHECK_STATUS(lodger_set(c, keys[i], lens[i], keys[i], lens[i]), LODGER_OK);
    }
    CHECK_STATUS(lodger_mget(c, MANY, keys, lens, values, sizes), LODGER_OK);
    int wrong = 0;
    for (int i = 0; i < MANY; i++)
        wrong += i % 3 ? !values[i] || sizes[i] != lens[i] || memcmp(values[i], keys[i], lens[i]) != 0 : values[i] != NULL;
    CHECK_INT(wrong, 0);
    values[0] = keys[0];
    CHECK_STATUS(lodger_mget(c, 0, keys, lens, values, sizes), LODGER_OK); /* none of none */
    teardown();
}

void test_typed_errors(void) {
    int64_t n;
    setup();
    CHECK_STATUS(lodger_set(c, K("t"), K("text")), LODGER_OK);
    n = 77;
    CHECK_STATUS(lodger_incrby(c, K("t"), 1, &n), LODGER_ERR_COMMAND);
    CHECK_INT(n, 0);
    CHECK_TEXT(lodger_client_error(c), "ERR value is not an integer or out of range");
    CHECK_STATUS(lodger_set(c, K("n"), K("1")), LODGER_OK);
    CHECK_STATUS(lodger_incrby(c, K("n"), 1, &n), LODGER_OK);
    /* Out of memory by its own rule, and back. */
    char *filling = calloc(1, 1 << 20), key[16];
    for (int i = 0; i < 4; i++)
        CHECK_STATUS(lodger_set(c, key, (size_t)snprintf(key, sizeof key, "f%d", i), filling, 1 << 20), LODGER_OK);
    free(filling);
    CHECK_COMMAND(c, "+OK", "CONFIG", "SET", "maxmemory", "2mb");
    CHECK_STATUS(lodger_set(c, K("more"), K("data")), LODGER_ERR_NOMEM);
    CHECK_HAS(lodger_client_error(c), "OOM");
    CHECK_STATUS(lodger_incrby(c, K("n"), 1, &n), LODGER_ERR_NOMEM);
    CHECK_STATUS(lodger_strlen(c, K("t"), &n), LODGER_OK); /* reading goes on */
    CHECK_STATUS(lodger_del(c, K("t"), &n), LODGER_OK);    /* and deleting */
    CHECK_INT(n, 1);
    /* Less than an empty database takes: nothing goes any more. */
    CHECK_COMMAND(c, ":5", "DEL", "f0", "f1", "f2", "f3", "n");
    CHECK_COMMAND(c, "+OK", "CONFIG", "SET", "maxmemory", "1");
    CHECK_STATUS(lodger_set(c, K("more"), K("data")), LODGER_ERR_NOMEM);
    CHECK_COMMAND(c, "+OK", "CONFIG", "SET", "maxmemory", "0");
    CHECK_STATUS(lodger_set(c, K("more"), K("data")), LODGER_OK);
    teardown();
}

void test_binary_keys(void) {
    const void *v;
    size_t n;
    int64_t i;
    setup();
    CHECK_STATUS(lodger_set(c, K("a\0b"), K("1\0\r\n\xff")), LODGER_OK);
    CHECK_STATUS(lodger_set(c, K("a\0c"), K("2")), LODGER_OK);
    CHECK_STATUS(lodger_set(c, K("a"), K("3")), LODGER_OK);
    CHECK_STATUS(lodger_get(c, K("a\0b"), &v, &n), LODGER_OK);
    CHECK_BYTES(v, n, "1\0\r\n\xff");
    CHECK_INT(((const char *)v)[n], 0);
    CHECK_STATUS(lodger_get(c, K("a"), &v, &n), LODGER_OK);
    CHECK_BYTES(v, n, "3");
    CHECK_COMMAND(c, ":3", "DBSIZE");
    const void *argv[] = {"GET", "a\0b"};
    size_t lens[] = {3, 3};
    lodger_reply *r;
    CHECK_STATUS(lodger_command(c, 2, argv, lens, &r), LODGER_OK);
    v = lodger_reply_bytes(r, &n);
    CHECK_BYTES(v, n, "1\0\r\n\xff");
    CHECK_INT(((const char *)v)[n], 0);
    lodger_reply_free(r);
    static unsigned char all[256];
    for (int b = 0; b < 256; b++) all[b] = (unsigned char)b;
    CHECK_STATUS(lodger_set(c, all, 256, all, 256), LODGER_OK);
    CHECK_STATUS(lodger_getdel(c, all, 256, &v, &n), LODGER_OK);
    CHECK(n == 256 && memcmp(v, all, 256) == 0);
    CHECK_STATUS(lodger_exists(c, all, 256, &i), LODGER_OK);
    CHECK_INT(i, 0);
    teardown();
}

void test_empty_strings(void) {
    const void *v;
    size_t n;
    int64_t len;
    setup();
    CHECK_STATUS(lodger_set(c, "", 0, "", 0), LODGER_OK); /* the empty key is a key */
    CHECK_STATUS(lodger_get(c, "", 0, &v, &n), LODGER_OK);
    CHECK_BYTES(v, n, ""); /* empty is not absent: never NULL */
    CHECK_STATUS(lodger_append(c, "", 0, "", 0, &len), LODGER_OK);
    CHECK_INT(len, 0);
    CHECK_COMMAND(c, "[\"\" nil]", "MGET", "", "x");
    CHECK_COMMAND(c, "\"\"", "GET", "");
    CHECK_STATUS(lodger_getdel(c, "", 0, &v, &n), LODGER_OK);
    CHECK_BYTES(v, n, "");
    CHECK_STATUS(lodger_exists(c, "", 0, &len), LODGER_OK);
    CHECK_INT(len, 0);
    /* A length of 0 reads nothing, so the address may be anything, NULL too. */
    CHECK_STATUS(lodger_set(c, NULL, 0, NULL, 0), LODGER_OK);
    CHECK_STATUS(lodger_get(c, "", 0, &v, &n), LODGER_OK);
    CHECK_BYTES(v, n, "");
    lodger_reply *r;
    CHECK_STATUS(lodger_command(c, 2, (const void *[]){"GET", NULL}, (size_t[]){3, 0}, &r), LODGER_OK);
    CHECK_TEXT(show(r), "\"\"");
    lodger_reply_free(r);
    CHECK_COMMAND(c, "-ERR unknown command '', with args beginning with: ", "");
    teardown();
}

void test_huge_lengths(void) {
    const size_t huge[] = {(size_t)512 * 1024 * 1024 + 1, (size_t)1 << 40, SIZE_MAX / 2, SIZE_MAX - 1, SIZE_MAX};
    const void *v;
    size_t n;
    int64_t i;
    setup();
    CHECK_STATUS(lodger_set(c, K("k"), K("v")), LODGER_OK);
    for (size_t h = 0; h < sizeof huge / sizeof *huge; h++) {
        size_t len = huge[h]; /* a claim: nothing of that size is read, or this would crash */
        CHECK_STATUS(lodger_get(c, "k", len, &v, &n), LODGER_ERR_ARG);
        CHECK_STATUS(lodger_set(c, "k", len, "v", 1), LODGER_ERR_ARG);
        CHECK_STATUS(lodger_set(c, "k", 1, "v", len), LODGER_ERR_ARG);
        CHECK(*lodger_client_error(c) != '\0');
        CHECK_STATUS(lodger_set_px(c, "k", len, "v", 1, 1000), LODGER_ERR_ARG);
        CHECK_STATUS(lodger_set_px(c, "k", 1, "v", len, 1000), LODGER_ERR_ARG);
        CHECK_STATUS(lodger_del(c, "k", len, &i), LODGER_ERR_ARG);
        CHECK_STATUS(lodger_exists(c, "k", len, &i), LODGER_ERR_ARG);
        CHECK_STATUS(lodger_incrby(c, "k", len, 1, &i), LODGER_ERR_ARG);
        CHECK_STATUS(lodger_pexpire(c, "k", len, 1, &i), LODGER_ERR_ARG);
        CHECK_STATUS(lodger_pttl(c, "k", len, &i), LODGER_ERR_ARG);
        CHECK_STATUS(lodger_append(c, "k", len, "v", 1, &i), LODGER_ERR_ARG);
        CHECK_STATUS(lodger_append(c, "k", 1, "v", len, &i), LODGER_ERR_ARG);
        CHECK_STATUS(lodger_strlen(c, "k", len, &i), LODGER_ERR_ARG);
        CHECK_STATUS(lodger_getdel(c, "k", len, &v, &n), LODGER_ERR_ARG);
        const void *keys[] = {"k", "k"}, *values[2];
        size_t lens[] = {1, len}, sizes[2];
        CHECK_STATUS(lodger_mget(c, 2, keys, lens, values, sizes), LODGER_ERR_ARG);
        lodger_reply *r;
        const void *argv[] = {"SET", "k", "v"};
        CHECK_STATUS(lodger_command(c, 3, argv, (size_t[]){3, 1, len}, &r), LODGER_ERR_ARG);
        CHECK_STATUS(lodger_command(c, 3, argv, (size_t[]){len, 1, 1}, &r), LODGER_ERR_ARG);
        CHECK(r == NULL);
    }
    const void *key = "k", *value;
    size_t len = 1, size;
    /* A count whose outputs can not exist: refused before any is touched. */
    CHECK_STATUS(lodger_mget(c, SIZE_MAX, &key, &len, &value, &size), LODGER_ERR_ARG);
    CHECK_COMMAND(c, "\"v\"", "GET", "k"); /* all that changed nothing */
    CHECK_COMMAND(c, ":1", "DBSIZE");
    teardown();
}

/* SETRANGE changes a value in place, if it may. */
static lodger_status overwrite(lodger_client *client) {
    lodger_reply *r;
    lodger_status s = COMMAND(client, &r, "SETRANGE", "k", "0", "!");
    lodger_reply_free(r);
    return s;
}

/* A value stays as it was read until the next call on the same client, whatever others do to the key. */
void test_borrowed_values(void) {
    const size_t sizes[] = {1, 40, 200, 5000, 100000, 3000000};
    setup();
    lodger_client *other = new_client(db);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        size_t size = sizes[s], n;
        const void *v;
        int64_t len;
        char *want = malloc(size), *new = malloc(size);
        memset(want, 'w', size);
        memset(new, 'n', size);
        CHECK_STATUS(lodger_set(c, K("k"), want, size), LODGER_OK);
        CHECK_STATUS(lodger_get(c, K("k"), &v, &n), LODGER_OK);
        CHECK(n == size && memcmp(v, want, size) == 0);
        CHECK_STATUS(overwrite(other), LODGER_OK);
        CHECK(memcmp(v, want, size) == 0);
        CHECK_STATUS(lodger_append(other, K("k"), new, size, &len), LODGER_OK);
        CHECK(memcmp(v, want, size) == 0);
        CHECK_STATUS(lodger_set(other, K("k"), new, size), LODGER_OK);
        CHECK(memcmp(v, want, size) == 0);
        CHECK_STATUS(lodger_del(other, K("k"), &len), LODGER_OK);
        CHECK(memcmp(v, want, size) == 0);
        for (int i = 0; i < 10; i++) CHECK_STATUS(lodger_set(other, K("k"), new, size), LODGER_OK);
        CHECK_COMMAND(other, "+OK", "FLUSHALL");
        CHECK(n == size && memcmp(v, want, size) == 0);

        /* GETDEL gives the last of it. */
        CHECK_STATUS(lodger_set(c, K("k"), want, size), LODGER_OK);
        CHECK_STATUS(lodger_getdel(c, K("k"), &v, &n), LODGER_OK);
        CHECK_STATUS(lodger_set(other, K("k"), new, size), LODGER_OK);
        CHECK(n == size && memcmp(v, want, size) == 0);
        free(want);
        free(new);
    }
    lodger_client_free(other);
    teardown();
}
