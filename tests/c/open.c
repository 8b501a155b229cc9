/* Opening and closing: places, options, what is in the way, what is broken. */
#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

static bool is_root(void) { return geteuid() == 0; }
static bool failed_with(lodger_status s, lodger_status a, lodger_status b) { return s == a || s == b; }

void test_open_in_memory(void) {
    const char *places[] = {NULL, "", ":memory:"};
    for (size_t i = 0; i < 3; i++) {
        lodger_db *db = open_db(places[i], NULL);
        lodger_client *c = new_client(db);
        CHECK_COMMAND(c, ":0", "DBSIZE");
        CHECK_COMMAND(c, "+OK", "SET", "k", "v");
        lodger_client_free(c);
        close_db(db);
    }
    CHECK(access(":memory:", F_OK) != 0);
}

void test_open_durable(void) {
    char *dir = path_in(temp_dir(), "made when missing");
    lodger_db *db = open_db(dir, "appendfsync no\n");
    lodger_client *c = new_client(db);
    CHECK_COMMAND(c, "+OK", "MSET", "a", "1", "b", "2", "gone", "x");
    CHECK_COMMAND(c, ":8", "INCRBY", "a", "7");
    CHECK_COMMAND(c, ":1", "DEL", "gone");
    CHECK_COMMAND(c, "+OK", "SET", "t", "v", "EX", "1000");
    CHECK_COMMAND(c, "+OK", "SELECT", "3");
    CHECK_COMMAND(c, "+OK", "SET", "three", "3");
    lodger_client_free(c);
    close_db(db);
    for (int round = 0; round < 3; round++) {
        db = open_db(dir, NULL);
        c = new_client(db);
        CHECK_COMMAND(c, "[\"8\" \"2\" nil \"v\"]", "MGET", "a", "b", "gone", "t");
        int64_t ttl = 0;
        CHECK_STATUS(lodger_pttl(c, "t", 1, &ttl), LODGER_OK);
        CHECK(ttl > 900000 && ttl <= 1000000);
        CHECK_COMMAND(c, ":3", "DBSIZE");
        CHECK_COMMAND(c, "+OK", "SELECT", "3");
        CHECK_COMMAND(c, "\"3\"", "GET", "three");
        lodger_client_free(c);
        close_db(db);
    }
}

