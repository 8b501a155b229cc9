/* Publish and subscribe, and the database over a socket. */
#include "test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

/* The bytes of an element of a message. */
static void check_part(const lodger_reply *r, size_t i, const char *want) {
    size_t n = 0;
    const char *got = lodger_reply_bytes(lodger_reply_at(r, i), &n);
    CHECK(got && n == strlen(want) && memcmp(got, want, n) == 0);
}

static void check_message(lodger_subscriber *s, const char *kind, const char *channel, const char *payload) {
    lodger_reply *r;
    if (!CHECK_STATUS(lodger_subscriber_next(s, -1, &r), LODGER_OK)) return;
    CHECK_INT(lodger_reply_kind(r), LODGER_REPLY_PUSH);
    size_t n = lodger_reply_len(r);
    check_part(r, 0, kind);
    check_part(r, n - 2, channel);
    check_part(r, n - 1, payload);
    lodger_reply_free(r);
}

void test_null_subscriber(void) {
    lodger_db *db = open_db(NULL, NULL);
    lodger_client *c = new_client(db);
    lodger_subscriber *s = (lodger_subscriber *)&db;
    lodger_reply *r = (lodger_reply *)&db;
    int64_t n = 7;
    CHECK_STATUS(lodger_subscriber_new(NULL, 1, &s), LODGER_ERR_NULL);
    CHECK(!s);
    CHECK_STATUS(lodger_subscriber_new(db, 1, NULL), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_subscriber_add(NULL, "c", 1, 0), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_subscriber_remove(NULL, "c", 1, 0), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_subscriber_next(NULL, 0, &r), LODGER_ERR_NULL);
    CHECK(!r);
    CHECK_INT(lodger_subscriber_fd(NULL), -1);
    CHECK_INT(lodger_subscriber_dropped(NULL), 0);
    lodger_subscriber_interrupt(NULL);
    CHECK_STATUS(lodger_publish(NULL, "c", 1, "m", 1, &n), LODGER_ERR_NULL);
    CHECK_INT(n, 0);
    CHECK_STATUS(lodger_publish(c, NULL, 1, "m", 1, &n), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_publish(c, "c", 1, NULL, 1, &n), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_publish(c, "c", 1, "m", 1, NULL), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_publish(c, NULL, 0, NULL, 0, &n), LODGER_OK); /* two empty strings */
    r = (lodger_reply *)&db;
    CHECK_STATUS(lodger_client_message(NULL, 0, &r), LODGER_ERR_NULL);
    CHECK(!r);
    CHECK_STATUS(lodger_publish(c, "c", SIZE_MAX, "m", 1, &n), LODGER_ERR_ARG);
    CHECK_STATUS(lodger_client_message(c, 0, NULL), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_subscriber_new(db, 1, &s), LODGER_OK);
    CHECK_STATUS(lodger_subscriber_add(s, NULL, 1, 0), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_subscriber_add(s, "c", SIZE_MAX, 0), LODGER_ERR_ARG);
    CHECK_STATUS(lodger_subscriber_add(s, "c", 1, 3), LODGER_ERR_ARG);
    CHECK_STATUS(lodger_subscriber_add(s, "c", 1, 4), LODGER_ERR_ARG);
    CHECK_STATUS(lodger_subscriber_remove(s, NULL, 1, 0), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_subscriber_remove(s, "c", SIZE_MAX, 0), LODGER_ERR_ARG);
    CHECK_STATUS(lodger_subscriber_remove(s, "c", 1, 1u << 31), LODGER_ERR_ARG);
    CHECK_STATUS(lodger_subscriber_next(s, 0, NULL), LODGER_ERR_NULL);
    lodger_subscriber_free(s);
    lodger_subscriber_free(NULL);
    lodger_client_free(c);
    close_db(db);
}

