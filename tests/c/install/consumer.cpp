// The same through lodger.hpp.
#include <iostream>
#include <lodger.hpp>

int main() {
    lodger::Db db;
    lodger::Client c = db.client();
    c.set("k", "installed");
    if (c.get("k") != "installed") return 1;
    std::cout << lodger::version() << '\n';
    db.close();
}
