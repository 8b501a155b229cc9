// The C++ suite: what lodger.hpp adds to lodger.h. The C suite has the rest.
#include "check.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <mutex>
#include <random>
#include <thread>

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace std::string_view_literals;
namespace fs = std::filesystem;

template <class T>
constexpr bool moves_only = std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T> &&
                            !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T>;
static_assert(moves_only<lodger::Db> && moves_only<lodger::Client> && moves_only<lodger::Reply>);
static_assert(moves_only<lodger::Subscriber> && moves_only<lodger::Server> && moves_only<lodger::Feed> && moves_only<lodger::Change>);
static_assert(std::is_base_of_v<std::runtime_error, lodger::Error>);

struct TempDir {
    fs::path path = fs::temp_directory_path() / ("lodger-test-cpp-" + std::to_string(std::random_device{}()));
    ~TempDir() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
};

static void typed_calls() {
    lodger::Db db;
    lodger::Client c = db.client();
    CHECK(!c.get("k"));
    c.set("k", "v");
    std::optional<std::string> v = c.get("k");
    CHECK(v == "v");
    CHECK(c.get_view("k") == "v"sv);
    CHECK(!c.get_view("absent"));
    CHECK(c.append("k", "w") == 2 && c.strlen("k") == 2);
    CHECK(c.getdel("k") == "vw" && !c.getdel("k"));
    CHECK(c.incrby("n") == 1 && c.incrby("n", 41) == 42 && c.incrby("n", -2) == 40);
    CHECK(c.exists("n") && !c.exists("k"));
    CHECK(c.del("n") && !c.del("n"));
    CHECK(c.pttl("t") == -2 && !c.pexpire("t", 10s));
    c.set("t", "1");
    CHECK(c.pttl("t") == -1 && c.pexpire("t", 10s));
    CHECK(c.pttl("t") > 9000 && c.pttl("t") <= 10000);
    c.set("t", "1", 1h);
    CHECK(c.pttl("t") > 3590000 && c.pttl("t") <= 3600000);

    // Bytes are bytes; empty is not absent; a default string_view is empty.
    c.set("a\0b"sv, "\0\r\n"sv);
    CHECK(c.get("a\0b"sv) == "\0\r\n"s && !c.get("a"));
    c.set(std::string_view(), std::string_view());
    CHECK(c.get("") == "" && c.exists({}));

    c.set("a", "1");
    std::vector<std::optional<std::string>> all = c.mget({"a", "absent", "", "a"});
    CHECK(all.size() == 4 && all[0] == "1" && !all[1] && all[2] == "" && all[3] == "1");
    CHECK(c.mget({}).empty());
    std::vector<std::string> names;
    for (int i = 0; i < 100; ++i) c.set(names.emplace_back("many:" + std::to_string(i)), std::to_string(i));
    all = c.mget({names.begin(), names.end()});
    CHECK(all.size() == 100 && all[0] == "0" && all[99] == "99");
}

static void values() {
    lodger::Db db;
    lodger::Client c = db.client();
    CHECK(c.hset("h", "f", "1") && !c.hset("h", "f", "2") && c.hget("h", "f") == "2" && !c.hget("h", "g"));
    CHECK(c.hincrby("h", "f", 3) == 5 && c.hincrby("h", "n") == 1 && c.hlen("h") == 2 && c.hdel("h", "n") && !c.hdel("h", "n"));
    CHECK(c.rpush("l", "b") == 1 && c.lpush("l", "a") == 2 && c.rpush("l", std::string(100000, 'x')) == 3 && c.llen("l") == 3);
    CHECK(c.lpop("l") == "a" && c.rpop("l") == std::string(100000, 'x') && c.rpop("l") == "b" && !c.lpop("l"));
    CHECK(c.sadd("s", "m") && !c.sadd("s", "m") && c.sismember("s", "m") && !c.sismember("s", "n") && c.scard("s") == 1);
    CHECK(c.srem("s", "m") && !c.srem("s", "m") && !c.exists("s"));
    CHECK(c.zadd("z", 1.5, "m") && !c.zadd("z", 2.5, "m") && c.zscore("z", "m") == 2.5 && !c.zscore("z", "n"));
    CHECK(c.zincrby("z", -0.5, "m") == 2 && c.zincrby("z", 1, "n") == 1 && c.zcard("z") == 2);
    CHECK(c.zrank("z", "n") == 0 && c.zrank("z", "m") == 1 && !c.zrank("z", "o") && c.zrem("z", "m") && !c.zrem("z", "m"));
    CHECK(thrown([&] { c.sadd("h", "m"); }) == LODGER_ERR_COMMAND);
    CHECK(thrown([&] { c.zadd("z", std::numeric_limits<double>::quiet_NaN(), "m"); }) == LODGER_ERR_COMMAND);
}

