/* lodger_command and the reply tree. */
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

void test_command_replies(void) {
    setup();
    CHECK_COMMAND(c, "+PONG", "PING");
    CHECK_COMMAND(c, "\"hello\"", "PING", "hello");
    CHECK_COMMAND(c, "+OK", "SET", "k", "v");
    CHECK_COMMAND(c, "nil", "SET", "k", "w", "NX");
    CHECK_COMMAND(c, "\"v\"", "SET", "k", "w", "GET");
    CHECK_COMMAND(c, "\"w\"", "gEt", "k");
    CHECK_COMMAND(c, "[\"w\" nil]", "MGET", "k", "absent");
    CHECK_COMMAND(c, ":1", "EXISTS", "k");
    CHECK_COMMAND(c, "\"3.5\"", "INCRBYFLOAT", "f", "3.5");
    CHECK_COMMAND(c, "+string", "TYPE", "k");
    CHECK_COMMAND(c, "[\"0\" [\"k\"]]", "SCAN", "0", "MATCH", "k", "COUNT", "1000");
    teardown();
}

void test_command_errors(void) {
    lodger_reply *r;
    setup();
    CHECK_COMMAND(c, "-ERR unknown command 'NOSUCH', with args beginning with: 'a' 'b' ", "NOSUCH", "a", "b");
    CHECK_COMMAND(c, "-ERR wrong number of arguments for 'get' command", "GET");
    CHECK_COMMAND(c, "-ERR wrong number of arguments for 'get' command", "GET", "a", "b");
    CHECK_COMMAND(c, "-ERR syntax error", "SET", "k", "v", "NX", "XX");
    CHECK_COMMAND(c, "+OK", "SET", "t", "text");
    CHECK_COMMAND(c, "-ERR value is not an integer or out of range", "INCR", "t");
    /* An error reply is an answer: no failed call, so no error text of the client. */
    CHECK_STATUS(COMMAND(c, &r, "INCR", "t"), LODGER_OK);
    CHECK_INT(lodger_reply_kind(r), LODGER_REPLY_ERROR);
    CHECK_TEXT(lodger_client_error(c), "");
    lodger_reply_free(r);

    /* As many arguments as one likes. */
    enum { MANY = 20001 };
    static const void *argv[MANY];
    static size_t lens[MANY];
    for (int i = 0; i < MANY; i++) argv[i] = "x", lens[i] = 1;
    argv[0] = "DEL", lens[0] = 3;
    CHECK_COMMAND(c, "+OK", "SET", "x", "1");
    CHECK_STATUS(lodger_command(c, MANY, argv, lens, &r), LODGER_OK);
    CHECK_TEXT(show(r), ":1");
    lodger_reply_free(r);
    /* A name as long as a value. */
    size_t size = 1 << 20;
    char *name = malloc(size);
    memset(name, 'N', size);
    CHECK_STATUS(lodger_command(c, 1, (const void *[]){name}, &size, &r), LODGER_OK);
    CHECK_INT(lodger_reply_kind(r), LODGER_REPLY_ERROR);
    free(name);
    lodger_reply_free(r);
    teardown();
}

/* Text that we return ends with a NUL, which its length does not count. */
void test_command_text(void) {
    const char *asked[] = {"PING", "GET", "INCR"};
    setup();
    CHECK_COMMAND(c, "+OK", "SET", "t", "text");
    for (int i = 0; i < 3; i++) {
        lodger_reply *r;
        size_t n = 77;
        CHECK_STATUS(i == 0 ? COMMAND(c, &r, "PING") : COMMAND(c, &r, asked[i], "t"), LODGER_OK);
        const char *text = lodger_reply_bytes(r, &n);
        if (CHECK(text != NULL)) CHECK_INT(text[n], 0);
        CHECK(text && strlen(text) == n);
        CHECK(lodger_reply_bytes(r, NULL) == text); /* the length is optional */
        lodger_reply_free(r);
    }
    teardown();
}

