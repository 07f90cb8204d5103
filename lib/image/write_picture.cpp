#include "image/write_picture.hpp"

#include <png.h>
#include <tiffio.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace unetflow {
namespace {

// As in read_png.cpp: the callback throws, and the destructor frees all that libpng has.
[[noreturn]] void on_png_error(png_structp, png_const_charp message) { throw Error(message); }
void on_png_warning(png_structp, png_const_charp) {}

struct PngWriter {
  png_structp png =
      png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, on_png_error, on_png_warning);
  png_infop info = png != nullptr ? png_create_info_struct(png) : nullptr;
  PngWriter() = default;
  PngWriter(const PngWriter&) = delete;
  PngWriter& operator=(const PngWriter&) = delete;
  ~PngWriter() { png_destroy_write_struct(&png, &info); }
};

/// 8-bit samples; `row(y)` gives those of a row.
template <class Row>
void write_png_rows(const std::filesystem::path& file, Index height, Index width, int colour,
                    Row row) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(file.c_str(), "wb"),
                                                         std::fclose);
  if (!stream) throw Error(file.string() + ": " + std::strerror(errno));
  try {
    PngWriter writer;
    const auto [png, info] = std::pair(writer.png, writer.info);
    if (info == nullptr) throw Error("libpng could not be started");
    png_init_io(png, stream.get());
    png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), 8,
                 colour, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (Index y = 0; y < height; ++y) png_write_row(png, row(y));
    png_write_end(png, info);
    // Closing writes what the stream still keeps.
    if (std::fclose(stream.release()) != 0) throw Error(std::strerror(errno));
  } catch (const Error& error) {
    throw Error(file.string() + ": cannot be written: " + error.what());
  }
}

int on_tiff_message(TIFF*, void* text, const char*, const char* format, va_list arguments) {
  char message[512];
  std::vsnprintf(message, sizeof message, format, arguments);
  *static_cast<std::string*>(text) = message;
  return 1;
}

}  // namespace

void write_png(const std::filesystem::path& file, Plane<const std::uint8_t> picture) {
  write_png_rows(file, picture.height, picture.width, PNG_COLOR_TYPE_GRAY,
                 [&](Index y) { return picture.row(y); });
}

void write_png(const std::filesystem::path& file, Stack<const std::uint8_t> picture) {
  if (picture.channels != 3) throw Error(file.string() + ": a colour image has three channels");
  std::vector<png_byte> bytes(static_cast<std::size_t>(3 * picture.width));
  write_png_rows(file, picture.height, picture.width, PNG_COLOR_TYPE_RGB, [&](Index y) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = picture.plane(static_cast<Index>(i % 3))(y, static_cast<Index>(i / 3));
    }
    return bytes.data();
  });
}

struct TiffWriter::State {
  std::filesystem::path file;
  std::string message;  ///< the last one of libtiff
  std::unique_ptr<TIFF, void (*)(TIFF*)> tiff{nullptr, TIFFClose};

  Error failed() const { return Error(file.string() + ": cannot be written: " + message); }
};

TiffWriter::TiffWriter(const std::filesystem::path& file, double bytes)
    : state_(std::make_unique<State>()) {
  state_->file = file;
  const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(TIFFOpenOptionsAlloc(),
                                                                             TIFFOpenOptionsFree);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), on_tiff_message, &state_->message);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), on_tiff_message, &state_->message);
  // Little-endian everywhere; 8: BigTIFF if 4 GiB might not do.
  state_->tiff.reset(TIFFOpenExt(file.c_str(), bytes > 4e9 ? "wl8" : "wl", options.get()));
  if (!state_->tiff) throw state_->failed();
}

TiffWriter::~TiffWriter() = default;

template <class T>
void TiffWriter::add(Plane<const T> page) {
  TIFF* const tiff = state_->tiff.get();
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(page.width));
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(page.height));
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, static_cast<int>(8 * sizeof(T)));
  TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT,
               std::is_floating_point_v<T> ? SAMPLEFORMAT_IEEEFP : SAMPLEFORMAT_UINT);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE);
  if constexpr (sizeof(T) <= 2) TIFFSetField(tiff, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL);
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP,
               std::max<std::uint32_t>(1, 65536 / static_cast<std::uint32_t>(std::max<Index>(
                                                      1, page.width * Index{sizeof(T)}))));
  std::vector<T> row;
  for (Index y = 0; y < page.height; ++y) {
    row.assign(page.row(y), page.row(y) + page.width);  // libtiff takes no const
    if (TIFFWriteScanline(tiff, row.data(), static_cast<std::uint32_t>(y)) != 1) {
      throw state_->failed();
    }
  }
  // This leaves nothing to write for TIFFClose, which could not tell of a failure.
  if (TIFFWriteDirectory(tiff) != 1) throw state_->failed();
}

template <class T>
void write_tiff(const std::filesystem::path& file, std::span<const Plane<const T>> pages) {
  double bytes = 0;
  for (const auto& page : pages) bytes += static_cast<double>(page.size()) * sizeof(T);
  TiffWriter writer(file, bytes);
  for (const auto& page : pages) writer.add(page);
}

template void TiffWriter::add(Plane<const float>);
template void write_tiff(const std::filesystem::path&, std::span<const Plane<const std::uint8_t>>);
template void write_tiff(const std::filesystem::path&, std::span<const Plane<const std::uint16_t>>);
template void write_tiff(const std::filesystem::path&, std::span<const Plane<const std::uint32_t>>);
template void write_tiff(const std::filesystem::path&, std::span<const Plane<const float>>);

}  // namespace unetflow
