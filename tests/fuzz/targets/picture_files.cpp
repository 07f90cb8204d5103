#include "artifact/hdf5_stack.hpp"
#include "image/outlines.hpp"
#include "image/picture_stack.hpp"
#include "image/tiff_description.hpp"
#include "targets.hpp"

namespace unetflow::fuzz {
namespace {

void read_pages(const PictureFormat& format, Bytes bytes) {
  const auto file = file_with(bytes, "image" + format.endings.front());
  refuse_or_read([&] {
    PictureStack stack(format, file, format.has_datasets ? "data" : "", "");
    // A damaged image does not hide those after it.
    for (Index image = 0; image < std::min<Index>(stack.images(), 3); ++image) {
      refuse_or_read([&] { stack.read(image); });
    }
  });
}

/// Whether each plane is one of the file's.
bool are_inside(const FileDescription& description, Index planes) {
  for (const auto& image : description.images) {
    for (const Index plane : image.planes) {
      if (plane < 0 || plane >= planes) return false;
    }
  }
  return true;
}

}  // namespace

void png(Bytes bytes) { read_pages(png_format(), bytes); }
void tiff(Bytes bytes) { read_pages(tiff_format(), bytes); }
void jpeg(Bytes bytes) { read_pages(jpeg_format(), bytes); }
void jpeg2000(Bytes bytes) { read_pages(jpeg2000_format(), bytes); }
void gif(Bytes bytes) { read_pages(gif_format(), bytes); }
void bmp(Bytes bytes) { read_pages(bmp_format(), bytes); }
void hdf5_stack(Bytes bytes) { read_pages(hdf5_format(), bytes); }

void imagej_roi(Bytes bytes) {
  refuse_or_read([&] { draw({parse_imagej_roi(bytes, "a.roi")}, 40, 60); });
}

void outlines(Bytes bytes) {
  const auto file = file_with(bytes, "cells");
  refuse_or_read([&] {
    for (const auto& image : read_outlines(file)) draw(image.cells, 40, 60);
  });
}

void zarr(Bytes bytes) {
  const auto zero = std::min(bytes.find('\0'), bytes.size());
  file_with(bytes.substr(std::min(zero + 1, bytes.size())), "0.0");
  const auto folder = file_with(bytes.substr(0, zero), ".zarray").parent_path();
  refuse_or_read([&] {
    PictureStack stack(zarr_format(), folder, "", "");
    for (Index image = 0; image < std::min<Index>(stack.images(), 3); ++image) {
      refuse_or_read([&] { stack.read(image); });
    }
  });
}

void tiff_description(Bytes bytes) {
  const auto line = std::min(bytes.find('\n'), bytes.size());
  TiffTags tags;
  tags.pages = 1 + std::atoi(std::string(bytes.substr(0, line)).c_str()) % 1000;
  if (tags.pages < 1) return;
  tags.height = 4;
  tags.width = 5;
  tags.descriptions[0] = bytes.substr(std::min(line + 1, bytes.size()));
  refuse_or_read([&] {
    const auto description = describe_tiff(tags);
    if (!are_inside(description, tags.pages)) std::abort();
    planes_of_one_page(tags);
    const std::vector<std::uint32_t> counts = {12, 4, 4};
    imagej_labels(counts, tags.descriptions[0], true);
  });
}

}  // namespace unetflow::fuzz