void test_open_two(void) {
    char *dir = temp_dir();
    lodger_db *a = open_db(NULL, NULL), *b = open_db(NULL, "maxmemory 64mb\n"), *d = open_db(dir, NULL);
    lodger_client *ca = new_client(a), *cb = new_client(b), *cd = new_client(d);
    CHECK_COMMAND(ca, "+OK", "SET", "k", "a");
    CHECK_COMMAND(cd, "+OK", "SET", "k", "d");
    CHECK_COMMAND(cb, "nil", "GET", "k");
    CHECK_COMMAND(ca, "+OK", "CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    CHECK_COMMAND(cb, "{\"maxmemory-policy\" \"noeviction\"}", "CONFIG", "GET", "maxmemory-policy");
    CHECK_COMMAND(ca, "+OK", "FLUSHALL");
    CHECK_COMMAND(cd, "\"d\"", "GET", "k");
    lodger_client_free(ca);
    close_db(a);
    CHECK_COMMAND(cb, "+PONG", "PING");
    CHECK_COMMAND(cd, "\"d\"", "GET", "k");
    lodger_client_free(cb);
    lodger_client_free(cd);
    close_db(d);
    close_db(b);
}

static void second_open(void *dir) {
    char message[512];
    CHECK_STATUS(try_open(dir, NULL, message, sizeof message), LODGER_ERR_LOCKED);
    CHECK_HAS(message, dir);
}
void test_open_locked(void) {
    char *dir = temp_dir();
    int to_child[2], from_child[2];
    char byte;
    /* Another process, which was there before: it is told when to try. */
    if (!CHECK(pipe(to_child) == 0 && pipe(from_child) == 0)) return;
    pid_t pid = start_child();
    if (pid == 0) {
        CHECK(read(to_child[0], &byte, 1) == 1);
        second_open(dir);
        CHECK(write(from_child[1], "x", 1) == 1);
        CHECK(read(to_child[0], &byte, 1) == 1);
        close_db(open_db(dir, NULL)); /* free again */
        end_child();
    }
    lodger_db *db = open_db(dir, NULL);
    second_open(dir); /* the same process, too */
    CHECK(write(to_child[1], "x", 1) == 1);
    CHECK(read(from_child[0], &byte, 1) == 1);
    lodger_client *c = new_client(db);
    CHECK_COMMAND(c, "+OK", "SET", "still", "writable");
    lodger_client_free(c);
    close_db(db);
    CHECK(write(to_child[1], "x", 1) == 1);
    CHECK_INT(wait_child(pid), 0);
    db = open_db(dir, NULL);
    c = new_client(db);
    CHECK_COMMAND(c, "\"writable\"", "GET", "still");
    lodger_client_free(c);
    close_db(db);
    for (int i = 0; i < 2; i++) close(to_child[i]), close(from_child[i]);
}

void test_open_config(void) {
    lodger_db *db = open_db(NULL, "# a comment\n\n  maxmemory 1gb\nmaxmemory-policy \"allkeys-lfu\"\r\nappendfsync always");
    lodger_client *c = new_client(db);
    CHECK_COMMAND(c, "{\"maxmemory\" \"1073741824\"}", "CONFIG", "GET", "maxmemory");
    CHECK_COMMAND(c, "{\"maxmemory-policy\" \"allkeys-lfu\"}", "CONFIG", "GET", "maxmemory-policy");
    CHECK_COMMAND(c, "{\"appendfsync\" \"always\"}", "CONFIG", "GET", "appendfsync");
    lodger_client_free(c);
    close_db(db);
}

void test_open_bad_config(void) {
    static const struct {
        const char *config, *line, *word;
    } bad[] = {
        {"no-such-directive yes\n", "1", "no-such-directive"},
        {"maxmemory 1mb\n# fine\nnosuch thing\n", "3", "nosuch"},
        {"maxmemory a-lot\n", "1", "maxmemory"},
        {"\n\nmaxmemory-policy sometimes\n", "3", "maxmemory-policy"},
        {"appendfsync\n", "1", "appendfsync"},
        {"appendfsync always\nmaxmemory \"1mb\n", "2", ""},
    };
    char *dir = path_in(temp_dir(), "db");
    char message[512];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_STATUS(try_open(dir, bad[i].config, message, sizeof message), LODGER_ERR_ARG);
        CHECK_HAS(message, bad[i].line);
        CHECK_HAS(message, bad[i].word);
    }
    CHECK(access(dir, F_OK) != 0); /* a refused open leaves nothing behind */
    CHECK_STATUS(try_open(NULL, "maxmemory \xff\xfe\n", message, sizeof message), LODGER_ERR_ARG);
}

void test_open_bad_place(void) {
    char *dir = temp_dir(), message[512];
    char *file = path_in(dir, "notes.txt"), *below = path_in(dir, "notes.txt/db"), *deep = path_in(dir, "no/such/parent");
    write_file(file, "something else\n");
    lodger_status s = try_open(file, NULL, message, sizeof message);
    CHECK(failed_with(s, LODGER_ERR_IO, LODGER_ERR_ARG));
    CHECK_HAS(message, file);
    s = try_open(below, NULL, message, sizeof message);
    CHECK(failed_with(s, LODGER_ERR_IO, LODGER_ERR_ARG));
    CHECK_HAS(message, file);
    s = try_open(deep, NULL, message, sizeof message); /* parents are made, or it says where it stopped */
    if (s < 0) {
        CHECK_STATUS(s, LODGER_ERR_IO);
        CHECK_HAS(message, deep);
    }
    struct stat st;
    CHECK(stat(file, &st) == 0 && st.st_size == 15); /* untouched */

    char *endless = path_in(dir, "");
    size_t n = strlen(endless);
    char *too_long = malloc(n + 5001);
    memcpy(too_long, endless, n);
    memset(too_long + n, 'x', 5000);
    too_long[n + 5000] = '\0';
    CHECK(try_open(too_long, NULL, message, sizeof message) < 0);
    free(too_long);
    CHECK(try_open("/proc/no-directory-can-be-made-here", NULL, message, sizeof message) == LODGER_ERR_IO);
}

