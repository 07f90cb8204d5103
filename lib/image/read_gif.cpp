#include <fmt/format.h>
#include <gif_lib.h>

#include <array>
#include <memory>

#include "image/reader_helpers.hpp"

namespace unetflow {
namespace {

struct Close {
  void operator()(GifFileType* gif) const { DGifCloseFile(gif, nullptr); }
};
using Gif = std::unique_ptr<GifFileType, Close>;

/// An image of the file as it is stored.
struct Frame {
  Picture<std::uint8_t> indices;
  Palette palette;
  int transparent = NO_TRANSPARENT_COLOR;  ///< the index that is
};

class GifPictures : public PictureFile {
 public:
  explicit GifPictures(const std::filesystem::path& file) : file_(file) { read_frames(); }

  Index pages() override { return static_cast<Index>(frames_.size()); }

  PicturePage read(Index page, Reading reading) override {
    const std::string where = page_place(file_.string(), page);
    check_page(where, page, pages());
    const auto& [indices, palette, transparent] = frames_[static_cast<std::size_t>(page)];
    if (reading == Reading::kStored)
      return {.values = indices, .bits = 8, .palette = palette, .indexed = true};
    if (palette.empty()) throw InputError(where, "has no colours");
    PicturePage out{apply_palette(indices, palette, where)};
    const auto& values = indices.values;
    out.alpha_dropped = std::find(values.begin(), values.end(), transparent) != values.end();
    return out;
  }

 private:
  [[noreturn]] void damaged(int code) const {
    const char* text = GifErrorString(code);
    throw InputError(file_.string(), fmt::format("is damaged or cut short: {}",
                                                 text == nullptr ? "unknown error" : text));
  }

  void read_frames() {
    int code = 0;
    const Gif gif(DGifOpenFileName(file_.c_str(), &code));
    if (!gif) damaged(code);
    int transparent = NO_TRANSPARENT_COLOR;
    for (;;) {
      GifRecordType type = UNDEFINED_RECORD_TYPE;
      if (DGifGetRecordType(gif.get(), &type) == GIF_ERROR) damaged(gif->Error);
      if (type == TERMINATE_RECORD_TYPE) break;
      if (type == IMAGE_DESC_RECORD_TYPE) {
        frames_.push_back(read_frame(*gif));
        frames_.back().transparent = std::exchange(transparent, NO_TRANSPARENT_COLOR);
      } else {
        skip_extension(*gif, transparent);
      }
    }
    if (frames_.empty()) throw InputError(file_.string(), "has no images");
    for (const auto& [indices, palette, none] : frames_) {
      if (frames_.size() > 1 && (indices.height != gif->SHeight || indices.width != gif->SWidth)) {
        throw InputError(
            file_.string(),
            "has images of a part of its screen, as animations do; expected whole ones");
      }
    }
  }

  void skip_extension(GifFileType& gif, int& transparent) const {
    int kind = 0;
    GifByteType* block = nullptr;
    if (DGifGetExtension(&gif, &kind, &block) == GIF_ERROR) damaged(gif.Error);
    while (block != nullptr) {
      GraphicsControlBlock control;
      if (kind == GRAPHICS_EXT_FUNC_CODE &&
          DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK) {
        transparent = control.TransparentColor;
      }
      if (DGifGetExtensionNext(&gif, &block) == GIF_ERROR) damaged(gif.Error);
    }
  }

  Frame read_frame(GifFileType& gif) {
    if (DGifGetImageDesc(&gif) == GIF_ERROR) damaged(gif.Error);
    const GifImageDesc& image = gif.Image;
    const Index height = image.Height, width = image.Width;
    if (height <= 0 || width <= 0) throw InputError(file_.string(), "has an image without pixels");
    pixels_ += static_cast<double>(height) * static_cast<double>(width);
    check_claimed_bytes(pixels_, bytes_of_file(file_), true, file_.string());
    Frame frame{{height, width}, {}};
    const ColorMapObject* const map = image.ColorMap != nullptr ? image.ColorMap : gif.SColorMap;
    for (int i = 0; map != nullptr && i < map->ColorCount; ++i) {
      const GifColorType& colour = map->Colors[i];
      frame.palette.push_back({colour.Red, colour.Green, colour.Blue});
    }
    // Interlaced rows come in four passes.
    constexpr std::array<std::array<Index, 2>, 4> kPasses = {{{0, 8}, {4, 8}, {2, 4}, {1, 2}}};
    for (const auto& [first, step] : kPasses) {
      for (Index y = image.Interlace ? first : 0; y < height; y += image.Interlace ? step : 1) {
        if (DGifGetLine(&gif, frame.indices.plane().row(y), image.Width) == GIF_ERROR) {
          damaged(gif.Error);
        }
      }
      if (!image.Interlace) break;
    }
    return frame;
  }

  std::filesystem::path file_;
  std::vector<Frame> frames_;
  double pixels_ = 0;  ///< of all frames
};

}  // namespace

PictureFormat gif_format() {
  return {"GIF", {".gif"}, {"GIF87a", "GIF89a"}, false, open_as<GifPictures>};
}

}  // namespace unetflow
