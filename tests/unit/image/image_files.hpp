// Image files written byte by byte, and reading them, for the tests of the formats.
#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "image/picture_format.hpp"
#include "temporary_folder.hpp"

namespace unetflow {

inline std::string big_endian(std::uint32_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i));
  return text;
}

inline std::string number(std::uint32_t value, int bytes, bool big) {
  std::string text = big_endian(value, bytes);
  if (!big) std::reverse(text.begin(), text.end());
  return text;
}

/// One page: SHORT tags (ASCII: the description) and their values, and the bytes of its strips or
/// tiles.
struct TiffPage {
  std::map<int, std::vector<int>> tags;
  std::vector<std::string> blocks;
};

enum Tag {
  kSubfile = 254,
  kWidth = 256,
  kHeight = 257,
  kBits = 258,
  kCompression = 259,
  kPhotometric = 262,
  kDescription = 270,
  kOffsets = 273,
  kOrientation = 274,
  kSamples = 277,
  kRows = 278,
  kCounts = 279,
  kPlanar = 284,
  kColourMap = 320,
  kTileWidth = 322,
  kTileHeight = 323,
  kTileOffsets = 324,
  kTileCounts = 325,
  kExtra = 338,
  kFormat = 339,
};

/// The values of an ASCII tag.
inline std::vector<int> text_of(const std::string& text) {
  std::vector<int> values(text.begin(), text.end());
  values.push_back(0);
  return values;
}

inline TiffPage page(int height, int width, int bits, std::vector<std::string> blocks,
                     const std::map<int, std::vector<int>>& more = {}) {
  TiffPage out{more, std::move(blocks)};
  out.tags.insert({{kHeight, {height}},
                   {kWidth, {width}},
                   {kBits, {bits}},
                   {kCompression, {1}},
                   {kPhotometric, {1}}});
  return out;
}

inline std::string tiff(const std::vector<TiffPage>& pages, bool big = false) {
  std::string out = (big ? "MM" : "II") + number(42, 2, big);
  size_t link = out.size();
  out += number(0, 4, big);
  for (TiffPage page : pages) {
    std::vector<int> offsets, counts;
    for (const auto& block : page.blocks) {
      offsets.push_back(static_cast<int>(out.size()));
      counts.push_back(static_cast<int>(block.size()));
      out += block;
    }
    const bool tiled = page.tags.contains(kTileWidth);
    page.tags[tiled ? kTileOffsets : kOffsets] = offsets;
    page.tags.insert({tiled ? kTileCounts : kCounts, counts});
    const auto bytes_of = [](int tag) { return tag == kDescription ? 1 : 2; };
    std::map<int, size_t> outside;  // where values of more than four bytes are
    for (const auto& [tag, values] : page.tags) {
      outside[tag] = out.size();
      for (const int value : values) {
        out += number(static_cast<std::uint32_t>(value), bytes_of(tag), big);
      }
    }
    out.replace(link, 4, number(static_cast<std::uint32_t>(out.size()), 4, big));
    out += number(static_cast<std::uint32_t>(page.tags.size()), 2, big);
    for (const auto& [tag, values] : page.tags) {
      const std::uint32_t type = bytes_of(tag) == 1 ? 2 : 3;
      out += number(static_cast<std::uint32_t>(tag), 2, big) + number(type, 2, big) +
             number(static_cast<std::uint32_t>(values.size()), 4, big);
      if (values.size() > 2) {
        out += number(static_cast<std::uint32_t>(outside[tag]), 4, big);
      } else {
        out += number(static_cast<std::uint32_t>(values[0]), 2, big) +
               number(values.size() > 1 ? static_cast<std::uint32_t>(values[1]) : 0, 2, big);
      }
    }
    link = out.size();
    out += number(0, 4, big);
  }
  return out;
}

inline std::string chunk(const std::string& type, const std::string& data) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char c : type + data) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0u);
  }
  return big_endian(static_cast<std::uint32_t>(data.size()), 4) + type + data + big_endian(~crc, 4);
}

/// `rows` as they are stored, each with its filter byte 0 in front; `before` are other chunks.
inline std::string png(int height, int width, int bits, int colour, const std::string& rows,
                       const std::string& before = "", bool interlaced = false) {
  std::uint32_t a = 1, b = 0;  // Adler-32
  for (const char c : rows) {
    a = (a + static_cast<unsigned char>(c)) % 65521;
    b = (b + a) % 65521;
  }
  const auto size = static_cast<std::uint32_t>(rows.size());
  const std::string stored = "\x78\x01\x01" + number(size, 2, false) + number(~size, 2, false) +
                             rows + big_endian(b << 16 | a, 4);
  return "\x89PNG\r\n\x1a\n" +
         chunk("IHDR", big_endian(static_cast<std::uint32_t>(width), 4) +
                           big_endian(static_cast<std::uint32_t>(height), 4) +
                           static_cast<char>(bits) + static_cast<char>(colour) +
                           std::string(2, '\0') + static_cast<char>(interlaced)) +
         before + chunk("IDAT", stored) + chunk("IEND", "");
}

inline std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text += static_cast<char>(value);
  return text;
}

inline std::vector<PicturePage> read_all(const PictureFormat& format,
                                         const std::filesystem::path& file) {
  const auto pictures = format.open(file, "");
  std::vector<PicturePage> pages;
  for (Index page = 0; page < pictures->pages(); ++page) pages.push_back(pictures->read(page));
  return pages;
}

/// The one page of a file with the given bytes.
template <class T>
Picture<T> read_as(const PictureFormat& format, const std::string& content) {
  const TemporaryFolder folder;
  const auto pages = read_all(format, folder.write("picture", content));
  EXPECT_EQ(pages.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<Picture<T>>(pages[0].values)) << type_name(pages[0]);
  return std::get<Picture<T>>(pages[0].values);
}

/// What reading all of it throws.
inline std::string message_of(const PictureFormat& format, const std::filesystem::path& file) {
  try {
    read_all(format, file);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace unetflow