static void commands() {
    lodger::Db db;
    lodger::Client c = db.client();
    CHECK(c.command("SET", "k", 42).str() == "OK");
    CHECK(c.command("INCRBY", "k", std::int64_t{-2}).integer() == 40);
    CHECK(c.command("SET", "u", std::numeric_limits<std::uint64_t>::max()).kind() == lodger::Kind::status);
    CHECK(c.get("u") == "18446744073709551615");
    c.command("SET", "i", std::numeric_limits<std::int64_t>::min());
    CHECK(c.get("i") == "-9223372036854775808");
    // Doubles lose nothing on the way and have no locale.
    for (double d : {0.1, -2.5, 1e300, 5e-324, 1.0 / 3, 1e15}) {
        c.command("SET", "d", d);
        CHECK(std::strtod(c.get("d").value().c_str(), nullptr) == d); // stod throws for subnormal ones
    }
    CHECK(c.command("INCRBYFLOAT", "f", 0.5f).str() == "0.5");

    std::string name = "GET", key = "k";
    CHECK(c.command(name, key).str() == "40");
    CHECK(c.command({"GET", "k"}).str() == "40");
    std::vector<std::string_view> words{"MGET", "k", "absent"};
    lodger::Reply r = c.command(words);
    CHECK(r.kind() == lodger::Kind::array && r.size() == 2 && !r.empty());
    CHECK(r[0].view() == "40" && !r[0].is_nil() && r[1].is_nil() && r[1].str().empty());
    int seen = 0;
    for (lodger::ReplyView e : r) seen += e.is_nil() ? 10 : 1;
    CHECK(seen == 11);
    for (lodger::ReplyView e : c.command("MGET", "k", "k")) CHECK(e.str() == "40"); // a temporary lives that long
    CHECK(thrown([&] { (void)r[2]; }) == LODGER_ERR_ARG);
    std::vector<std::string_view> many{"DEL"};
    for (int i = 0; i < 1000; ++i) many.push_back("k");
    CHECK(c.command(many).integer() == 1);
    CHECK(thrown([&] { c.command(std::vector<std::string_view>()); }) == LODGER_ERR_ARG);

    // Nested aggregates, and a look that outlives its parent look.
    r = c.command("SCAN", 0, "COUNT", 1000);
    lodger::ReplyView keys = r[1];
    CHECK(std::any_of(keys.begin(), keys.end(), [](lodger::ReplyView e) { return e.view() == "u"; }));

    r = c.command("DEBUG", "PROTOCOL", "double");
    CHECK(r.kind() == lodger::Kind::dbl && r.dbl() > 3.1 && r.dbl() < 3.2 && r.integer() == 0);
    r = c.command("DEBUG", "PROTOCOL", "map");
    CHECK(r.kind() == lodger::Kind::map && r.size() == 6);
    CHECK(c.command("DEBUG", "PROTOCOL", "true").integer() == 1);
}

