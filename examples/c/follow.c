/* Keeps a search index up to date from the change feed: which articles contain a word. The index is a second database here; it
 * remembers the offset of the last change that it has seen, so that it goes on there after the program was started anew.
 *
 * What an article holds is asked for when a change names it (lodger_feed_value has it as DUMP, HGET as it is), so it does not
 * matter which command made the change. */
#define _XOPEN_SOURCE 700
#include <ftw.h>
#include <inttypes.h>
#include <lodger.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUN(c, ...) run(c, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *), (const char *[]){__VA_ARGS__})

/* The reply of a command; the program ends if there is none. */
static lodger_reply *run(lodger_client *c, size_t argc, const char *const *argv) {
    lodger_reply *reply;
    size_t len[8];
    for (size_t i = 0; i < argc; i++) len[i] = strlen(argv[i]);
    if (lodger_command(c, argc, (const void *const *)argv, len, &reply) < 0) {
        fprintf(stderr, "%s: %s\n", argv[0], lodger_client_error(c));
        exit(1);
    }
    return reply;
}

static const char *text(const lodger_reply *r) {
    size_t n;
    const char *bytes = lodger_reply_bytes(r, &n);
    return bytes ? bytes : "";
}

/* Takes an article out of the index, and puts it in as it is now. */
static void index_article(lodger_client *articles, lodger_client *index, const char *key) {
    char terms[256];
    snprintf(terms, sizeof terms, "terms:%s", key);
    lodger_reply *old = RUN(index, "SMEMBERS", terms);
    for (size_t i = 0; i < lodger_reply_len(old); i++) {
        char word[256];
        snprintf(word, sizeof word, "word:%s", text(lodger_reply_at(old, i)));
        lodger_reply_free(RUN(index, "SREM", word, key));
    }
    lodger_reply_free(old);
    lodger_reply_free(RUN(index, "DEL", terms));
    lodger_reply *body = RUN(articles, "HGET", key, "body");
    char copy[1024];
    snprintf(copy, sizeof copy, "%s", text(body));
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
        char list[256];
        snprintf(list, sizeof list, "word:%s", word);
        lodger_reply_free(RUN(index, "SADD", list, key));
        lodger_reply_free(RUN(index, "SADD", terms, word));
    }
    lodger_reply_free(body);
}

/* Brings the index up to date; how many changes that took. */
static int follow(lodger_db *db, lodger_client *articles, lodger_client *index) {
    lodger_feed *feed;
    lodger_error *err;
    lodger_reply *change, *seen = RUN(index, "GET", "offset");
    uint64_t from = strtoull(text(seen), NULL, 10); /* 0, LODGER_FEED_OLDEST, at first */
    lodger_reply_free(seen);
    lodger_status status = lodger_feed_new(db, from, LODGER_FEED_DURABLE, 0, &feed, &err);
    if (status < 0) { /* LODGER_ERR_LAGGED: index everything anew, from LODGER_FEED_NOW on */
        fprintf(stderr, "%s\n", lodger_error_message(err));
        exit(1);
    }
    int count = 0;
    struct pollfd fd = {.fd = lodger_feed_fd(feed), .events = POLLIN}; /* as an event loop would */
    while (poll(&fd, 1, 0) == 1 && lodger_feed_next(feed, 0, &change) == LODGER_OK) {
        const lodger_reply *keys = lodger_reply_at(change, 4);
        for (size_t i = 0; i < lodger_reply_len(keys); i++)
            index_article(articles, index, text(lodger_reply_at(keys, i)));
        char offset[32];
        snprintf(offset, sizeof offset, "%" PRId64, lodger_reply_integer(lodger_reply_at(change, 0)));
        lodger_reply_free(RUN(index, "SET", "offset", offset));
        lodger_reply_free(change);
        count++;
    }
    lodger_feed_free(feed);
    return count;
}

static void show(lodger_client *index, const char *word) {
    char list[256];
    snprintf(list, sizeof list, "word:%s", word);
    lodger_reply *found = RUN(index, "SORT", list, "ALPHA");
    printf("%s:", word);
    for (size_t i = 0; i < lodger_reply_len(found); i++) printf(" %s", text(lodger_reply_at(found, i)));
    printf("\n");
    lodger_reply_free(found);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw) {
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

int main(void) {
    char dir[] = "/tmp/lodger-follow-XXXXXX", articles_dir[64], index_dir[64];
    if (!mkdtemp(dir)) return 1;
    snprintf(articles_dir, sizeof articles_dir, "%s/articles", dir);
    snprintf(index_dir, sizeof index_dir, "%s/index", dir);
    for (int start = 1; start <= 2; start++) { /* as if the program were started twice */
        lodger_db *db, *index_db;
        lodger_client *articles, *index;
        if (lodger_open(articles_dir, "appendfsync always", &db, NULL) < 0) return 1;
        if (lodger_open(index_dir, NULL, &index_db, NULL) < 0) return 1;
        if (lodger_client_new(db, &articles) < 0 || lodger_client_new(index_db, &index) < 0) return 1;
        if (start == 1) {
            lodger_reply_free(RUN(articles, "HSET", "a:1", "body", "red fish"));
            lodger_reply_free(RUN(articles, "HSET", "a:2", "body", "blue fish"));
            printf("%d changes\n", follow(db, articles, index));
            lodger_reply_free(RUN(articles, "HSET", "a:1", "body", "red bird"));
            lodger_reply_free(RUN(articles, "RENAME", "a:2", "a:3"));
        } else {
            printf("%d changes since\n", follow(db, articles, index));
        }
        show(index, "fish");
        show(index, "red");
        lodger_client_free(articles);
        lodger_client_free(index);
        if (lodger_close(db, NULL) < 0 || lodger_close(index_db, NULL) < 0) return 1;
    }
    nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}