void test_subscriber(void) {
    lodger_db *db = open_db(NULL, NULL);
    lodger_client *c = new_client(db);
    lodger_subscriber *s;
    lodger_reply *r;
    int64_t n;
    CHECK_STATUS(lodger_subscriber_new(db, 100, &s), LODGER_OK);
    CHECK_STATUS(lodger_publish(c, "c", 1, "nobody", 6, &n), LODGER_OK);
    CHECK_INT(n, 0);
    CHECK_STATUS(lodger_subscriber_add(s, "c", 1, 0), LODGER_OK);
    CHECK_STATUS(lodger_subscriber_add(s, "c", 1, 0), LODGER_OK);
    CHECK_STATUS(lodger_subscriber_add(s, "?", 1, LODGER_SUB_PATTERN), LODGER_OK);
    CHECK_STATUS(lodger_subscriber_add(s, "s", 1, LODGER_SUB_SHARD), LODGER_OK);
    CHECK_STATUS(lodger_publish(c, "c", 1, "one", 3, &n), LODGER_OK);
    CHECK_INT(n, 2);
    CHECK_COMMAND(c, ":1", "SPUBLISH", "s", "two");
    check_message(s, "message", "c", "one");
    check_message(s, "pmessage", "c", "one");
    check_message(s, "smessage", "s", "two");
    CHECK_STATUS(lodger_subscriber_next(s, 0, &r), LODGER_TIMEOUT);
    CHECK(!r);
    CHECK_STATUS(lodger_subscriber_next(s, 20, &r), LODGER_TIMEOUT);
    CHECK_STATUS(lodger_subscriber_remove(s, "c", 1, 0), LODGER_OK);
    CHECK_STATUS(lodger_subscriber_remove(s, "absent", 6, 0), LODGER_OK);
    CHECK_STATUS(lodger_publish(c, "c", 1, "a\0b", 3, &n), LODGER_OK);
    CHECK_INT(n, 1);
    if (CHECK_STATUS(lodger_subscriber_next(s, -1, &r), LODGER_OK)) {
        size_t len;
        const char *bytes = lodger_reply_bytes(lodger_reply_at(r, 3), &len);
        CHECK_BYTES(bytes, len, "a\0b");
        lodger_reply_free(r);
    }
    CHECK_STATUS(lodger_publish(c, "d", 1, "last", 4, &n), LODGER_OK);
    CHECK_COMMAND(c, "+OK", "MULTI");
    CHECK_STATUS(lodger_publish(c, "d", 1, "x", 1, &n), LODGER_ERR_ARG);
    lodger_client_free(c);
    close_db(db);
    /* What came before is still there. */
    check_message(s, "pmessage", "d", "last");
    CHECK_STATUS(lodger_subscriber_next(s, -1, &r), LODGER_ERR_CLOSED);
    CHECK_STATUS(lodger_subscriber_add(s, "c", 1, 0), LODGER_ERR_CLOSED);
    lodger_subscriber_free(s);
}

void test_subscriber_fd(void) {
    lodger_db *db = open_db(NULL, NULL);
    lodger_client *c = new_client(db);
    lodger_subscriber *s;
    int64_t n;
    CHECK_STATUS(lodger_subscriber_new(db, 100, &s), LODGER_OK);
    CHECK_STATUS(lodger_subscriber_add(s, "c", 1, 0), LODGER_OK);
    struct pollfd fd = {.fd = lodger_subscriber_fd(s), .events = POLLIN};
    CHECK(fd.fd >= 0);
    CHECK_INT(lodger_subscriber_fd(s), fd.fd);
    CHECK_INT(poll(&fd, 1, 0), 0);
    for (int i = 0; i < 3; i++) CHECK_STATUS(lodger_publish(c, "c", 1, "m", 1, &n), LODGER_OK);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(poll(&fd, 1, 10000), 1);
        check_message(s, "message", "c", "m");
    }
    CHECK_INT(poll(&fd, 1, 0), 0);
    lodger_client_free(c);
    close_db(db);
    CHECK_INT(poll(&fd, 1, 10000), 1);
    lodger_subscriber_free(s);
}

struct listener {
    lodger_subscriber *s;
    lodger_client *c;
    lodger_status status;
    atomic_bool done;
};

static void *wait_for_message(void *arg) {
    struct listener *l = arg;
    lodger_reply *r;
    do { /* the other thread may be looking whether this one is in */
        l->status = l->s ? lodger_subscriber_next(l->s, -1, &r) : lodger_client_message(l->c, -1, &r);
    } while (l->status == LODGER_ERR_BUSY);
    lodger_reply_free(r);
    atomic_store(&l->done, true);
    return NULL;
}

