// Runs a test's work once with each instruction set that this processor has of those the kernels
// were compiled for: all but the scalar ones.
#pragma once

#include <hwy/highway.h>

namespace unetflow {

/// Calls work(name) with the dispatcher held to one instruction set after another.
template <class Work>
void on_every_target(Work work) {
  const auto supported = hwy::SupportedTargets();
  for (auto rest = supported & HWY_TARGETS & ~(HWY_SCALAR | HWY_EMU128); rest != 0;
       rest &= rest - 1) {
    const auto target = rest & -rest;
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    work(hwy::TargetName(target));
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace unetflow
