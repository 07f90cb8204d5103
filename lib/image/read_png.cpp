#include <png.h>

#include <bit>
#include <cstring>
#include <fstream>

#include "image/reader_helpers.hpp"

namespace unetflow {
namespace {

// libpng reports errors by callbacks that must not return. They throw: libpng keeps all that it
// allocates in its own structs, which PngReader's destructor frees.
[[noreturn]] void on_error(png_structp, png_const_charp message) {
  throw std::runtime_error(message);
}
void on_warning(png_structp, png_const_charp) {}

void read_bytes(png_structp png, png_bytep to, std::size_t count) {
  auto& stream = *static_cast<std::ifstream*>(png_get_io_ptr(png));
  if (!stream.read(reinterpret_cast<char*>(to), static_cast<std::streamsize>(count))) {
    png_error(png, "the file ends too early");
  }
}

struct PngReader {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, on_error, on_warning);
  png_infop info = png != nullptr ? png_create_info_struct(png) : nullptr;
  PngReader() = default;
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;
  ~PngReader() { png_destroy_read_struct(&png, &info, nullptr); }
};

/// What the Exif block says, which may stand behind the rows: to be asked when all is read.
int orientation(png_structp png, png_infop info) {
  png_uint_32 size = 0;
  png_bytep exif = nullptr;
  if (png_get_eXIf_1(png, info, &size, &exif) == 0) return 1;
  return exif_orientation({exif, size});
}

/// Rows of interleaved samples to planes of their own.
template <class T>
Picture<T> planes(const std::vector<png_byte>& rows, Index channels, Index height, Index width) {
  Picture<T> out(channels, height, width);
  const T* from = reinterpret_cast<const T*>(rows.data());
  for (Index i = 0; i < height * width; ++i) {
    for (Index c = 0; c < channels; ++c) {
      out.values[static_cast<std::size_t>(c * height * width + i)] = *from++;
    }
  }
  return out;
}

class PngFile : public PictureFile {
 public:
  explicit PngFile(const std::filesystem::path& file) : file_(file) {}

  Index pages() override { return 1; }

  PicturePage read(Index page, Reading reading) override {
    const std::string where = page_place(file_.string(), page);
    check_only_page(where, page, "PNG");
    try {
      return decode(where, reading);
    } catch (const InputError&) {
      throw;
    } catch (const std::runtime_error& error) {
      throw InputError(where, std::string("is damaged or cut short: ") + error.what());
    }
  }

 private:
  PicturePage decode(const std::string& where, Reading reading) const {
    std::ifstream stream(file_, std::ios::binary);
    PngReader reader;
    const auto [png, info] = std::pair(reader.png, reader.info);
    if (info == nullptr) throw Error("libpng could not be started");
    png_set_read_fn(png, &stream, read_bytes);
    png_read_info(png, info);

    const Index height = png_get_image_height(png, info);
    const Index width = png_get_image_width(png, info);
    check_claimed_bytes(
        static_cast<double>(png_get_rowbytes(png, info)) * static_cast<double>(height),
        bytes_of_file(file_), true, where);
    check_pixels_in_memory(
        static_cast<double>(height) * static_cast<double>(width) * png_get_channels(png, info),
        bytes_of_file(file_), where);
    const bool indexed = png_get_color_type(png, info) == PNG_COLOR_TYPE_PALETTE;
    const int bits = png_get_bit_depth(png, info);
    png_set_packing(png);  // 1, 2 and 4 bits to bytes, values unchanged
    const bool stored = reading == Reading::kStored;
    const Index alpha = (png_get_color_type(png, info) & PNG_COLOR_MASK_ALPHA) != 0 ? 1 : 0;
    if (!stored) png_set_strip_alpha(png);
    if (std::endian::native == std::endian::little) png_set_swap(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);

    const Index channels = png_get_channels(png, info);
    const std::size_t row_bytes = png_get_rowbytes(png, info);
    std::vector<png_byte> rows(row_bytes * static_cast<std::size_t>(height));
    std::vector<png_bytep> row_starts;
    for (std::size_t y = 0; y < static_cast<std::size_t>(height); ++y) {
      row_starts.push_back(rows.data() + y * row_bytes);
    }
    png_read_image(png, row_starts.data());
    png_read_end(png, info);

    PicturePage page{.bits = bits,
                     .alpha = stored ? alpha : 0,
                     .alpha_dropped = stored ? 0 : alpha,
                     .orientation = orientation(png, info)};
    if (bits == 16) {
      page.values = planes<std::uint16_t>(rows, channels, height, width);
    } else {
      page.values = planes<std::uint8_t>(rows, channels, height, width);
    }
    if (indexed && stored) {
      page.palette = palette(png, info);
      page.indexed = true;
    } else if (indexed) {
      const auto& indices = std::get<Picture<std::uint8_t>>(page.values);
      page.values = apply_palette(indices, palette(png, info), where);
      page.bits = 0;
    }
    std::visit([&](auto& picture) { picture = oriented(std::move(picture), page.orientation); },
               page.values);
    return page;
  }

  static Palette palette(png_structp png, png_infop info) {
    png_colorp colours = nullptr;
    int count = 0;
    png_get_PLTE(png, info, &colours, &count);
    Palette out;
    for (int i = 0; i < count; ++i) {
      out.push_back({colours[i].red, colours[i].green, colours[i].blue});
    }
    return out;
  }

  std::filesystem::path file_;
};

}  // namespace

PictureFormat png_format() { return {"PNG", {".png"}, {"\x89PNG"}, false, open_as<PngFile>}; }

}  // namespace unetflow