static void errors() {
    lodger::Db db;
    lodger::Client c = db.client();
    std::string text;
    c.set("t", "text");
    // command: returned, until value() is asked for.
    lodger::Reply r = c.command("INCR", "t");
    CHECK(r.is_error() && r.str() == "ERR value is not an integer or out of range");
    CHECK(thrown([&] { (void)r.value(); }, &text) == LODGER_ERR_COMMAND && text == r.str());
    CHECK(thrown([&] { c.command("INCR", "t").value(); }) == LODGER_ERR_COMMAND);
    CHECK(c.command("GET", "t").value().str() == "text");
    lodger::Reply kept = c.command("GET", "t").value();
    CHECK(kept.value().view() == "text");
    // The typed calls throw.
    CHECK(thrown([&] { c.incrby("t"); }, &text) == LODGER_ERR_COMMAND);
    CHECK(text == "ERR value is not an integer or out of range");
    CHECK(thrown([&] { c.set("t", "x", 0ms); }) == LODGER_ERR_COMMAND);
    try {
        c.incrby("t");
    } catch (const std::exception& e) { // as one of the family
        CHECK(e.what() == text);
    }
    CHECK(lodger::Error(LODGER_ERR_IO, "").what() == "LODGER_ERR_IO"s);
    CHECK(lodger::Error(LODGER_ERR_IO, "x").status_name() == "LODGER_ERR_IO"s);

    CHECK(thrown([] { lodger::Db bad("", "maxmemory 1mb\nnosuch thing\n"); }, &text) == LODGER_ERR_ARG);
    CHECK(text.find("nosuch") != std::string::npos);
    CHECK(thrown([] { lodger::Db bad("a\0b"s); }) == LODGER_ERR_ARG);
    TempDir dir;
    lodger::Db first(dir.path.string());
    CHECK(thrown([&] { lodger::Db second(dir.path.string()); }) == LODGER_ERR_LOCKED);
    CHECK(thrown([&] { c.resp("*1\r\n$4\r\nPI"); }) == LODGER_ERR_ARG);
}

static void handles() {
    // Moves, in every direction; destroyed in any order.
    std::optional<lodger::Db> db(std::in_place);
    lodger::Client a = db->client(), b = std::move(a);
    b.set("k", "v");
    a = db->client();
    CHECK(a.get("k") == "v");
    lodger::Reply r = b.command("GET", "k"), q = std::move(r);
    CHECK(q.str() == "v");
    r = std::move(q);
    CHECK(r.str() == "v");
    lodger::Reply& same = r;
    r = std::move(same); // onto itself
    CHECK(r.str() == "v");
    lodger::Db moved = std::move(*db);
    db.reset();
    CHECK(b.get("k") == "v");
    moved = lodger::Db(); // closes the old one
    CHECK(thrown([&] { b.get("k"); }) == LODGER_ERR_CLOSED);
    CHECK(thrown([&] { b.command("PING"); }) == LODGER_ERR_CLOSED);
    CHECK(r.str() == "v");
    CHECK(!moved.client().get("k"));
    moved.close();
    moved.close(); // nothing left to do
    CHECK(thrown([&] { moved.client(); }) == LODGER_ERR_NULL);

    // From both translation units.
    lodger::Db other;
    CHECK(roundtrip(other, "a", "1") == "1");
    lodger::Client c = other.client();
    r = asked_elsewhere(c);
    CHECK(r.size() == 2 && r[0].str() == "1" && r[1].is_nil());
    CHECK(status_of_kind(lodger::Kind::error) == LODGER_REPLY_ERROR);
    CHECK(c.get() != nullptr && other.get() != nullptr && r.get() != nullptr);
    CHECK(std::string_view(lodger::version()) == lodger_version());
}

static void backups() {
    TempDir dir;
    fs::create_directories(dir.path);
    lodger::Db db;
    lodger::Client c = db.client();
    c.set("k", "v");
    const std::string file = (dir.path / "copy.rdb").string();
    int calls = 0;
    db.backup(file, [&calls](std::uint64_t done, std::uint64_t all) { return ++calls > 0 && done <= all; });
    db.backup(file);
    CHECK(calls > 0);
    CHECK(thrown([&] { db.backup(file, [](std::uint64_t, std::uint64_t) { return false; }); }) == LODGER_INTERRUPTED);
    CHECK(thrown([&] { db.backup((dir.path / "no" / "where.rdb").string()); }) == LODGER_ERR_IO);
    lodger::Db copy(file);
    CHECK(copy.client().get("k") == "v");
}

static void durable() {
    TempDir dir;
    const std::string path = (dir.path / "db").string();
    fs::create_directory(dir.path);
    {
        lodger::Db db(path, "appendfsync no\n");
        db.client().set("k", "v");
        db.sync();
        db.close();
    }
    {
        lodger::Db db(path);
        lodger::Client c = db.client();
        CHECK(c.get("k") == "v");
        c.set("k", "w");
    } // the client goes first here, then the db closes
    lodger::Db db(path);
    CHECK(db.client().get("k") == "w");
}

