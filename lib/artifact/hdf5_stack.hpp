// A stack of pictures in any HDF5 file, as other tools write it: a dataset [page, y, x] or [y, x].
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <variant>

#include "image/view.hpp"

namespace unetflow {

class Hdf5Stack {
 public:
  using Page = std::variant<Picture<std::uint8_t>, Picture<std::uint16_t>, Picture<std::uint32_t>,
                            Picture<float>>;

  /// Throws InputError("FILE dataset NAME", ...) when it is missing, is no HDF5, has other axes, or
  /// is of a type that none of the above holds.
  Hdf5Stack(const std::filesystem::path& file, const std::string& dataset);
  ~Hdf5Stack();

  Index pages() const;
  /// One page as it stands in the file, without scaling. Throws InputError when it is damaged.
  Page read(Index page) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace unetflow
