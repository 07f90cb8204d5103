// What the decoders of the picture formats share. Private to lib/image.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "image/read_picture.hpp"

namespace unetflow::detail {

/// One open file of some format. Constructors and methods throw InputError.
class Decoder {
 public:
  virtual ~Decoder() = default;
  virtual Index pages() = 0;
  virtual PicturePage read(Index page) = 0;
};

std::unique_ptr<Decoder> open_png(const std::filesystem::path& file);
std::unique_ptr<Decoder> open_tiff(const std::filesystem::path& file);

std::string place(const std::filesystem::path& file, Index page);

/// A header may claim any size; memory is only taken for what the file's bytes could decompress to.
/// Nothing that TIFF and PNG use does better than a few thousand to one (blank fax pages).
void check_claimed_bytes(double claimed, std::uintmax_t file_bytes, bool compressed,
                         const std::string& where);

using Palette = std::vector<std::array<std::uint8_t, 3>>;

/// Palette indices to their colours; to one channel when the palette is gray.
template <class T>
Picture<std::uint8_t> apply_palette(const Picture<T>& indices, const Palette& palette,
                                    const std::string& where) {
  const bool gray = std::all_of(palette.begin(), palette.end(),
                                [](const auto& c) { return c[0] == c[1] && c[1] == c[2]; });
  Picture<std::uint8_t> out(gray ? 1 : 3, indices.height, indices.width);
  const std::size_t size = indices.values.size();
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t index = indices.values[i];
    if (index >= palette.size()) {
      throw InputError(where, "has the colour number " + std::to_string(index) +
                                  ", expected less than " + std::to_string(palette.size()));
    }
    for (std::size_t c = 0; c < static_cast<std::size_t>(out.channels); ++c) {
      out.values[c * size + i] = palette[index][c];
    }
  }
  return out;
}

}  // namespace unetflow::detail
