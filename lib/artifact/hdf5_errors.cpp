#include "artifact/hdf5_errors.hpp"

#include <hdf5.h>

#include <algorithm>

namespace unetflow {

void prepare_hdf5() {
  static const herr_t once = H5dont_atexit();
  static_cast<void>(once);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

std::string hdf5_message() {
  std::string message;
  const auto collect = [](unsigned, const H5E_error2_t* error, void* text) -> herr_t {
    auto& out = *static_cast<std::string*>(text);
    if (error->desc != nullptr && *error->desc != 0) out = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, collect, &message);
  H5Eclear2(H5E_DEFAULT);
  if (message.empty()) return "unknown HDF5 error";
  // For errors of the system the text also has a time and addresses.
  constexpr std::string_view kBefore = "error message = '";
  if (const auto at = message.find(kBefore); at != std::string::npos) {
    message.erase(0, at + kBefore.size());
    message.erase(std::min(message.find('\''), message.size()));
  }
  std::replace_if(
      message.begin(), message.end(), [](unsigned char c) { return c < ' '; }, ' ');
  return message;
}

}  // namespace unetflow
