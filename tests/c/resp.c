/* lodger_resp: what a client library writes to a socket goes in, what it would read comes out. */
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

#define CHECK_RESP(request, answer) check_resp(request, sizeof(request) - 1, answer, sizeof(answer) - 1, __FILE__, __LINE__)
static void check_resp(const char *request, size_t len, const char *want, size_t want_len, const char *file, int line) {
    const void *answer;
    size_t n;
    if (check_status(lodger_resp(c, request, len, &answer, &n), LODGER_OK, request, file, line))
        check_bytes(answer, n, want, want_len, request, file, line);
}
static lodger_status resp_status(const char *request, size_t len) {
    const void *answer;
    size_t n;
    lodger_status s = lodger_resp(c, request, len, &answer, &n);
    if (s < 0) CHECK(answer == NULL && n == 0);
    return s;
}

void test_resp_requests(void) {
    setup();
    CHECK_RESP("*1\r\n$4\r\nPING\r\n", "+PONG\r\n");
    CHECK_RESP("*3\r\n$3\r\nSET\r\n$3\r\na\0b\r\n$4\r\n\r\n\0x\r\n", "+OK\r\n");
    CHECK_RESP("*2\r\n$3\r\nGET\r\n$3\r\na\0b\r\n", "$4\r\n\r\n\0x\r\n");
    CHECK_RESP("*2\r\n$3\r\nGET\r\n$1\r\na\r\n", "$-1\r\n");
    CHECK_RESP("*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n", ":1\r\n");
    CHECK_RESP("*2\r\n$4\r\nINCR\r\n$3\r\na\0b\r\n", "-ERR value is not an integer or out of range\r\n");
    CHECK_RESP("*3\r\n$4\r\nMGET\r\n$1\r\nn\r\n$1\r\nz\r\n", "*2\r\n$1\r\n1\r\n$-1\r\n");
    CHECK_RESP("*2\r\n$3\r\nGET\r\n$0\r\n\r\n", "$-1\r\n");
    /* Inline commands, as typed into a telnet. */
    CHECK_RESP("PING\r\n", "+PONG\r\n");
    CHECK_RESP("SET inline 'two words'\r\n", "+OK\r\n");
    CHECK_RESP("get inline\n", "$9\r\ntwo words\r\n");
    /* Both doors lead to the same client. */
    CHECK_COMMAND(c, "\"two words\"", "GET", "inline");
    CHECK_RESP("*2\r\n$6\r\nSELECT\r\n$1\r\n1\r\n", "+OK\r\n");
    CHECK_COMMAND(c, "nil", "GET", "inline");
    teardown();
}

void test_resp_pipeline(void) {
    setup();
    CHECK_RESP("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n*2\r\n$4\r\nINCR\r\n$1\r\na\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n",
               "+OK\r\n:2\r\n+PONG\r\n$1\r\n2\r\n");
    /* An error in the middle is one answer among the others. */
    CHECK_RESP("PING\r\nNOSUCH\r\nPING\r\n", "+PONG\r\n-ERR unknown command 'NOSUCH', with args beginning with: \r\n+PONG\r\n");

    /* A long one: the answer is as long as it takes. */
    enum { MANY = 5000 };
    static const char incr[] = "*2\r\n$4\r\nINCR\r\n$1\r\nm\r\n";
    const size_t one = sizeof incr - 1;
    char *request = malloc(one * MANY);
    for (size_t i = 0; i < MANY; i++) memcpy(request + i * one, incr, one);
    const void *answer;
    size_t n;
    CHECK_STATUS(lodger_resp(c, request, one * MANY, &answer, &n), LODGER_OK);
    free(request); /* the answer does not point into it */
    const char *p = answer, *end = p + n;
    int64_t expected = 1;
    while (p && p < end && *p == ':') {
        char *after;
        if (!CHECK_INT(strtoll(p + 1, &after, 10), expected++)) break;
        p = after + 2;
    }
    CHECK_INT(expected, MANY + 1);
    CHECK(p == end);

    /* Nothing in, nothing out. */
    CHECK_STATUS(lodger_resp(c, "", 0, &answer, &n), LODGER_OK);
    CHECK_INT(n, 0);
    /* The answer is borrowed until the next call, while others go on. */
    lodger_client *other = new_client(db);
    CHECK_COMMAND(c, "+OK", "SET", "k", "value");
    CHECK_STATUS(lodger_resp(c, "GET k\r\n", 7, &answer, &n), LODGER_OK);
    CHECK_COMMAND(other, "+OK", "SET", "k", "other");
    CHECK_BYTES(answer, n, "$5\r\nvalue\r\n");
    lodger_client_free(other);
    teardown();
}

