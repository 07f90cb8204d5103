// What a plan has to know of the machine.
#pragma once

namespace unetflow {

struct Machine {
  int threads = 1;
  double speed = 5e10;   ///< products per second, as measured_speed() says
  double memory = 4e9;   ///< bytes that are free
  bool has_gpu = false;  ///< of NVIDIA
};

/// Measures for about half a second.
Machine this_machine(int threads);

}  // namespace unetflow
