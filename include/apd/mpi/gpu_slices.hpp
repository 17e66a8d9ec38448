#pragma once
// One run on many GPUs: every rank takes some slices of the batch, and computes on a GPU. NCCL brings the ranks'
// numbers together. For sources that a compiler for CUDA compiles.

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include <cuda_runtime_api.h>
#include <mpi.h>
#include <nccl.h>

#include <apd/backend/array.hpp>
#include <apd/backend/cuda.hpp>
#include <apd/backend/cuda_error.hpp>
#include <apd/core/error.hpp>
#include <apd/mpi/slices.hpp>
#include <apd/mpi/world.hpp>

namespace apd::ext::mpi {

/// The number of the GPU on which a rank computes `gpu_slices`: those of a machine are dealt to the ranks on it.
///
/// Errors: `apd::error` if there are more ranks on the machine than GPUs.
/// Example: `apd::cuda device({.device = apd::mpi::gpu_of(world)});`, to train a target or to store data where the run
/// is.
inline int gpu_of(const world& ranks) {
    MPI_Comm neighbours{};
    MPI_Comm_split_type(ranks.communicator(), MPI_COMM_TYPE_SHARED, ranks.rank(), MPI_INFO_NULL, &neighbours);
    int number = 0, count = 0, gpus = 0;
    MPI_Comm_rank(neighbours, &number);
    MPI_Comm_size(neighbours, &count);
    MPI_Comm_free(&neighbours);
    if (cudaGetDeviceCount(&gpus) != cudaSuccess || gpus == 0) return 0;  // what is wrong is told by `cuda`
    if (gpus == 1) return 0;                                              // perhaps each rank sees its own
    if (count > gpus)
        throw error("gpu_slices", std::to_string(count) + " ranks on a machine with " + std::to_string(gpus) + " GPUs",
                    "start one for each GPU at most; a rank may have several slices");
    return number;
}

namespace detail {

inline void check_nccl(ncclResult_t status, std::string_view call) {
    if (status == ncclSuccess) return;
    throw error(std::string(call), std::string(ncclGetErrorString(status)) + ": " + ncclGetLastError(nullptr),
                "run with NCCL_DEBUG=INFO to see what NCCL tried");
}

/// Numbers in the memory of a GPU, and how ranks send them to each other (see `host_numbers`).
class gpu_numbers {
  public:
    gpu_numbers(const world& ranks, int gpu) : ranks_(ranks), device_({.device = gpu}) {
        ncclUniqueId id{};
        if (ranks.rank() == 0) check_nccl(ncclGetUniqueId(&id), "ncclGetUniqueId");
        MPI_Bcast(&id, sizeof(id), MPI_BYTE, 0, ranks.communicator());
        ncclComm_t all = nullptr;
        check_nccl(ncclCommInitRank(&all, ranks.size(), id, ranks.rank()), "ncclCommInitRank");
        all_.reset(all);
    }

    template <class T>
    T* room(std::size_t size) {
        return room_in<T>(rooms_, size);
    }
    template <class T>
    void copy(const T* from, std::size_t size, T* to) {
        device_(flat(to, size)["i"_i] = flat(from, size)["i"_i]);
    }
    template <class T>
    void sum(std::span<const T* const> parts, std::size_t size, T* to) {
        T* const sum = room_in<T>(sums_, size);
        copy(parts.front(), size, sum);
        for (const T* const part : parts.subspan(1)) device_(flat(sum, size)["i"_i] += flat(part, size)["i"_i]);
        copy(sum, size, to);
    }
    template <class T>
    void exchange(const T* numbers, std::span<const std::size_t> edges, T* pieces) {
        const auto own = static_cast<std::size_t>(ranks_.rank());
        const std::size_t piece = edges[own + 1] - edges[own];
        together([&] {
            for (std::size_t rank = 0; rank + 1 < edges.size(); ++rank) {
                if (rank == own) continue;
                const int other = static_cast<int>(rank);
                check_nccl(ncclSend(numbers + edges[rank], edges[rank + 1] - edges[rank], type<T>(), other, all_.get(),
                                    stream()),
                           "ncclSend");
                check_nccl(ncclRecv(pieces + rank * piece, piece, type<T>(), other, all_.get(), stream()), "ncclRecv");
            }
        });
    }
    template <class T>
    void gather(T* numbers, std::span<const std::size_t> edges) {
        together([&] {
            for (std::size_t rank = 0; rank + 1 < edges.size(); ++rank) {
                T* const piece = numbers + edges[rank];
                check_nccl(ncclBroadcast(piece, piece, edges[rank + 1] - edges[rank], type<T>(), static_cast<int>(rank),
                                         all_.get(), stream()),
                           "ncclBroadcast");
            }
        });
    }
    void finish() { device_.machine().finish(); }

  private:
    struct release {
        void operator()(ncclComm_t all) const { ncclCommDestroy(all); }
    };
    template <class T>
    struct kept {
        array<cuda, T, extents<dynamic>> numbers;
        std::size_t size = 0;
    };

    using rooms = std::tuple<kept<float>, kept<double>>;

    template <class T>
    T* room_in(rooms& all, std::size_t size) {
        auto& memory = std::get<kept<T>>(all);
        if (memory.size < size) memory = {array<cuda, T, extents<dynamic>>(device_, size), size};
        return (*memory.numbers).data;
    }
    template <class T>
    static view<T, extents<dynamic>> flat(T* numbers, std::size_t size) {
        return {numbers, size, size};
    }
    template <class T>
    static ncclDataType_t type() {
        return std::is_same_v<T, float> ? ncclFloat32 : ncclFloat64;
    }
    cudaStream_t stream() { return device_.machine().stream(); }
    static void together(const auto& calls) {
        check_nccl(ncclGroupStart(), "ncclGroupStart");
        calls();
        check_nccl(ncclGroupEnd(), "ncclGroupEnd");
    }

    const world& ranks_;
    cuda device_;  // its stream orders what NCCL sends and what is computed of it
    std::unique_ptr<std::remove_pointer_t<ncclComm_t>, release> all_;
    rooms rooms_, sums_;
};

/// A slice whose arrays lie on a GPU.
class gpu_slice final : public slice {
  public:
    gpu_slice(meeting& of_rank, std::size_t number, gpu_numbers& memory) : slice(of_rank, number), memory_(memory) {}

    bool add_up_on_gpu(std::span<float> numbers) override { return add_up_in(memory_, numbers), true; }
    bool add_up_on_gpu(std::span<double> numbers) override { return add_up_in(memory_, numbers), true; }

  private:
    gpu_numbers& memory_;
};

}  // namespace detail

/// `slices` that are computed on GPUs, one for each rank (see `gpu_of`).
///
/// Errors: as of `cuda`, and `apd::error` for what NCCL reports.
/// Example: `auto result = apd::decompose<5>(apd::mpi::gpu_slices{world, 8}, plan);`
struct gpu_slices {
    const world& ranks;
    std::size_t count;

    /// The slices of this rank.
    struct of_rank {
        explicit of_rank(const gpu_slices& how)
            : meeting(how.ranks, detail::own_slices(how.ranks, how.count)),
              gpu(gpu_of(how.ranks)),
              memory(how.ranks, gpu) {}
        void learn_slice(std::size_t number, const auto& learn) {
            detail::gpu_slice slice(meeting, number, memory);
            cuda device({.device = gpu});
            learn(slice, device);
        }
        detail::meeting meeting;
        int gpu;
        detail::gpu_numbers memory;
    };
};

}  // namespace apd::ext::mpi