/* Both directories belong to the one who started the suite; this runs as somebody else when that was root. */
static void open_without_permission(void *two_dirs) {
    char **dirs = two_dirs;
    char message[512];
    if (is_root() && !CHECK(setgid(65534) == 0 && setuid(65534) == 0)) return;
    for (int i = 0; i < 2; i++) {
        CHECK_STATUS(try_open(dirs[i], NULL, message, sizeof message), LODGER_ERR_IO);
        CHECK_HAS(message, dirs[i]);
    }
}
void test_open_no_permission(void) {
    char *parent = temp_dir();
    char *dirs[] = {path_in(parent, "closed"), path_in(parent, "closed/new")};
    CHECK(mkdir(dirs[0], 0555) == 0 && chmod(dirs[0], 0555) == 0);
    CHECK_INT(in_child(open_without_permission, dirs), 0);

    /* One with data in it, not readable: refused, and nothing lost. */
    char *mine = path_in(parent, "mine");
    lodger_db *db = open_db(mine, NULL);
    lodger_client *c = new_client(db);
    CHECK_COMMAND(c, "+OK", "SET", "k", "v");
    lodger_client_free(c);
    close_db(db);
    CHECK(chmod(mine, 0000) == 0);
    char *again[] = {mine, mine};
    CHECK_INT(in_child(open_without_permission, again), 0);
    CHECK(chmod(mine, 0755) == 0);
    db = open_db(mine, NULL);
    c = new_client(db);
    CHECK_COMMAND(c, "\"v\"", "GET", "k");
    lodger_client_free(c);
    close_db(db);
}

void test_manifest_missing_file(void) {
    char *dir = temp_dir(), message[512];
    lodger_db *db = open_db(dir, "appendfsync always\n");
    lodger_client *c = new_client(db);
    CHECK_COMMAND(c, "+OK", "SET", "k", "v");
    lodger_client_free(c);
    close_db(db);
    CHECK(find_file(dir, ".manifest") != NULL);
    char *aof = find_file(dir, ".incr.aof");
    if (!CHECK(aof != NULL)) return;
    char *aside = path_in(dir, "aside");
    CHECK(rename(aof, aside) == 0);
    CHECK_STATUS(try_open(dir, NULL, message, sizeof message), LODGER_ERR_CORRUPT);
    CHECK_HAS(message, strrchr(aof, '/') + 1);
    CHECK(rename(aside, aof) == 0);
    db = open_db(dir, NULL); /* the refusal changed nothing */
    c = new_client(db);
    CHECK_COMMAND(c, "\"v\"", "GET", "k");
    lodger_client_free(c);
    close_db(db);
}

