// lodger.hpp: the C++17 face of lodger.h. Header only; link with liblodger.
//
//     lodger::Db db("app.lodger");               // "" or nothing = in memory
//     lodger::Client c = db.client();            // one per thread
//     c.set("k", "v");
//     std::optional<std::string> v = c.get("k");
//     lodger::Reply r = c.command("ZADD", "z", "1", "a");
//
// Errors: whatever fails throws lodger::Error, which carries the lodger_status and a text. One thing
// does not throw: `Client::command` returns an error *reply* (WRONGTYPE and its like) as a Reply whose
// is_error() is true, because in Redis that is an answer like any other, and it may sit inside an array.
// Call value() on the reply to have it thrown instead: `c.command("INCR", "k").value().integer()`.
//
// Ownership: Db, Client, Subscriber, Server and Reply each own one handle, can be moved and not copied, and may
// be destroyed in any order; a Client or Subscriber outliving its Db throws Error(LODGER_ERR_CLOSED) from every call. A moved-from
// object may only be destroyed or assigned to.
//
// Threads: a Db may be used by any thread at any time. A Client belongs to one thread at a time; two at
// once get Error(LODGER_ERR_BUSY). Only Client::interrupt may be called from elsewhere. So does a Subscriber,
// except its interrupt(), fd() and dropped(). A Reply is immutable and can be read by many threads.
//
// Every string_view argument may hold any bytes, NULs included.
#ifndef LODGER_HPP
#define LODGER_HPP

#include <lodger.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace lodger {

/// What every failing call throws: the status for the program, what() for the person.
class Error : public std::runtime_error {
public:
    Error(lodger_status status, const std::string& message)
        : std::runtime_error(message.empty() ? lodger_status_name(status) : message), status_(status) {}

    /// One of the LODGER_* constants.
    lodger_status status() const noexcept { return status_; }
    /// Its name, such as "LODGER_ERR_IO".
    const char* status_name() const noexcept { return lodger_status_name(status_); }

private:
    lodger_status status_;
};

/// The kind of a reply. RESP3's kinds; a client that did not say HELLO 3 gets the same ones.
enum class Kind : std::int32_t {
    string = LODGER_REPLY_STRING,
    status = LODGER_REPLY_STATUS,
    error = LODGER_REPLY_ERROR,
    integer = LODGER_REPLY_INTEGER,
    nil = LODGER_REPLY_NIL,
    array = LODGER_REPLY_ARRAY,
    map = LODGER_REPLY_MAP,
    set = LODGER_REPLY_SET,
    dbl = LODGER_REPLY_DOUBLE,
    boolean = LODGER_REPLY_BOOL,
    bignum = LODGER_REPLY_BIGNUM,
    verbatim = LODGER_REPLY_VERBATIM,
    push = LODGER_REPLY_PUSH,
};

namespace detail {

struct Deleter {
    void operator()(lodger_db* p) const noexcept { lodger_close(p, nullptr); }
    void operator()(lodger_client* p) const noexcept { lodger_client_free(p); }
    void operator()(lodger_reply* p) const noexcept { lodger_reply_free(p); }
    void operator()(lodger_error* p) const noexcept { lodger_error_free(p); }
    void operator()(lodger_subscriber* p) const noexcept { lodger_subscriber_free(p); }
    void operator()(lodger_feed* p) const noexcept { lodger_feed_free(p); }
    void operator()(lodger_server* p) const noexcept { lodger_server_free(p); }
};
template <class T>
using Handle = std::unique_ptr<T, Deleter>;

/// A default string_view has no address at all, and C takes NULL for a forgotten argument.
inline const char* data(std::string_view s) noexcept { return s.data() ? s.data() : ""; }

[[noreturn]] inline void fail(lodger_status status, lodger_error* owned) {
    Handle<lodger_error> err(owned);
    throw Error(status, err ? lodger_error_message(err.get()) : "");
}

/// One argument of a command: bytes as they are, numbers as Redis writes them. Holds its own digits, so
/// it is used where it was made.
class Arg {
public:
    template <class T>
    explicit Arg(const T& value) {
        if constexpr (std::is_convertible_v<const T&, std::string_view>) {
            bytes_ = value;
        } else {
            static_assert(std::is_arithmetic_v<T>, "a command argument is a string, an integer or a double");
            static_assert(!std::is_same_v<T, bool> && !std::is_same_v<T, char>,
                          "write a bool as 0 or 1 and a char as a string");
            bytes_ = {digits_, print(value)};
        }
    }
    Arg(const Arg&) = delete;
    Arg& operator=(const Arg&) = delete;

