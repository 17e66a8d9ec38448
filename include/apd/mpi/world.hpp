#pragma once
// The processes of a program that was started by mpirun or srun, and messages among them.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <thread>

#include <mpi.h>

#include <apd/core/error.hpp>

namespace apd::ext::mpi {

/// The processes ("ranks") of this program, of which each has a number. One for a program, while it uses MPI.
///
/// An exception that leaves the scope of it ends the processes of all ranks, as the others would wait for this one for
/// ever; so does MPI itself where a process dies.
/// Errors: `apd::error` if MPI lets only one thread of a process send messages.
/// Example: `apd::mpi::world world; apd::cpu device; auto results = apd::decompose<5>(world, device, plans);`
class world {
  public:
    world() {
        int is_there = 0, threads = MPI_THREAD_SINGLE;
        MPI_Initialized(&is_there);
        is_own_ = is_there == 0;
        if (is_own_) MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &threads);
        else MPI_Query_thread(&threads);
        if (threads < MPI_THREAD_SERIALIZED) {
            if (is_own_) MPI_Finalize();
            throw error("mpi::world", "this MPI lets only one thread of a process send messages",
                        "initialise it with MPI_Init_thread and MPI_THREAD_SERIALIZED, or use another MPI");
        }
        MPI_Comm_dup(MPI_COMM_WORLD, &ranks_);
        MPI_Comm_rank(ranks_, &rank_);
        MPI_Comm_size(ranks_, &size_);
    }
    world(const world&) = delete;
    world& operator=(const world&) = delete;
    ~world() {
        if (std::uncaught_exceptions() > exceptions_) MPI_Abort(ranks_, 1);
        MPI_Comm_free(&ranks_);
        if (is_own_) MPI_Finalize();
    }

    /// Of all ranks, for messages that are this library's alone.
    MPI_Comm communicator() const { return ranks_; }
    int rank() const { return rank_; }
    int size() const { return size_; }

    /// From now on messages are those of something new, which all ranks begin: what a rank that is ahead sends is not
    /// taken for what belongs to the last one.
    void begin_anew() const { tag_ = (tag_ + 1) % 1024; }
    /// To a rank that asks for it with `receive`, whatever its length.
    void send(const std::string& bytes, int to) const {
        const std::uint64_t size = bytes.size();
        MPI_Request request{};
        MPI_Isend(&size, 1, MPI_UINT64_T, to, tag_, ranks_, &request);
        wait_for(request);
        for (std::size_t first = 0; first < bytes.size(); first += most) {
            MPI_Isend(bytes.data() + first, count_from(first, bytes.size()), MPI_BYTE, to, tag_, ranks_, &request);
            wait_for(request);
        }
    }
    std::string receive(int from) const {
        std::uint64_t size = 0;
        MPI_Request request{};
        MPI_Irecv(&size, 1, MPI_UINT64_T, from, tag_, ranks_, &request);
        wait_for(request);
        std::string bytes(size, '\0');
        for (std::size_t first = 0; first < bytes.size(); first += most) {
            MPI_Irecv(bytes.data() + first, count_from(first, bytes.size()), MPI_BYTE, from, tag_, ranks_, &request);
            wait_for(request);
        }
        return bytes;
    }
    /// A rank that sends something, if there is one now.
    std::optional<int> sender() const {
        int is_there = 0;
        MPI_Status status{};
        MPI_Iprobe(MPI_ANY_SOURCE, tag_, ranks_, &is_there, &status);
        return is_there != 0 ? std::optional(status.MPI_SOURCE) : std::nullopt;
    }
    /// Waits for a moment without taking the processor from those who compute.
    static void rest() { std::this_thread::sleep_for(std::chrono::milliseconds(1)); }

  private:
    mutable int tag_ = 0;                                       // of the messages that belong together
    static constexpr std::size_t most = std::size_t{1} << 30U;  // bytes of a message, which MPI counts by int

    static int count_from(std::size_t first, std::size_t size) {
        return static_cast<int>(std::min(most, size - first));
    }
    static void wait_for(MPI_Request& request) {
        for (int is_done = 0; MPI_Test(&request, &is_done, MPI_STATUS_IGNORE), is_done == 0;) rest();
    }

    MPI_Comm ranks_{};
    int rank_ = 0, size_ = 1;
    bool is_own_ = true;
    int exceptions_ = std::uncaught_exceptions();
};

}  // namespace apd::ext::mpi

namespace apd {
namespace mpi = ext::mpi;
}  // namespace apd