/* There is no "more will come" here: a request that is not whole is an argument error, wherever it is cut. */
void test_resp_incomplete(void) {
    static const char whole[] = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nvalue\r\n";
    setup();
    for (size_t n = 1; n < sizeof whole - 1; n++)
        if (!CHECK_STATUS(resp_status(whole, n), LODGER_ERR_ARG)) fprintf(stderr, "... cut after %zu\n", n);
    CHECK_STATUS(resp_status("PING", 4), LODGER_ERR_ARG);
    CHECK(*lodger_client_error(c) != '\0');
    CHECK_RESP("*2\r\n$6\r\nEXISTS\r\n$1\r\nk\r\n", ":0\r\n"); /* no half request was carried out or kept */
    CHECK_RESP("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nvalue\r\n", "+OK\r\n");
    /* Lengths that are not there, as large as numbers go. */
    CHECK_STATUS(resp_status("*2\r\n$3\r\nGET\r\n$536870912\r\nk\r\n", 29), LODGER_ERR_ARG);
    teardown();
}

void test_resp_garbage(void) {
    static const struct {
        const char *request, *error;
    } bad[] = {
        {"*1\r\n+PING\r\n", "-ERR Protocol error: expected '$', got '+'\r\n"},
        {"*x\r\n", "-ERR Protocol error: invalid multibulk length\r\n"},
        {"*1\r\n$-5\r\n", "-ERR Protocol error: invalid bulk length\r\n"},
        {"*1\r\n$99999999999\r\n", "-ERR Protocol error: invalid bulk length\r\n"},
        {"*99999999999\r\n", "-ERR Protocol error: invalid multibulk length\r\n"},
        {"GET \"unbalanced\r\n", "-ERR Protocol error: unbalanced quotes in request\r\n"},
    };
    const void *answer;
    size_t n;
    setup();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_STATUS(lodger_resp(c, bad[i].request, strlen(bad[i].request), &answer, &n), LODGER_OK);
        CHECK(n == strlen(bad[i].error) && memcmp(answer, bad[i].error, n) == 0);
        if (n != strlen(bad[i].error)) fprintf(stderr, "... %s: %.*s\n", bad[i].request, (int)n, (const char *)answer);
        CHECK_RESP("PING\r\n", "+PONG\r\n"); /* no connection that would be closed */
    }
    /* Answers to what came before it are not lost. */
    CHECK_RESP("SET k v\r\n*1\r\n+\r\n", "+OK\r\n-ERR Protocol error: expected '$', got '+'\r\n");
    CHECK_COMMAND(c, "\"v\"", "GET", "k");

    /* Random bytes end in a status or an answer, whatever they are. */
    static const char pieces[][8] = {"*", "$", "\r\n", "1", "3\r\n", "GET", "SET", "-", "\0", "\xff", " ", "\"", "k", "99999"};
    uint64_t state = seed();
    for (int round = 0; round < scaled(20000, 500); round++) {
        char request[128];
        size_t len = 0;
        for (uint64_t k = next_random(&state) % 12; k-- > 0;) {
            const char *piece = pieces[next_random(&state) % 14];
            size_t m = *piece ? strlen(piece) : 1;
            memcpy(request + len, piece, m);
            len += m;
        }
        lodger_status s = lodger_resp(c, request, len, &answer, &n);
        if (!CHECK(s == LODGER_OK || s == LODGER_ERR_ARG)) break;
    }
    CHECK_RESP("PING\r\n", "+PONG\r\n");
    teardown();
}

void test_resp_resp3(void) {
    const void *answer;
    size_t n;
    setup();
    CHECK_STATUS(lodger_resp(c, "HELLO 3\r\n", 9, &answer, &n), LODGER_OK);
    CHECK(n > 4 && memcmp(answer, "%7\r\n", 4) == 0);
    CHECK_RESP("GET absent\r\n", "_\r\n");
    CHECK_RESP("MGET absent\r\n", "*1\r\n_\r\n");
    CHECK_RESP("CONFIG GET maxmemory\r\n", "%1\r\n$9\r\nmaxmemory\r\n$1\r\n0\r\n");
    CHECK_RESP("DEBUG PROTOCOL double\r\n", ",3.141\r\n");
    CHECK_RESP("DEBUG PROTOCOL true\r\n", "#t\r\n");
    CHECK_STATUS(lodger_resp(c, "HELLO 2\r\n", 9, &answer, &n), LODGER_OK);
    CHECK(n > 5 && memcmp(answer, "*14\r\n", 5) == 0);
    CHECK_RESP("GET absent\r\n", "$-1\r\n");
    CHECK_RESP("CONFIG GET maxmemory\r\n", "*2\r\n$9\r\nmaxmemory\r\n$1\r\n0\r\n");
    CHECK_RESP("HELLO 4\r\n", "-NOPROTO unsupported protocol version\r\n");
    teardown();
}
