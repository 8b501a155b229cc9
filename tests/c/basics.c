/* What needs no database, and NULL in every place of every function. */
#include "test.h"

void test_version(void) {
    int major, minor, patch;
    char rest;
    CHECK_INT(lodger_abi_version(), LODGER_ABI_VERSION);
    CHECK(lodger_version() != NULL);
    CHECK_INT(sscanf(lodger_version(), "%d.%d.%d%c", &major, &minor, &patch, &rest), 3);
}

void test_status_names(void) {
#define NAMED(s) CHECK_TEXT(lodger_status_name(s), #s)
    NAMED(LODGER_OK);
    NAMED(LODGER_NIL);
    NAMED(LODGER_TIMEOUT);
    NAMED(LODGER_INTERRUPTED);
    NAMED(LODGER_ERR_NULL);
    NAMED(LODGER_ERR_ARG);
    NAMED(LODGER_ERR_COMMAND);
    NAMED(LODGER_ERR_IO);
    NAMED(LODGER_ERR_CORRUPT);
    NAMED(LODGER_ERR_NOMEM);
    NAMED(LODGER_ERR_CLOSED);
    NAMED(LODGER_ERR_UNSUPPORTED);
    NAMED(LODGER_ERR_PANIC);
    NAMED(LODGER_ERR_FORKED);
    NAMED(LODGER_ERR_LOCKED);
    NAMED(LODGER_ERR_BUSY);
    NAMED(LODGER_ERR_LAGGED);
#undef NAMED
    /* Numbers are part of the ABI: programs that were compiled yesterday hold them. */
    CHECK_INT(LODGER_OK, 0);
    CHECK_INT(LODGER_INTERRUPTED, 3);
    CHECK_INT(LODGER_ERR_NULL, -1);
    CHECK_INT(LODGER_ERR_BUSY, -12);
    CHECK_INT(LODGER_ERR_LAGGED, -13);
    /* Strange ones have some name too, so that printing one never crashes. */
    lodger_status strange[] = {4, 99, -13, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < 5; i++) CHECK(lodger_status_name(strange[i]) && *lodger_status_name(strange[i]));
}

void test_free_takes_null(void) {
    lodger_error *err = (lodger_error *)&err;
    CHECK_STATUS(lodger_close(NULL, &err), LODGER_OK);
    CHECK(err == NULL);
    CHECK_STATUS(lodger_close(NULL, NULL), LODGER_OK);
    lodger_client_free(NULL);
    lodger_reply_free(NULL);
    lodger_error_free(NULL);
}

void test_null_open(void) {
    lodger_error *err = NULL;
    CHECK_STATUS(lodger_open(NULL, NULL, NULL, &err), LODGER_ERR_NULL);
    CHECK(err != NULL);
    CHECK_STATUS(lodger_error_status(err), LODGER_ERR_NULL);
    CHECK(lodger_error_message(err) && *lodger_error_message(err));
    lodger_error_free(err);
    CHECK_STATUS(lodger_open(NULL, NULL, NULL, NULL), LODGER_ERR_NULL);

    /* The error is optional. */
    lodger_db *db = NULL;
    CHECK_STATUS(lodger_open(NULL, NULL, &db, NULL), LODGER_OK);
    CHECK_STATUS(lodger_sync(db, NULL), LODGER_OK);
    CHECK_STATUS(lodger_close(db, NULL), LODGER_OK);
    db = (lodger_db *)&db;
    CHECK_STATUS(lodger_open(NULL, "no-such-directive yes\n", &db, NULL), LODGER_ERR_ARG);
    CHECK(db == NULL);

    err = NULL;
    CHECK_STATUS(lodger_sync(NULL, &err), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_error_status(err), LODGER_ERR_NULL);
    lodger_error_free(err);
    lodger_set_log(NULL, NULL, NULL);

    /* Accessors of nothing answer something harmless. */
    CHECK(lodger_error_message(NULL) != NULL);
    CHECK_STATUS(lodger_error_status(NULL), LODGER_OK);
}

void test_null_client(void) {
    lodger_client *c = (lodger_client *)&c;
    CHECK_STATUS(lodger_client_new(NULL, &c), LODGER_ERR_NULL);
    CHECK(c == NULL);
    CHECK_STATUS(lodger_client_new(NULL, NULL), LODGER_ERR_NULL);
    lodger_db *db = open_db(NULL, NULL);
    CHECK_STATUS(lodger_client_new(db, NULL), LODGER_ERR_NULL);
    lodger_client_interrupt(NULL);
    CHECK(lodger_client_error(NULL) != NULL);
    c = new_client(db);
    CHECK_TEXT(lodger_client_error(c), ""); /* nothing failed yet */
    lodger_client_free(c);
    close_db(db);
}

