/* The runner of the C suite and the helpers that test.h names. */
#include "test.h"

#include <ftw.h>
#include <stdarg.h>
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_CLO_CHANGE(option) ((void)0)
#endif

static atomic_int failures; /* of the test that runs, or of this child */
static atomic_long checks;  /* of this process */
static bool is_child;
static const char *running = "";
static char base_dir[64];
static pid_t runner;

static void fail_line(const char *file, int line, const char *fmt, va_list ap) {
    atomic_fetch_add(&failures, 1);
    flockfile(stderr);
    fprintf(stderr, "%s:%d: %s%s: ", file, line, running, is_child ? " (child)" : "");
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    funlockfile(stderr);
}

static void fail_at(const char *file, int line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void fail_at(const char *file, int line, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    fail_line(file, line, fmt, ap);
    va_end(ap);
}

bool check_at(bool ok, const char *file, int line, const char *fmt, ...) {
    atomic_fetch_add_explicit(&checks, 1, memory_order_relaxed);
    if (ok) return true;
    va_list ap;
    va_start(ap, fmt);
    fail_line(file, line, fmt, ap);
    va_end(ap);
    return false;
}
bool check_int(int64_t got, int64_t want, const char *what, const char *file, int line) {
    atomic_fetch_add_explicit(&checks, 1, memory_order_relaxed);
    if (got != want) fail_at(file, line, "%s is %" PRId64 ", not %" PRId64, what, got, want);
    return got == want;
}
bool check_status(lodger_status got, lodger_status want, const char *what, const char *file, int line) {
    atomic_fetch_add_explicit(&checks, 1, memory_order_relaxed);
    if (got != want) fail_at(file, line, "%s is %s, not %s", what, lodger_status_name(got), lodger_status_name(want));
    return got == want;
}
bool check_text(const char *got, const char *want, const char *what, const char *file, int line) {
    atomic_fetch_add_explicit(&checks, 1, memory_order_relaxed);
    bool ok = got && strcmp(got, want) == 0;
    if (!ok) fail_at(file, line, "%s is %s, not %s", what, got ? got : "NULL", want);
    return ok;
}
bool check_has(const char *text, const char *part, const char *what, const char *file, int line) {
    atomic_fetch_add_explicit(&checks, 1, memory_order_relaxed);
    bool ok = text && strstr(text, part);
    if (!ok) fail_at(file, line, "%s is '%s', without '%s'", what, text ? text : "NULL", part);
    return ok;
}
bool check_bytes(const void *got, size_t n, const void *want, size_t m, const char *what, const char *file, int line) {
    atomic_fetch_add_explicit(&checks, 1, memory_order_relaxed);
    bool ok = got && n == m && memcmp(got, want, n) == 0;
    if (!ok)
        fail_at(file, line, "%s is '%.*s' (%zu bytes), not '%.*s' (%zu)", what, got ? (int)n : 4,
                got ? (const char *)got : "NULL", n, (int)m, (const char *)want, m);
    return ok;
}
void skipped(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    printf("SKIPPED %s: ", running);
    vprintf(fmt, ap);
    printf("\n");
    fflush(stdout);
    va_end(ap);
}

int scaled(int full, int light) {
    const char *v = getenv("LODGER_TEST_LIGHT");
    return v && *v && strcmp(v, "0") != 0 ? light : full;
}
uint64_t seed(void) {
    const char *v = getenv("SEED");
    uint64_t s = v ? strtoull(v, NULL, 10) : (uint64_t)time(NULL) * 1000003 + (uint64_t)getpid();
    printf("%s: SEED=%" PRIu64 "\n", running, s);
    fflush(stdout);
    return s;
}
uint64_t next_random(uint64_t *state) { /* splitmix64 */
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}
double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
void nap(double s) {
    struct timespec t = {(time_t)s, (long)((s - (double)(time_t)s) * 1e9)};
    nanosleep(&t, NULL);
}

/* ---- files ---- */

/* Valgrind shall not call a leak what is open when the program ends in the middle: it would hide why it did. */
static void no_leak_check(void) {
    VALGRIND_CLO_CHANGE("--leak-check=no");
}
static void stop(const char *what, const char *why) {
    no_leak_check();
    fprintf(stderr, "%s: can not go on: %s: %s\n", running, what, why);
    if (is_child) _exit(1);
    exit(2);
}
/* Kept until the end: a test suite's few paths. */
static char *paths[4096];
static atomic_int path_count;
char *path_in(const char *dir, const char *name) {
    char *path;
    if (asprintf(&path, "%s/%s", dir, name) < 0) stop("asprintf", "no memory");
    int i = atomic_fetch_add(&path_count, 1);
    if (i >= (int)(sizeof paths / sizeof *paths)) stop("path_in", "too many paths");
    return paths[i] = path;
}
char *temp_dir(void) {
    static atomic_int count;
    char name[32];
    snprintf(name, sizeof name, "%d-%d", (int)getpid(), atomic_fetch_add(&count, 1));
    char *dir = path_in(base_dir, name);
    if (mkdir(dir, 0755) != 0) stop(dir, strerror(errno));
    return dir;
}
void write_file(const char *path, const char *text) {
    FILE *f = fopen(path, "w");
    if (!f || fputs(text, f) == EOF || fclose(f) != 0) stop(path, strerror(errno));
}
static const char *wanted_suffix;
static char *found_file;
static int look_at(const char *path, const struct stat *st, int type, struct FTW *ftw) {
    (void)st, (void)ftw;
    size_t n = strlen(path), m = strlen(wanted_suffix);
    if (type != FTW_F || n < m || strcmp(path + n - m, wanted_suffix) != 0) return 0;
    found_file = path_in(path, "");
    found_file[n] = '\0';
    return 1;
}
char *find_file(const char *dir, const char *suffix) {
    wanted_suffix = suffix;
    found_file = NULL;
    nftw(dir, look_at, 16, FTW_PHYS);
    return found_file;
}
static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw) {
    (void)st, (void)type, (void)ftw;
    return remove(path);
}
static void remove_base(void) {
    if (getpid() == runner && base_dir[0]) nftw(base_dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    for (int i = 0; i < atomic_load(&path_count); i++) free(paths[i]);
}

/* ---- lodger ---- */

lodger_db *open_db(const char *location, const char *config) {
    lodger_db *db;
    lodger_error *err;
    if (lodger_open(location, config, &db, &err) < 0) stop("lodger_open", lodger_error_message(err));
    return db;
}
void close_db(lodger_db *db) {
    lodger_error *err;
    if (lodger_close(db, &err) < 0) stop("lodger_close", lodger_error_message(err));
}
lodger_client *new_client(lodger_db *db) {
    lodger_client *c;
    lodger_status s = lodger_client_new(db, &c);
    if (s < 0) stop("lodger_client_new", lodger_status_name(s));
    return c;
}
lodger_status try_open(const char *location, const char *config, char *message, size_t size) {
    lodger_db *db;
    lodger_error *err;
    lodger_status s = lodger_open(location, config, &db, &err);
    snprintf(message, size, "%s", err ? lodger_error_message(err) : "");
    if (s < 0) {
        CHECK(db == NULL);
        CHECK(err != NULL);
        CHECK(message[0] != '\0');
        CHECK_STATUS(lodger_error_status(err), s);
    } else {
        CHECK(err == NULL);
    }
    lodger_error_free(err);
    lodger_close(db, NULL);
    return s;
}
lodger_status command(lodger_client *c, lodger_reply **out, size_t argc, const char *const *argv) {
    const void *words[64];
    size_t lens[64];
    if (argc > 64) stop("command", "too many words");
    for (size_t i = 0; i < argc; i++) {
        words[i] = argv[i];
        lens[i] = strlen(argv[i]);
    }
    return lodger_command(c, argc, words, lens, out);
}
void check_command(lodger_client *c, const char *want, const char *file, int line, size_t argc, const char *const *argv) {
    lodger_reply *r;
    lodger_status s = command(c, &r, argc, argv);
    if (check_status(s, LODGER_OK, argv[0], file, line)) check_text(show(r), want, argv[0], file, line);
    lodger_reply_free(r);
}

static void show_into(const lodger_reply *r, char *buf, size_t size, size_t *at);
static void put(char *buf, size_t size, size_t *at, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
static void put(char *buf, size_t size, size_t *at, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    if (*at + 1 < size) {
        int n = vsnprintf(buf + *at, size - *at, fmt, ap);
        *at = n < 0 || *at + (size_t)n >= size ? size - 1 : *at + (size_t)n;
    }
    va_end(ap);
}
static void show_list(const char *open, const char *close, const lodger_reply *r, char *buf, size_t size, size_t *at) {
    put(buf, size, at, "%s", open);
    for (size_t i = 0; i < lodger_reply_len(r); i++) {
        if (i) put(buf, size, at, " ");
        show_into(lodger_reply_at(r, i), buf, size, at);
    }
    put(buf, size, at, "%s", close);
}
static void show_into(const lodger_reply *r, char *buf, size_t size, size_t *at) {
    size_t n = 0;
    const char *text = lodger_reply_bytes(r, &n);
    if (!text) text = "NULL";
    switch (lodger_reply_kind(r)) {
    case LODGER_REPLY_STRING: put(buf, size, at, "\"%.*s\"", (int)n, text); break;
    case LODGER_REPLY_STATUS: put(buf, size, at, "+%s", text); break;
    case LODGER_REPLY_ERROR: put(buf, size, at, "-%s", text); break;
    case LODGER_REPLY_BIGNUM: put(buf, size, at, "(%s", text); break;
    case LODGER_REPLY_VERBATIM: put(buf, size, at, "=%s", text); break;
    case LODGER_REPLY_INTEGER: put(buf, size, at, ":%" PRId64, lodger_reply_integer(r)); break;
    case LODGER_REPLY_BOOL: put(buf, size, at, "#%c", lodger_reply_integer(r) ? 't' : 'f'); break;
    case LODGER_REPLY_DOUBLE: put(buf, size, at, ",%g", lodger_reply_double(r)); break;
    case LODGER_REPLY_NIL: put(buf, size, at, "nil"); break;
    case LODGER_REPLY_ARRAY: show_list("[", "]", r, buf, size, at); break;
    case LODGER_REPLY_MAP: show_list("{", "}", r, buf, size, at); break;
    case LODGER_REPLY_SET: show_list("~[", "]", r, buf, size, at); break;
    case LODGER_REPLY_PUSH: show_list(">[", "]", r, buf, size, at); break;
    default: put(buf, size, at, "?%d", (int)lodger_reply_kind(r));
    }
}
const char *show(const lodger_reply *r) {
    static _Thread_local char buf[16384];
    size_t at = 0;
    buf[0] = '\0';
    show_into(r, buf, sizeof buf, &at);
    return buf;
}

/* ---- children ---- */

pid_t start_child(void) {
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0) stop("fork", strerror(errno));
    if (pid == 0) {
        is_child = true;
        /* What the parent's handles and threads hold is lost here by nature; wrong accesses still count. */
        no_leak_check();
        atomic_store(&failures, 0);
        alarm(100);
    }
    return pid;
}
void end_child(void) {
    fflush(NULL);
    _exit(atomic_load(&failures) != 0);
}
int wait_child(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) stop("waitpid", strerror(errno));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}
int in_child(void (*fn)(void *), void *arg) {
    pid_t pid = start_child();
    if (pid == 0) {
        fn(arg);
        end_child();
    }
    return wait_child(pid);
}

