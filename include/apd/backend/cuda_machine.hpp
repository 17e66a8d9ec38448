#pragma once
// One NVIDIA GPU as a grid machine: its memory, its kernels, cuBLAS for products of matrices, and graphs.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <cublas_v2.h>
#include <cuda_runtime.h>

#include <apd/backend/cuda_error.hpp>
#include <apd/backend/cuda_kernel.hpp>
#include <apd/backend/grid.hpp>

namespace apd::ext {

/// Which GPU computes.
struct cuda_options {
    int device = 0;  ///< as numbered by the CUDA runtime
};

namespace detail {

struct release {
    void operator()(cudaStream_t stream) const { cudaStreamDestroy(stream); }
    void operator()(cublasHandle_t cublas) const { cublasDestroy(cublas); }
    void operator()(cudaGraph_t graph) const { cudaGraphDestroy(graph); }
    void operator()(cudaGraphExec_t graph) const { cudaGraphExecDestroy(graph); }
    void operator()(std::byte* memory) const { cudaFree(memory); }
};
/// What CUDA gives out as a pointer, and takes back.
template <class Pointer>
using owned = std::unique_ptr<std::remove_pointer_t<Pointer>, release>;

/// A GPU and the stream on which its work is queued. Work is asked for by one host thread at a time.
class cuda_machine {
  public:
    using options = cuda_options;
    static constexpr std::size_t smallest_product = std::size_t{1} << 22U, smallest_tile = 64, many_elements = 65'536,
                                 few_terms = 64;

    explicit cuda_machine(cuda_options options = {}) : device_(options.device) {
        int devices = 0;
        const cudaError_t found = cudaGetDeviceCount(&devices);
        if (found != cudaSuccess || devices == 0) {
            cudaGetLastError();
            throw error("cuda", found == cudaSuccess ? "no GPU was found" : cudaGetErrorString(found),
                        "use apd::cpu, or install a driver for the GPU");
        }
        if (device_ < 0 || device_ >= devices)
            throw error("cuda", "there is no device " + std::to_string(device_),
                        "choose one below " + std::to_string(devices));
        use();
        check_cuda(cudaDeviceGetAttribute(&processors_, cudaDevAttrMultiProcessorCount, device_),
                   "cudaDeviceGetAttribute");
        int major = 0, driver = 0;
        check_cuda(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device_),
                   "cudaDeviceGetAttribute");
        check_cuda(cudaDriverGetVersion(&driver), "cudaDriverGetVersion");
        can_overlap_ = major >= 9 && std::min(driver, CUDART_VERSION) >= first_with_overlapping_graphs;
        cudaStream_t stream = nullptr;
        check_cuda(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
        stream_.reset(stream);
        cublasHandle_t cublas = nullptr;
        check_cublas(cublasCreate(&cublas), "cublasCreate");
        cublas_.reset(cublas);
        check_cublas(cublasSetStream(cublas, stream), "cublasSetStream");
        // Memory of its own, so that its work can be recorded, and is the same each time.
        workspace_.reset(static_cast<std::byte*>(allocate(workspace_bytes)));
        check_cublas(cublasSetWorkspace(cublas, workspace_.get(), workspace_bytes), "cublasSetWorkspace");
    }
    cuda_machine(const cuda_machine&) = delete;
    cuda_machine& operator=(const cuda_machine&) = delete;
    ~cuda_machine() { cudaStreamSynchronize(stream_.get()); }

    void* allocate(std::size_t bytes) {
        use();
        void* memory = nullptr;
        const cudaError_t status = cudaMalloc(&memory, bytes);
        if (status == cudaErrorMemoryAllocation) {
            cudaGetLastError();
            std::size_t left = 0, all = 0;
            cudaMemGetInfo(&left, &all);
            throw error("cudaMalloc",
                        std::to_string(bytes) + " bytes were asked for, but " + std::to_string(left) + " of " +
                            std::to_string(all) + " are free on " + name_of_device(),
                        "use a smaller batch, fewer components or a smaller rank");
        }
        check_cuda(status, "cudaMalloc");
        check_cuda(cudaMemsetAsync(memory, 0, bytes, stream_.get()), "cudaMemsetAsync");
        return memory;
    }
    void deallocate(void* memory) {
        cudaStreamSynchronize(stream_.get());
        cudaFree(memory);
    }
    void to_grid(void* to, const void* host, std::size_t bytes) {
        use();
        check_cuda(cudaMemcpyAsync(to, host, bytes, cudaMemcpyHostToDevice, stream_.get()), "cudaMemcpyAsync");
        finish();  // the host may write there again
    }
    void to_host(void* host, const void* from, std::size_t bytes) {
        use();
        check_cuda(cudaMemcpyAsync(host, from, bytes, cudaMemcpyDeviceToHost, stream_.get()), "cudaMemcpyAsync");
        finish();
    }

