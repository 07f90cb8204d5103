// What a directory of a TIFF file says byte for byte. libtiff mends or ignores some of what
// contradicts itself, without a word. Private to read_tiff.cpp.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace unetflow {

/// A tag as it is stored: how many values it lists, and the first one of SHORT, LONG and LONG8 tags
/// whose values are in the directory itself.
struct TiffEntry {
  std::uint64_t count = 0;
  std::uint64_t value = 0;
};

/// The entries of the directory at `offset` by tag; nothing of what the file is too short for.
std::map<int, TiffEntry> tiff_directory(const std::filesystem::path& file, std::uint64_t offset);

/// What contradicts itself in these entries, for messages, or nothing. `blocks` is the number of
/// strips or tiles that the size of the image needs, `photometric` what libtiff made of the tag.
std::string contradiction(const std::map<int, TiffEntry>& entries, std::uint64_t blocks,
                          int photometric);

}  // namespace unetflow
