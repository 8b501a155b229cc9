// The harness of the C++ suite: plain checks, counted.
#ifndef CHECK_HPP
#define CHECK_HPP

#include <iostream>
#include <lodger.hpp>

inline int failures = 0;

#define CHECK(cond) \
    do { \
        if (!(cond)) { \
            ++failures; \
            std::cerr << __FILE__ << ':' << __LINE__ << ": " << #cond << '\n'; \
        } \
    } while (0)

/// The status that a lodger::Error carries out of fn; LODGER_OK when fn returns.
template <class F>
lodger_status thrown(F fn, std::string* text = nullptr) {
    try {
        fn();
        return LODGER_OK;
    } catch (const lodger::Error& e) {
        if (text) *text = e.what();
        return e.status();
    }
}

// In the second translation unit.
std::string roundtrip(lodger::Db& db, std::string_view key, std::string_view value);
lodger::Reply asked_elsewhere(lodger::Client& c);
int status_of_kind(lodger::Kind kind);

#endif
