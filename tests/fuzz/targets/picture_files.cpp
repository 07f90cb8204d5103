#include "artifact/hdf5_stack.hpp"
#include "image/picture_format.hpp"
#include "targets.hpp"

namespace unetflow::fuzz {
namespace {

void read_pages(const PictureFormat& format, Bytes bytes) {
  const auto file = file_with(bytes, "image" + format.endings.front());
  refuse_or_read([&] {
    const auto picture = format.open(file, format.has_datasets ? "data" : "");
    const auto pages = picture->pages();
    // A damaged page does not hide those after it.
    for (Index page = 0; page < std::min<Index>(pages, 3); ++page) {
      refuse_or_read([&] { picture->read(page); });
    }
  });
}

}  // namespace

void png(Bytes bytes) { read_pages(png_format(), bytes); }
void tiff(Bytes bytes) { read_pages(tiff_format(), bytes); }
void jpeg(Bytes bytes) { read_pages(jpeg_format(), bytes); }
void hdf5_stack(Bytes bytes) { read_pages(hdf5_format(), bytes); }

}  // namespace unetflow::fuzz
