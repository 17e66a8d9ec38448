#pragma once
// The thread group of a GPU: the threads of a block.

#include <cstddef>
#include <cstdint>

#include <cub/block/block_reduce.cuh>
#include <cub/block/block_scan.cuh>

#include <apd/backend/grid_group.hpp>

namespace apd::ext::detail {

/// `Threads` threads of a GPU that share memory; see `thread_group`.
template <int Threads>
struct block {
    static constexpr std::size_t size = Threads;
    __device__ static std::size_t rank() { return threadIdx.x; }

    __device__ void for_each(std::size_t n, const auto& f) const {
        for (std::size_t i = threadIdx.x; i < n; i += Threads) f(i);
    }

    template <class T, std::size_t Columns>
    __device__ void sum_columns(std::size_t n, const auto& f, const auto& done) const {
        T sum = 0;
        if constexpr (Columns == 1) {
            using reduce = cub::BlockReduce<T, Threads>;
            __shared__ typename reduce::TempStorage workspace;
            for (std::size_t i = threadIdx.x; i < n; i += Threads) sum += f(std::size_t{0}, i);
            const T total = reduce(workspace).Sum(sum);
            if (threadIdx.x == 0) done(std::size_t{0}, total);
        } else {
            // Neighbouring threads have neighbouring columns; every row of threads sums its share of the terms.
            constexpr std::size_t rows = Threads / Columns;
            static_assert(Threads % Columns == 0);
            __shared__ T workspace[rows][Columns];
            const std::size_t row = threadIdx.x / Columns, column = threadIdx.x % Columns;
            for (std::size_t i = row; i < n; i += rows) sum += f(column, i);
            workspace[row][column] = sum;
            __syncthreads();
            if (row == 0) {
                for (std::size_t other = 1; other < rows; ++other) sum += workspace[other][column];
                done(column, sum);
            }
        }
        __syncthreads();  // before the workspace is used again
    }

    __device__ std::uint32_t scan(std::size_t n, const auto& f, const auto& done) const {
        using scan_of_block = cub::BlockScan<std::uint32_t, Threads>;
        __shared__ typename scan_of_block::TempStorage workspace;
        std::uint32_t total = 0;
        for (std::size_t begin = 0; begin < n; begin += Threads) {
            const std::size_t i = begin + threadIdx.x;
            const std::uint32_t value = i < n ? f(i) : 0;
            std::uint32_t before = 0, sum = 0;
            scan_of_block(workspace).ExclusiveSum(value, before, sum);
            if (i < n) done(i, total + before, value);
            total += sum;
            __syncthreads();
        }
        return total;
    }

    __device__ static void add(std::uint32_t* place, std::uint32_t n) { atomicAdd(place, n); }
    __device__ static void sync() { __syncthreads(); }
};

}  // namespace apd::ext::detail