    std::string_view bytes() const noexcept { return bytes_; }

private:
    template <class T>
    std::size_t print(T value) {
        if constexpr (std::is_integral_v<T>) {
            return length(std::to_chars(digits_, digits_ + sizeof digits_, value).ptr);
        } else {
#if defined(__cpp_lib_to_chars)
            return length(std::to_chars(digits_, digits_ + sizeof digits_, static_cast<double>(value)).ptr);
#else
            // An older standard library: printf, whose decimal point is the locale's.
            int n = std::snprintf(digits_, sizeof digits_, "%.17g", static_cast<double>(value));
            for (char& c : digits_)
                if (c == ',') c = '.';
            return static_cast<std::size_t>(n);
#endif
        }
    }
    std::size_t length(const char* end) const noexcept { return static_cast<std::size_t>(end - digits_); }

    char digits_[32] = {};
    std::string_view bytes_;
};

} // namespace detail

/// A look at a reply or at one element inside it, without owning it: valid as long as the Reply it came
/// from. Costs one pointer; pass it by value.
class ReplyView {
public:
    explicit ReplyView(const lodger_reply* r) noexcept : r_(r) {}

    Kind kind() const noexcept { return static_cast<Kind>(lodger_reply_kind(r_)); }
    bool is_nil() const noexcept { return kind() == Kind::nil; }
    bool is_error() const noexcept { return kind() == Kind::error; }

    /// The bytes of a string, status, error, bignum or verbatim reply, copied; empty for other kinds.
    std::string str() const { return std::string(view()); }
    /// The same without the copy, valid as long as the Reply.
    std::string_view view() const noexcept {
        std::size_t n = 0;
        const void* p = lodger_reply_bytes(r_, &n);
        return p ? std::string_view(static_cast<const char*>(p), n) : std::string_view();
    }
    /// An integer, or 0 or 1 for a bool; 0 for other kinds.
    std::int64_t integer() const noexcept { return lodger_reply_integer(r_); }
    /// A double; 0 for other kinds.
    double dbl() const noexcept { return lodger_reply_double(r_); }

    /// Elements of an array, set, push or map; a map has two for each pair: key, value, key, value ...
    std::size_t size() const noexcept { return lodger_reply_len(r_); }
    bool empty() const noexcept { return size() == 0; }
    /// The i-th element. Throws Error(LODGER_ERR_ARG) when there is none.
    ReplyView operator[](std::size_t i) const {
        if (const lodger_reply* e = lodger_reply_at(r_, i)) return ReplyView(e);
        throw Error(LODGER_ERR_ARG,
                    "reply element " + std::to_string(i) + " of " + std::to_string(size()) + " asked for");
    }

    /// Forward iteration over the elements: `for (lodger::ReplyView e : reply)`.
    class Iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = ReplyView;
        using difference_type = std::ptrdiff_t;
        using pointer = void;
        using reference = ReplyView;

        Iterator(const lodger_reply* r, std::size_t i) noexcept : r_(r), i_(i) {}
        ReplyView operator*() const noexcept { return ReplyView(lodger_reply_at(r_, i_)); }
        Iterator& operator++() noexcept {
            ++i_;
            return *this;
        }
        Iterator operator++(int) noexcept {
            Iterator before = *this;
            ++i_;
            return before;
        }
        friend bool operator==(Iterator a, Iterator b) noexcept { return a.i_ == b.i_; }
        friend bool operator!=(Iterator a, Iterator b) noexcept { return a.i_ != b.i_; }

    private:
        const lodger_reply* r_;
        std::size_t i_;
    };
    Iterator begin() const noexcept { return {r_, 0}; }
    Iterator end() const noexcept { return {r_, size()}; }

    /// The handle, for calls of lodger.h that have no place here. Still borrowed.
    const lodger_reply* get() const noexcept { return r_; }

protected:
    const lodger_reply* r_;
};