static void overwrite_at(const char *path, long from_end, const char *bytes) {
    FILE *f = fopen(path, "r+");
    if (CHECK(f && fseek(f, -from_end, SEEK_END) == 0)) CHECK(fputs(bytes, f) >= 0);
    if (f) fclose(f);
}
/* Damage is told with its file and place, and repairing it by hand brings everything back. */
void test_open_damaged(void) {
    char *dir = temp_dir(), message[512];
    lodger_db *db = open_db(dir, NULL);
    lodger_client *c = new_client(db);
    CHECK_COMMAND(c, "+OK", "SET", "first", "one");
    CHECK_COMMAND(c, "+OK", "SET", "second", "two");
    lodger_client_free(c);
    close_db(db);
    char *aof = find_file(dir, ".incr.aof"), *manifest = find_file(dir, ".manifest");
    if (!CHECK(aof && manifest)) return;

    /* The last command is *3 $3 SET $6 second $3 two, 34 bytes. In its middle: */
    overwrite_at(aof, 34, "#");
    CHECK_STATUS(try_open(dir, NULL, message, sizeof message), LODGER_ERR_CORRUPT);
    CHECK_HAS(message, strrchr(aof, '/') + 1);
    CHECK_HAS(message, "offset");
    overwrite_at(aof, 34, "*");

    struct stat st;
    CHECK(stat(manifest, &st) == 0);
    char *aside = path_in(dir, "aside");
    CHECK(rename(manifest, aside) == 0);
    write_file(manifest, "file appendonly.aof.1.incr.aof seq one type i\n");
    CHECK_STATUS(try_open(dir, NULL, message, sizeof message), LODGER_ERR_CORRUPT);
    CHECK_HAS(message, strrchr(manifest, '/') + 1);
    write_file(manifest, "this is a shopping list\n");
    CHECK_STATUS(try_open(dir, NULL, message, sizeof message), LODGER_ERR_CORRUPT);
    CHECK(rename(aside, manifest) == 0);

    db = open_db(dir, NULL);
    c = new_client(db);
    CHECK_COMMAND(c, "[\"one\" \"two\"]", "MGET", "first", "second");
    lodger_client_free(c);
    close_db(db);

    /* A torn tail is no damage: the whole commands before it are kept. Unless that is not wanted. */
    CHECK(stat(aof, &st) == 0 && truncate(aof, st.st_size - 3) == 0);
    CHECK_STATUS(try_open(dir, "aof-load-truncated no\n", message, sizeof message), LODGER_ERR_CORRUPT);
    CHECK_HAS(message, strrchr(aof, '/') + 1);
    db = open_db(dir, NULL);
    c = new_client(db);
    CHECK_COMMAND(c, "[\"one\" nil]", "MGET", "first", "second");
    lodger_client_free(c);
    close_db(db);

    /* Files in the places of directories. */
    char *other = temp_dir();
    write_file(path_in(other, "appendonlydir"), "not a directory\n");
    CHECK(try_open(other, NULL, message, sizeof message) < 0);
    CHECK_HAS(message, "appendonlydir");
    write_file(path_in(other, "dump.rdb"), "not a snapshot\n");
    CHECK_STATUS(try_open(path_in(other, "dump.rdb"), NULL, message, sizeof message), LODGER_ERR_CORRUPT);
    CHECK_HAS(message, "dump.rdb");
}

static int count_calls(void *ctx, uint64_t done, uint64_t all) {
    (*(int *)ctx)++;
    return done > all; /* never */
}
static int cancel(void *ctx, uint64_t done, uint64_t all) {
    (void)ctx, (void)done, (void)all;
    return 1;
}

/* A location that is one snapshot file, and copies. */
void test_snapshot_file(void) {
    char *dir = temp_dir(), message[512];
    const char *names[] = {"app.rdb", "UPPER.RDB"};
    for (int i = 0; i < 2; i++) {
        char *file = path_in(dir, names[i]);
        lodger_db *db = open_db(file, NULL);
        lodger_client *c = new_client(db);
        CHECK_COMMAND(c, "+OK", "SET", "k", "v");
        CHECK_COMMAND(c, ":2", "RPUSH", "l", "a", "b");
        CHECK_STATUS(try_open(file, NULL, message, sizeof message), LODGER_ERR_LOCKED);
        lodger_client_free(c);
        close_db(db); /* saves */
        db = open_db(file, NULL);
        c = new_client(db);
        CHECK_COMMAND(c, "\"v\"", "GET", "k");
        CHECK_COMMAND(c, "[\"a\" \"b\"]", "LRANGE", "l", "0", "-1");
        CHECK_COMMAND(c, "+OK", "SAVE");

        lodger_error *err;
        int calls = 0;
        char *copy = path_in(dir, "copy.rdb"), *text = path_in(dir, "text");
        CHECK_STATUS(lodger_backup(db, copy, count_calls, &calls, &err), LODGER_OK);
        CHECK(err == NULL && calls > 0);
        CHECK_STATUS(lodger_backup(db, copy, NULL, NULL, NULL), LODGER_OK);
        CHECK_STATUS(lodger_backup(db, copy, cancel, NULL, &err), LODGER_INTERRUPTED);
        lodger_error_free(err);
        write_file(text, "mine\n");
        CHECK_STATUS(lodger_backup(db, text, NULL, NULL, &err), LODGER_ERR_ARG);
        CHECK_HAS(lodger_error_message(err), "not overwritten");
        lodger_error_free(err);
        CHECK_STATUS(lodger_backup(db, path_in(dir, "no/such/dir.rdb"), NULL, NULL, &err), LODGER_ERR_IO);
        CHECK_HAS(lodger_error_message(err), "dir.rdb");
        lodger_error_free(err);
        CHECK_STATUS(lodger_backup(db, file, NULL, NULL, &err), LODGER_ERR_LOCKED); /* the open database's own */
        lodger_error_free(err);
        CHECK_STATUS(lodger_backup(NULL, copy, NULL, NULL, &err), LODGER_ERR_NULL);
        lodger_error_free(err);
        CHECK_STATUS(lodger_backup(db, NULL, NULL, NULL, &err), LODGER_ERR_NULL);
        lodger_error_free(err);
        lodger_client_free(c);
        close_db(db);
        db = open_db(copy, NULL);
        c = new_client(db);
        CHECK_COMMAND(c, ":2", "DBSIZE");
        lodger_client_free(c);
        close_db(db);
    }
}