static void logs() {
    std::mutex lock;
    std::vector<std::string> lines;
    lodger::Db db;
    lodger::Client c = db.client();
    auto alive = std::make_shared<int>(1);
    db.set_log([&lock, &lines, alive](int, std::string_view line) {
        std::lock_guard<std::mutex> hold(lock);
        lines.emplace_back(line);
    });
    CHECK(alive.use_count() == 2); // kept by the db
    lodger::Db moved = std::move(db);
    c.command("DEBUG", "LOG", "first line").value();
    auto has = [&](std::string_view part) {
        std::lock_guard<std::mutex> hold(lock);
        return std::any_of(lines.begin(), lines.end(), [&](auto& l) { return l.find(part) != std::string::npos; });
    };
    CHECK(has("first line"));
    moved.set_log([](int, std::string_view) { throw std::runtime_error("must not cross C"); });
    CHECK(c.command("DEBUG", "LOG", "second line").str() == "OK");
    CHECK(!has("second line"));
    moved.set_log({});
    CHECK(c.command("DEBUG", "LOG", "third line").str() == "OK");
    moved.close();
    CHECK(alive.use_count() == 1); // let go with the db
}

static void threads() {
    lodger::Db db;
    std::vector<std::thread> all;
    for (int t = 0; t < 8; ++t)
        all.emplace_back([&db] {
            lodger::Client c = db.client();
            for (int i = 0; i < 2000; ++i) c.incrby("n");
        });
    for (std::thread& t : all) t.join();
    CHECK(db.client().incrby("n", 0) == 16000);

    lodger::Client sleeper = db.client();
    std::atomic<bool> awake{false};
    lodger_status status = LODGER_OK;
    std::thread t([&] {
        status = thrown([&] { sleeper.command("DEBUG", "SLEEP", 10); });
        awake = true;
    });
    while (!awake) {
        std::this_thread::sleep_for(5ms);
        sleeper.interrupt();
    }
    t.join();
    CHECK(status == LODGER_INTERRUPTED);
}

static void resp() {
    lodger::Db db;
    lodger::Client c = db.client();
    CHECK(c.resp("SET k v\r\nGET k\r\n") == "+OK\r\n$1\r\nv\r\n");
    CHECK(c.resp("*2\r\n$3\r\nGET\r\n$1\r\nz\r\n") == "$-1\r\n");
    CHECK(c.resp("").empty());
}

static void pubsub() {
    lodger::Db db;
    lodger::Client c = db.client();
    lodger::Subscriber s = db.subscriber(2);
    s.add("news");
    s.add("n*", LODGER_SUB_PATTERN);
    CHECK(c.publish("news", "hello") == 2);
    std::optional<lodger::Reply> m = s.next();
    CHECK(m && (*m)[0].view() == "message" && (*m)[1].view() == "news" && (*m)[2].view() == "hello");
    CHECK(s.fd() >= 0);
    m = s.next(0);
    CHECK(m && (*m)[0].view() == "pmessage" && (*m).size() == 4);
    CHECK(!s.next(0));
    s.remove("n*", LODGER_SUB_PATTERN);
    for (int i = 0; i < 5; ++i) c.publish("news", "more");
    CHECK(s.dropped() == 3);
    CHECK(thrown([&] { s.add("x", 9); }) == LODGER_ERR_ARG);
    lodger::Client listener = db.client();
    CHECK(!listener.message());
    CHECK(listener.command("SUBSCRIBE", "mine").kind() == lodger::Kind::push);
    CHECK(c.publish("mine", "x") == 1);
    m = listener.message();
    CHECK(m && m->kind() == lodger::Kind::push && (*m)[2].view() == "x");
    CHECK(!listener.message(0));
    for (bool client : {false, true}) {
        lodger::Subscriber ears = db.subscriber();
        std::atomic<bool> done = false;
        lodger_status status = LODGER_OK;
        std::thread waits([&] {
            status = thrown([&] { client ? listener.message() : ears.next(); });
            done = true;
        });
        while (!done) client ? listener.interrupt() : ears.interrupt();
        waits.join();
        CHECK(status == LODGER_INTERRUPTED);
    }
    lodger::Subscriber moved = std::move(s);
    s = std::move(moved);
    db.close();
    CHECK(s.next() && s.next());
    CHECK(thrown([&] { s.next(); }) == LODGER_ERR_CLOSED);
}

