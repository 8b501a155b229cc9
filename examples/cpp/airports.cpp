// airports: a real data set in a durable directory. Loads examples/data/airports.csv, closes, opens again,
// and checks that every row and every counter came back.
//
//     airports airports.csv [directory]      without a directory: a temporary one, removed at the end
//
// Keys: airport:<iata> holds the row as it stands in the file, state:<ST> counts the airports of a state, in:<ST> is the
// set of them, `ranking` orders the states by their airports, `places` is an index by position, `log` a stream with an
// event for each row.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <lodger.hpp>
#include <map>
#include <random>
#include <unistd.h>

namespace fs = std::filesystem;

// What the file said, to compare with what the database says later.
struct Airports {
    std::vector<std::pair<std::string, std::string>> rows; // key, row
    std::vector<std::vector<std::string>> fields;          // of each row
    std::map<std::string, std::int64_t> states;            // state, airports
};

static void expect(bool ok, const std::string& what) {
    if (!ok) throw std::runtime_error(what);
}

// The fields of a CSV line; understands quoted fields with commas and "" in them.
static std::vector<std::string> split(const std::string& line) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') fields.back() += line[++i];
        else if (line[i] == '"') quoted = !quoted;
        else if (line[i] == ',' && !quoted) fields.emplace_back();
        else fields.back() += line[i];
    }
    return fields;
}

static Airports read_csv(const fs::path& path) {
    std::ifstream file(path);
    std::string line;
    expect(std::getline(file, line) && line.rfind("iata,", 0) == 0, path.string() + " is not the airports file");
    Airports all;
    while (std::getline(file, line)) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        std::vector<std::string> fields = split(line);
        expect(fields.size() == 7, "not seven fields: " + line);
        all.rows.emplace_back("airport:" + fields[0], line);
        ++all.states[fields[3]];
        all.fields.push_back(std::move(fields));
    }
    expect(!all.rows.empty(), path.string() + " has no rows");
    return all;
}

// A bar on stderr, and the rate.
class Progress {
public:
    Progress(const char* what, std::size_t all) : what_(what), all_(all) {}
    void to(std::size_t done) const {
        if (done != all_ && (done % 64 != 0 || !isatty(STDERR_FILENO))) return; // a log gets the last one alone
        std::string bar(done * 30 / all_, '#');
        bar.resize(30, '.');
        std::fprintf(stderr, "\r%-8s [%s] %zu/%zu  %.0f rows/s%s", what_, bar.c_str(), done, all_, rate(done),
                     done == all_ ? "\n" : "");
    }
    double rate(std::size_t done) const {
        std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start_;
        return passed.count() > 0 ? static_cast<double>(done) / passed.count() : 0;
    }

private:
    const char* what_;
    std::size_t all_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

static void load(lodger::Client& c, const Airports& all) {
    Progress progress("loading", all.rows.size());
    for (std::size_t i = 0; i < all.rows.size(); ++i) {
        c.set(all.rows[i].first, all.rows[i].second);
        const std::string &iata = all.fields[i][0], &state = all.fields[i][3];
        c.incrby("state:" + state);
        c.sadd("in:" + state, iata);
        c.zincrby("ranking", 1, state);
        c.command("GEOADD", "places", all.fields[i][6], all.fields[i][5], iata).value();
        c.command("XADD", "log", "*", "loaded", iata, "state", state).value();
        progress.to(i + 1);
    }
    std::printf("loaded %zu airports of %zu states at %.0f rows/s\n", all.rows.size(), all.states.size(),
                progress.rate(all.rows.size()));
}

static void verify(lodger::Client& c, const Airports& all) {
    Progress progress("checking", all.rows.size());
    for (std::size_t i = 0; i < all.rows.size(); ++i) {
        expect(c.get_view(all.rows[i].first) == all.rows[i].second, all.rows[i].first + " differs");
        progress.to(i + 1);
    }
    for (const auto& [state, airports] : all.states) {
        expect(c.get("state:" + state) == std::to_string(airports), "state:" + state + " differs");
        expect(c.scard("in:" + state) == airports, "in:" + state + " differs");
    }
    auto count = [&c](auto... words) { return static_cast<std::size_t>(c.command(words...).value().integer()); };
    expect(count("ZCARD", "places") == all.rows.size(), "places differs");
    expect(count("XLEN", "log") == all.rows.size(), "log differs");
    expect(count("DBSIZE") == all.rows.size() + 2 * all.states.size() + 3, "DBSIZE differs");
}

// What the indexes are for.
static void ask(lodger::Client& c) {
    std::cout << "most airports:";
    lodger::Reply ranking = c.command("ZRANGE", "ranking", 0, 2, "REV", "WITHSCORES");
    for (lodger::ReplyView state : ranking) std::cout << ' ' << state[0].str() << " (" << state[1].dbl() << ')';
    std::cout << "\nnearest to JFK:";
    lodger::Reply near =
        c.command("GEOSEARCH", "places", "FROMMEMBER", "JFK", "BYRADIUS", 100, "km", "ASC", "COUNT", 4, "WITHDIST");
    for (std::size_t i = 0; i < near.size(); ++i)
        std::cout << ' ' << near[i][0].str() << " (" << near[i][1].str() << " km)";
    lodger::Reply last = c.command("XREVRANGE", "log", "+", "-", "COUNT", 1);
    std::cout << "\nlast event: " << last[0][1][0].str() << ' ' << last[0][1][1].str() << '\n';
}

// A new directory under the system's temporary one, gone with the object.
struct TempDir {
    fs::path path = fs::temp_directory_path() / ("lodger-airports-" + std::to_string(std::random_device{}()));
    ~TempDir() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
};

int main(int argc, char** argv) try {
    if (argc < 2) throw std::runtime_error("usage: airports airports.csv [directory]");
    const Airports all = read_csv(argv[1]);
    std::optional<TempDir> temp;
    if (argc < 3) temp.emplace();
    const std::string dir = argc < 3 ? temp->path.string() : argv[2];

    lodger::Db db(dir, "appendfsync everysec\n");
    {
        lodger::Client c = db.client();
        expect(c.command("DBSIZE").value().integer() == 0, dir + " holds keys already: give an empty or a new directory");
        load(c, all);
    }
    db.close(); // flushed and on disk, or it throws

    db = lodger::Db(dir); // reads everything back from the directory
    lodger::Client c = db.client();
    verify(c, all);
    std::cout << "reopened: every row, counter, set, index and event is there\n";
    ask(c);
    db.close();
    return 0;
} catch (const std::exception& e) {
    std::cerr << "airports: " << e.what() << '\n';
    return 1;
}
