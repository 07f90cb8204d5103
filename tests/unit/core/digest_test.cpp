#include "core/digest.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

// FIPS 180-2, appendix B.1.
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256, OfAbcIsTheStandardsExample) { EXPECT_EQ(sha256("abc"), kAbc); }

TEST(Sha256, OfAFileEqualsThatOfItsText) {
  const TemporaryFolder folder;
  EXPECT_EQ(sha256_of_file(folder.write("abc", "abc")), kAbc);
}

TEST(Sha256, OfAMissingFileNamesIt) {
  EXPECT_THAT([] { sha256_of_file("no/such/file"); },
              testing::ThrowsMessage<InputError>(testing::HasSubstr("no/such/file")));
}

}  // namespace
}  // namespace unetflow