/// The answer to a command, owned.
class Reply : public ReplyView {
public:
    /// Takes over a reply that a call of lodger.h gave.
    explicit Reply(lodger_reply* owned) noexcept : ReplyView(owned), owner_(owned) {}
    Reply(Reply&& other) noexcept
        : ReplyView(std::exchange(other.r_, nullptr)), owner_(std::move(other.owner_)) {}
    Reply& operator=(Reply&& other) noexcept {
        lodger_reply* r = other.owner_.release(); // in this order also right onto itself
        other.r_ = nullptr;
        owner_.reset(r);
        r_ = r;
        return *this;
    }

    /// This reply, unless it is an error: then Error(LODGER_ERR_COMMAND) with its text.
    const Reply& value() const& {
        throw_if_error();
        return *this;
    }
    Reply value() && {
        throw_if_error();
        return std::move(*this);
    }

private:
    void throw_if_error() const {
        if (is_error()) throw Error(LODGER_ERR_COMMAND, str());
    }

    detail::Handle<lodger_reply> owner_;
};

/// One caller of a database: selected database, protocol, name, as a connection has them in Redis. Make
/// one per thread with Db::client.
class Client {
public:
    /// Takes over a client that lodger_client_new gave.
    explicit Client(lodger_client* owned) noexcept : c_(owned) {}

    // Typed calls: no parsing, no reply object. An error of the command itself, such as WRONGTYPE, is
    // thrown as Error(LODGER_ERR_COMMAND) with its text.

    void set(std::string_view key, std::string_view value) {
        check(lodger_set(get(), detail::data(key), key.size(), detail::data(value), value.size()));
    }
    /// SET with PX: gone after ttl, which must be above zero.
    void set(std::string_view key, std::string_view value, std::chrono::milliseconds ttl) {
        check(lodger_set_px(get(), detail::data(key), key.size(), detail::data(value), value.size(), ttl.count()));
    }
    /// A copy of the value; nothing when the key is absent.
    std::optional<std::string> get(std::string_view key) {
        std::optional<std::string_view> v = get_view(key);
        return v ? std::optional<std::string>(*v) : std::nullopt;
    }
    /// The value where it lies, without a copy: valid until the next call on this client.
    std::optional<std::string_view> get_view(std::string_view key) { return bytes(lodger_get, key); }
    /// The value of each key, in one step; nothing for a key that is absent or holds no string.
    std::vector<std::optional<std::string>> mget(const std::vector<std::string_view>& keys) {
        Pointers in(keys.data(), keys.size());
        std::vector<const void*> values(keys.size() + 1);
        std::vector<std::size_t> lens(keys.size() + 1);
        check(lodger_mget(get(), keys.size(), in.data(), in.lens(), values.data(), lens.data()));
        std::vector<std::optional<std::string>> out;
        out.reserve(keys.size());
        for (std::size_t i = 0; i < keys.size(); ++i)
            if (values[i]) out.emplace_back(std::in_place, static_cast<const char*>(values[i]), lens[i]);
            else out.emplace_back();
        return out;
    }
    /// True when the key was there.
    bool del(std::string_view key) { return number(lodger_del, key) != 0; }
    bool exists(std::string_view key) { return number(lodger_exists, key) != 0; }
    /// The value after adding.
    std::int64_t incrby(std::string_view key, std::int64_t by = 1) {
        std::int64_t out = 0;
        check(lodger_incrby(get(), detail::data(key), key.size(), by, &out));
        return out;
    }
    /// True when the key was there and now has this time to live.
    bool pexpire(std::string_view key, std::chrono::milliseconds ttl) {
        std::int64_t out = 0;
        check(lodger_pexpire(get(), detail::data(key), key.size(), ttl.count(), &out));
        return out != 0;
    }
    /// Milliseconds left, as PTTL answers: -1 for a key without a time to live, -2 for no key.
    std::int64_t pttl(std::string_view key) { return number(lodger_pttl, key); }
    /// The length after appending.
    std::int64_t append(std::string_view key, std::string_view value) {
        std::int64_t out = 0;
        check(lodger_append(get(), detail::data(key), key.size(), detail::data(value), value.size(), &out));
        return out;
    }
    std::int64_t strlen(std::string_view key) { return number(lodger_strlen, key); }
    /// The value, with the key removed in the same step.
    std::optional<std::string> getdel(std::string_view key) {
        std::optional<std::string_view> v = bytes(lodger_getdel, key);
        return v ? std::optional<std::string>(*v) : std::nullopt;
    }

