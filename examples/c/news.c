/* Publish and subscribe between two threads, with poll() on the subscriber's descriptor as an event loop would. */
#include <lodger.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static void *publish(void *db) {
    lodger_client *c;
    int64_t heard;
    if (lodger_client_new(db, &c) < 0) return NULL;
    lodger_publish(c, "news.sports", 11, "our team won", 12, &heard);
    lodger_publish(c, "news.weather", 12, "sunny", 5, &heard);
    lodger_publish(c, "news.end", 8, "good night", 10, &heard);
    lodger_client_free(c);
    return NULL;
}

int main(void) {
    lodger_db *db;
    lodger_subscriber *news;
    if (lodger_open(NULL, NULL, &db, NULL) < 0) return 1;
    if (lodger_subscriber_new(db, 1000, &news) < 0) return 1;
    lodger_subscriber_add(news, "news.*", 6, LODGER_SUB_PATTERN);

    pthread_t publisher;
    if (pthread_create(&publisher, NULL, publish, db) != 0) return 1;
    struct pollfd fd = {.fd = lodger_subscriber_fd(news), .events = POLLIN};
    for (int done = 0; !done && poll(&fd, 1, 10000) == 1;) {
        lodger_reply *m; /* "pmessage", pattern, channel, payload */
        while (lodger_subscriber_next(news, 0, &m) == LODGER_OK) {
            size_t n, len;
            const char *channel = lodger_reply_bytes(lodger_reply_at(m, 2), &n);
            const char *payload = lodger_reply_bytes(lodger_reply_at(m, 3), &len);
            printf("%.*s: %.*s\n", (int)n, channel, (int)len, payload);
            done |= n == 8 && memcmp(channel, "news.end", 8) == 0;
            lodger_reply_free(m);
        }
    }
    pthread_join(publisher, NULL);
    lodger_subscriber_free(news);
    return lodger_close(db, NULL) < 0;
}
