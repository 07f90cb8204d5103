// Writing PNG and TIFF files. No clock and no program name goes in: equal pixels, equal bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "image/file_description.hpp"
#include "image/view.hpp"

namespace unetflow {

/// A gray image. All functions here make a new file, and throw Error naming it when it cannot be
/// written.
void write_png(const std::filesystem::path& file, Plane<const std::uint8_t> picture);
/// A colour image: three channels R, G, B.
void write_png(const std::filesystem::path& file, Stack<const std::uint8_t> picture);

enum class TiffStyle { kImageJ, kOme };

/// Writes a TIFF page by page, deflated (8 and 16 bits with horizontal differences; ImageJ reads
/// no predictor for wider samples).
class TiffWriter {
 public:
  /// `bytes` is the size of all pages together: from 4 GB on the file is a BigTIFF. `description`
  /// has the axes, names and pixel size of the pages, for ImageJ and those who read what it writes,
  /// or as OME-XML.
  TiffWriter(const std::filesystem::path& file, double bytes, FileDescription description = {},
             TiffStyle style = TiffStyle::kImageJ);
  ~TiffWriter();
  /// T: std::uint8_t, std::uint16_t, std::uint32_t, float.
  template <class T>
  void add(Plane<const T> page);
  /// The file is whole after this only.
  void close();

 private:
  void describe_page(Index height, Index width, const char* type);
  struct State;
  std::unique_ptr<State> state_;
};

/// A TIFF of one page per plane.
template <class T>
void write_tiff(const std::filesystem::path& file, std::span<const Plane<const T>> pages);

}  // namespace unetflow
