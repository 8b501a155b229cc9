// cache: lodger instead of a memcached beside the program. Values live for a while (TTL), the whole never
// outgrows its memory (maxmemory), and the least recently used go first (allkeys-lru).
//
//     c++ -std=c++17 cache.cpp $(pkg-config --cflags --libs lodger) && ./a.out
#include <iostream>
#include <lodger.hpp>

using namespace std::chrono_literals;

static void expect(bool ok, const char* what) {
    if (!ok) throw std::runtime_error(std::string("not as expected: ") + what);
}

// The pattern of every cache: from memory when it is there, else compute and keep it for a while.
class Cache {
public:
    Cache(lodger::Client client, std::chrono::milliseconds ttl) : client_(std::move(client)), ttl_(ttl) {}

    template <class Compute>
    std::string get(const std::string& key, Compute compute) {
        if (std::optional<std::string> hit = client_.get(key)) {
            ++hits;
            return *std::move(hit);
        }
        ++misses;
        std::string value = compute(key);
        client_.set(key, value, ttl_);
        return value;
    }

    // One number out of INFO, whose text has lines such as "evicted_keys:17".
    long info(std::string_view section, const std::string& name) {
        std::string text = client_.command("INFO", section).value().str();
        std::size_t at = text.find("\n" + name + ":");
        return at == std::string::npos ? -1 : std::stol(text.substr(at + name.size() + 2));
    }

    lodger::Client& client() { return client_; }

    long hits = 0, misses = 0;

private:
    lodger::Client client_;
    std::chrono::milliseconds ttl_;
};

int main() try {
    // The options are redis.conf lines. Nothing is written to disk.
    lodger::Db db("", "maxmemory 2mb\nmaxmemory-policy allkeys-lru\n");
    Cache cache(db.client(), 60s);

    // Stands for a query or a rendering that takes long: 1 KB that depends on the key.
    auto page = [](const std::string& key) {
        std::string text = "<page of " + key + ">";
        text.resize(1024, '.');
        return text;
    };

    std::string first = cache.get("page:home", page), second = cache.get("page:home", page);
    std::cout << "page:home: " << cache.misses << " miss, then " << cache.hits << " hit\n";
    expect(cache.misses == 1 && cache.hits == 1 && first == second, "a miss and a hit");
    std::int64_t ttl = cache.client().pttl("page:home");
    std::cout << "page:home: kept for another " << (ttl + 500) / 1000 << " s\n";
    expect(ttl > 0 && ttl <= 60000, "ttl");

    // Ten times more pages than fit: old ones make room for new ones, and no call fails for it.
    constexpr int pages = 20000;
    for (int i = 0; i < pages; ++i) cache.get("page:" + std::to_string(i), page);
    long evicted = cache.info("stats", "evicted_keys");
    long used = cache.info("memory", "used_memory") - cache.info("memory", "used_memory_startup");
    std::int64_t kept = cache.client().command("DBSIZE").value().integer();
    std::cout << pages << " pages of 1 KB through 2 MB: " << kept << " kept, " << evicted << " evicted, "
              << used / 1024 << " KB used\n"
              << cache.hits << " hit and " << cache.misses << " misses in all\n";
    expect(evicted > 0 && kept + evicted == cache.misses && used <= 2100 * 1024, "eviction");
    db.close();
    return 0;
} catch (const std::exception& e) {
    std::cerr << "cache: " << e.what() << '\n';
    return 1;
}
