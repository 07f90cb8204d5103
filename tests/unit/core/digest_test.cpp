#include "core/digest.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "core/error.hpp"

namespace unetflow {
namespace {

// FIPS 180-2, appendix B.1.
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256, OfAbcIsTheStandardsExample) { EXPECT_EQ(sha256("abc"), kAbc); }

TEST(Sha256, OfAFileEqualsThatOfItsText) {
  const auto file = std::filesystem::path(testing::TempDir()) / "digest_test_abc";
  std::ofstream(file) << "abc";
  EXPECT_EQ(sha256_of_file(file), kAbc);
}

TEST(Sha256, OfAMissingFileNamesIt) {
  EXPECT_THAT([] { sha256_of_file("no/such/file"); },
              testing::ThrowsMessage<InputError>(testing::HasSubstr("no/such/file")));
}

}  // namespace
}  // namespace unetflow