    // Hashes, lists, sets, sorted sets: one element a call.

    /// True when the field is new.
    bool hset(std::string_view key, std::string_view field, std::string_view value) {
        std::int64_t out = 0;
        check(lodger_hset(get(), detail::data(key), key.size(), detail::data(field), field.size(),
                          detail::data(value), value.size(), &out));
        return out != 0;
    }
    /// A copy of the value of a field; nothing when there is none.
    std::optional<std::string> hget(std::string_view key, std::string_view field) {
        const void* p = nullptr;
        std::size_t n = 0;
        lodger_status status =
            lodger_hget(get(), detail::data(key), key.size(), detail::data(field), field.size(), &p, &n);
        check(status);
        if (status == LODGER_NIL) return std::nullopt;
        return std::string(static_cast<const char*>(p), n);
    }
    /// True when the field was there.
    bool hdel(std::string_view key, std::string_view field) { return number(lodger_hdel, key, field) != 0; }
    std::int64_t hlen(std::string_view key) { return number(lodger_hlen, key); }
    /// The value after adding.
    std::int64_t hincrby(std::string_view key, std::string_view field, std::int64_t by = 1) {
        std::int64_t out = 0;
        check(lodger_hincrby(get(), detail::data(key), key.size(), detail::data(field), field.size(), by, &out));
        return out;
    }
    /// The length after adding an element at the front.
    std::int64_t lpush(std::string_view key, std::string_view value) { return number(lodger_lpush, key, value); }
    /// The length after adding an element at the end.
    std::int64_t rpush(std::string_view key, std::string_view value) { return number(lodger_rpush, key, value); }
    /// The first element, removed; nothing when there is none.
    std::optional<std::string> lpop(std::string_view key) {
        std::optional<std::string_view> v = bytes(lodger_lpop, key);
        return v ? std::optional<std::string>(*v) : std::nullopt;
    }
    /// The last element, removed; nothing when there is none.
    std::optional<std::string> rpop(std::string_view key) {
        std::optional<std::string_view> v = bytes(lodger_rpop, key);
        return v ? std::optional<std::string>(*v) : std::nullopt;
    }
    std::int64_t llen(std::string_view key) { return number(lodger_llen, key); }
    /// True when the member is new.
    bool sadd(std::string_view key, std::string_view member) { return number(lodger_sadd, key, member) != 0; }
    /// True when the member was there.
    bool srem(std::string_view key, std::string_view member) { return number(lodger_srem, key, member) != 0; }
    bool sismember(std::string_view key, std::string_view member) {
        return number(lodger_sismember, key, member) != 0;
    }
    std::int64_t scard(std::string_view key) { return number(lodger_scard, key); }
    /// True when the member is new.
    bool zadd(std::string_view key, double score, std::string_view member) {
        std::int64_t out = 0;
        check(lodger_zadd(get(), detail::data(key), key.size(), score, detail::data(member), member.size(), &out));
        return out != 0;
    }
    /// True when the member was there.
    bool zrem(std::string_view key, std::string_view member) { return number(lodger_zrem, key, member) != 0; }
    /// Nothing when there is no such member.
    std::optional<double> zscore(std::string_view key, std::string_view member) {
        double out = 0;
        lodger_status status =
            lodger_zscore(get(), detail::data(key), key.size(), detail::data(member), member.size(), &out);
        check(status);
        return status == LODGER_NIL ? std::nullopt : std::optional<double>(out);
    }
    /// The score after adding.
    double zincrby(std::string_view key, double by, std::string_view member) {
        double out = 0;
        check(lodger_zincrby(get(), detail::data(key), key.size(), by, detail::data(member), member.size(), &out));
        return out;
    }
    std::int64_t zcard(std::string_view key) { return number(lodger_zcard, key); }
    /// Sends a message to all who listen to a channel; how many do.
    std::int64_t publish(std::string_view channel, std::string_view message) {
        return number(lodger_publish, channel, message);
    }
    /// The place in the order of rising scores, from 0; nothing when there is no such member.
    std::optional<std::int64_t> zrank(std::string_view key, std::string_view member) {
        std::int64_t out = 0;
        lodger_status status =
            lodger_zrank(get(), detail::data(key), key.size(), detail::data(member), member.size(), &out);
        check(status);
        return status == LODGER_NIL ? std::nullopt : std::optional<std::int64_t>(out);
    }

