#include <blosc.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <optional>

#include "core/read_file.hpp"
#include "image/reader_helpers.hpp"
#include "image/tiff_samples.hpp"
#include "image/zarr_metadata.hpp"

namespace unetflow {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// All of a regular file; nothing where there is none.
std::optional<std::string> bytes_of(const fs::path& file, const std::string& where) {
  std::error_code failure;
  const auto status = fs::symlink_status(file, failure);
  if (status.type() == fs::file_type::not_found) return std::nullopt;
  if (status.type() != fs::file_type::regular) {
    throw InputError(
        where, fmt::format("has the chunk {}, which is not a file", file.filename().string()));
  }
  return read_file(file, std::numeric_limits<std::uint64_t>::max());
}

/// Decompresses into `out`, which has the size of a chunk; false where `in` is not that.
bool unblosc(const std::string& in, Bytes& out) {
  std::size_t size = 0;
  return blosc_cbuffer_validate(in.data(), in.size(), &size) == 0 && size == out.size() &&
         blosc_decompress_ctx(in.data(), out.data(), out.size(), 1) == static_cast<int>(size);
}

bool unzstd(const std::string& in, Bytes& out) {
  return ZSTD_decompress(out.data(), out.size(), in.data(), in.size()) == out.size();
}

/// zlib or gzip, by its header.
bool inflate_all(const std::string& in, Bytes& out) {
  z_stream stream{};
  constexpr int kEitherHeader = 47;
  if (in.size() > std::numeric_limits<uInt>::max() ||
      out.size() > std::numeric_limits<uInt>::max() ||
      inflateInit2(&stream, kEitherHeader) != Z_OK) {
    return false;
  }
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
  stream.next_in =
      const_cast<Bytef*>(reinterpret_cast<const Bytef*>(in.data()));  // zlib does not write there
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  return inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_out == 0;
}

bool copy_all(const std::string& in, Bytes& out) {
  if (in.size() != out.size()) return false;
  out.assign(in.begin(), in.end());
  return true;
}

class ZarrFile : public PictureFile {
 public:
  ZarrFile(const fs::path& folder, const std::string& dataset, const std::string& axes)
      : array_(read_zarr_metadata(folder, dataset, axes)) {}

  Index pages() override {
    Index pages = 1;
    for (const Index size : array_.axes.leading().sizes) pages *= size;
    return pages;
  }

  FileDescription describe() override { return array_.description; }

  PicturePage read(Index page, Reading) override {
    const std::string where = page_place(array_.place, page);
    check_page(where, page, pages(), "array");
    const int bits = 8 * static_cast<int>(array_.bytes);
    if (array_.kind == 'f') {
      return {values<float>(page, where, [&](std::uint64_t v) { return float_value(v, bits); })};
    }
    if (array_.kind == 'i' && bits <= 16) {
      return {.values = values<float>(
                  page, where,
                  [&](std::uint64_t v) { return static_cast<float>(signed_value(v, bits)); }),
              .bits = bits,
              .is_signed = true};
    }
    if (array_.kind == 'i' || bits == 64) {
      const bool is_signed = array_.kind == 'i';
      return narrowed(values<std::uint64_t>(page, where,
                                            [&](std::uint64_t v) {
                                              return is_signed ? static_cast<std::uint64_t>(
                                                                     signed_value(v, bits))
                                                               : v;
                                            }),
                      is_signed, bits);
    }
    const auto unsigned_values = [&]<class T>(T) -> PicturePage {
      return {values<T>(page, where, [](std::uint64_t v) { return static_cast<T>(v); })};
    };
    if (bits == 8) return unsigned_values(std::uint8_t{});
    return bits == 16 ? unsigned_values(std::uint16_t{}) : unsigned_values(std::uint32_t{});
  }

