// quickstart: the whole API in one sitting, on a database in memory.
//
//     c++ -std=c++17 quickstart.cpp $(pkg-config --cflags --libs lodger) && ./a.out
#include <iostream>
#include <lodger.hpp>

using namespace std::chrono_literals;

// A reply is a tree: aggregates have elements, which are looks into the same reply.
static void print(lodger::ReplyView r, int depth = 0) {
    std::cout << std::string(static_cast<std::size_t>(depth) * 2, ' ');
    switch (r.kind()) {
    case lodger::Kind::nil:
        std::cout << "(nil)\n";
        break;
    case lodger::Kind::integer:
    case lodger::Kind::boolean:
        std::cout << r.integer() << '\n';
        break;
    case lodger::Kind::dbl:
        std::cout << r.dbl() << '\n';
        break;
    case lodger::Kind::array:
    case lodger::Kind::set:
    case lodger::Kind::push:
    case lodger::Kind::map: // key, value, key, value ...
        std::cout << r.size() << " elements\n";
        for (lodger::ReplyView element : r) print(element, depth + 1);
        break;
    case lodger::Kind::error:
        std::cout << "error: " << r.view() << '\n';
        break;
    default: // string, status, bignum, verbatim
        std::cout << r.view() << '\n';
    }
}

static void expect(bool ok, const char* what) {
    if (!ok) throw std::runtime_error(std::string("not as expected: ") + what);
}

int main() try {
    std::cout << "lodger " << lodger::version() << '\n';

    lodger::Db db;                  // in memory; lodger::Db db("app.lodger") would be durable
    lodger::Client c = db.client(); // the db is for all threads, a client for one at a time

    // Typed calls for the hot commands.
    c.set("greeting", "hello");
    std::optional<std::string> greeting = c.get("greeting");
    std::cout << "greeting = " << greeting.value() << '\n';
    expect(greeting == "hello", "greeting");
    expect(!c.get("nobody"), "an absent key gives nothing");

    c.incrby("visits", 41);
    std::int64_t visits = c.incrby("visits");
    std::cout << "visits = " << visits << '\n';
    expect(visits == 42, "visits");

    // A value with a time to live.
    c.set("session", "ada", 60s);
    std::int64_t ttl = c.pttl("session");
    std::cout << "session lives " << (ttl + 500) / 1000 << " more seconds\n";
    expect(ttl > 0 && ttl <= 60000, "ttl");

    // Everything else by its Redis name, with strings and numbers; the answer is a tree.
    c.command("MSET", "lang", "c++", "year", 1985);
    lodger::Reply r = c.command("MGET", "lang", "year", "nobody");
    std::cout << "MGET lang year nobody: ";
    print(r);
    expect(r.size() == 3 && r[1].str() == "1985" && r[2].is_nil(), "MGET");

    // An error of a command is a reply too, from command() ...
    r = c.command("INCR", "greeting");
    std::cout << "INCR greeting: ";
    print(r);
    expect(r.is_error(), "INCR of a text");
    // ... until value() is asked for; the typed calls always throw.
    try {
        c.command("INCR", "greeting").value().integer();
        expect(false, "value() of an error");
    } catch (const lodger::Error& e) {
        std::cout << e.status_name() << ": " << e.what() << '\n';
        expect(e.status() == LODGER_ERR_COMMAND, "its status");
    }

    db.close(); // the destructor would do it too, but could not report an error
    return 0;
} catch (const std::exception& e) {
    std::cerr << "quickstart: " << e.what() << '\n';
    return 1;
}