/* ---- a disk that is full ---- */

static char big_value[4096];

static void set_until_full(lodger_client *c, int *acknowledged) {
    char key[32];
    for (int i = 0; i < 100000; i++) {
        int n = snprintf(key, sizeof key, "key:%d", i);
        lodger_status s = lodger_set(c, key, (size_t)n, big_value, sizeof big_value);
        if (s != LODGER_OK) {
            CHECK_STATUS(s, LODGER_ERR_IO);
            CHECK_HAS(lodger_client_error(c), ".2.incr.aof"); /* it names the file */
            *acknowledged = i;
            return;
        }
    }
    CHECK(!"the disk never got full");
}
static void check_all_there(const char *dir, int acknowledged) {
    lodger_db *db = open_db(dir, "appendfsync always\n");
    lodger_client *c = new_client(db);
    const void *value;
    size_t len;
    char key[32];
    int lost = 0;
    for (int i = 0; i < acknowledged; i++) {
        int n = snprintf(key, sizeof key, "key:%d", i);
        lost += lodger_get(c, key, (size_t)n, &value, &len) != LODGER_OK || len != sizeof big_value;
    }
    CHECK_INT(lost, 0);
    CHECK_COMMAND(c, "+OK", "SET", "after", "all"); /* there is room again */
    lodger_client_free(c);
    close_db(db);
}
/* A file that a rewrite made is written otherwise than one that was opened. */
static void rewrite(lodger_db *db, lodger_client *c) {
    uint64_t before, oldest;
    CHECK_COMMAND(c, "+OK", "SET", "first", "x");
    CHECK_STATUS(lodger_feed_oldest(db, &before), LODGER_OK);
    CHECK_COMMAND(c, "+Background append only file rewriting started", "BGREWRITEAOF");
    while (lodger_feed_oldest(db, &oldest) == LODGER_OK && oldest <= before) nap(0.001);
}
/* There is room: writing goes on by itself, and what the call did that met the full disk comes to the disk, once. */
static void go_on(lodger_db *db, lodger_client *c, int met) {
    char key[32], len[32];
    lodger_status s = LODGER_ERR_IO;
    for (double end = seconds() + 60; s == LODGER_ERR_IO && seconds() < end; nap(0.01))
        s = lodger_set(c, "more", 4, "x", 1);
    CHECK_STATUS(s, LODGER_OK);
    snprintf(key, sizeof key, "key:%d", met);
    snprintf(len, sizeof len, ":%zu", sizeof big_value);
    CHECK_COMMAND(c, len, "STRLEN", key);
    CHECK_COMMAND(c, ":4097", "APPEND", key, "v");
    CHECK_STATUS(lodger_sync(db, NULL), LODGER_OK);
}
static void fill_disk(const char *dir, void (*make_room)(const char *), const char *arg, bool is_full) {
    int acknowledged = 0;
    memset(big_value, 'v', sizeof big_value);
    lodger_db *db = open_db(dir, "appendfsync always\n");
    lodger_client *c = new_client(db);
    rewrite(db, c);
    set_until_full(c, &acknowledged);
    CHECK(acknowledged > 10);
    /* Reading goes on; writing is refused. */
    CHECK_COMMAND(c, ":4096", "STRLEN", "key:0");
    CHECK_STATUS(lodger_set(c, "more", 4, "x", 1), LODGER_ERR_IO);
    bool told = strstr(lodger_client_error(c), "writes go on when there is room") != NULL;
    CHECK(told == is_full);
    make_room(arg);
    if (is_full) {
        go_on(db, c, acknowledged);
        lodger_client_free(c);
        close_db(db);
        check_all_there(dir, acknowledged);
        db = open_db(dir, NULL);
        c = new_client(db);
        char key[32];
        snprintf(key, sizeof key, "key:%d", acknowledged);
        CHECK_COMMAND(c, ":4097", "STRLEN", key);
        lodger_client_free(c);
        close_db(db);
        return;
    }
    /* Until the db is reopened, because this is no full disk. */
    CHECK_STATUS(lodger_set(c, "more", 4, "x", 1), LODGER_ERR_IO);
    lodger_client_free(c);
    lodger_error *err;
    if (lodger_close(db, &err) < 0) CHECK(*lodger_error_message(err) != '\0');
    lodger_error_free(err);
    check_all_there(dir, acknowledged);
}
static void raise_limit(const char *unused) {
    (void)unused;
    struct rlimit no_limit;
    getrlimit(RLIMIT_FSIZE, &no_limit);
    no_limit.rlim_cur = no_limit.rlim_max;
    CHECK(setrlimit(RLIMIT_FSIZE, &no_limit) == 0);
}
static void fill_to_limit(void *dir) {
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 300001; /* not where a command ends */
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    fill_disk(dir, raise_limit, NULL, false);
}
static void enlarge(const char *dir) {
    CHECK(mount("tmpfs", dir, "tmpfs", MS_REMOUNT, "size=8m") == 0);
}
enum { CAN_NOT_MOUNT = 42 };
static void fill_tmpfs(void *arg) {
    const char *dir = arg;
    /* In a mount namespace of its own, which ends with this process. */
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, "") != 0 ||
        mount("tmpfs", dir, "tmpfs", 0, "size=512k") != 0)
        _exit(CAN_NOT_MOUNT);
    fill_disk(path_in(dir, "db"), enlarge, dir, true);
}
void test_full_disk(void) {
    CHECK_INT(in_child(fill_to_limit, temp_dir()), 0);
    int code = in_child(fill_tmpfs, temp_dir());
    if (code == CAN_NOT_MOUNT) skipped("the part on a small tmpfs: may not mount one");
    else CHECK_INT(code, 0);
}

