#include "image/tiff_directory.hpp"

#include <fmt/format.h>
#include <tiff.h>

#include <fstream>

namespace unetflow {
namespace {

/// Numbers of a TIFF file in its byte order.
class Bytes {
 public:
  explicit Bytes(const std::filesystem::path& file) : stream_(file, std::ios::binary) {
    big_endian_ = stream_.get() == 'M';
  }
  std::uint64_t number(std::uint64_t at, int bytes) {
    unsigned char text[8] = {};
    stream_.clear();
    stream_.seekg(static_cast<std::streamoff>(at));
    stream_.read(reinterpret_cast<char*>(text), bytes);
    whole_ = whole_ && stream_.good();
    std::uint64_t value = 0;
    for (int i = 0; i < bytes; ++i) value = value << 8 | text[big_endian_ ? i : bytes - 1 - i];
    return value;
  }
  bool whole() const { return whole_; }

 private:
  std::ifstream stream_;
  bool big_endian_ = false;
  bool whole_ = true;
};

}  // namespace

std::map<int, TiffEntry> tiff_directory(const std::filesystem::path& file, std::uint64_t offset) {
  Bytes bytes(file);
  const bool big = bytes.number(2, 2) == TIFF_VERSION_BIG;
  const std::uint64_t count = bytes.number(offset, big ? 8 : 2);
  const std::uint64_t entry_size = big ? 20 : 12;
  std::map<int, TiffEntry> entries;
  for (std::uint64_t i = 0; i < count && bytes.whole(); ++i) {
    const std::uint64_t at = offset + (big ? 8 : 2) + i * entry_size;
    const auto type = bytes.number(at + 2, 2);
    TiffEntry entry{bytes.number(at + 4, big ? 8 : 4), 0};
    const int size = type == TIFF_SHORT ? 2 : type == TIFF_LONG ? 4 : type == TIFF_LONG8 ? 8 : 0;
    if (size > 0) entry.value = bytes.number(at + (big ? 12 : 8), size);
    entries[static_cast<int>(bytes.number(at, 2))] = entry;
  }
  return entries;
}

std::string contradiction(const std::map<int, TiffEntry>& entries, std::uint64_t blocks,
                          int photometric) {
  const auto value = [&](int tag, std::uint64_t otherwise) {
    const auto entry = entries.find(tag);
    return entry == entries.end() ? otherwise : entry->second.value;
  };
  for (const auto& [tag, name] :
       {std::pair(TIFFTAG_STRIPOFFSETS, "strips"), std::pair(TIFFTAG_TILEOFFSETS, "tiles")}) {
    const auto entry = entries.find(tag);
    // libtiff reads one long strip without compression in parts.
    const bool one = entry != entries.end() && entry->second.count == 1 &&
                     value(TIFFTAG_COMPRESSION, COMPRESSION_NONE) == COMPRESSION_NONE;
    if (entry != entries.end() && entry->second.count != blocks && !one) {
      return fmt::format("lists {} {}, where its size needs {}", entry->second.count, name, blocks);
    }
  }
  if (value(TIFFTAG_PHOTOMETRIC, 0) == PHOTOMETRIC_PALETTE && photometric != PHOTOMETRIC_PALETTE) {
    return "has a palette that is missing or shorter than its bits need";
  }
  const auto compression = value(TIFFTAG_COMPRESSION, COMPRESSION_NONE);
  const bool may_predict = compression == COMPRESSION_LZW ||
                           compression == COMPRESSION_ADOBE_DEFLATE ||
                           compression == COMPRESSION_DEFLATE || compression == COMPRESSION_ZSTD ||
                           compression == COMPRESSION_LZMA;
  const auto predictor = value(TIFFTAG_PREDICTOR, PREDICTOR_NONE);
  if (predictor > PREDICTOR_NONE && !may_predict) {
    return fmt::format("has the predictor {} with the compression {}, which has none", predictor,
                       compression);
  }
  return "";
}

}  // namespace unetflow