    /// On which its work is queued.
    cudaStream_t stream() const { return stream_.get(); }
    void finish() {
        use();
        check_cuda(cudaStreamSynchronize(stream_.get()), "cudaStreamSynchronize");
    }
    template <class Work>
    void run(const Work& work, std::size_t most) {
        do_or_record(work, (most + threads_of_block - 1) / threads_of_block, &launch_kernel<Work>);
    }
    template <class Work>
    void run_groups(const Work& work, std::size_t most) {
        do_or_record(work, most, &launch_kernel<Work>);
    }
    template <class T>
    void multiply(const matrix_product<T>& product) {
        do_or_record(product, product.count, &launch_products<T>);
    }

    /// What was asked for, not done yet: how it is launched, and what the kernel is given.
    struct operation {
        void (*launch)(cuda_machine&, const void* works, std::size_t count, const std::byte* on_gpu,
                       std::size_t blocks);
        std::size_t blocks, bytes;
        std::shared_ptr<const void> work;
    };
    using recording = std::vector<operation>;
    recording record(const auto& f) {
        recording asked_for;
        recorded_ = &asked_for;
        const std::unique_ptr<cuda_machine, stop_recording> until_the_end(this);
        f();
        return asked_for;
    }

    /// A CUDA graph, ready to be launched, and what its kernels read if they work for several recordings.
    struct program {
        owned<std::byte*> works;
        owned<cudaGraphExec_t> graph;
    };
    program join(const std::vector<recording>& recordings) {
        program joined;
        if (recordings.empty() || recordings.front().empty()) return joined;
        constexpr std::size_t most = 65'535;  // rows of a grid
        if (recordings.size() > most)
            throw error("cuda", std::to_string(recordings.size()) + " runs at once, more than " + std::to_string(most),
                        "make several lists of them");
        // The same work of all recordings is one launch.
        const recording& first = recordings.front();
        std::vector<std::byte> works;
        std::vector<std::size_t> begins;
        for (std::size_t i = 0; i < first.size(); ++i) {
            begins.push_back(works.size());
            works.resize(works.size() + rounded(first[i].bytes * recordings.size()));
            for (std::size_t r = 0; r < recordings.size(); ++r) {
                if (recordings[r].size() != first.size() || recordings[r][i].launch != first[i].launch ||
                    recordings[r][i].blocks != first[i].blocks)
                    throw error("cuda", "runs that go together ask for different work",
                                "give them the same batch, and methods of the same structure");
                std::memcpy(&works[begins[i] + r * first[i].bytes], recordings[r][i].work.get(), first[i].bytes);
            }
        }
        joined.works.reset(static_cast<std::byte*>(allocate(works.size())));
        to_grid(joined.works.get(), works.data(), works.size());
        joined.graph = captured([&] {
            for (std::size_t i = 0; i < first.size(); ++i)
                first[i].launch(*this, &works[begins[i]], recordings.size(), joined.works.get() + begins[i],
                                first[i].blocks);
        });
        return joined;
    }
    void repeat(const program& joined) {
        use();
        if (joined.graph) check_cuda(cudaGraphLaunch(joined.graph.get(), stream_.get()), "cudaGraphLaunch");
    }

  private:
    static constexpr std::size_t workspace_bytes = std::size_t{32} << 20U;
    static constexpr int first_with_overlapping_graphs = 12'030;
    struct stop_recording {
        void operator()(cuda_machine* machine) const { machine->recorded_ = nullptr; }
    };

