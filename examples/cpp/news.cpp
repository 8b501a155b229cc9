// Publish and subscribe between two threads.
#include <iostream>
#include <lodger.hpp>
#include <thread>

int main() {
    lodger::Db db;
    lodger::Subscriber news = db.subscriber();
    news.add("news.*", LODGER_SUB_PATTERN);

    std::thread publisher([&db] {
        lodger::Client c = db.client();
        c.publish("news.sports", "our team won");
        c.publish("news.weather", "sunny");
        c.publish("news.end", "good night");
    });
    // Waits without an end; news.fd() is there for event loops.
    while (std::optional<lodger::Reply> m = news.next()) {
        std::cout << (*m)[2].view() << ": " << (*m)[3].view() << '\n';
        if ((*m)[2].view() == "news.end") break;
    }
    publisher.join();
}