void test_subscriber_waits(void) {
    lodger_db *db = open_db(NULL, NULL);
    lodger_client *c = new_client(db);
    struct listener l = {0};
    pthread_t thread;
    int64_t n = 0;
    lodger_reply *r;
    CHECK_STATUS(lodger_subscriber_new(db, 100, &l.s), LODGER_OK);
    CHECK_STATUS(lodger_subscriber_add(l.s, "c", 1, 0), LODGER_OK);
    pthread_create(&thread, NULL, wait_for_message, &l);
    /* From then on the thread is in until a message comes. */
    while (lodger_subscriber_next(l.s, 0, &r) == LODGER_TIMEOUT) nap(0.0001);
    CHECK(!r);
    CHECK_STATUS(lodger_subscriber_next(l.s, 0, &r), LODGER_ERR_BUSY);
    CHECK_STATUS(lodger_subscriber_add(l.s, "d", 1, 0), LODGER_ERR_BUSY);
    CHECK(lodger_subscriber_fd(l.s) >= 0); /* any thread */
    CHECK_INT(lodger_subscriber_dropped(l.s), 0);
    CHECK_STATUS(lodger_subscriber_remove(l.s, "c", 1, 0), LODGER_ERR_BUSY);
    CHECK_STATUS(lodger_publish(c, "c", 1, "m", 1, &n), LODGER_OK);
    pthread_join(thread, NULL);
    CHECK_STATUS(l.status, LODGER_OK);
    /* Until it sleeps an interrupt does nothing. */
    atomic_store(&l.done, false);
    pthread_create(&thread, NULL, wait_for_message, &l);
    while (!atomic_load(&l.done)) {
        lodger_subscriber_interrupt(l.s);
        nap(0.0001);
    }
    pthread_join(thread, NULL);
    CHECK_STATUS(l.status, LODGER_INTERRUPTED);
    CHECK_STATUS(lodger_subscriber_next(l.s, 0, &r), LODGER_TIMEOUT);
    lodger_subscriber_interrupt(l.s); /* nobody: the next wait is not cut short by it */
    CHECK_STATUS(lodger_subscriber_next(l.s, 5, &r), LODGER_TIMEOUT);
    pthread_create(&thread, NULL, wait_for_message, &l);
    while (lodger_subscriber_next(l.s, 0, &r) == LODGER_TIMEOUT) nap(0.0001);
    lodger_client_free(c);
    close_db(db);
    pthread_join(thread, NULL);
    CHECK_STATUS(l.status, LODGER_ERR_CLOSED);
    lodger_subscriber_free(l.s);
}

void test_subscriber_full(void) {
    lodger_db *db = open_db(NULL, NULL);
    lodger_client *c = new_client(db);
    lodger_subscriber *s;
    int64_t n;
    CHECK_STATUS(lodger_subscriber_new(db, 2, &s), LODGER_OK);
    CHECK_STATUS(lodger_subscriber_add(s, "c", 1, 0), LODGER_OK);
    for (int i = 0; i < 5; i++) {
        char digit = (char)('0' + i);
        CHECK_STATUS(lodger_publish(c, "c", 1, &digit, 1, &n), LODGER_OK);
    }
    CHECK_INT(lodger_subscriber_dropped(s), 3);
    check_message(s, "message", "c", "0");
    check_message(s, "message", "c", "1");
    lodger_subscriber_free(s); /* while it listens */
    CHECK_STATUS(lodger_publish(c, "c", 1, "m", 1, &n), LODGER_OK);
    CHECK_INT(n, 0);
    lodger_client_free(c);
    close_db(db);
}

void test_client_messages(void) {
    lodger_db *db = open_db(NULL, NULL);
    struct listener l = {.c = new_client(db)};
    lodger_client *c = new_client(db);
    lodger_reply *r;
    int64_t n;
    const void *answer;
    size_t len;
    CHECK_STATUS(lodger_client_message(l.c, -1, &r), LODGER_TIMEOUT); /* it listens to nothing */
    CHECK_STATUS(COMMAND(l.c, &r, "SUBSCRIBE", "c"), LODGER_OK);
    CHECK_INT(lodger_reply_kind(r), LODGER_REPLY_PUSH);
    lodger_reply_free(r);
    CHECK_STATUS(lodger_publish(c, "c", 1, "m", 1, &n), LODGER_OK);
    CHECK_INT(n, 1);
    if (CHECK_STATUS(lodger_client_message(l.c, -1, &r), LODGER_OK)) {
        check_part(r, 0, "message");
        check_part(r, 2, "m");
        lodger_reply_free(r);
    }
    CHECK_STATUS(lodger_publish(c, "c", 1, "m", 1, &n), LODGER_OK);
    CHECK_STATUS(lodger_resp(l.c, "", 0, &answer, &len), LODGER_OK);
    CHECK_BYTES(answer, len, "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n");
    pthread_t thread;
    pthread_create(&thread, NULL, wait_for_message, &l);
    while (!atomic_load(&l.done)) {
        lodger_client_interrupt(l.c);
        nap(0.0001);
    }
    pthread_join(thread, NULL);
    CHECK_STATUS(l.status, LODGER_INTERRUPTED);
    CHECK_STATUS(lodger_client_message(l.c, 5, &r), LODGER_TIMEOUT);
    lodger_client *gone = new_client(db);
    CHECK_STATUS(COMMAND(gone, &r, "SUBSCRIBE", "c"), LODGER_OK);
    lodger_reply_free(r);
    lodger_client_free(gone);
    CHECK_STATUS(lodger_publish(c, "c", 1, "last", 4, &n), LODGER_OK);
    CHECK_INT(n, 1);
    lodger_client_free(c);
    close_db(db);
    /* What came before is still there. */
    if (CHECK_STATUS(lodger_client_message(l.c, -1, &r), LODGER_OK)) {
        check_part(r, 2, "last");
        lodger_reply_free(r);
    }
    CHECK_STATUS(lodger_client_message(l.c, -1, &r), LODGER_ERR_CLOSED);
    CHECK(!r && *lodger_client_error(l.c) != '\0');
    lodger_client_free(l.c);
}

