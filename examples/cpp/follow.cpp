// Keeps a second database the same as the first, by running the commands of the change feed in it.
#include <cstdlib>
#include <iostream>
#include <lodger.hpp>
#include <thread>
#include <vector>

int main() {
    lodger::Db db, copy_db;
    lodger::Feed feed = db.feed(); // before the first change

    std::thread writer([&db] {
        lodger::Client c = db.client();
        for (int i = 0; i < 1000; ++i) {
            c.command("ZINCRBY", "scores", i % 7, "player" + std::to_string(i % 10));
            c.command("MULTI");
            c.command("RPUSH", "log", i);
            c.command("LTRIM", "log", -100, -1);
            c.command("EXEC");
        }
        c.command("DEL", "end", "of", "nothing"); // changes nothing, so the feed does not have it
        c.set("end", "1");
    });

    lodger::Client copy = copy_db.client();
    std::uint32_t selected = 0;
    int changes = 0;
    for (bool end = false; !end; ++changes) {
        lodger::Change change = *feed.next(); // waits for it
        if (change.db() != selected) copy.command("SELECT", selected = change.db());
        std::vector<std::string_view> words;
        for (lodger::ReplyView word : change.words()) words.push_back(word.view());
        copy.command(words);
        end = change.keys().size() == 1 && change.keys()[0].view() == "end";
    }
    writer.join();

    lodger::Client original = db.client();
    bool same = original.command("DEBUG", "DIGEST").str() == copy.command("DEBUG", "DIGEST").str();
    std::cout << changes << " changes; the copy is " << (same ? "the same" : "another") << '\n';
    return same ? EXIT_SUCCESS : EXIT_FAILURE;
}
