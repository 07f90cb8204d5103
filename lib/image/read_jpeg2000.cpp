#include <fmt/format.h>
#include <openjpeg.h>

#include <algorithm>
#include <memory>

#include "image/reader_helpers.hpp"

namespace unetflow {
namespace {

constexpr std::string_view kContainer("\0\0\0\x0CjP  ", 8), kCodestream("\xFF\x4F\xFF\x51", 4);

using Codec = std::unique_ptr<opj_codec_t, void (*)(opj_codec_t*)>;
using Stream = std::unique_ptr<opj_stream_t, void (*)(opj_stream_t*)>;
using Image = std::unique_ptr<opj_image_t, void (*)(opj_image_t*)>;

void keep_message(const char* text, void* message) {
  auto& kept = *static_cast<std::string*>(message);
  if (kept.empty()) kept = std::string(text, std::string_view(text).find_last_not_of('\n') + 1);
}

/// Whether the file's wavelets round values: the irreversible 9-7 transform.
bool is_lossy(opj_codec_t* codec) {
  opj_codestream_info_v2_t* info = opj_get_cstr_info(codec);
  if (info == nullptr) return true;
  const auto& tile = info->m_default_tile_info;
  bool lossy = tile.tccp_info == nullptr;
  for (OPJ_UINT32 c = 0; !lossy && c < info->nbcomps; ++c) lossy = tile.tccp_info[c].qmfbid == 0;
  opj_destroy_cstr_info(&info);
  return lossy;
}

class Jpeg2000File : public PictureFile {
 public:
  explicit Jpeg2000File(const std::filesystem::path& file) : file_(file) {}

  Index pages() override { return 1; }

  PicturePage read(Index page, Reading reading) override {
    const std::string where = page_place(file_.string(), page);
    check_only_page(where, page, "JPEG 2000");
    std::string message;
    const auto check = [&](bool done) {
      if (done) return;
      throw InputError(where, "is damaged, cut short or of an unsupported kind: " +
                                  (message.empty() ? "no reason given" : message));
    };
    const bool boxed = first_bytes(file_, kContainer.size()) == kContainer;
    const Codec codec(opj_create_decompress(boxed ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K),
                      opj_destroy_codec);
    opj_set_error_handler(codec.get(), keep_message, &message);
    opj_dparameters_t parameters;
    opj_set_default_decoder_parameters(&parameters);
    // The numbers of a palette's colours, not the colours.
    if (reading == Reading::kStored) {
      parameters.flags |= OPJ_DPARAMETERS_IGNORE_PCLR_CMAP_CDEF_FLAG;
    }
    check(opj_setup_decoder(codec.get(), &parameters) == OPJ_TRUE);
    const Stream stream(opj_stream_create_default_file_stream(file_.c_str(), OPJ_TRUE),
                        opj_stream_destroy);
    check(stream != nullptr);
    opj_image_t* header = nullptr;
    const bool begun = opj_read_header(stream.get(), codec.get(), &header) == OPJ_TRUE;
    const Image image(header, opj_image_destroy);
    check(begun);
    check_size(*image, where);
    const bool lossy = is_lossy(codec.get());
    check(opj_decode(codec.get(), stream.get(), image.get()) == OPJ_TRUE &&
          opj_end_decompress(codec.get(), stream.get()) == OPJ_TRUE);
    PicturePage out = page_of(*image, reading == Reading::kStored, where);
    out.lossy = lossy;
    return out;
  }

 private:
  void check_size(const opj_image_t& image, const std::string& where) const {
    if (image.numcomps == 0) throw InputError(where, "has no channels");
    const opj_image_comp_t& first = image.comps[0];
    for (OPJ_UINT32 c = 0; c < image.numcomps; ++c) {
      const opj_image_comp_t& own = image.comps[c];
      if (own.dx != 1 || own.dy != 1 || own.w != first.w || own.h != first.h) {
        throw InputError(where, "has channels of several sizes, expected one");
      }
      if (own.prec != first.prec || own.sgnd != first.sgnd) {
        throw InputError(where, "has channels of several types, expected one");
      }
    }
    if (image.color_space == OPJ_CLRSPC_SYCC || image.color_space == OPJ_CLRSPC_EYCC ||
        image.color_space == OPJ_CLRSPC_CMYK) {
      throw InputError(where, "has channels that are neither gray nor RGB, expected one of these");
    }
    check_claimed_bytes(static_cast<double>(image.numcomps) * first.w * first.h,
                        bytes_of_file(file_), true, where);
  }

  static PicturePage page_of(const opj_image_t& image, bool stored, const std::string& where) {
    const opj_image_comp_t& first = image.comps[0];
    std::vector<const opj_image_comp_t*> colours, alpha;
    for (OPJ_UINT32 c = 0; c < image.numcomps; ++c) {
      const opj_image_comp_t& own = image.comps[c];
      if (own.data == nullptr || own.w != first.w || own.h != first.h) {
        throw InputError(where, "is damaged: it lacks a channel");
      }
      (own.alpha != 0 ? alpha : colours).push_back(&own);
    }
    const auto dropped = static_cast<Index>(alpha.size());
    if (stored) colours.insert(colours.end(), alpha.begin(), alpha.end());
    if (colours.empty()) throw InputError(where, "has transparency alone, expected an image");
    const auto fill = [&]<class T>(T) -> PicturePage {
      Picture<T> out(static_cast<Index>(colours.size()), first.h, first.w);
      auto to = out.values.begin();
      for (const auto* channel : colours) {
        to = std::transform(channel->data, channel->data + std::size_t{first.w} * first.h, to,
                            [](OPJ_INT32 value) { return static_cast<T>(value); });
      }
      return {.values = std::move(out),
              .bits = static_cast<int>(first.prec),
              .is_signed = first.sgnd != 0,
              .alpha = stored ? dropped : 0,
              .alpha_dropped = stored ? 0 : dropped};
    };
    if (first.prec > 24) {
      throw InputError(where, fmt::format("has {} bits, expected at most 24", first.prec));
    }
    if (first.sgnd != 0) return fill(float{});
    if (first.prec <= 8) return fill(std::uint8_t{});
    return first.prec <= 16 ? fill(std::uint16_t{}) : fill(std::uint32_t{});
  }

  std::filesystem::path file_;
};

}  // namespace

PictureFormat jpeg2000_format() {
  return {"JPEG 2000",
          {".jp2", ".j2k", ".j2c", ".jpx"},
          {std::string(kContainer), std::string(kCodestream)},
          false,
          open_as<Jpeg2000File>};
}

}  // namespace unetflow
