#include "image/other_formats.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

using testing::HasSubstr;

TEST(OtherFormats, AreKnownByContentAndElseByName) {
  EXPECT_THAT(what_to_convert("ZISRAWFILE", ".tif"), HasSubstr("is a Zeiss CZI file"));
  EXPECT_THAT(what_to_convert("anything", ".nd2"), HasSubstr("is a Nikon ND2 file, which is not "
                                                             "read here; expected OME-TIFF"));
  EXPECT_THAT(what_to_convert("RIFF", ".png"), HasSubstr("ImageMagick"));
  EXPECT_EQ(what_to_convert("anything", ".png"), "");
}

}  // namespace
}  // namespace unetflow