    /// Any command: `c.command("SET", key, 42, "EX", 10)`. Strings go as they are, integers and doubles
    /// as Redis writes them. An error reply is returned, not thrown: see Reply::value. Throws
    /// Error(LODGER_INTERRUPTED) when interrupt() woke it.
    template <class... Args>
    Reply command(std::string_view name, const Args&... args) {
        const std::array<detail::Arg, sizeof...(Args) + 1> made{detail::Arg(name), detail::Arg(args)...};
        std::array<std::string_view, sizeof...(Args) + 1> words;
        for (std::size_t i = 0; i < words.size(); ++i) words[i] = made[i].bytes();
        return run(words.data(), words.size());
    }
    /// The same with a list made at run time.
    Reply command(const std::vector<std::string_view>& words) { return run(words.data(), words.size()); }

    /// RESP in, RESP out, for code that has its own encoder and parser: one or more whole requests; the
    /// answer is valid until the next call on this client.
    std::string_view resp(std::string_view request) {
        const void* p = nullptr;
        std::size_t n = 0;
        check(lodger_resp(get(), detail::data(request), request.size(), &p, &n));
        return {p ? static_cast<const char*>(p) : "", n};
    }

    /// What came through the channels that this client listens to, after a command such as SUBSCRIBE: see
    /// Subscriber::next. A client that listens to nothing does not wait.
    std::optional<Reply> message(std::int64_t timeout_ms = -1) {
        lodger_reply* out = nullptr;
        lodger_status status = lodger_client_message(get(), timeout_ms, &out);
        check(status);
        if (status == LODGER_TIMEOUT) return std::nullopt;
        if (!out) throw Error(status, "");
        return Reply(out);
    }

    /// Wakes a blocked call on this client. The one member that any thread may call.
    void interrupt() const noexcept { lodger_client_interrupt(c_.get()); }

    /// The handle, for calls of lodger.h that have no place here. Still owned by this object.
    lodger_client* get() const noexcept { return c_.get(); }

private:
    /// A list of string_views as the two arrays that C wants, on the stack when it is short.
    class Pointers {
    public:
        Pointers(const std::string_view* words, std::size_t n) {
            if (n > few) {
                many_.resize(n);
                many_lens_.resize(n);
            }
            data_ = n > few ? many_.data() : some_.data();
            lens_ = n > few ? many_lens_.data() : some_lens_.data();
            for (std::size_t i = 0; i < n; ++i) {
                data_[i] = detail::data(words[i]);
                lens_[i] = words[i].size();
            }
        }
        Pointers(const Pointers&) = delete;
        Pointers& operator=(const Pointers&) = delete;
        const void* const* data() const noexcept { return data_; }
        const std::size_t* lens() const noexcept { return lens_; }

    private:
        static constexpr std::size_t few = 16;
        std::array<const void*, few> some_{};
        std::array<std::size_t, few> some_lens_{};
        std::vector<const void*> many_;
        std::vector<std::size_t> many_lens_;
        const void** data_;
        std::size_t* lens_;
    };