    template <class Work, class Launch>
    void do_or_record(const Work& work, std::size_t blocks, Launch launch) {
        static_assert(std::is_trivially_destructible_v<Work>, "Work is given to a GPU byte by byte.");
        if (blocks == 0) return;
        if (recorded_ != nullptr)
            return recorded_->push_back({launch, blocks, sizeof(Work), std::make_shared<const Work>(work)});
        use();
        launch(*this, &work, 1, nullptr, blocks);
    }
    template <class Work>
    static void launch_kernel(cuda_machine& machine, const void* works, std::size_t count, const std::byte* on_gpu,
                              std::size_t blocks) {
        // As many blocks as keep every processor busy.
        const std::size_t enough = static_cast<std::size_t>(machine.processors_) * 32;
        const dim3 all(static_cast<unsigned>(std::min(blocks, enough)), static_cast<unsigned>(count));
        cudaLaunchAttribute overlap{};
        overlap.id = cudaLaunchAttributeProgrammaticStreamSerialization;
        overlap.val.programmaticStreamSerializationAllowed = 1;
        cudaLaunchConfig_t launch{};
        launch.gridDim = all, launch.blockDim = threads_of_block, launch.stream = machine.stream_.get();
        launch.attrs = &overlap, launch.numAttrs = machine.overlaps_ ? 1 : 0;
        if (count == 1)
            check_cuda(cudaLaunchKernelEx(&launch, &run_kernel<Work>, *static_cast<const Work*>(works)), "kernel");
        else
            check_cuda(cudaLaunchKernelEx(&launch, &run_kernel_for_each<Work>, reinterpret_cast<const Work*>(on_gpu)),
                       "kernel");
    }
    template <class T>
    static void launch_products(cuda_machine& machine, const void* works, std::size_t count, const std::byte*,
                                std::size_t) {
        for (std::size_t i = 0; i < count; ++i) machine.multiply_now(static_cast<const matrix_product<T>*>(works)[i]);
    }
    template <class T>
    void multiply_now(const matrix_product<T>& p) {
        const T one = 1, before = p.accumulates ? T(1) : T(0);
        const auto operation = [](bool transposed) { return transposed ? CUBLAS_OP_T : CUBLAS_OP_N; };
        const auto call = [&](auto gemm, const char* name) {
            const auto whole = [](std::size_t n) { return static_cast<std::int64_t>(n); };
            check_cublas(gemm(cublas_.get(), operation(p.left_is_transposed), operation(p.right_is_transposed),
                              whole(p.rows), whole(p.columns), whole(p.terms), &one, p.left, whole(p.left_lead),
                              whole(p.left_distance), p.right, whole(p.right_lead), whole(p.right_distance), &before,
                              p.target, whole(p.target_lead), whole(p.target_distance), whole(p.count)),
                         name);
        };
        if constexpr (std::is_same_v<T, float>) call(cublasSgemmStridedBatched_64, "cublasSgemmStridedBatched");
        else call(cublasDgemmStridedBatched_64, "cublasDgemmStridedBatched");
    }

    // A graph of what f launches, which is not done.
    owned<cudaGraphExec_t> captured(const auto& f) {
        check_cuda(cudaStreamBeginCapture(stream_.get(), cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
        overlaps_ = can_overlap_;
        const auto end = [this] {
            overlaps_ = false;
            cudaGraph_t graph = nullptr;
            const cudaError_t status = cudaStreamEndCapture(stream_.get(), &graph);
            return std::pair(owned<cudaGraph_t>(graph), status);
        };
        try {
            f();
        } catch (...) {
            end();
            cudaGetLastError();
            throw;
        }
        const auto [graph, status] = end();
        check_cuda(status, "cudaStreamEndCapture");
        cudaGraphExec_t executable = nullptr;
        check_cuda(cudaGraphInstantiate(&executable, graph.get(), 0), "cudaGraphInstantiate");
        return owned<cudaGraphExec_t>(executable);
    }

    static std::size_t rounded(std::size_t bytes) { return (bytes + 255) / 256 * 256; }
    // A thread may have chosen another GPU since.
    void use() const { check_cuda(cudaSetDevice(device_), "cudaSetDevice"); }

    int device_, processors_ = 1;
    /// Whether the blocks of a kernel may be set up while those of the one before it still work.
    bool can_overlap_ = false, overlaps_ = false;
    owned<cudaStream_t> stream_;
    owned<std::byte*> workspace_;
    owned<cublasHandle_t> cublas_;
    recording* recorded_ = nullptr;
};

static_assert(grid_machine<cuda_machine>);

}  // namespace detail
}  // namespace apd::ext
