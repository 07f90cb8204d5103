#include "network/device.hpp"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <gmock/gmock.h>

#include "core/error.hpp"

namespace unetflow {
namespace {

at::ScalarType type_of_a_product() {
  return at::mm(at::ones({2, 2}), at::ones({2, 2})).scalar_type();
}

TEST(Autocast, ComputesInBfloat16WhileItLives) {
  {
    const Autocast autocast(at::kCPU, true);
    EXPECT_EQ(type_of_a_product(), at::kBFloat16);
  }
  EXPECT_EQ(type_of_a_product(), at::kFloat);
  EXPECT_FALSE(at::autocast::is_autocast_enabled(at::kCPU));
}

TEST(Autocast, EndsWithAnExceptionToo) {
  try {
    const Autocast autocast(at::kCPU, true);
    throw Error("stop");
  } catch (const Error&) {
  }
  EXPECT_EQ(type_of_a_product(), at::kFloat);
}

TEST(Autocast, DoesNothingUnlessEnabled) {
  const Autocast autocast(at::kCPU, false);
  EXPECT_EQ(type_of_a_product(), at::kFloat);
}

TEST(ChooseDevice, TakesTheGpuWhereThereIsOne) {
  EXPECT_EQ(choose_device("cpu").type(), at::kCPU);
  EXPECT_EQ(choose_device("auto").type(), at::hasCUDA() ? at::kCUDA : at::kCPU);
  if (at::hasCUDA()) {
    EXPECT_EQ(choose_device("cuda").type(), at::kCUDA);
  } else {
    EXPECT_THROW(choose_device("cuda"), InputError);
  }
}

}  // namespace
}  // namespace unetflow
