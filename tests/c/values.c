/* The typed calls of hashes, lists, sets and sorted sets: each against what the same command says, with NULLs and odd
 * sizes, and after a restart from the append-only file. */
#include "test.h"

#include <math.h>

#define K(literal) literal, sizeof(literal) - 1

typedef lodger_status (*two_words)(lodger_client *, const void *, size_t, const void *, size_t, int64_t *);
typedef lodger_status (*one_word)(lodger_client *, const void *, size_t, int64_t *);
typedef lodger_status (*pop_call)(lodger_client *, const void *, size_t, const void **, size_t *);

static void check_number(lodger_status status, int64_t got, int64_t want, const char *what) {
    CHECK_STATUS(status, LODGER_OK);
    if (!CHECK_INT(got, want)) fprintf(stderr, "... in %s\n", what);
}
#define NUMBER(want, call) \
    do { \
        int64_t n = 77; \
        lodger_status status_ = call; \
        check_number(status_, n, want, #call); \
    } while (0)

void test_values_hash(void) {
    lodger_db *db = open_db(NULL, NULL);
    lodger_client *c = new_client(db);
    const void *v;
    size_t len;
    NUMBER(1, lodger_hset(c, K("h"), K("f"), K("one"), &n));
    NUMBER(0, lodger_hset(c, K("h"), K("f"), K("two"), &n));
    NUMBER(1, lodger_hset(c, K("h"), K(""), K(""), &n));
    CHECK_STATUS(lodger_hget(c, K("h"), K("f"), &v, &len), LODGER_OK);
    CHECK_BYTES(v, len, "two");
    CHECK_TEXT(v, "two");
    CHECK_STATUS(lodger_hget(c, K("h"), K(""), &v, &len), LODGER_OK);
    CHECK_BYTES(v, len, "");
    CHECK_STATUS(lodger_hget(c, K("h"), K("absent"), &v, &len), LODGER_NIL);
    CHECK(v == NULL && len == 0);
    CHECK_STATUS(lodger_hget(c, K("absent"), K("f"), &v, &len), LODGER_NIL);
    NUMBER(2, lodger_hlen(c, K("h"), &n));
    NUMBER(0, lodger_hlen(c, K("absent"), &n));
    NUMBER(5, lodger_hincrby(c, K("h"), K("n"), 5, &n));
    NUMBER(-1, lodger_hincrby(c, K("h"), K("n"), -6, &n));
    int64_t n = 77;
    CHECK_STATUS(lodger_hincrby(c, K("h"), K("f"), 1, &n), LODGER_ERR_COMMAND);
    CHECK_INT(n, 0);
    CHECK_HAS(lodger_client_error(c), "hash value is not an integer");
    NUMBER(1, lodger_hdel(c, K("h"), K("f"), &n));
    NUMBER(0, lodger_hdel(c, K("h"), K("f"), &n));
    CHECK_COMMAND(c, "{\"\" \"\" \"n\" \"-1\"}", "HGETALL", "h");
    lodger_client_free(c);
    close_db(db);
}

void test_values_list(void) {
    lodger_db *db = open_db(NULL, NULL);
    lodger_client *c = new_client(db);
    const void *v;
    size_t len;
    char *large = malloc(200000);
    if (!CHECK(large != NULL)) return;
    memset(large, 'x', 200000);
    NUMBER(1, lodger_rpush(c, K("l"), K("b"), &n));
    NUMBER(2, lodger_lpush(c, K("l"), K("-17"), &n));
    NUMBER(3, lodger_rpush(c, K("l"), large, 200000, &n));
    NUMBER(3, lodger_llen(c, K("l"), &n));
    CHECK_STATUS(lodger_lpop(c, K("l"), &v, &len), LODGER_OK);
    CHECK_BYTES(v, len, "-17");
    CHECK_STATUS(lodger_rpop(c, K("l"), &v, &len), LODGER_OK);
    CHECK(len == 200000 && memcmp(v, large, len) == 0);
    CHECK_STATUS(lodger_rpop(c, K("l"), &v, &len), LODGER_OK);
    CHECK_BYTES(v, len, "b");
    CHECK_STATUS(lodger_rpop(c, K("l"), &v, &len), LODGER_NIL);
    CHECK(v == NULL && len == 0);
    CHECK_COMMAND(c, ":0", "EXISTS", "l");
    free(large);
    lodger_client_free(c);
    close_db(db);
}

void test_values_set(void) {
    lodger_db *db = open_db(NULL, NULL);
    lodger_client *c = new_client(db);
    NUMBER(1, lodger_sadd(c, K("s"), K("m"), &n));
    NUMBER(0, lodger_sadd(c, K("s"), K("m"), &n));
    NUMBER(1, lodger_sadd(c, K("s"), K("a\0b"), &n));
    NUMBER(1, lodger_sismember(c, K("s"), K("a\0b"), &n));
    NUMBER(0, lodger_sismember(c, K("s"), K("a"), &n));
    NUMBER(0, lodger_sismember(c, K("absent"), K("a"), &n));
    NUMBER(2, lodger_scard(c, K("s"), &n));
    NUMBER(1, lodger_srem(c, K("s"), K("m"), &n));
    NUMBER(0, lodger_srem(c, K("s"), K("m"), &n));
    NUMBER(1, lodger_srem(c, K("s"), K("a\0b"), &n));
    NUMBER(0, lodger_scard(c, K("s"), &n));
    CHECK_COMMAND(c, ":0", "EXISTS", "s");
    lodger_client_free(c);
    close_db(db);
}

void test_values_zset(void) {
    lodger_db *db = open_db(NULL, NULL);
    lodger_client *c = new_client(db);
    double score = 77;
    int64_t rank = 77, n = 77;
    NUMBER(1, lodger_zadd(c, K("z"), 0.1, K("a"), &n));
    NUMBER(0, lodger_zadd(c, K("z"), 1e300, K("a"), &n));
    NUMBER(1, lodger_zadd(c, K("z"), -INFINITY, K("b"), &n));
    CHECK_STATUS(lodger_zscore(c, K("z"), K("a"), &score), LODGER_OK);
    CHECK(score == 1e300);
    CHECK_STATUS(lodger_zscore(c, K("z"), K("b"), &score), LODGER_OK);
    CHECK(isinf(score) && score < 0);
    CHECK_STATUS(lodger_zscore(c, K("z"), K("absent"), &score), LODGER_NIL);
    CHECK(score == 0);
    CHECK_STATUS(lodger_zincrby(c, K("z"), 0.5, K("c"), &score), LODGER_OK);
    CHECK(score == 0.5);
    CHECK_STATUS(lodger_zincrby(c, K("z"), INFINITY, K("b"), &score), LODGER_ERR_COMMAND);
    CHECK_HAS(lodger_client_error(c), "NaN");
    CHECK_STATUS(lodger_zadd(c, K("z"), NAN, K("d"), &n), LODGER_ERR_COMMAND);
    CHECK_INT(n, 0);
    CHECK_STATUS(lodger_zincrby(c, K("z"), NAN, K("d"), &score), LODGER_ERR_COMMAND);
    NUMBER(3, lodger_zcard(c, K("z"), &n));
    CHECK_STATUS(lodger_zrank(c, K("z"), K("c"), &rank), LODGER_OK);
    CHECK_INT(rank, 1);
    CHECK_STATUS(lodger_zrank(c, K("z"), K("absent"), &rank), LODGER_NIL);
    CHECK_INT(rank, 0);
    NUMBER(1, lodger_zrem(c, K("z"), K("a"), &n));
    NUMBER(0, lodger_zrem(c, K("z"), K("a"), &n));
    CHECK_COMMAND(c, "[[\"b\" ,-inf] [\"c\" ,0.5]]", "ZRANGE", "z", "0", "-1", "WITHSCORES");
    lodger_client_free(c);
    close_db(db);
}

/* NULLs, other types, closed. */
void test_values_errors(void) {
    lodger_db *db = open_db(NULL, NULL);
    lodger_client *c = new_client(db);
    const void *v = db;
    size_t len = 77;
    int64_t n = 77;
    double score = 77;
    CHECK_COMMAND(c, "+OK", "SET", "string", "1");
    two_words twos[] = {lodger_hdel, lodger_lpush, lodger_rpush, lodger_sadd, lodger_srem, lodger_sismember, lodger_zrem, lodger_zrank};
    for (size_t i = 0; i < sizeof twos / sizeof *twos; i++) {
        n = 77;
        CHECK_STATUS(twos[i](NULL, K("k"), K("w"), &n), LODGER_ERR_NULL);
        CHECK_INT(n, 0);
        CHECK_STATUS(twos[i](c, NULL, 1, K("w"), &n), LODGER_ERR_NULL);
        CHECK_STATUS(twos[i](c, K("k"), NULL, 1, &n), LODGER_ERR_NULL);
        CHECK_STATUS(twos[i](c, K("k"), K("w"), NULL), LODGER_ERR_NULL);
        CHECK_STATUS(twos[i](c, K("k"), "w", SIZE_MAX, &n), LODGER_ERR_ARG);
        n = 77;
        CHECK_STATUS(twos[i](c, K("string"), K("w"), &n), LODGER_ERR_COMMAND);
        CHECK_INT(n, 0);
        CHECK_HAS(lodger_client_error(c), "WRONGTYPE");
    }
    one_word ones[] = {lodger_hlen, lodger_llen, lodger_scard, lodger_zcard};
    for (size_t i = 0; i < sizeof ones / sizeof *ones; i++) {
        n = 77;
        CHECK_STATUS(ones[i](NULL, K("k"), &n), LODGER_ERR_NULL);
        CHECK_INT(n, 0);
        CHECK_STATUS(ones[i](c, NULL, 1, &n), LODGER_ERR_NULL);
        CHECK_STATUS(ones[i](c, K("k"), NULL), LODGER_ERR_NULL);
        CHECK_STATUS(ones[i](c, K("string"), &n), LODGER_ERR_COMMAND);
    }
    pop_call pops[] = {lodger_lpop, lodger_rpop};
    for (size_t i = 0; i < sizeof pops / sizeof *pops; i++) {
        v = db, len = 77;
        CHECK_STATUS(pops[i](NULL, K("k"), &v, &len), LODGER_ERR_NULL);
        CHECK(v == NULL && len == 0);
        CHECK_STATUS(pops[i](c, NULL, 1, &v, &len), LODGER_ERR_NULL);
        CHECK_STATUS(pops[i](c, K("k"), NULL, &len), LODGER_ERR_NULL);
        CHECK_STATUS(pops[i](c, K("k"), &v, NULL), LODGER_ERR_NULL);
        CHECK_STATUS(pops[i](c, K("string"), &v, &len), LODGER_ERR_COMMAND);
    }
    CHECK_STATUS(lodger_hset(c, K("k"), K("f"), NULL, 1, &n), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_hset(c, K("k"), K("f"), K("v"), NULL), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_hset(c, K("string"), K("f"), K("v"), &n), LODGER_ERR_COMMAND);
    CHECK_STATUS(lodger_hget(c, K("k"), K("f"), NULL, &len), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_hget(c, K("string"), K("f"), &v, &len), LODGER_ERR_COMMAND);
    CHECK_STATUS(lodger_hincrby(c, K("k"), K("f"), 1, NULL), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_zadd(c, K("k"), 1, NULL, 1, &n), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_zadd(c, K("k"), 1, K("m"), NULL), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_zscore(c, K("k"), K("m"), NULL), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_zincrby(c, K("k"), 1, K("m"), NULL), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_zincrby(c, K("string"), 1, K("m"), &score), LODGER_ERR_COMMAND);
    CHECK(score == 0);
    CHECK_COMMAND(c, ":1", "DBSIZE"); /* no call above made anything */
    close_db(db);
    CHECK_STATUS(lodger_sadd(c, K("k"), K("m"), &n), LODGER_ERR_CLOSED);
    lodger_client_free(c);
}

/* What the calls leave in the append-only file gives the same values again. */
void test_values_durable(void) {
    char *dir = temp_dir();
    lodger_db *db = open_db(dir, "appendfsync no\n");
    lodger_client *c = new_client(db);
    int64_t n;
    double score;
    const void *v;
    size_t len;
    for (int i = 0; i < 300; i++) {
        char word[32];
        size_t m = (size_t)snprintf(word, sizeof word, "word%d", i);
        CHECK_STATUS(lodger_hset(c, K("h"), word, m, word, m, &n), LODGER_OK);
        CHECK_STATUS(lodger_hincrby(c, K("h"), K("n"), i, &n), LODGER_OK);
        CHECK_STATUS(i % 2 ? lodger_lpush(c, K("l"), word, m, &n) : lodger_rpush(c, K("l"), word, m, &n), LODGER_OK);
        CHECK_STATUS(lodger_sadd(c, K("s"), word, m, &n), LODGER_OK);
        CHECK_STATUS(lodger_zadd(c, K("z"), i / 7.0, word, m, &n), LODGER_OK);
        CHECK_STATUS(lodger_zincrby(c, K("z"), 0.1, word, m, &score), LODGER_OK);
    }
    CHECK_STATUS(lodger_hdel(c, K("h"), K("word7"), &n), LODGER_OK);
    CHECK_STATUS(lodger_lpop(c, K("l"), &v, &len), LODGER_OK);
    CHECK_STATUS(lodger_rpop(c, K("l"), &v, &len), LODGER_OK);
    CHECK_STATUS(lodger_srem(c, K("s"), K("word8"), &n), LODGER_OK);
    CHECK_STATUS(lodger_zrem(c, K("z"), K("word9"), &n), LODGER_OK);
    char before[256], after[256];
    lodger_reply *r;
    CHECK_STATUS(COMMAND(c, &r, "DEBUG", "DIGEST-VALUE", "h", "l", "s", "z"), LODGER_OK);
    snprintf(before, sizeof before, "%s", show(r));
    lodger_reply_free(r);
    lodger_client_free(c);
    close_db(db);
    db = open_db(dir, NULL);
    c = new_client(db);
    CHECK_STATUS(COMMAND(c, &r, "DEBUG", "DIGEST-VALUE", "h", "l", "s", "z"), LODGER_OK);
    snprintf(after, sizeof after, "%s", show(r));
    lodger_reply_free(r);
    CHECK_TEXT(after, before);
    CHECK_COMMAND(c, ":300", "HLEN", "h");
    CHECK_COMMAND(c, ":298", "LLEN", "l");
    CHECK_COMMAND(c, ":299", "SCARD", "s");
    CHECK_COMMAND(c, ":299", "ZCARD", "z");
    lodger_client_free(c);
    close_db(db);
}