static void feeds() {
    TempDir dir;
    std::uint64_t offset = 0;
    {
        lodger::Db db(dir.path.string());
        lodger::Client c = db.client();
        lodger::Feed feed = db.feed();
        CHECK(feed.fd() >= 0 && !feed.next(0) && feed.offset() > 0);
        c.set("k", "v");
        c.command("SADD", "s", "1", "2");
        std::optional<lodger::Change> change = feed.next();
        CHECK(change && change->db() == 0 && change->remaining() == 0 && change->offset() == feed.offset());
        CHECK(change->words().size() == 3 && change->words()[0].view() == "SET" && change->keys()[0].view() == "k");
        std::optional<lodger::Reply> value = feed.value(0, "k");
        CHECK(value && value->size() == 2 && (*value)[1].integer() == -1);
        CHECK(!feed.value(0, "none"));
        CHECK(thrown([&] { feed.value(99, "k"); }) == LODGER_ERR_COMMAND);
        CHECK(db.oldest_change() <= feed.offset());
        offset = feed.offset();
        std::atomic<bool> done = false;
        lodger_status status = LODGER_OK;
        std::thread waits([&] {
            status = thrown([&] {
                while (feed.next()) {
                }
            });
            done = true;
        });
        while (!done) feed.interrupt();
        waits.join();
        CHECK(status == LODGER_INTERRUPTED);
        db.close();
        lodger::Feed moved = std::move(feed);
        CHECK(thrown([&] {
                  while (moved.next()) {
                  }
              }) == LODGER_ERR_CLOSED);
    }
    {
        lodger::Db db(dir.path.string());
        lodger::Feed feed = db.feed({offset, true});
        std::optional<lodger::Change> change = feed.next();
        CHECK(change && change->words()[0].view() == "SADD");
        CHECK(!feed.next(0));
        CHECK(thrown([&] { db.feed({offset - 1}); }) == LODGER_ERR_ARG);
    }
    lodger::Db memory;
    lodger::Client c = memory.client();
    c.set("k", "1");
    fs::create_directory(dir.path / "copies");
    const std::string path = (dir.path / "copies/copy.rdb").string();
    lodger::Feed rest = memory.copy_and_feed(path);
    c.incrby("k", 5);
    lodger::Db copy(path);
    lodger::Client copied = copy.client();
    CHECK(copied.get("k") == "1" && rest.next()->words()[0].view() == "INCRBY" && !rest.next(0));
    CHECK(thrown([&] { memory.copy_and_feed(path); }) == LODGER_ERR_LOCKED);
    CHECK(thrown([&] { memory.feed({LODGER_FEED_OLDEST}); }) == LODGER_ERR_UNSUPPORTED);
    CHECK(thrown([&] { memory.oldest_change(); }) == LODGER_ERR_UNSUPPORTED);
}

static void listening() {
    lodger::Db db;
    {
        lodger::Server server = db.listen("tcp://127.0.0.1:0");
        CHECK(server.port() != 0);
        std::string taken = "tcp://127.0.0.1:" + std::to_string(server.port());
        CHECK(thrown([&] { db.listen(taken); }) == LODGER_ERR_IO);
    }
    CHECK(thrown([&] { db.listen("nowhere"); }) == LODGER_ERR_ARG);
}

int main() {
    const std::pair<const char*, void (*)()> tests[] = {
        {"typed_calls", typed_calls}, {"values", values},     {"commands", commands}, {"errors", errors},   {"handles", handles},
        {"durable", durable}, {"backups", backups},         {"logs", logs},         {"threads", threads}, {"resp", resp},
        {"pubsub", pubsub}, {"feeds", feeds},     {"listening", listening},
    };
    int passed = 0, failed = 0;
    for (auto [name, test] : tests) {
        int before = failures;
        try {
            test();
        } catch (const std::exception& e) {
            ++failures;
            std::cerr << name << ": thrown: " << e.what() << '\n';
        }
        bool ok = failures == before;
        std::cout << (ok ? "ok     " : "FAILED ") << name << std::endl;
        ++(ok ? passed : failed);
    }
    std::cout << passed << " passed, " << failed << " failed" << std::endl;
    return failed != 0;
}
