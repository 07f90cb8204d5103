#include <cstdio>
// jpeglib.h needs stdio.
#include <jpeglib.h>

#include <csetjmp>
#include <memory>
#include <span>
#include <string_view>

#include "image/reader_helpers.hpp"

namespace unetflow {
namespace {

/// libjpeg's error manager, and where its errors go.
struct Errors {
  jpeg_error_mgr manager;
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX] = {};  ///< the error, or the first warning
};

// libjpeg's own handler ends the program, and a handler must not return. libjpeg is C and need not
// be compiled for exceptions, so this one jumps back to Decompressor::attempt.
[[noreturn]] void on_error(j_common_ptr info) {
  auto* errors = reinterpret_cast<Errors*>(info->err);
  info->err->format_message(info, errors->message);
  std::longjmp(errors->jump, 1);
}

void on_message(j_common_ptr info, int level) {
  if (level >= 0) return;  // not a warning
  auto* errors = reinterpret_cast<Errors*>(info->err);
  if (info->err->num_warnings++ == 0) info->err->format_message(info, errors->message);
}

struct Decompressor {
  Errors errors;
  jpeg_decompress_struct info;

  Decompressor() : info{} {
    info.err = jpeg_std_error(&errors.manager);
    errors.manager.error_exit = on_error;
    errors.manager.emit_message = on_message;
  }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;
  ~Decompressor() { jpeg_destroy_decompress(&info); }

  /// Calls libjpeg; false where it failed. An error jumps over the frames of `call`, which must
  /// therefore own nothing.
  template <class Call>
  bool attempt(const Call& call) {
    if (setjmp(errors.jump) != 0) return false;
    call();
    return true;
  }
};

int orientation(const jpeg_decompress_struct& info) {
  constexpr std::string_view kExif("Exif\0\0", 6);
  for (const auto* marker = info.marker_list; marker != nullptr; marker = marker->next) {
    const std::span<const std::uint8_t> data(marker->data, marker->data_length);
    if (std::string_view(reinterpret_cast<const char*>(data.data()), data.size())
            .starts_with(kExif)) {
      return exif_orientation(data.subspan(kExif.size()));
    }
  }
  return 1;
}

class JpegFile : public PictureFile {
 public:
  explicit JpegFile(const std::filesystem::path& file) : file_(file) {}

  Index pages() override { return 1; }

  PicturePage read(Index page, Reading) override {
    const std::string where = page_place(file_.string(), page);
    check_only_page(where, page, "JPEG");
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(file_.c_str(), "rb"),
                                                                 std::fclose);
    if (!stream) throw InputError(where, "cannot be opened for reading");
    Decompressor jpeg;
    const auto damage = [&] {
      return InputError(where, std::string("is damaged, cut short or of an unsupported kind: ") +
                                   jpeg.errors.message);
    };
    const bool begun = jpeg.attempt([&] {
      jpeg_create_decompress(&jpeg.info);
      jpeg_save_markers(&jpeg.info, JPEG_APP0 + 1, 0xFFFF);
      jpeg_stdio_src(&jpeg.info, stream.get());
      jpeg_read_header(&jpeg.info, TRUE);
    });
    if (!begun) throw damage();
    const int turned = orientation(jpeg.info);  // libjpeg forgets it with the last row
    Picture<std::uint8_t> picture = allocate(jpeg.info, where);
    std::vector<JSAMPLE> row(static_cast<std::size_t>(picture.channels * picture.width));
    const bool done = jpeg.attempt([&] { read_rows(jpeg.info, row.data(), picture.stack()); });
    // libjpeg fills what is damaged or missing with gray, and only warns.
    if (!done || jpeg.errors.manager.num_warnings > 0) throw damage();
    return {.values = oriented(std::move(picture), turned),
            .bits = 8,
            .lossy = true,
            .orientation = turned};
  }

 private:
  /// Memory for the image of a header, and how libjpeg shall convert to it.
  Picture<std::uint8_t> allocate(jpeg_decompress_struct& info, const std::string& where) const {
    const bool gray = info.jpeg_color_space == JCS_GRAYSCALE;
    if (!gray && info.jpeg_color_space != JCS_YCbCr && info.jpeg_color_space != JCS_RGB) {
      throw InputError(where, "has " + std::to_string(info.num_components) +
                                  " channels that are neither gray nor RGB (CMYK?), expected one "
                                  "of these");
    }
    info.out_color_space = gray ? JCS_GRAYSCALE : JCS_RGB;
    const Index channels = gray ? 1 : 3;
    const Index height = info.image_height, width = info.image_width;
    check_claimed_bytes(
        static_cast<double>(channels) * static_cast<double>(height) * static_cast<double>(width),
        bytes_of_file(file_), true, where);
    return {channels, height, width};
  }

  static void read_rows(jpeg_decompress_struct& info, JSAMPLE* row, Stack<std::uint8_t> out) {
    jpeg_start_decompress(&info);
    while (info.output_scanline < info.output_height) {
      const Index y = info.output_scanline;
      jpeg_read_scanlines(&info, &row, 1);
      for (Index c = 0; c < out.channels; ++c) {
        std::uint8_t* to = out.plane(c).row(y);
        for (Index x = 0; x < out.width; ++x) to[x] = row[x * out.channels + c];
      }
    }
    jpeg_finish_decompress(&info);
  }

  std::filesystem::path file_;
};

}  // namespace

PictureFormat jpeg_format() {
  return {"JPEG", {".jpg", ".jpeg"}, {"\xFF\xD8\xFF"}, false, open_as<JpegFile>};
}

}  // namespace unetflow
