// SHA-256 in lower-case hexadecimal, as `sha256sum` prints it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace unetflow {

/// A digest fed piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void update(std::span<const std::byte> bytes);
  /// 64 hexadecimal digits; the object is spent afterwards.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256(std::string_view text);
/// Of a regular file. Throws InputError naming it when it cannot be read.
std::string sha256_of_file(const std::filesystem::path& file);

}  // namespace unetflow
