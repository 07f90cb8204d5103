// Tests that run on each kind of device that LibTorch knows, and skip those that this machine
// lacks.
#pragma once

#include <ATen/Context.h>
#include <c10/core/Device.h>
#include <gmock/gmock.h>

#include <string>

namespace unetflow {

class EveryDevice : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (name() == "cuda" && !at::hasCUDA()) GTEST_SKIP() << "there is no GPU";
  }
  static std::string name() { return GetParam(); }
  static at::Device device() { return at::Device(GetParam()); }
};

}  // namespace unetflow

#define INSTANTIATE_ON_EVERY_DEVICE(suite)                            \
  INSTANTIATE_TEST_SUITE_P(On, suite, testing::Values("cpu", "cuda"), \
                           [](const auto& tested) { return std::string(tested.param); })