void test_null_command(void) {
    lodger_db *db = open_db(NULL, NULL);
    lodger_client *c = new_client(db);
    const void *argv[] = {"GET", NULL};
    size_t lens[] = {3, 1};
#define POISON ((lodger_reply *)(void *)db)
    lodger_reply *r = POISON;
    CHECK_STATUS(lodger_command(NULL, 1, argv, lens, &r), LODGER_ERR_NULL);
    CHECK(r == NULL);
    r = POISON;
    CHECK_STATUS(lodger_command(c, 1, NULL, lens, &r), LODGER_ERR_NULL);
    CHECK(r == NULL);
    r = POISON;
    CHECK_STATUS(lodger_command(c, 1, argv, NULL, &r), LODGER_ERR_NULL);
    CHECK(r == NULL);
    CHECK(*lodger_client_error(c) != '\0');
    r = POISON;
    CHECK_STATUS(lodger_command(c, 2, argv, lens, &r), LODGER_ERR_NULL); /* an argument that is NULL and 1 long */
    CHECK(r == NULL);
    CHECK_STATUS(lodger_command(c, 1, (const void *[]){"PING"}, (size_t[]){4}, NULL), LODGER_ERR_NULL);
    r = POISON;
    CHECK_STATUS(lodger_command(c, 0, argv, lens, &r), LODGER_ERR_ARG);
    CHECK(r == NULL);
    r = POISON;
    CHECK_STATUS(lodger_command(c, SIZE_MAX, argv, lens, &r), LODGER_ERR_ARG);
    CHECK(r == NULL);
    CHECK_COMMAND(c, "+PONG", "PING"); /* none of this did harm */
    lodger_client_free(c);
    close_db(db);
#undef POISON
}

void test_null_resp(void) {
    static const char ping[] = "*1\r\n$4\r\nPING\r\n";
    lodger_db *db = open_db(NULL, NULL);
    lodger_client *c = new_client(db);
    const void *answer = db;
    size_t len = 77;
    CHECK_STATUS(lodger_resp(NULL, ping, sizeof ping - 1, &answer, &len), LODGER_ERR_NULL);
    CHECK(answer == NULL && len == 0);
    answer = db, len = 77;
    CHECK_STATUS(lodger_resp(c, NULL, 14, &answer, &len), LODGER_ERR_NULL);
    CHECK(answer == NULL && len == 0);
    len = 77;
    CHECK_STATUS(lodger_resp(c, ping, sizeof ping - 1, NULL, &len), LODGER_ERR_NULL);
    CHECK(len == 0);
    answer = db;
    CHECK_STATUS(lodger_resp(c, ping, sizeof ping - 1, &answer, NULL), LODGER_ERR_NULL);
    CHECK(answer == NULL);
    answer = db, len = 77;
    CHECK_STATUS(lodger_resp(c, ping, SIZE_MAX, &answer, &len), LODGER_ERR_ARG);
    CHECK(answer == NULL && len == 0);
    CHECK_STATUS(lodger_resp(c, ping, sizeof ping - 1, &answer, &len), LODGER_OK);
    CHECK_BYTES(answer, len, "+PONG\r\n");
    lodger_client_free(c);
    close_db(db);
}

/* The typed calls come in few shapes; each shape is tried with NULL in every place. */
typedef lodger_status (*number_call)(lodger_client *, const void *, size_t, int64_t *);
typedef lodger_status (*value_call)(lodger_client *, const void *, size_t, const void **, size_t *);
typedef lodger_status (*number_number_call)(lodger_client *, const void *, size_t, int64_t, int64_t *);

