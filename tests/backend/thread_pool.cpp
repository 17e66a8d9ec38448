#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include <apd/backend/thread_pool.hpp>

using apd::ext::detail::thread_pool;

TEST_CASE("the caller is one of the threads") {
    CHECK(thread_pool(0).size() == 1);
    CHECK(thread_pool(1).size() == 1);
    CHECK(thread_pool(4).size() == 4);
}

TEST_CASE("every piece is run once, by a worker of the pool") {
    for (const std::size_t threads : {1U, 2U, 5U}) {
        thread_pool pool(threads);
        for (const std::size_t pieces : {0U, 1U, 2U, 5U, 1000U}) {
            INFO(threads << " threads, " << pieces << " pieces");
            std::vector<std::atomic<int>> times(pieces);
            std::atomic<std::size_t> strangers = 0;
            pool.run(pieces, [&](std::size_t worker, std::size_t piece) {
                ++times.at(piece);
                if (worker >= threads) ++strangers;
            });
            for (const auto& of_piece : times) REQUIRE(of_piece == 1);
            CHECK(strangers == 0);
        }
    }
}

TEST_CASE("all pieces are done when run returns, round after round") {
    thread_pool pool(3);
    std::vector<std::size_t> squares(7), wrong;
    for (std::size_t round = 0; round < 2000; ++round) {
        pool.run(squares.size(),
                 [&](std::size_t, std::size_t piece) { squares[piece] = (round + piece) * (round + piece); });
        for (std::size_t piece = 0; piece < squares.size(); ++piece)
            if (squares[piece] != (round + piece) * (round + piece)) wrong.push_back(round);
    }
    CHECK(wrong == std::vector<std::size_t>{});
}

TEST_CASE("a worker runs one piece at a time") {
    thread_pool pool(4);
    std::vector<std::size_t> of_worker(pool.size());  // not atomic: no two threads share one
    pool.run(10'000, [&](std::size_t worker, std::size_t) { ++of_worker[worker]; });
    std::size_t total = 0;
    for (const std::size_t count : of_worker) total += count;
    CHECK(total == 10'000);
}

TEST_CASE("pieces of a worker that is held up are done by the others") {
    thread_pool pool(2);
    std::atomic<int> others = 0;
    pool.run(8, [&](std::size_t, std::size_t piece) {
        if (piece != 0) ++others;
        else
            while (others < 7) std::this_thread::yield();
    });
    CHECK(others == 7);
}

TEST_CASE("several threads take part") {
    thread_pool pool(2);
    std::atomic<int> present = 0;
    pool.run(2, [&](std::size_t, std::size_t) {
        ++present;
        while (present < 2) std::this_thread::yield();  // for ever, if one thread ran both
    });
    CHECK(present == 2);
}

TEST_CASE("work may be an object of the caller's") {
    struct counter {
        std::atomic<int> calls = 0;
        void operator()(std::size_t, std::size_t) { ++calls; }
    } count;
    thread_pool pool(2);
    pool.run(10, count);
    CHECK(count.calls == 10);
    const auto constant = [&](std::size_t, std::size_t) { ++count.calls; };
    pool.run(5, constant);
    CHECK(count.calls == 15);
}

TEST_CASE("an exception of a piece reaches the caller, and the pool works on") {
    thread_pool pool(3);
    const auto fail = [&](std::size_t, std::size_t piece) {
        if (piece % 2 == 1) throw std::runtime_error("piece");
    };
    for (int round = 0; round < 20; ++round) CHECK_THROWS_WITH(pool.run(50, fail), "piece");
    std::atomic<std::size_t> done = 0;
    pool.run(50, [&](std::size_t, std::size_t) { ++done; });
    CHECK(done == 50);
}