    Reply run(const std::string_view* words, std::size_t n) {
        Pointers in(words, n);
        lodger_reply* out = nullptr;
        lodger_status status = lodger_command(get(), n, in.data(), in.lens(), &out);
        check(status);
        if (!out) throw Error(status, ""); // LODGER_INTERRUPTED, LODGER_TIMEOUT: fine, but there is no reply
        return Reply(out);
    }
    std::int64_t number(lodger_status (*call)(lodger_client*, const void*, std::size_t, std::int64_t*),
                        std::string_view key) {
        std::int64_t out = 0;
        check(call(get(), detail::data(key), key.size(), &out));
        return out;
    }
    std::int64_t number(lodger_status (*call)(lodger_client*, const void*, std::size_t, const void*, std::size_t,
                                              std::int64_t*),
                        std::string_view key, std::string_view word) {
        std::int64_t out = 0;
        check(call(get(), detail::data(key), key.size(), detail::data(word), word.size(), &out));
        return out;
    }
    std::optional<std::string_view> bytes(
        lodger_status (*call)(lodger_client*, const void*, std::size_t, const void**, std::size_t*), std::string_view key) {
        const void* p = nullptr;
        std::size_t n = 0;
        lodger_status status = call(get(), detail::data(key), key.size(), &p, &n);
        check(status);
        if (status == LODGER_NIL) return std::nullopt;
        return std::string_view(static_cast<const char*>(p), n);
    }
    void check(lodger_status status) const {
        if (status >= 0) return;
        const char* text = lodger_client_error(get());
        throw Error(status, text ? text : "");
    }

    detail::Handle<lodger_client> c_;
};

/// Listens to channels. Messages wait in a bounded queue until they are taken; what comes while it is full is dropped.
class Subscriber {
public:
    explicit Subscriber(lodger_subscriber* owned) noexcept : s_(owned) {}

    /// Listens to a channel from now on; flags: 0, LODGER_SUB_PATTERN or LODGER_SUB_SHARD.
    void add(std::string_view channel, std::uint32_t flags = 0) {
        check(lodger_subscriber_add(s_.get(), detail::data(channel), channel.size(), flags));
    }
    /// Listens to it no longer.
    void remove(std::string_view channel, std::uint32_t flags = 0) {
        check(lodger_subscriber_remove(s_.get(), detail::data(channel), channel.size(), flags));
    }
    /// The oldest message, as RESP3 pushes it, or nothing if none came within so many milliseconds; -1 waits for ever. Throws
    /// Error(LODGER_INTERRUPTED) when interrupt() was called, Error(LODGER_ERR_CLOSED) after the Db was closed.
    std::optional<Reply> next(std::int64_t timeout_ms = -1) {
        lodger_reply* out = nullptr;
        lodger_status status = lodger_subscriber_next(s_.get(), timeout_ms, &out);
        if (status == LODGER_TIMEOUT) return std::nullopt;
        if (status != LODGER_OK) throw Error(status, "");
        return Reply(out);
    }
    /// Readable while a message waits: for poll and its like. Neither read nor close it.
    int fd() const noexcept { return lodger_subscriber_fd(s_.get()); }
    /// Messages that found the queue full.
    std::uint64_t dropped() const noexcept { return lodger_subscriber_dropped(s_.get()); }
    /// Any thread: wakes next().
    void interrupt() const noexcept { lodger_subscriber_interrupt(s_.get()); }
    /// The handle, still owned by this object.
    lodger_subscriber* get() const noexcept { return s_.get(); }

private:
    static void check(lodger_status status) {
        if (status < 0) throw Error(status, "");
    }
    detail::Handle<lodger_subscriber> s_;
};

/// Where a Feed begins, and what it gives.
struct FeedOptions {
    /// LODGER_FEED_NOW, LODGER_FEED_OLDEST, or the offset behind which to begin.
    std::uint64_t from = LODGER_FEED_NOW;
    /// Only changes that are on disk.
    bool durable = false;
    /// What waits at most for a slow reader in a database without an append-only file; 0 for 16 MiB.
    std::size_t max_bytes = 0;
};

/// One command of a Feed.
class Change {
public:
    explicit Change(Reply reply) noexcept : reply_(std::move(reply)) {}

    /// Where a reader goes on that has dealt with this change.
    std::uint64_t offset() const { return static_cast<std::uint64_t>(reply_[0].integer()); }
    /// The number of the database.
    std::uint32_t db() const { return static_cast<std::uint32_t>(reply_[1].integer()); }
    /// How many more changes belong to the same step.
    std::uint32_t remaining() const { return static_cast<std::uint32_t>(reply_[2].integer()); }
    /// The words of the command: an array, valid as long as this object.
    ReplyView words() const { return reply_[3]; }
    /// The keys that it changes: an array, empty where that is a whole database; valid as long as this object.
    ReplyView keys() const { return reply_[4]; }

private:
    Reply reply_;
};

/// Reads all changes, in order and without gaps.
class Feed {
public:
    explicit Feed(lodger_feed* owned) noexcept : f_(owned) {}