void test_null_typed(void) {
    lodger_db *db = open_db(NULL, NULL);
    lodger_client *c = new_client(db);
    CHECK_STATUS(lodger_set(c, "k", 1, "7", 1), LODGER_OK);

    number_call numbers[] = {lodger_del, lodger_exists, lodger_pttl, lodger_strlen};
    for (size_t i = 0; i < 4; i++) {
        int64_t n = 77;
        CHECK_STATUS(numbers[i](NULL, "k", 1, &n), LODGER_ERR_NULL);
        CHECK_INT(n, 0);
        n = 77;
        CHECK_STATUS(numbers[i](c, NULL, 1, &n), LODGER_ERR_NULL);
        CHECK_INT(n, 0);
        CHECK_STATUS(numbers[i](c, "k", 1, NULL), LODGER_ERR_NULL);
    }
    number_number_call pairs[] = {lodger_incrby, lodger_pexpire};
    for (size_t i = 0; i < 2; i++) {
        int64_t n = 77;
        CHECK_STATUS(pairs[i](NULL, "k", 1, 1000, &n), LODGER_ERR_NULL);
        CHECK_INT(n, 0);
        n = 77;
        CHECK_STATUS(pairs[i](c, NULL, 1, 1000, &n), LODGER_ERR_NULL);
        CHECK_INT(n, 0);
        CHECK_STATUS(pairs[i](c, "k", 1, 1000, NULL), LODGER_ERR_NULL);
    }
    value_call values[] = {lodger_get, lodger_getdel};
    for (size_t i = 0; i < 2; i++) {
        const void *v = db;
        size_t n = 77;
        CHECK_STATUS(values[i](NULL, "k", 1, &v, &n), LODGER_ERR_NULL);
        CHECK(v == NULL && n == 0);
        v = db, n = 77;
        CHECK_STATUS(values[i](c, NULL, 1, &v, &n), LODGER_ERR_NULL);
        CHECK(v == NULL && n == 0);
        n = 77;
        CHECK_STATUS(values[i](c, "k", 1, NULL, &n), LODGER_ERR_NULL);
        CHECK(n == 0);
        v = db;
        CHECK_STATUS(values[i](c, "k", 1, &v, NULL), LODGER_ERR_NULL);
        CHECK(v == NULL);
    }
    CHECK_STATUS(lodger_set(NULL, "k", 1, "v", 1), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_set(c, NULL, 1, "v", 1), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_set(c, "k", 1, NULL, 1), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_set_px(NULL, "k", 1, "v", 1, 1000), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_set_px(c, NULL, 1, "v", 1, 1000), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_set_px(c, "k", 1, NULL, 1, 1000), LODGER_ERR_NULL);
    int64_t n = 77;
    CHECK_STATUS(lodger_append(NULL, "k", 1, "v", 1, &n), LODGER_ERR_NULL);
    CHECK_INT(n, 0);
    n = 77;
    CHECK_STATUS(lodger_append(c, NULL, 1, "v", 1, &n), LODGER_ERR_NULL);
    CHECK_INT(n, 0);
    n = 77;
    CHECK_STATUS(lodger_append(c, "k", 1, NULL, 1, &n), LODGER_ERR_NULL);
    CHECK_INT(n, 0);
    CHECK_STATUS(lodger_append(c, "k", 1, "v", 1, NULL), LODGER_ERR_NULL);

    const void *keys[] = {"k", NULL}, *found[2] = {db, db};
    size_t lens[] = {1, 1}, sizes[2] = {77, 77};
    CHECK_STATUS(lodger_mget(NULL, 1, keys, lens, found, sizes), LODGER_ERR_NULL);
    CHECK(found[0] == NULL && sizes[0] == 0);
    CHECK_STATUS(lodger_mget(c, 1, NULL, lens, found, sizes), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_mget(c, 1, keys, NULL, found, sizes), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_mget(c, 1, keys, lens, NULL, sizes), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_mget(c, 1, keys, lens, found, NULL), LODGER_ERR_NULL);
    found[0] = found[1] = db, sizes[0] = sizes[1] = 77;
    CHECK_STATUS(lodger_mget(c, 2, keys, lens, found, sizes), LODGER_ERR_NULL); /* the second key is NULL */
    CHECK(found[0] == NULL && found[1] == NULL && sizes[0] == 0 && sizes[1] == 0);

    CHECK_COMMAND(c, "\"7\"", "GET", "k"); /* nothing happened in between */
    lodger_client_free(c);
    close_db(db);
}

void test_null_reply(void) {
    size_t n = 77;
    CHECK_INT(lodger_reply_integer(NULL), 0);
    CHECK(lodger_reply_double(NULL) == 0);
    CHECK(lodger_reply_bytes(NULL, &n) == NULL);
    CHECK(n == 0);
    CHECK(lodger_reply_bytes(NULL, NULL) == NULL);
    CHECK_INT(lodger_reply_len(NULL), 0);
    CHECK(lodger_reply_at(NULL, 0) == NULL);
    CHECK(lodger_reply_kind(NULL) != LODGER_REPLY_STRING);
}