 private:
  /// The decoded chunk at this place of the grid; empty where it is not stored: all fill value.
  const Bytes& chunk(const std::vector<Index>& at, const std::string& where) {
    const auto found = chunks_.find(at);
    if (found != chunks_.end()) return found->second;
    constexpr double kMostKept = 1 << 30;
    if (static_cast<double>(chunks_.size() + 1) * static_cast<double>(array_.chunk_bytes) >
        kMostKept) {
      chunks_.clear();
    }
    const std::string key = array_.key(at);
    const auto stored = bytes_of(array_.folder / key, where);
    Bytes decoded;
    if (stored) {
      check_claimed_bytes(static_cast<double>(array_.chunk_bytes), stored->size(), true,
                          fmt::format("{} chunk {}", where, key));
      decoded.resize(array_.chunk_bytes);
      const bool whole = array_.codec == "blosc"  ? unblosc(*stored, decoded)
                         : array_.codec == "zstd" ? unzstd(*stored, decoded)
                         : array_.codec == "gzip" ? inflate_all(*stored, decoded)
                                                  : copy_all(*stored, decoded);
      if (!whole) {
        throw InputError(
            where, fmt::format("has the damaged chunk {}: expected {} bytes of {}", key,
                               array_.chunk_bytes, array_.codec.empty() ? "values" : array_.codec));
      }
      if (array_.big_endian) swap_bytes(decoded, array_.bytes);
    }
    return chunks_.emplace(at, std::move(decoded)).first->second;
  }

  /// The plane, each stored value through `value`.
  template <class T, class Value>
  Picture<T> values(Index page, const std::string& where, Value value) {
    const Axes& axes = array_.axes;
    const auto& grid = array_.chunk;
    const std::size_t y = axes.letters.find('Y'), x = axes.letters.find('X');
    check_claimed_pixels(where);
    Picture<T> out(axes.sizes[y], axes.sizes[x]);
    std::vector<Index> at = begin_of_plane(axes, page), inside(at.size());
    for (std::size_t i = 0; i < at.size(); ++i) {
      inside[i] = at[i] % grid[i];
      at[i] /= grid[i];
    }
    std::vector<Index> step(at.size(), 1);  // of each axis in a chunk, in values
    if (array_.fortran) {
      for (std::size_t i = 1; i < step.size(); ++i) step[i] = step[i - 1] * grid[i - 1];
    } else {
      for (std::size_t i = step.size() - 1; i-- > 0;) step[i] = step[i + 1] * grid[i + 1];
    }
    const Index begin = std::inner_product(inside.begin(), inside.end(), step.begin(), Index{0});
    const int bits = 8 * static_cast<int>(array_.bytes);
    for (at[y] = 0; at[y] * grid[y] < out.height; ++at[y]) {
      for (at[x] = 0; at[x] * grid[x] < out.width; ++at[x]) {
        const Bytes& bytes = chunk(at, where);
        const Index top = at[y] * grid[y], left = at[x] * grid[x];
        const Index rows = std::min(grid[y], out.height - top);
        const Index columns = std::min(grid[x], out.width - left);
        for (Index v = 0; v < rows; ++v) {
          T* row = out.plane().row(top + v) + left;
          for (Index u = 0; u < columns; ++u) {
            row[u] = value(
                bytes.empty() ? array_.fill
                              : sample_bits(bytes.data(), begin + v * step[y] + u * step[x], bits));
          }
        }
      }
    }
    return out;
  }

  /// Chunks that are not stored take no space, so an array may claim any size.
  void check_claimed_pixels(const std::string& where) const {
    constexpr double kMost = 4e9;
    const double pixels =
        static_cast<double>(array_.axes.size('Y')) * static_cast<double>(array_.axes.size('X'));
    if (pixels > kMost) throw InputError(where, fmt::format("has {:.3g} pixels", pixels));
  }

  ZarrArray array_;
  std::map<std::vector<Index>, Bytes> chunks_;  ///< decoded
};

}  // namespace

PictureFormat zarr_format() {
  return {
      "Zarr",
      {".zarr"},
      {},
      true,
      [](const std::filesystem::path& file, const std::string& dataset, const std::string& axes) {
        return std::unique_ptr<PictureFile>(std::make_unique<ZarrFile>(file, dataset, axes));
      }};
}

}  // namespace unetflow