/* ---- the rest ---- */

struct lines {
    atomic_int count;
    atomic_bool bad;
};
static void on_log(void *ctx, int32_t level, const char *message) {
    struct lines *lines = ctx;
    if (level < 0 || level > 10 || !message || !*message) atomic_store(&lines->bad, true);
    atomic_fetch_add(&lines->count, 1);
}
void test_log_callback(void) {
    struct lines a = {0}, b = {0};
    lodger_db *db = open_db(NULL, NULL);
    lodger_client *c = new_client(db);
    lodger_set_log(db, on_log, &a);
    CHECK_COMMAND(c, "+OK", "DEBUG", "LOG", "a line for the log");
    CHECK(atomic_load(&a.count) >= 1);
    lodger_set_log(db, on_log, &b); /* another one */
    int before = atomic_load(&a.count);
    CHECK_COMMAND(c, "+OK", "DEBUG", "LOG", "second");
    CHECK_INT(atomic_load(&a.count), before);
    CHECK(atomic_load(&b.count) >= 1);
    lodger_set_log(db, NULL, NULL); /* none */
    before = atomic_load(&b.count);
    CHECK_COMMAND(c, "+OK", "DEBUG", "LOG", "third");
    CHECK_INT(atomic_load(&b.count), before);
    CHECK(!atomic_load(&a.bad) && !atomic_load(&b.bad));
    lodger_client_free(c);
    close_db(db);
}