void test_reply_kinds(void) {
    /* DEBUG PROTOCOL answers one of each kind. */
    static const struct {
        const char *name;
        int32_t kind;
        const char *shown;
    } all[] = {
        {"string", LODGER_REPLY_STRING, "\"Hello World\""},
        {"integer", LODGER_REPLY_INTEGER, ":12345"},
        {"double", LODGER_REPLY_DOUBLE, ",3.141"},
        {"null", LODGER_REPLY_NIL, "nil"},
        {"array", LODGER_REPLY_ARRAY, "[:0 :1 :2]"},
        {"set", LODGER_REPLY_SET, "~[:0 :1 :2]"},
        {"map", LODGER_REPLY_MAP, "{:0 #f :1 #t :2 #f}"},
        {"bignum", LODGER_REPLY_BIGNUM, "(1234567999999999999999999999999999999"},
        {"true", LODGER_REPLY_BOOL, "#t"},
        {"false", LODGER_REPLY_BOOL, "#f"},
        {"verbatim", LODGER_REPLY_VERBATIM, "=This is a verbatim\nstring"},
    };
    setup();
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        lodger_reply *r;
        CHECK_STATUS(COMMAND(c, &r, "DEBUG", "PROTOCOL", all[i].name), LODGER_OK);
        CHECK_INT(lodger_reply_kind(r), all[i].kind);
        CHECK_TEXT(show(r), all[i].shown);
        /* Each accessor gives something on its own kinds only, and NULL or 0 on all others. */
        int32_t k = all[i].kind;
        size_t n = 77;
        bool text = k == LODGER_REPLY_STRING || k == LODGER_REPLY_BIGNUM || k == LODGER_REPLY_VERBATIM;
        CHECK((lodger_reply_bytes(r, &n) != NULL) == text);
        CHECK((n != 0) == text);
        if (k != LODGER_REPLY_INTEGER && k != LODGER_REPLY_BOOL) CHECK_INT(lodger_reply_integer(r), 0);
        if (k == LODGER_REPLY_INTEGER) CHECK(lodger_reply_double(r) == 12345);
        else if (k != LODGER_REPLY_DOUBLE) CHECK(lodger_reply_double(r) == 0);
        bool list = k == LODGER_REPLY_ARRAY || k == LODGER_REPLY_SET || k == LODGER_REPLY_MAP;
        CHECK_INT(lodger_reply_len(r), list ? (k == LODGER_REPLY_MAP ? 6 : 3) : 0);
        CHECK((lodger_reply_at(r, 0) != NULL) == list);
        lodger_reply_free(r);
    }
    teardown();
}

void test_reply_out_of_range(void) {
    lodger_reply *r;
    setup();
    CHECK_STATUS(COMMAND(c, &r, "MGET", "a", "b"), LODGER_OK);
    CHECK_INT(lodger_reply_len(r), 2);
    CHECK(lodger_reply_at(r, 1) != NULL);
    CHECK(lodger_reply_at(r, 2) == NULL);
    CHECK(lodger_reply_at(r, SIZE_MAX) == NULL);
    const lodger_reply *element = lodger_reply_at(r, 0);
    CHECK_INT(lodger_reply_kind(element), LODGER_REPLY_NIL);
    CHECK(lodger_reply_at(element, 0) == NULL);
    CHECK_INT(lodger_reply_len(element), 0);
    CHECK(element == lodger_reply_at(r, 0)); /* the same place each time */
    lodger_reply_free(r);
    teardown();
}

static void *read_reply(void *r) {
    for (int i = 0; i < 1000; i++)
        if (!CHECK_TEXT(show(r), "[\"1\" \"2\"]")) break;
    return NULL;
}
/* A reply is on its own: it outlives its client and its db, and any number of threads may read it. */
void test_reply_outlives(void) {
    lodger_reply *r, *scan;
    setup();
    CHECK_COMMAND(c, "+OK", "MSET", "a", "1", "b", "2");
    CHECK_STATUS(COMMAND(c, &r, "MGET", "a", "b"), LODGER_OK);
    CHECK_STATUS(COMMAND(c, &scan, "SCAN", "0"), LODGER_OK);
    CHECK_COMMAND(c, "+OK", "FLUSHALL");
    teardown();
    CHECK_TEXT(show(r), "[\"1\" \"2\"]");
    const lodger_reply *keys = lodger_reply_at(scan, 1);
    CHECK_INT(lodger_reply_len(keys), 2);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, read_reply, r);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    lodger_reply_free(r);
    lodger_reply_free(scan);
}
