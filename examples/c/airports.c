/* airports: a real data set in a durable directory. Loads examples/data/airports.csv, closes, opens again,
 * and checks that every row and every counter came back.
 *
 *     airports airports.csv [directory]      without a directory: a temporary one, removed at the end
 *
 * Keys: airport:<iata> holds the row as it stands in the file, state:<ST> counts the airports of a state, in:<ST> is the
 * set of them, `ranking` orders the states by their airports, `places` is an index by position, `log` a stream with an
 * event for each row.
 */
#define _XOPEN_SOURCE 700
#include <ftw.h>
#include <inttypes.h>
#include <lodger.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_ROWS = 100000, MAX_STATES = 1000, LINE = 512 };

/* What the file said, to compare with what the database says later. */
struct row {
    char *text;
    char key[32];
};
struct state {
    char key[32];
    int64_t airports;
};
static struct row rows[MAX_ROWS];
static struct state states[MAX_STATES];
static size_t row_count, state_count;

static void die(const char *what, const char *why) {
    fprintf(stderr, "airports: %s: %s\n", what, why);
    exit(1);
}
static void must(lodger_status status, const lodger_client *c, const char *what) {
    if (status < 0) die(what, c ? lodger_client_error(c) : lodger_status_name(status));
}

/* Copies the n-th field of a CSV line into out; understands quoted fields with commas and "" in them. */
static void field(const char *line, int n, char *out, size_t size) {
    size_t used = 0;
    int quoted = 0;
    for (const char *p = line; *p; p++) {
        if (*p == '"' && quoted && p[1] == '"') p++; /* a doubled quote stands for one */
        else if (*p == '"') {
            quoted = !quoted;
            continue;
        } else if (*p == ',' && !quoted) {
            if (n-- == 0) break;
            continue;
        }
        if (n == 0 && used + 1 < size) out[used++] = *p;
    }
    out[used] = '\0';
}

