#include "image/other_formats.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

using testing::HasSubstr;

TEST(OtherFormats, AreKnownByContentAndElseByName) {
  EXPECT_THAT(what_to_convert("ZISRAWFILE", ".tif"), HasSubstr("is a Zeiss CZI file"));
  EXPECT_THAT(what_to_convert("anything", ".nd2"), HasSubstr("is a Nikon ND2 file, which is not "
                                                             "read here; expected OME-TIFF"));
  EXPECT_THAT(what_to_convert("RIFF1234WEBPVP8", ".png"), HasSubstr("ImageMagick"));
  EXPECT_THAT(what_to_convert("RIFF1234AVI LIST", ".dat"), HasSubstr("is a film file"));
  EXPECT_THAT(what_to_convert("\x1F\x8B", ".gz"), HasSubstr("expected what is in it"));
  EXPECT_EQ(what_to_convert("anything", ".png"), "");
}

}  // namespace
}  // namespace unetflow