    /// The next change, or nothing if none came within so many milliseconds; -1 waits for ever. Throws Error(LODGER_ERR_LAGGED)
    /// where changes are missing, Error(LODGER_INTERRUPTED) when interrupt() was called, Error(LODGER_ERR_CLOSED) after the Db
    /// was closed and all changes are taken.
    std::optional<Change> next(std::int64_t timeout_ms = -1) {
        lodger_reply* out = nullptr;
        lodger_status status = lodger_feed_next(f_.get(), timeout_ms, &out);
        if (status == LODGER_TIMEOUT) return std::nullopt;
        if (status != LODGER_OK) throw Error(status, lodger_feed_error(f_.get()));
        return Change(Reply(out));
    }
    /// What a key holds now: an array of its value as DUMP gives it, for RESTORE, and the time of its expiry in Unix milliseconds, or
    /// -1. Nothing if there is no such key.
    std::optional<Reply> value(std::uint32_t db, std::string_view key) {
        lodger_reply* out = nullptr;
        lodger_status status = lodger_feed_value(f_.get(), db, detail::data(key), key.size(), &out);
        if (status == LODGER_NIL) return std::nullopt;
        if (status != LODGER_OK) throw Error(status, lodger_feed_error(f_.get()));
        return Reply(out);
    }
    /// Where a reader goes on that has dealt with all that next() has given.
    std::uint64_t offset() const noexcept { return lodger_feed_offset(f_.get()); }
    /// Readable while next() has something to give: for poll and its like. Neither read nor close it.
    int fd() const noexcept { return lodger_feed_fd(f_.get()); }
    /// Any thread: wakes next().
    void interrupt() const noexcept { lodger_feed_interrupt(f_.get()); }
    /// The handle, still owned by this object.
    lodger_feed* get() const noexcept { return f_.get(); }

private:
    detail::Handle<lodger_feed> f_;
};

/// A database served over sockets, until this is destroyed.
class Server {
public:
    explicit Server(lodger_server* owned) noexcept : s_(owned) {}

    /// The port of its TCP socket, 0 if it has none.
    std::uint16_t port() const noexcept { return static_cast<std::uint16_t>(lodger_server_port(s_.get())); }
    /// The handle, still owned by this object.
    lodger_server* get() const noexcept { return s_.get(); }

private:
    detail::Handle<lodger_server> s_;
};

/// An open database. Closed when destroyed; call close() to hear about errors of the last flush.
class Db {
public:
    /// Called with a level and a text; may come from any thread.
    using Log = std::function<void(int level, std::string_view message)>;

    /// location: "" or ":memory:" = memory only, else a directory, made when missing. config: redis.conf
    /// text such as "appendfsync always\nmaxmemory 1gb\n"; a bad line throws Error(LODGER_ERR_ARG).
    explicit Db(const std::string& location = "", const std::string& config = "") {
        if (location.find('\0') != std::string::npos || config.find('\0') != std::string::npos)
            throw Error(LODGER_ERR_ARG, "a location and a config text hold no NUL");
        lodger_db* out = nullptr;
        lodger_error* err = nullptr;
        lodger_status status = lodger_open(location.c_str(), config.c_str(), &out, &err);
        if (status < 0) detail::fail(status, err);
        db_.reset(out);
    }
    Db(Db&&) noexcept = default;
    Db& operator=(Db&& other) noexcept {
        db_ = std::move(other.db_); // closes what was here, while its log function is still alive
        log_ = std::move(other.log_);
        return *this;
    }

