// libFuzzer's way into the target that the build names.
#include "targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  unetflow::fuzz::UNETFLOW_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
