// A second translation unit that includes lodger.hpp: the program links only if everything in it is inline.
#include "check.hpp"

std::string roundtrip(lodger::Db& db, std::string_view key, std::string_view value) {
    lodger::Client c = db.client();
    c.set(key, value);
    return c.get(key).value();
}

lodger::Reply asked_elsewhere(lodger::Client& c) { return c.command("MGET", "a", "absent"); }

int status_of_kind(lodger::Kind kind) { return static_cast<int>(kind); }