    Client client() const {
        lodger_client* out = nullptr;
        lodger_status status = lodger_client_new(db_.get(), &out);
        if (status < 0) throw Error(status, "");
        return Client(out);
    }
    /// A new subscriber, for one thread; at most max_queued messages wait for it.
    Subscriber subscriber(std::size_t max_queued = 10000) const {
        lodger_subscriber* out = nullptr;
        lodger_status status = lodger_subscriber_new(db_.get(), max_queued, &out);
        if (status < 0) throw Error(status, "");
        return Subscriber(out);
    }
    /// A new reader of all changes, for one thread. Throws Error(LODGER_ERR_LAGGED) when what is behind the offset is in no file any
    /// more.
    Feed feed(const FeedOptions& options = {}) const {
        lodger_error* err = nullptr;
        lodger_feed* out = nullptr;
        lodger_status status = lodger_feed_new(db_.get(), options.from, options.durable ? LODGER_FEED_DURABLE : 0,
                                               options.max_bytes, &out, &err);
        if (status < 0) detail::fail(status, err);
        return Feed(out);
    }
    /// Writes a copy as backup() does, and makes a reader of exactly the changes that the copy lacks; options.from means nothing.
    Feed copy_and_feed(const std::string& rdb_path, const FeedOptions& options = {}) const {
        lodger_error* err = nullptr;
        lodger_feed* out = nullptr;
        lodger_status status = lodger_feed_copy(db_.get(), rdb_path.c_str(), options.durable ? LODGER_FEED_DURABLE : 0,
                                                options.max_bytes, nullptr, nullptr, &out, &err);
        if (status < 0) detail::fail(status, err);
        return Feed(out);
    }
    /// The offset before the oldest change that a feed can still give.
    std::uint64_t oldest_change() const {
        std::uint64_t out = 0;
        lodger_status status = lodger_feed_oldest(db_.get(), &out);
        if (status < 0) throw Error(status, "");
        return out;
    }
    /// Serves this database at "tcp://HOST:PORT" (port 0: any that is free) or "unix:///PATH" until the Server is
    /// destroyed.
    Server listen(const std::string& url) const {
        lodger_error* err = nullptr;
        lodger_server* out = nullptr;
        lodger_status status = lodger_listen(db_.get(), url.c_str(), &out, &err);
        if (status < 0) detail::fail(status, err);
        return Server(out);
    }
    /// Returns when everything acknowledged so far is on disk.
    void sync() const {
        lodger_error* err = nullptr;
        lodger_status status = lodger_sync(db_.get(), &err);
        if (status < 0) detail::fail(status, err);
    }
    /// Called with the keys done and all keys; false cancels the copy.
    using Progress = std::function<bool(std::uint64_t, std::uint64_t)>;
    /// Writes a copy of everything, as of one moment and while writers go on, to a file in Redis's RDB format. Throws
    /// Error(LODGER_INTERRUPTED) when progress cancels it. progress must not throw.
    void backup(const std::string& rdb_path, Progress progress = {}) const {
        lodger_error* err = nullptr;
        auto call = [](void* ctx, std::uint64_t done, std::uint64_t all) -> std::int32_t {
            return (*static_cast<Progress*>(ctx))(done, all) ? 0 : 1;
        };
        lodger_status status =
            lodger_backup(db_.get(), rdb_path.c_str(), progress ? +call : nullptr, &progress, &err);
        if (status != LODGER_OK) detail::fail(status, err);
    }
    /// Sends log lines to fn; an empty function stops them. An exception that fn throws is dropped: it
    /// can not travel through C. fn must not use this Db. Not for two threads at once.
    void set_log(Log fn) {
        std::unique_ptr<Log> next = fn ? std::make_unique<Log>(std::move(fn)) : nullptr;
        lodger_set_log(db_.get(), next ? &Db::on_log : nullptr, next.get());
        log_ = std::move(next); // the earlier one runs no more
    }
    /// Flushes, closes, and throws what went wrong with it. Closed it is in any case; a second call does
    /// nothing. Clients that are left throw Error(LODGER_ERR_CLOSED) from then on.
    void close() {
        if (!db_) return;
        lodger_error* err = nullptr;
        lodger_status status = lodger_close(db_.release(), &err);
        log_.reset();
        if (status < 0) detail::fail(status, err);
    }

    /// The handle, for calls of lodger.h that have no place here. Still owned by this object.
    lodger_db* get() const noexcept { return db_.get(); }

private:
    static void on_log(void* ctx, std::int32_t level, const char* message) noexcept {
        try {
            (*static_cast<Log*>(ctx))(level, message);
        } catch (...) {
        }
    }

    std::unique_ptr<Log> log_; // before db_: must outlive it
    detail::Handle<lodger_db> db_;
};

/// The version of the library that is loaded, such as "0.1.0".
inline const char* version() noexcept { return lodger_version(); }

} // namespace lodger

#endif
