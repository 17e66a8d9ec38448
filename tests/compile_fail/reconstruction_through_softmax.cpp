// expect: apd::hidden_reconstruction: is through a layer of one function, such as relu
#include <apd/attribution/gradient_attribution.hpp>
#include <apd/loss/hidden_reconstruction.hpp>
#include <apd/mask/top_k.hpp>
#include <apd/network/network.hpp>

#ifdef APD_COMPILE_FAIL_FIXED
using activation = apd::relu;
#else
using activation = apd::softmax;
#endif
[[maybe_unused]] auto make_loss() {
    return apd::hidden_reconstruction<activation>(apd::batch_top_k(apd::gradient_attribution(), 1));
}
