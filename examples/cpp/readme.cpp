#include <lodger.hpp>
#include <iostream>

int main() {
    lodger::Db db("app.lodger");
    auto c = db.client();
    c.set("greeting", "hello");
    std::cout << c.get("greeting").value_or("nothing") << '\n';
    lodger::Reply r = c.command("INCRBY", "visits", 5);
    std::cout << r.integer() << '\n';
}