static void read_csv(const char *path) {
    FILE *f = fopen(path, "r");
    if (!f) die(path, "can not be read");
    char line[LINE], iata[16], code[16];
    if (!fgets(line, sizeof line, f) || strncmp(line, "iata,", 5) != 0) die(path, "is not the airports file");
    while (fgets(line, sizeof line, f)) {
        line[strcspn(line, "\r\n")] = '\0';
        if (row_count == MAX_ROWS) die(path, "has too many rows");
        struct row *row = &rows[row_count++];
        field(line, 0, iata, sizeof iata);
        snprintf(row->key, sizeof row->key, "airport:%s", iata);
        if (!(row->text = malloc(strlen(line) + 1))) die(path, "no memory");
        strcpy(row->text, line);

        field(line, 3, code, sizeof code);
        char key[32];
        snprintf(key, sizeof key, "state:%s", code);
        size_t i = 0;
        while (i < state_count && strcmp(states[i].key, key) != 0) i++;
        if (i == MAX_STATES) die(path, "has too many states");
        if (i == state_count) strcpy(states[state_count++].key, key);
        states[i].airports++;
    }
    fclose(f);
    if (!row_count) die(path, "has no rows");
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void progress(const char *what, size_t done, size_t all, double since) {
    enum { WIDTH = 30 };
    static const char full[] = "##############################", none[] = "..............................";
    if (done != all && (done % 64 != 0 || !isatty(STDERR_FILENO))) return; /* a log gets the last one alone */
    int bar = (int)(done * WIDTH / all);
    double seconds = now() - since;
    fprintf(stderr, "\r%-8s [%.*s%.*s] %zu/%zu  %.0f rows/s%s", what, bar, full, WIDTH - bar, none, done, all,
            seconds > 0 ? (double)done / seconds : 0.0, done == all ? "\n" : "");
}

static lodger_db *open_db(const char *dir) {
    lodger_db *db;
    lodger_error *err;
    if (lodger_open(dir, "appendfsync everysec\n", &db, &err) < 0) die(dir, lodger_error_message(err));
    return db;
}
static void close_db(lodger_db *db) {
    lodger_error *err;
    if (lodger_close(db, &err) < 0) die("close", lodger_error_message(err)); /* flushed and on disk, or said so */
}

/* Any command, its words ended by NULL. The caller frees the reply. */
static lodger_reply *call(lodger_client *c, const char *name, ...) {
    enum { WORDS = 16 };
    const void *words[WORDS] = {name};
    size_t lens[WORDS] = {strlen(name)}, n = 1;
    va_list more;
    va_start(more, name);
    for (const char *word; n < WORDS && (word = va_arg(more, const char *)) != NULL; n++) {
        words[n] = word;
        lens[n] = strlen(word);
    }
    va_end(more);
    lodger_reply *r;
    must(lodger_command(c, n, words, lens, &r), c, name);
    if (lodger_reply_kind(r) == LODGER_REPLY_ERROR) die(name, lodger_reply_bytes(r, &n));
    return r;
}
static int64_t integer(lodger_reply *r) {
    int64_t n = lodger_reply_integer(r);
    lodger_reply_free(r);
    return n;
}
static int64_t dbsize(lodger_client *c) {
    return integer(call(c, "DBSIZE", NULL));
}

/* Returns the rows a second. */
static double load(lodger_client *c) {
    double start = now();
    for (size_t i = 0; i < row_count; i++) {
        const struct row *row = &rows[i];
        must(lodger_set(c, row->key, strlen(row->key), row->text, strlen(row->text)), c, row->key);
        char code[16], key[32], latitude[32], longitude[32];
        const char *iata = row->key + strlen("airport:");
        int64_t count;
        field(row->text, 3, code, sizeof code);
        snprintf(key, sizeof key, "state:%s", code);
        must(lodger_incrby(c, key, strlen(key), 1, &count), c, key);
        snprintf(key, sizeof key, "in:%s", code);
        must(lodger_sadd(c, key, strlen(key), iata, strlen(iata), &count), c, key);
        double airports;
        must(lodger_zincrby(c, "ranking", 7, 1, code, strlen(code), &airports), c, "ranking");
        field(row->text, 5, latitude, sizeof latitude);
        field(row->text, 6, longitude, sizeof longitude);
        lodger_reply_free(call(c, "GEOADD", "places", longitude, latitude, iata, NULL));
        lodger_reply_free(call(c, "XADD", "log", "*", "loaded", iata, "state", code, NULL));
        progress("loading", i + 1, row_count, start);
    }
    return (double)row_count / (now() - start);
}

static void verify(lodger_client *c) {
    double start = now();
    const void *value;
    size_t len;
    for (size_t i = 0; i < row_count; i++) {
        const struct row *row = &rows[i];
        must(lodger_get(c, row->key, strlen(row->key), &value, &len), c, row->key);
        if (!value || len != strlen(row->text) || memcmp(value, row->text, len) != 0) die(row->key, "differs");
        progress("checking", i + 1, row_count, start);
    }
    for (size_t i = 0; i < state_count; i++) {
        must(lodger_get(c, states[i].key, strlen(states[i].key), &value, &len), c, states[i].key);
        if (!value || strtoll(value, NULL, 10) != states[i].airports) die(states[i].key, "differs");
    }
    int64_t in_sets = 0, size;
    for (size_t i = 0; i < state_count; i++) {
        char key[32];
        snprintf(key, sizeof key, "in:%s", states[i].key + strlen("state:"));
        must(lodger_scard(c, key, strlen(key), &size), c, key);
        in_sets += size;
    }
    if (in_sets != (int64_t)row_count) die("the sets of the states", "differ");
    if (integer(call(c, "ZCARD", "places", NULL)) != (int64_t)row_count) die("places", "differs");
    if (integer(call(c, "XLEN", "log", NULL)) != (int64_t)row_count) die("log", "differs");
    if (dbsize(c) != (int64_t)(row_count + 2 * state_count + 3)) die("DBSIZE", "differs");
}

/* What the indexes are for. */
static void ask(lodger_client *c) {
    lodger_reply *r = call(c, "ZRANGE", "ranking", "0", "2", "REV", "WITHSCORES", NULL);
    printf("most airports:");
    for (size_t i = 0; i < lodger_reply_len(r); i++) {
        const lodger_reply *state = lodger_reply_at(r, i);
        printf(" %s (%.0f)", (const char *)lodger_reply_bytes(lodger_reply_at(state, 0), NULL),
               lodger_reply_double(lodger_reply_at(state, 1)));
    }
    lodger_reply_free(r);
    r = call(c, "GEOSEARCH", "places", "FROMMEMBER", "JFK", "BYRADIUS", "100", "km", "ASC", "COUNT", "4", "WITHDIST", NULL);
    printf("\nnearest to JFK:");
    for (size_t i = 0; i < lodger_reply_len(r); i++) {
        const lodger_reply *place = lodger_reply_at(r, i);
        printf(" %s (%s km)", (const char *)lodger_reply_bytes(lodger_reply_at(place, 0), NULL),
               (const char *)lodger_reply_bytes(lodger_reply_at(place, 1), NULL));
    }
    lodger_reply_free(r);
    r = call(c, "XREVRANGE", "log", "+", "-", "COUNT", "1", NULL);
    const lodger_reply *fields = lodger_reply_at(lodger_reply_at(r, 0), 1);
    printf("\nlast event: %s %s\n", (const char *)lodger_reply_bytes(lodger_reply_at(fields, 0), NULL),
           (const char *)lodger_reply_bytes(lodger_reply_at(fields, 1), NULL));
    lodger_reply_free(r);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw) {
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

int main(int argc, char **argv) {
    if (argc < 2) die("usage", "airports airports.csv [directory]");
    char temp[] = "/tmp/lodger-airports-XXXXXX";
    const char *dir = argc > 2 ? argv[2] : mkdtemp(temp);
    if (!dir) die("mkdtemp", "no temporary directory");
    read_csv(argv[1]);

    lodger_db *db = open_db(dir);
    lodger_client *c;
    must(lodger_client_new(db, &c), NULL, "client");
    if (dbsize(c) != 0) die(dir, "holds keys already: give an empty or a new directory");
    double rate = load(c);
    printf("loaded %zu airports of %zu states at %.0f rows/s: %" PRId64 " keys in %s\n", row_count, state_count, rate,
           dbsize(c), dir);
    lodger_client_free(c);
    close_db(db);

    db = open_db(dir); /* reads everything back from the directory */
    must(lodger_client_new(db, &c), NULL, "client");
    verify(c);
    printf("reopened: every row, counter, set, index and event is there\n");
    ask(c);
    lodger_client_free(c);
    close_db(db);

    for (size_t i = 0; i < row_count; i++) free(rows[i].text);
    if (argc < 3) nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}
