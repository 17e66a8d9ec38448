#pragma once
// The annotations of the library: where code may run, and how often it is compiled.

#include <apd/core/requirements.hpp>

// What may run on the host and, compiled as CUDA, on the device.
#if defined(__CUDACC__)
#define APD_HOST_DEVICE __host__ __device__
#else
#define APD_HOST_DEVICE
#endif

// What has no template parameters: its bodies stand in files of the ending .ipp, which headers include at their ends. A
// program that links the library `apd::compiled`, where they are compiled once, defines APD_COMPILED and includes none.
// APD_IF_COMPILED(text) is the text only then: what says that a template is compiled there.
#if defined(APD_COMPILED)
#define APD_INLINE
#define APD_IF_COMPILED(...) __VA_ARGS__
#else
#define APD_INLINE inline
#define APD_IF_COMPILED(...)
#endif
