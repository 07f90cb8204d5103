#include "artifact/safetensors.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "core/error.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::filesystem::path file_of_this_test() {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  return fmt::format("{}/{}.{}.{}", testing::TempDir(), test->test_suite_name(), test->name(),
                     getpid());
}

TEST(Safetensors, ComeBackAsTheyWereWritten) {
  const std::vector<float> weight = {1, -2, 3.5F, 0, 5, 6}, bias = {7};
  Tensors tensors = {{"b.weight", Tensor::of({2, 3}, weight)}, {"a.bias", Tensor::of({1}, bias)}};
  tensors["bytes"] = {"U8", {3}, {std::byte{1}, std::byte{2}, std::byte{255}}};
  write_safetensors(file_of_this_test(), tensors, {{"format", "pt"}});

  const Tensors back = read_safetensors(file_of_this_test());
  ASSERT_EQ(back.size(), 3U);
  EXPECT_THAT(back.at("b.weight").shape, ElementsAre(2, 3));
  EXPECT_EQ(back.at("b.weight").floats(), weight);
  EXPECT_EQ(back.at("a.bias").floats(), bias);
  EXPECT_EQ(back.at("bytes").dtype, "U8");
  EXPECT_EQ(back.at("bytes").bytes, tensors["bytes"].bytes);
}

TEST(Safetensors, ComeBackWithWhatTheFileSaysOfThem) {
  const TensorMetadata said = {{"format", "pt"}, {"more", "{\"a\": [1, 2]}"}};
  const std::vector<float> one = {1};
  write_safetensors(file_of_this_test(), {{"w", Tensor::of({1}, one)}}, said);
  TensorMetadata metadata;
  EXPECT_EQ(read_safetensors(file_of_this_test(), &metadata).size(), 1U);
  EXPECT_EQ(metadata, said);
  std::filesystem::remove(file_of_this_test());
  write_safetensors(file_of_this_test(), {});
  read_safetensors(file_of_this_test(), &metadata);
  EXPECT_TRUE(metadata.empty());
}

TEST(Safetensors, HaveTheBytesThatTheFormatSays) {
  const std::vector<float> one = {1};
  write_safetensors(file_of_this_test(), {{"w", Tensor::of({1}, one)}});
  std::ifstream stream(file_of_this_test(), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  const std::string header = R"({"w":{"data_offsets":[0,4],"dtype":"F32","shape":[1]}})";
  EXPECT_EQ(bytes, std::string("\x38\0\0\0\0\0\0\0", 8) + header +
                       std::string(56 - header.size(), ' ') + std::string("\0\0\x80\x3f", 4));
}

TEST(Safetensors, CutShortAreRefusedByTensor) {
  const std::vector<float> values = {1, 2, 3};
  write_safetensors(file_of_this_test(), {{"w", Tensor::of({3}, values)}});
  std::filesystem::resize_file(file_of_this_test(),
                               std::filesystem::file_size(file_of_this_test()) - 1);
  EXPECT_THAT([] { read_safetensors(file_of_this_test()); },
              ThrowsMessage<InputError>(HasSubstr("tensor \"w\"")));
  std::filesystem::resize_file(file_of_this_test(), 5);
  EXPECT_THAT([] { read_safetensors(file_of_this_test()); },
              ThrowsMessage<InputError>(HasSubstr("is not a safetensors file")));
}

/// A file with this header and as many bytes behind it.
std::filesystem::path file_with(const std::string& header, size_t bytes) {
  std::ofstream stream(file_of_this_test(), std::ios::binary);
  const std::uint64_t length = header.size();
  stream.write(reinterpret_cast<const char*>(&length), sizeof length);
  stream << header << std::string(bytes, '\0');
  return file_of_this_test();
}

void expect_refused(const std::string& header, size_t bytes, const std::string& message) {
  EXPECT_THAT([&] { read_safetensors(file_with(header, bytes)); },
              ThrowsMessage<InputError>(HasSubstr(message)))
      << header;
}

TEST(Safetensors, WhoseSizesLieAreRefused) {
  const auto one = [](const std::string& shape, const std::string& offsets) {
    return R"({"w":{"dtype":"F32","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
  };
  EXPECT_EQ(read_safetensors(file_with(one("[2]", "[0,8]"), 8)).at("w").bytes.size(), 8u);
  EXPECT_EQ(read_safetensors(file_with(one("[0, 3]", "[0,0]"), 0)).at("w").bytes.size(), 0u);
  expect_refused(one("[3]", "[0,8]"), 8,
                 "tensor \"w\": has 8 bytes, which are not F32 numbers [3]");
  expect_refused(one("[-1,-2]", "[0,8]"), 8, "which are not F32 numbers [-1, -2]");
  // 2^62 times 4 bytes, and 2^61 + 2 ones, wrap to 0 and to 8.
  expect_refused(one("[4611686018427387904]", "[0,0]"), 0, "which are not F32");
  expect_refused(one("[4611686018427387906]", "[0,8]"), 8, "which are not F32");
  expect_refused(one("[2]", "[8,0]"), 8, "has the bytes 8 to 0 of 8");
  expect_refused(one("[2]", "[0,8]"), 7, "has the bytes 0 to 8 of 7");
  expect_refused(one("[2]", "[-8,0]"), 8, "has data_offsets that are not two numbers");
  expect_refused(one("[2]", "[0,8,9]"), 8, "has data_offsets that are not two numbers");
  expect_refused(one("[2]", "8"), 8, "data_offsets");
}

TEST(Safetensors, WithGapsOverlapsOrMoreBytesAreRefused) {
  const auto two = [](const std::string& a, const std::string& b) {
    return R"({"a":{"dtype":"U8","shape":[2],"data_offsets":)" + a +
           R"(},"b":{"dtype":"U8","shape":[2],"data_offsets":)" + b + "}}";
  };
  EXPECT_EQ(read_safetensors(file_with(two("[2,4]", "[0,2]"), 4)).size(), 2u);
  expect_refused(two("[0,2]", "[1,3]"), 3, "tensor \"b\": begins at byte 1, expected 2");
  expect_refused(two("[0,2]", "[3,5]"), 5, "tensor \"b\": begins at byte 3, expected 2");
  expect_refused(two("[0,2]", "[2,4]"), 6, "has 2 bytes behind its last tensor");
}

TEST(Safetensors, OfOtherFormsAreRefused) {
  expect_refused("[]", 0, "has a safetensors header that is not a JSON object");
  expect_refused("{", 0, "is not valid JSON");
  expect_refused(R"({"w":{"dtype":"F31","shape":[],"data_offsets":[0,4]}})", 4,
                 "has the unknown type F31");
  expect_refused(R"({"__metadata__":{"format":1}})", 0,
                 "has a __metadata__ that is not an object of strings");
  expect_refused(R"({"w":{"shape":[]}})", 0, "is not described by dtype, shape and data_offsets");
}

}  // namespace
}  // namespace unetflow
