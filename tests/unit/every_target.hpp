// Runs a test's work on each instruction set that the kernels were compiled for and this processor
// has: all but the scalar ones.
#pragma once

#include <gtest/gtest.h>
#include <hwy/highway.h>

namespace unetflow {

/// Calls work(name) with the dispatcher held to one instruction set after another. Where there is
/// only one, nothing was compared: the test is then skipped, which it says.
template <class Work>
void on_every_target(Work work) {
  int targets = 0;
  const auto supported = hwy::SupportedTargets();
  for (auto rest = supported & HWY_TARGETS & ~(HWY_SCALAR | HWY_EMU128); rest != 0;
       rest &= rest - 1) {
    const auto target = rest & -rest;
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    work(hwy::TargetName(target));
    ++targets;
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  if (targets < 2) GTEST_SKIP() << "this processor has only one of the instruction sets";
}

}  // namespace unetflow