struct slow {
    lodger_db *db;
    lodger_client *c;
    atomic_int inside, count;
    atomic_bool gone, late;
};
static void on_slow_log(void *ctx, int32_t level, const char *message) {
    struct slow *slow = ctx;
    (void)level, (void)message;
    atomic_fetch_add(&slow->count, 1);
    if (atomic_fetch_add(&slow->inside, 1) != 0) atomic_store(&slow->late, true); /* one at a time */
    for (int i = 0; i < 5; i++) {
        nap(0.0005);
        if (atomic_load(&slow->gone)) atomic_store(&slow->late, true);
    }
    atomic_fetch_sub(&slow->inside, 1);
}
static void *log_until_closed(void *arg) {
    struct slow *slow = arg;
    lodger_reply *r;
    while (COMMAND(slow->c, &r, "DEBUG", "LOG", "line") == LODGER_OK) lodger_reply_free(r);
    return NULL;
}
static void on_log_remove(void *ctx, int32_t level, const char *message) {
    struct slow *slow = ctx;
    (void)level, (void)message;
    atomic_fetch_add(&slow->count, 1);
    lodger_set_log(slow->db, NULL, NULL);
}
/* When another function is set, or the db is closed, the old one is not running any more and is not called again. */
void test_log_end(void) {
    for (int round = 0; round < scaled(20, 2); round++) {
        lodger_db *db = open_db(NULL, NULL);
        struct slow first = {.db = db}, second = {.db = db};
        struct slow callers[2] = {{.c = new_client(db)}, {.c = new_client(db)}};
        pthread_t threads[2];
        lodger_set_log(db, on_slow_log, &first);
        for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, log_until_closed, &callers[i]);
        while (!atomic_load(&first.count)) nap(0.0001);
        lodger_set_log(db, on_slow_log, &second);
        atomic_store(&first.gone, true);
        CHECK_INT(atomic_load(&first.inside), 0);
        while (!atomic_load(&second.count)) nap(0.0001);
        close_db(db);
        atomic_store(&second.gone, true);
        CHECK_INT(atomic_load(&second.inside), 0);
        for (int i = 0; i < 2; i++) {
            pthread_join(threads[i], NULL);
            lodger_client_free(callers[i].c);
        }
        CHECK(!atomic_load(&first.late) && !atomic_load(&second.late));
    }
    struct slow once = {.db = open_db(NULL, NULL)};
    lodger_client *c = new_client(once.db);
    lodger_set_log(once.db, on_log_remove, &once); /* it may remove itself */
    CHECK_COMMAND(c, "+OK", "DEBUG", "LOG", "first");
    CHECK_COMMAND(c, "+OK", "DEBUG", "LOG", "second");
    CHECK_INT(atomic_load(&once.count), 1);
    lodger_client_free(c);
    close_db(once.db);
}

/* No descriptor of ours reaches a program that the host starts. */
void test_cloexec(void) {
    lodger_db *db = open_db(temp_dir(), NULL);
    DIR *fds = opendir("/proc/self/fd");
    if (!fds) skipped("no /proc");
    for (struct dirent *e; fds && (e = readdir(fds));) {
        int fd = atoi(e->d_name);
        if (e->d_name[0] == '.' || fd <= 2) continue;
        char link[64], target[512];
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t n = readlink(link, target, sizeof target - 1);
        target[n < 0 ? 0 : n] = '\0';
        if (strstr(target, "lodger-test-c") || strstr(target, "eventfd")) CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    }
    if (fds) closedir(fds);
    close_db(db);
}

void test_sync_and_error(void) {
    lodger_error *err = (lodger_error *)&err;
    lodger_db *db = open_db(temp_dir(), "appendfsync no\n");
    lodger_client *c = new_client(db);
    CHECK_STATUS(lodger_set(c, "k", 1, "v", 1), LODGER_OK);
    CHECK_STATUS(lodger_sync(db, &err), LODGER_OK);
    CHECK(err == NULL); /* outputs are set on success too */
    lodger_client_free(c);
    err = (lodger_error *)&err;
    CHECK_STATUS(lodger_close(db, &err), LODGER_OK);
    CHECK(err == NULL);

    db = (lodger_db *)&db;
    CHECK_STATUS(lodger_open(NULL, "nosuch 1\n", &db, &err), LODGER_ERR_ARG);
    CHECK(db == NULL);
    CHECK_STATUS(lodger_error_status(err), LODGER_ERR_ARG);
    CHECK_HAS(lodger_error_message(err), "nosuch");
    CHECK(lodger_error_message(err) == lodger_error_message(err)); /* the same text, as long as the error lives */
    lodger_error_free(err);
}