void test_listen(void) {
    lodger_db *db = open_db(NULL, NULL);
    lodger_client *c = new_client(db);
    lodger_server *server;
    lodger_error *err;
    CHECK_STATUS(lodger_set(c, "k", 1, "v", 1), LODGER_OK);
    CHECK_STATUS(lodger_listen(db, "tcp://127.0.0.1:0", &server, &err), LODGER_OK);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)lodger_server_port(server))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_INT(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    CHECK_INT(write(fd, "GET k\r\n", 7), 7);
    char answer[16];
    size_t n = 0;
    while (n < 7) {
        ssize_t got = read(fd, answer + n, sizeof answer - n);
        if (!CHECK(got > 0)) break;
        n += (size_t)got;
    }
    CHECK_BYTES(answer, n, "$1\r\nv\r\n");
    lodger_server_free(server);
    CHECK_INT(read(fd, answer, sizeof answer), 0);
    close(fd);
    CHECK_COMMAND(c, "\"v\"", "GET", "k");
    /* A socket with a name has no port, and leaves no file. */
    char *path = path_in(temp_dir(), "s"), *url = path_in("unix://", path + 1);
    CHECK_STATUS(lodger_listen(db, url, &server, &err), LODGER_OK);
    CHECK_INT(lodger_server_port(server), 0);
    CHECK_INT(access(path, F_OK), 0);
    lodger_server_free(server);
    CHECK(access(path, F_OK) != 0);
    lodger_client_free(c);
    /* A server that outlives the database's handle. */
    CHECK_STATUS(lodger_listen(db, "tcp://127.0.0.1:0", &server, NULL), LODGER_OK);
    close_db(db);
    lodger_server_free(server);
}

void test_listen_nowhere(void) {
    lodger_db *db = open_db(NULL, NULL);
    lodger_server *server = (lodger_server *)&db;
    lodger_error *err;
    static const struct {
        const char *url;
        lodger_status status;
        const char *text;
    } cases[] = {
        {"localhost", LODGER_ERR_ARG, "'localhost': it must be tcp://HOST:PORT or unix:///PATH"},
        {"tcp://127.0.0.1:x", LODGER_ERR_ARG, "the port must be a number"},
        {"tcp://192.0.2.1:0", LODGER_ERR_IO, "tcp://192.0.2.1:0"},
        {"unix:///no/such/place", LODGER_ERR_IO, "unix:///no/such/place"},
        {"unix://\xff", LODGER_ERR_ARG, "not UTF-8 from byte 7"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_STATUS(lodger_listen(db, cases[i].url, &server, &err), cases[i].status);
        CHECK(!server);
        CHECK_HAS(lodger_error_message(err), cases[i].text);
        lodger_error_free(err);
    }
    CHECK_STATUS(lodger_listen(NULL, "tcp://127.0.0.1:0", &server, &err), LODGER_ERR_NULL);
    lodger_error_free(err);
    CHECK_STATUS(lodger_listen(db, NULL, &server, NULL), LODGER_ERR_NULL);
    CHECK_STATUS(lodger_listen(db, "tcp://127.0.0.1:0", NULL, NULL), LODGER_ERR_NULL);
    CHECK_INT(lodger_server_port(NULL), 0);
    lodger_server_free(NULL);
    close_db(db);
}
