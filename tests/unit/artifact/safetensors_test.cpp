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

TEST(Safetensors, LieInTheFileAsTheFormatSays) {
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
              ThrowsMessage<InputError>(HasSubstr("is no safetensors file")));
}

}  // namespace
}  // namespace unetflow