/* ---- runner ---- */

/* A test that hangs ends the program with its name instead of holding everything up. */
static void on_alarm(int sig) {
    (void)sig;
    static const char text[] = "\ntest-c: hangs in: ";
    no_leak_check();
    if (write(2, text, sizeof text - 1) < 0 || write(2, running, strlen(running)) < 0 || write(2, "\n", 1) < 0) _exit(3);
    _exit(3);
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*fn)(void);
    } all[] = {
#define ENTRY(name) {#name, test_##name},
        TESTS(ENTRY)
#undef ENTRY
    };
    const char *tmp = getenv("TMPDIR");
    snprintf(base_dir, sizeof base_dir, "%.30s/lodger-test-c-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    runner = getpid();
    if (!mkdtemp(base_dir) || chmod(base_dir, 0755) != 0) stop(base_dir, strerror(errno));
    atexit(remove_base);
    signal(SIGALRM, on_alarm);

    int passed = 0, failed = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        bool wanted = argc == 1;
        for (int a = 1; a < argc; a++) wanted |= strcmp(argv[a], all[i].name) == 0;
        if (!wanted) continue;
        running = all[i].name;
        atomic_store(&failures, 0);
        alarm(300);
        double start = seconds();
        all[i].fn();
        alarm(0);
        bool ok = atomic_load(&failures) == 0;
        printf("%s %s (%.2f s)\n", ok ? "ok    " : "FAILED", running, seconds() - start);
        fflush(stdout);
        if (ok) passed++;
        else failed++;
    }
    printf("%d passed, %d failed, %ld checks besides those in children\n", passed, failed, atomic_load(&checks));
    return failed != 0 || passed == 0;
}
